use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use bytesize::ByteSize;
use fs_err as fs;

use super::*;
use crate::{IngestSpec, SourceSpec};

/// A repository, and the program that changes it; nothing where `git` is not installed.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Option<Self> {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        if Command::new("git").arg("--version").output().is_err() {
            #[expect(clippy::print_stderr, reason = "what is skipped says so")]
            {
                eprintln!("skipped: git is not installed");
            }
            return None;
        }
        world.git(&["init", "--quiet", "--initial-branch=main"]);
        world.write("readme.md", "# Read me");
        world.write("hr/größe.md", "Größe");
        world.write("picture.png", "\u{89}PNG");
        fs::write(world.folder.path().join("picture.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
        world.write(".hidden/x.md", "hidden");
        #[cfg(unix)]
        fs::os::unix::fs::symlink("/etc/passwd", world.folder.path().join("link.md")).unwrap();
        world.commit();
        Some(world)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.folder.path()).args([
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgSign=false",
        ]);
        let output = command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn source(&self, revision: Option<&str>) -> GitSource {
        GitSource { repository: self.folder.path().to_string_lossy().into(), revision: revision.map(str::to_owned) }
    }
}

fn read(source: GitSource, config: &SourceConfig, known: KnownVersions) -> Result<Vec<SourceItem>, String> {
    let opened = IngestSpec::new(SourceSpec::Git(source)).open(config, known).map_err(|error| error.to_string())?;
    let total = opened.total;
    let items: Vec<SourceItem> = opened.items.collect();
    assert_eq!(total, Some(items.len() as u64));
    Ok(items)
}

/// Items as `path`, or `unchanged path` and so on.
fn shown(items: &[SourceItem]) -> Vec<String> {
    let path = |source: &str| source.split_once('#').unwrap().1.to_owned();
    let shown = items.iter().map(|item| match item {
        SourceItem::Document(document) => path(&document.source),
        SourceItem::Unchanged { source } => format!("unchanged {}", path(source)),
        SourceItem::Skipped(skipped) => format!("skipped {}: {}", path(&skipped.source), skipped.kind),
        SourceItem::Failed(failed) => format!("failed {}: {}", path(&failed.source), failed.reason),
    });
    shown.collect()
}

fn known(items: &[SourceItem]) -> KnownVersions {
    let documents = items.iter().filter_map(|item| if let SourceItem::Document(document) = item { Some(document) } else { None });
    documents.map(|document| (document.source.clone(), document.validator.clone().unwrap())).collect()
}

#[test]
fn reads_a_revision_and_later_only_what_changed() {
    let Some(world) = World::new() else { return };
    let config = SourceConfig::default();
    let first = read(world.source(None), &config, KnownVersions::new()).unwrap();
    assert_eq!(shown(&first), ["hr/größe.md", "skipped link.md: symbolic link", "skipped picture.png: image", "readme.md"]);
    let SourceItem::Document(document) = &first[3] else { panic!("{first:?}") };
    let folder = fs::canonicalize(world.folder.path()).unwrap();
    assert_eq!(document.source, format!("git+file://{}#readme.md", folder.display()));
    assert_eq!(document.default_fields.get("revision"), Some(&FieldValue::Text(world.git(&["rev-parse", "HEAD"]))));
    assert!(document.modified_at.is_some());
    world.git(&["tag", "-a", "v1", "-m", "v1"]);
    world.write("readme.md", "# Read it");
    fs::remove_file(world.folder.path().join("hr/größe.md")).unwrap();
    world.commit();
    let second = read(world.source(Some("main")), &config, known(&first)).unwrap();
    assert_eq!(shown(&second), ["skipped link.md: symbolic link", "skipped picture.png: image", "readme.md"]);
    let tagged = read(world.source(Some("v1")), &config, known(&first)).unwrap();
    assert_eq!(
        shown(&tagged),
        ["unchanged hr/größe.md", "skipped link.md: symbolic link", "skipped picture.png: image", "unchanged readme.md"]
    );
    let all = read(world.source(None), &SourceConfig { hidden: true, ..config }, KnownVersions::new()).unwrap();
    assert_eq!(shown(&all)[0], ".hidden/x.md");
}

