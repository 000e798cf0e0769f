//! One run of the pipeline.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ragstone_core::{CollectionName, DocumentId, Embedder, IndexName};
use tokio_util::sync::CancellationToken;

use super::flights::Flights;
use crate::{FailedDocument, IngestEvent, IngestReport, Observer, Outcome, SkippedFile};

/// What a run fills, and with which model. Vectors of another model never come into this index.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) index: IndexName,
    pub(super) embedder: Arc<dyn Embedder>,
    pub(super) purpose: Purpose,
}

/// What an index is filled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Documents are stored: the catalog is told before and after.
    Documents,
    /// The index is brought in step with the catalog, which stays as it is.
    OtherModel,
}

/// Where a run goes and what it has done.
pub(super) struct Run {
    pub(super) collection: CollectionName,
    pub(super) target: Target,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: CancellationToken,
    /// What was settled and is not yet committed.
    pub(super) flights: Flights,
    report: Mutex<IngestReport>,
    seen: Mutex<HashSet<DocumentId>>,
    /// What could not be read, and with it whatever may be in it.
    hidden: Mutex<HashSet<String>>,
    model: Mutex<BusyTime>,
}

/// For how long at least one of several overlapping pieces of work went on.
#[derive(Default)]
struct BusyTime {
    now_at_work: usize,
    since: Option<Instant>,
    sum: Duration,
}

/// Counts the model as busy until it is dropped.
pub(super) struct ModelAtWork<'run>(&'run Run);

impl Run {
    pub(super) fn new(target: Target, observer: Arc<dyn Observer>, cancel: CancellationToken) -> Self {
        Self {
            collection: target.index.collection().clone(),
            target,
            observer,
            cancel,
            flights: Flights::default(),
            report: Mutex::default(),
            seen: Mutex::default(),
            hidden: Mutex::default(),
            model: Mutex::default(),
        }
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut IngestReport)) {
        change(&mut lock(&self.report));
    }

    pub(super) fn take_report(&self) -> IngestReport {
        let mut report = std::mem::take(&mut *lock(&self.report));
        report.model_busy_seconds = lock(&self.model).sum.as_secs_f64();
        report
    }

    pub(super) fn read(&self, bytes: usize) {
        self.update(|report| report.bytes_read += bytes as u64);
        self.observer.on(&IngestEvent::Read { bytes: bytes as u64 });
    }

    pub(super) fn done(&self, document: DocumentId, source: String, outcome: Outcome) {
        self.update(|report| report.count(outcome));
        self.observer.on(&IngestEvent::Done { document, source, outcome });
    }

    /// A document that fails is still there, and so may be what is in it: neither must be pruned.
    pub(super) fn fail(&self, failed: FailedDocument) {
        lock(&self.hidden).insert(failed.source.clone());
        self.observer.on(&IngestEvent::Failed(failed.clone()));
        self.update(|report| report.fail(failed));
    }

    pub(super) fn skip(&self, skipped: SkippedFile) {
        self.observer.on(&IngestEvent::Skipped(skipped.clone()));
        self.update(|report| report.skip(skipped));
    }

    /// Whether this document comes for the first time in this run.
    pub(super) fn first_sight(&self, document: DocumentId) -> bool {
        lock(&self.seen).insert(document)
    }

    /// What was taken for a document is an archive: the document that it was before is gone.
    pub(super) fn take_back_sight(&self, document: DocumentId) {
        lock(&self.seen).remove(&document);
    }

    pub(super) fn has_seen(&self, document: DocumentId) -> bool {
        lock(&self.seen).contains(&document)
    }

    /// Whether a source could not be read, or is in a folder or an archive that could not: nobody knows whether it is gone.
    pub(super) fn is_out_of_sight(&self, source: &str) -> bool {
        is_hidden(source, &lock(&self.hidden))
    }

    pub(super) fn model_at_work(&self) -> ModelAtWork<'_> {
        let mut model = lock(&self.model);
        model.now_at_work += 1;
        model.since.get_or_insert_with(Instant::now);
        ModelAtWork(self)
    }
}

impl Drop for ModelAtWork<'_> {
    fn drop(&mut self) {
        let mut model = lock(&self.0.model);
        model.now_at_work -= 1;
        if model.now_at_work == 0
            && let Some(since) = model.since.take()
        {
            model.sum += since.elapsed();
        }
    }
}

fn is_hidden(source: &str, hidden: &HashSet<String>) -> bool {
    let mut ends = source.char_indices().filter(|(_, letter)| matches!(letter, '/' | '#')).flat_map(|(at, _)| [at, at + 1]);
    hidden.contains(source) || ends.any(|end| source.get(..end).is_some_and(|above| hidden.contains(above)))
}

/// Whether a source is this path, or in the folder of this path; what ends in `#` is a file or repository with parts.
pub(crate) fn is_under(source: &str, path: &str) -> bool {
    source.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || path.ends_with(['/', '#']))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_something_unreadable_is_out_of_sight() {
        let hidden = ["/closed", "/a.zip", "/rows.csv#", "/x/"].map(str::to_owned).into();
        for source in ["/closed", "/closed/deep/a.md", "/a.zip/b.md", "/rows.csv#12", "/x/y"] {
            assert!(is_hidden(source, &hidden), "{source}");
        }
        for source in ["/closed.md", "/b.zip/a.zip", "/rows.csv", "/open/é/closed"] {
            assert!(!is_hidden(source, &hidden), "{source}");
        }
    }
}
