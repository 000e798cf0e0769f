use fs_err as fs;

use super::*;
use crate::{PathsSource, SourceItem};

struct World {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("deep")).unwrap();
        fs::write(root.join("a.md"), "a").unwrap();
        fs::write(root.join("deep/b.md"), "b").unwrap();
        Self { folder, root }
    }

    fn watch(&self) -> Watcher {
        Watcher::new(&[self.folder.path().to_owned()], &SourceConfig::default()).unwrap()
    }
}

#[tokio::test]
async fn changes_come_together_and_lead_to_what_is_read() {
    let world = World::new();
    let mut watcher = world.watch();
    fs::write(world.root.join("a.md"), "changed").unwrap();
    fs::rename(world.root.join("deep/b.md"), world.root.join("c.md")).unwrap();
    fs::create_dir(world.root.join("new")).unwrap();
    fs::write(world.root.join("new/d.md"), "d").unwrap();
    let expected = ["a.md", "c.md", "deep/b.md", "new"].map(|path| world.root.join(path));
    let mut changed = Vec::new();
    // On a busy machine they come in several parts.
    while !expected.iter().all(|path| changed.contains(path)) {
        let Changes::Paths(paths) = watcher.next().await else { panic!("{changed:?}") };
        changed.extend(paths);
    }
    let changes = Changes::Paths(changed);
    let whole = IngestSpec::new(SourceSpec::Paths(PathsSource::new([world.root.clone()])));
    let request = changes.request(&whole);
    let opened = request.open(&SourceConfig::default(), Default::default()).unwrap();
    assert!(opened.prunable_roots.contains(&world.root.join("deep/b.md").to_string_lossy().into_owned()));
    let read: Vec<String> = opened
        .items
        .map(|item| match item {
            SourceItem::Document(document) => document.source.rsplit('/').next().unwrap().to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(read, ["a.md", "c.md", "d.md"]);
}

#[tokio::test]
async fn many_changes_and_rules_mean_everything() {
    let world = World::new();
    let mut watcher = world.watch();
    fs::write(world.root.join(".gitignore"), "a.md").unwrap();
    assert_eq!(watcher.next().await, Changes::Everything);
    let mut gathered = Gathered::default();
    for number in 0..=MAX_PATHS {
        gathered.add(Event::new(EventKind::Any).add_path(world.root.join(number.to_string())), std::slice::from_ref(&world.root));
    }
    assert_eq!(gathered.into_changes(), Changes::Everything);
}

#[tokio::test]
async fn everything_is_read_from_time_to_time() {
    let world = World::new();
    let config = SourceConfig { rescan_interval: Duration::from_millis(50), ..SourceConfig::default() };
    let mut watcher = Watcher::new(std::slice::from_ref(&world.root), &config).unwrap();
    assert_eq!(watcher.next().await, Changes::Everything);
    assert_eq!(watcher.next().await, Changes::Everything);
}

#[tokio::test]
async fn what_is_not_read_may_change() {
    let world = World::new();
    fs::write(world.root.join(".gitignore"), "ignored/").unwrap();
    fs::create_dir_all(world.root.join("ignored")).unwrap();
    let mut watcher = world.watch();
    fs::write(world.root.join("ignored/x.md"), "ignored").unwrap();
    fs::write(world.root.join(".hidden.md"), "hidden").unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(2), watcher.next()).await.is_err());
    fs::write(world.root.join("ignored/x.md"), "ignored").unwrap();
    fs::write(world.root.join("a.md"), "read").unwrap();
    assert_eq!(watcher.next().await, Changes::Paths(vec![world.root.join("a.md")]));
}

#[cfg(unix)]
#[tokio::test]
async fn names_that_no_request_could_hold() {
    use std::os::unix::ffi::OsStrExt;

    let world = World::new();
    let mut watcher = world.watch();
    fs::write(world.root.join("deep").join(std::ffi::OsStr::from_bytes(b"\xff.md")), "text").unwrap();
    let changes = watcher.next().await;
    assert_eq!(changes, Changes::Paths(vec![world.root.join("deep")]));
    let whole = IngestSpec::new(SourceSpec::Paths(PathsSource::new([world.root.clone()])));
    assert!(serde_json::to_string(&changes.request(&whole)).is_ok());
}

#[tokio::test]
async fn one_file_and_its_sidecar() {
    let world = World::new();
    let file = world.root.join("a.md");
    let mut watcher = Watcher::new(std::slice::from_ref(&file), &SourceConfig::default()).unwrap();
    fs::write(world.root.join("other.md"), "not watched").unwrap();
    fs::write(world.root.join("replacement"), "new").unwrap();
    fs::rename(world.root.join("replacement"), &file).unwrap();
    assert_eq!(watcher.next().await, Changes::Paths(vec![file]));
    let mut watcher = world.watch();
    fs::write(world.root.join("deep/b.md.meta.yaml"), "title: B").unwrap();
    assert_eq!(watcher.next().await, Changes::Paths(vec![world.root.join("deep/b.md")]));
}

#[test]
fn what_does_not_exist_cannot_be_watched() {
    assert!(Watcher::new(&["/no/such/folder".into()], &SourceConfig::default()).is_err());
}
