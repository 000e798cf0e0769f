//! Files, folders and patterns.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use fs_err as fs;
use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;
use ragstone_core::Stage;

use super::sidecar::{self, Sidecar};
use super::{RawDocument, SourceItem};
use crate::{FailedDocument, IngestError, SourceConfig, SourceError};

/// The files under some paths, read one by one: what `.gitignore` excludes and hidden files are left out of folders.
///
/// A path is a file, a folder, or a pattern such as `docs/**/*.md` where no such file exists. A file's source is its
/// absolute path, so that it is the same document from wherever it is ingested. A file beside it, named
/// `report.pdf.meta.yaml` or `.json`, says more about `report.pdf`, and is no document.
#[derive(Debug)]
pub struct FileSource {
    roots: Vec<Root>,
    /// Only what is or lies under one of these, if any are given.
    changed: Arc<[PathBuf]>,
    config: Arc<SourceConfig>,
}

#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// Only files whose path matches; `path` is then the folder that the pattern starts in.
    pattern: Option<GlobMatcher>,
    /// Named by the user as a file: what is wrong with it is an error, not something to skip.
    is_file: bool,
}

impl FileSource {
    /// Checks that every path exists, before anything is read.
    pub fn new(paths: &[PathBuf], config: &SourceConfig) -> Result<Self, IngestError> {
        let roots = paths.iter().map(|path| Root::resolve(path)).collect::<Result<_, _>>()?;
        Ok(Self { roots, changed: Arc::new([]), config: Arc::new(config.clone()) })
    }

    /// Reads only what is, or lies under, one of these absolute paths. They need not exist any more.
    pub(super) fn only(mut self, changed: &[PathBuf]) -> Self {
        self.changed = changed.into();
        self
    }

    /// The absolute files and folders that are read: what is not found under them any more can be pruned.
    /// A pattern has none, as what it does not match may still be there.
    pub fn prunable_roots(&self) -> Vec<String> {
        let roots: Vec<&Path> = self.roots.iter().filter(|root| root.pattern.is_none()).map(|root| root.path.as_path()).collect();
        if self.changed.is_empty() {
            return roots.into_iter().map(name).collect();
        }
        self.changed.iter().filter(|path| roots.iter().any(|root| path.starts_with(root))).map(|path| name(path)).collect()
    }

    /// The files and folders, and where patterns begin.
    pub(super) fn scope(&self) -> Vec<String> {
        self.roots.iter().map(|root| name(&root.path)).collect()
    }

    /// The files that are read. Blocking.
    pub(super) fn found(&self) -> impl Iterator<Item = PathBuf> {
        self.roots.iter().flat_map(|root| root.entries(&self.config, &self.changed)).filter_map(Result::ok)
    }

    /// What must be watched to notice a change.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|root| root.path.as_path())
    }

    /// How many files there are, without reading them. Blocking.
    pub fn count(&self) -> u64 {
        self.roots.iter().map(|root| root.entries(&self.config, &self.changed).count() as u64).sum()
    }

    /// Reads them. Blocking; the files of one folder come in the order of their names.
    pub fn into_items(self) -> impl Iterator<Item = SourceItem> + Send {
        let Self { roots, changed, config } = self;
        let mut seen = HashSet::new();
        roots
            .into_iter()
            .flat_map(move |root| {
                let config = Arc::clone(&config);
                root.entries(&config, &changed).map(move |entry| (entry, root.is_file, Arc::clone(&config)))
            })
            .filter_map(move |(entry, named, config)| match entry {
                Ok(path) => seen.insert(path.clone()).then(|| read(&path, named, &config)),
                Err(error) => {
                    Some(SourceItem::Failed(FailedDocument::at(error_path(&error).unwrap_or_default(), Stage::Source, error.to_string())))
                }
            })
    }
}