#[test]
fn large_files_fail_alone() {
    let Some(world) = World::new() else { return };
    world.write("a-large.md", &"x".repeat(100_000));
    world.commit();
    let config = SourceConfig { max_file_bytes: ByteSize(1000), ..SourceConfig::default() };
    let items = shown(&read(world.source(None), &config, KnownVersions::new()).unwrap());
    assert!(items[0].starts_with("failed a-large.md: is 97.7 KiB, the limit is 1000 B"), "{items:?}");
    assert!(items.contains(&"readme.md".to_owned()));
}

#[test]
fn repositories_run_nothing() {
    let Some(world) = World::new() else { return };
    let trace = world.folder.path().join("trace");
    let touch = format!("touch {}", trace.display());
    for setting in ["core.fsmonitor", "core.sshCommand", "core.pager", "filter.x.smudge", "diff.x.textconv", "gpg.program", "core.editor"] {
        world.git(&["config", setting, &touch]);
    }
    world.git(&["config", "log.showSignature", "true"]);
    world.write(".gitattributes", "*.md filter=x diff=x");
    assert!(read(world.source(None), &SourceConfig::default(), KnownVersions::new()).is_ok());
    assert!(!trace.try_exists().unwrap());
}

#[test]
fn wrong_requests_are_named() {
    let Some(world) = World::new() else { return };
    let check = |source: GitSource, expected: &str| {
        let error = read(source, &SourceConfig::default(), KnownVersions::new()).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    check(world.source(Some("nowhere")), "has no revision `nowhere`");
    for revision in ["--output=/tmp/x", "a..b", "main:refs/heads/x", "a b", "", "HEAD@{1}"] {
        check(world.source(Some(revision)), "is not the name of a branch");
    }
    let empty = tempfile::tempdir().unwrap();
    check(GitSource { repository: empty.path().to_string_lossy().into(), revision: None }, "is not a repository");
    check(GitSource { repository: "http://127.0.0.1:1/x.git".to_owned(), revision: None }, "source.allow_private_hosts = true");
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_repositories_are_copied_once() {
    let Some(world) = World::new() else { return };
    let url = serve(&world).await;
    let cache = tempfile::tempdir().unwrap();
    let config = SourceConfig { allow_private_hosts: true, cache_dir: Some(cache.path().to_owned()), ..SourceConfig::default() };
    let source = GitSource { repository: url.clone(), revision: None };
    let (first_source, first_config) = (source.clone(), config.clone());
    let first = tokio::task::spawn_blocking(move || read(first_source, &first_config, KnownVersions::new())).await.unwrap().unwrap();
    assert_eq!(shown(&first).len(), 4);
    let SourceItem::Document(document) = &first[0] else { panic!("{first:?}") };
    assert_eq!(document.source, format!("git+{url}#hr/größe.md"));
    world.write("readme.md", "# Read it");
    world.commit();
    let known = known(&first);
    let second = tokio::task::spawn_blocking(move || read(source, &config, known)).await.unwrap().unwrap();
    assert_eq!(shown(&second), ["unchanged hr/größe.md", "skipped link.md: symbolic link", "skipped picture.png: image", "readme.md"]);
    let missing = GitSource { repository: url.replace("repo.git", "none.git"), revision: None };
    let uncached = SourceConfig { allow_private_hosts: true, ..SourceConfig::default() };
    let error = tokio::task::spawn_blocking(move || read(missing, &uncached, KnownVersions::new())).await.unwrap().unwrap_err();
    assert!(error.contains("git cannot fetch") && error.contains("not found"), "{error}");
}

/// Serves the repository as git's own server program does.
async fn serve(world: &World) -> String {
    let folder = Arc::new(world.folder.path().join(".git"));
    let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let folder = Arc::clone(&folder);
        async move { tokio::task::spawn_blocking(move || backend(&folder, &method, &uri, &headers, &body)).await.unwrap() }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/repo.git", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

fn backend(folder: &Path, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    use std::io::Write;

    let Some(path) = uri.path().strip_prefix("/repo.git") else { return axum::http::StatusCode::NOT_FOUND.into_response() };
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("REQUEST_METHOD", method.as_str())
        .env("QUERY_STRING", uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let content_type = String::from_utf8_lossy(&output[..end]).into_owned();
    let content_type = content_type.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or("text/plain").to_owned();
    ([(axum::http::header::CONTENT_TYPE, content_type)], output[end + 4..].to_vec()).into_response()
}
