//! What has changed under some folders, as it happens.
//!
//! Events are hints: what really is there is read from the disk afterwards. So events that were missed, doubled or came
//! in another order do no harm, and from time to time everything is read whatever was noticed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::{FileSource, IngestSpec, SourceConfig, SourceSpec};
use crate::{IngestError, SourceError};

/// After the last event: an editor may write a file in several steps.
const QUIET: Duration = Duration::from_millis(500);
/// After the first event: something may never be quiet.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// With more changes than this, reading everything is as good.
const MAX_PATHS: usize = 256;
/// Events that wait to be taken; when there are more, everything is read.
const MAX_EVENTS: usize = 4096;

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// These files and folders, and what is in them; some may be gone.
    Paths(Vec<PathBuf>),
    /// Much, or nobody knows: everything is to be read.
    Everything,
}

impl Changes {
    /// The request that brings a collection up to date with them: it reads only what changed, and removes what is gone.
    pub fn request(&self, whole: &IngestSpec) -> IngestSpec {
        let mut request = IngestSpec { prune: true, ..whole.clone() };
        if let (SourceSpec::Paths(paths), Self::Paths(changed)) = (&mut request.source, self) {
            paths.changed.clone_from(changed);
        }
        request
    }
}

/// Watches files and folders.
#[derive(Debug)]
pub struct Watcher {
    events: mpsc::Receiver<Event>,
    paths: Vec<PathBuf>,
    roots: Vec<PathBuf>,
    config: SourceConfig,
    next_rescan: Instant,
    /// Held, as it stops when it is dropped.
    _notifier: RecommendedWatcher,
}

impl Watcher {
    /// Begins to watch these files, folders and patterns. Watch first and read everything then, so that nothing changes
    /// in between unnoticed. Blocking; called within an asynchronous runtime.
    pub fn new(paths: &[PathBuf], config: &SourceConfig) -> Result<Self, IngestError> {
        let files = FileSource::new(paths, config)?;
        let roots: Vec<PathBuf> = files.folders().map(Path::to_owned).collect();
        let (sender, events) = mpsc::channel(MAX_EVENTS);
        let notifier = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error, like an event for which there is no room, means that something was missed.
            let event = event.unwrap_or_else(|_| missed());
            if is_change(&event) {
                // With a full queue everything is read anyway.
                let _full = sender.try_send(event);
            }
        });
        let watch_error = |path: &Path, source| SourceError::Watch { path: path.to_owned(), source };
        let mut notifier = notifier.map_err(|source| watch_error(Path::new("."), source))?;
        for root in &roots {
            // A file is replaced rather than written by many editors: its folder notices that.
            let (watched, mode) = match root.parent() {
                Some(folder) if root.is_file() => (folder, RecursiveMode::NonRecursive),
                _ => (root.as_path(), RecursiveMode::Recursive),
            };
            notifier.watch(watched, mode).map_err(|source| watch_error(watched, source))?;
        }
        let next_rescan = Instant::now() + config.rescan_interval;
        Ok(Self { events, paths: paths.to_vec(), roots, config: config.clone(), next_rescan, _notifier: notifier })
    }

    /// Waits until something has changed and nothing more does, or until it is time to read everything. What is hidden or
    /// ignored may change unnoticed. Can be dropped and called again; what the dropped call has seen is then noticed
    /// only by the next full reading.
    pub async fn next(&mut self) -> Changes {
        loop {
            let Changes::Paths(changed) = self.collect().await else { break };
            let (paths, config) = (self.paths.clone(), self.config.clone());
            let of_interest = tokio::task::spawn_blocking(move || of_interest(&paths, changed, &config)).await;
            match of_interest {
                Ok(Some(changed)) if changed.is_empty() => {}
                Ok(Some(changed)) => return Changes::Paths(changed),
                Ok(None) | Err(_) => break,
            }
        }
        self.next_rescan = Instant::now() + self.config.rescan_interval;
        Changes::Everything
    }

    async fn collect(&mut self) -> Changes {
        let mut gathered = Gathered::default();
        let mut deadline = self.next_rescan;
        let mut first: Option<Instant> = None;
        while let Ok(Some(event)) = timeout_at(deadline, self.events.recv()).await {
            gathered.everything |= self.events.len() + 1 >= MAX_EVENTS;
            gathered.add(event, &self.roots);
            if !gathered.is_empty() {
                let now = Instant::now();
                deadline = (now + QUIET).min(*first.get_or_insert(now) + LONGEST_WAIT);
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        if self.events.is_closed() {
            // Nothing is noticed any more; what is left is to look from time to time.
            tokio::time::sleep_until(self.next_rescan).await;
        }
        gathered.everything |= Instant::now() >= self.next_rescan;
        gathered.into_changes()
    }
}

/// What has been noticed so far.
#[derive(Debug, Default)]
struct Gathered {
    changed: BTreeSet<PathBuf>,
    everything: bool,
}

impl Gathered {
    fn add(&mut self, event: Event, roots: &[PathBuf]) {
        self.everything |= event.need_rescan();
        for path in event.paths.into_iter().filter(|path| roots.iter().any(|root| path.starts_with(root))) {
            self.everything |= is_ignore_file(&path) || (roots.contains(&path) && path.is_dir());
            self.changed.insert(described(path));
        }
        if self.changed.len() > MAX_PATHS {
            self.everything = true;
            self.changed.clear();
        }
    }

    fn is_empty(&self) -> bool {
        self.changed.is_empty() && !self.everything
    }

    fn into_changes(self) -> Changes {
        if self.everything || self.changed.is_empty() {
            return Changes::Everything;
        }
        Changes::Paths(without_nested(self.changed))
    }
}

fn missed() -> Event {
    Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan)
}

fn is_change(event: &Event) -> bool {
    event.need_rescan() || !matches!(event.kind, EventKind::Access(AccessKind::Open(_) | AccessKind::Read | AccessKind::Close(_)))
}

fn is_ignore_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == ".gitignore" || name == ".ignore")
}

/// A sidecar that has changed changes the file it describes. Of a name that is not Unicode, which no request could hold,
/// the folder is taken.
fn described(path: PathBuf) -> PathBuf {
    let mut path = super::sidecar::described_by(&path).filter(|described| described.is_file()).unwrap_or(path);
    while path.to_str().is_none() && path.pop() {}
    path
}

/// Those that lie on the way to a file that is read, or are gone; nothing if the roots themselves are.
fn of_interest(paths: &[PathBuf], changed: Vec<PathBuf>, config: &SourceConfig) -> Option<Vec<PathBuf>> {
    let found: Vec<PathBuf> = FileSource::new(paths, config).ok()?.only(&changed).found().collect();
    let is_read = |path: &PathBuf| found.iter().any(|file| file.starts_with(path));
    let is_gone = |path: &PathBuf| matches!(path.try_exists(), Ok(false));
    Some(changed.into_iter().filter(|path| is_read(path) || is_gone(path)).collect())
}

/// What lies in a folder that has changed goes without saying.
fn without_nested(changed: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in changed {
        if !kept.last().is_some_and(|folder| path.starts_with(folder)) {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