impl Root {
    fn resolve(path: &Path) -> Result<Self, IngestError> {
        match fs::canonicalize(path) {
            Ok(path) => {
                let is_file = path.is_file();
                Ok(Self { path, pattern: None, is_file })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => match path.to_str().filter(|path| path.contains("://")) {
                Some(url) => Err(SourceError::UrlAsPath { path: url.to_owned() }.into()),
                None => Self::resolve_pattern(path),
            },
            Err(source) => Err(IngestError::Unreadable { path: path.to_owned(), source }),
        }
    }

    fn resolve_pattern(path: &Path) -> Result<Self, IngestError> {
        let not_found = || IngestError::PathNotFound { path: path.to_owned() };
        let is_pattern = |component: &std::ffi::OsStr| component.to_string_lossy().contains(['*', '?', '[', '{']);
        let mut base = PathBuf::new();
        let mut components = path.components().peekable();
        while let Some(component) = components.next_if(|component| !is_pattern(component.as_os_str())) {
            base.push(component);
        }
        if components.peek().is_none() {
            return Err(not_found());
        }
        let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
        let base = fs::canonicalize(base).map_err(|_| not_found())?;
        let rest: PathBuf = components.collect();
        let pattern = format!("{}/{}", globset::escape(&base.to_string_lossy()), rest.to_string_lossy());
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        let matcher =
            glob.map_err(|source| IngestError::Pattern { pattern: path.to_string_lossy().into_owned(), source })?.compile_matcher();
        Ok(Self { path: base, pattern: Some(matcher), is_file: false })
    }

    fn entries(
        &self,
        config: &SourceConfig,
        changed: &Arc<[PathBuf]>,
    ) -> impl Iterator<Item = Result<PathBuf, ignore::Error>> + Send + use<> {
        let pattern = self.pattern.clone();
        let mut walk = WalkBuilder::new(&self.path);
        if !changed.is_empty() {
            let changed = Arc::clone(changed);
            walk.filter_entry(move |entry| changed.iter().any(|path| path.starts_with(entry.path()) || entry.path().starts_with(path)));
        }
        let is_file_root = self.is_file;
        walk.hidden(!config.hidden)
            .follow_links(config.follow_links)
            // A folder's .gitignore counts whether or not the folder is a repository.
            .require_git(false)
            .sort_by_file_name(|left, right| left.cmp(right))
            .build()
            .filter_map(move |entry| match entry {
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file()) || (entry.depth() == 0 && !entry.path().is_dir());
                    let matches = pattern.as_ref().is_none_or(|pattern| pattern.is_match(entry.path()));
                    let is_sidecar = || !is_file_root && sidecar::described_by(entry.path()).is_some_and(|described| described.is_file());
                    (is_file && matches && !is_sidecar()).then(|| Ok(entry.into_path()))
                }
                Err(error) => Some(Err(error)),
            })
    }
}

fn error_path(error: &ignore::Error) -> Option<String> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.to_string_lossy().into_owned()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        _ => None,
    }
}

fn read(path: &Path, named_by_user: bool, config: &SourceConfig) -> SourceItem {
    let source = name(path);
    match read_document(path, config) {
        Ok(document) if named_by_user => SourceItem::Document(document),
        Ok(document) => SourceItem::found(document),
        Err(error) => SourceItem::failed(source, error),
    }
}

fn read_document(path: &Path, config: &SourceConfig) -> Result<RawDocument, IngestError> {
    let modified_at = fs::metadata(path).and_then(|metadata| metadata.modified()).ok().map(DateTime::<Utc>::from);
    let bytes = read_bytes(path, config.max_file_bytes)?;
    let mut document = RawDocument { modified_at, ..RawDocument::new(name(path), bytes) };
    if let Some(sidecar) = Sidecar::beside(path)? {
        sidecar.label(&mut document);
    }
    Ok(document)
}

/// Reads a file of at most this size. Blocking.
pub(super) fn read_bytes(path: &Path, limit: ByteSize) -> Result<Vec<u8>, IngestError> {
    let unreadable = |source| IngestError::Unreadable { path: path.to_owned(), source };
    // Before opening: a named pipe would wait for someone to write.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(IngestError::NotAFile);
    }
    if metadata.len() > limit.as_u64() {
        return Err(IngestError::TooLarge { size: ByteSize(metadata.len()), limit });
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // The file may grow while it is read.
    file.take(limit.as_u64() + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit.as_u64() {
        return Err(IngestError::TooLarge { size: ByteSize(bytes.len() as u64), limit });
    }
    Ok(bytes)
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[PathBuf], config: &SourceConfig) -> Vec<String> {
        let items = FileSource::new(paths, config).unwrap().into_items();
        items
            .map(|item| match item {
                SourceItem::Document(document) => Path::new(&document.source).file_name().unwrap().to_string_lossy().into_owned(),
                SourceItem::Failed(failed) => format!("failed: {}", failed.reason),
                SourceItem::Skipped(skipped) => format!("skipped: {}", skipped.kind),
                SourceItem::Unchanged { source } => format!("unchanged: {source}"),
            })
            .collect()
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [
            (".gitignore", &b"ignored.md\n"[..]),
            ("a.md", b"# A"),
            ("b.txt", b"b"),
            ("ignored.md", b"no"),
            ("deep/c.md", b"c"),
            ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn folders_respect_gitignore_and_skip_what_is_no_document() {
        let folder = folder();
        assert_eq!(names(&[folder.path().into()], &SourceConfig::default()), ["a.md", "b.txt", "c.md", "skipped: image"]);
    }

    #[test]
    fn patterns_and_repeats() {
        let folder = folder();
        assert_eq!(names(&[folder.path().join("**/*.md")], &SourceConfig::default()), ["a.md", "c.md"]);
        assert_eq!(names(&[folder.path().join("*.md"), folder.path().join("a.md")], &SourceConfig::default()), ["a.md"]);
    }

    #[test]
    fn bad_paths_and_sizes_are_named() {
        let folder = folder();
        let missing = FileSource::new(&[folder.path().join("missing.md")], &SourceConfig::default()).unwrap_err();
        assert!(missing.to_string().contains("missing.md` does not exist"), "{missing}");
        let bad = FileSource::new(&[folder.path().join("[z-a].md")], &SourceConfig::default()).unwrap_err();
        assert!(bad.to_string().contains("[z-a].md` is not a valid pattern"), "{bad}");
        let small = SourceConfig { max_file_bytes: ByteSize(2), ..SourceConfig::default() };
        assert_eq!(
            names(&[folder.path().join("a.md")], &small),
            ["failed: is 3 B, the limit is 2 B: raise `source.max_file_bytes`, or split it"]
        );
    }
    #[test]
    fn only_what_changed_is_read() {
        let folder = folder();
        let root = fs::canonicalize(folder.path()).unwrap();
        let changed = [root.join("deep"), root.join("ignored.md"), root.join("gone.md"), "/elsewhere".into()];
        let files = FileSource::new(std::slice::from_ref(&root), &SourceConfig::default()).unwrap().only(&changed);
        assert_eq!(files.count(), 1);
        assert_eq!(files.prunable_roots(), [name(&root.join("deep")), name(&root.join("ignored.md")), name(&root.join("gone.md"))]);
        let sources: Vec<String> = files.into_items().map(|item| format!("{item:?}")).collect();
        assert!(sources.len() == 1 && sources[0].contains("c.md"), "{sources:?}");
    }

    #[test]
    fn sidecars_describe_their_files() {
        let folder = folder();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("a.md.meta.yaml", "title: The A\ntags: [x]\ndate: 2026-01-31\nfields:\n  year: 2026\n");
        write("b.txt.meta.json", r#"{"titel": "typo"}"#);
        write("orphan.meta.yaml", "is: a document\n");
        let config = SourceConfig::default();
        let files = FileSource::new(&[folder.path().into()], &config).unwrap();
        assert_eq!(files.count(), 5, "two sidecars are no documents");
        let items: Vec<SourceItem> = files.into_items().collect();
        let SourceItem::Document(document) = &items[0] else { panic!("{items:?}") };
        assert_eq!((document.title.as_deref(), document.tags.join(",")), (Some("The A"), "x".to_owned()));
        assert_eq!(document.date.unwrap().to_rfc3339(), "2026-01-31T00:00:00+00:00");
        assert_eq!(serde_json::to_string(&document.fields).unwrap(), r#"{"year":2026.0}"#);
        let SourceItem::Failed(failed) = &items[1] else { panic!("{items:?}") };
        assert!(failed.reason.contains("b.txt.meta.json` is not valid") && failed.reason.contains("titel"), "{}", failed.reason);
        assert!(names(&[folder.path().into()], &config).contains(&"orphan.meta.yaml".to_owned()));
        let before = document.content();
        write("a.md.meta.yaml", "title: Another\n");
        let items: Vec<SourceItem> = FileSource::new(&[folder.path().join("a.md")], &config).unwrap().into_items().collect();
        assert!(matches!(&items[0], SourceItem::Document(document) if document.content() != before));
    }

    #[test]
    fn urls_are_no_paths() {
        let error = FileSource::new(&["https://example.com/a".into()], &SourceConfig::default()).unwrap_err().to_string();
        assert!(error.contains("`https://example.com/a` is a URL, not a path"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_unicode() {
        use std::os::unix::ffi::OsStrExt;

        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe.md")), "text").unwrap();
        assert_eq!(names(&[folder.path().into()], &SourceConfig::default()), ["\u{fffd}\u{fffd}.md"]);
    }
}
