//! One run of the pipeline.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use ragstone_core::{CollectionName, DocumentId};
use tokio_util::sync::CancellationToken;

use crate::{FailedDocument, IngestEvent, IngestReport, Observer, Outcome};

/// Where a run goes and what it has done.
pub(super) struct Run {
    pub(super) collection: CollectionName,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: CancellationToken,
    pub(super) report: Mutex<IngestReport>,
    seen: Mutex<HashSet<DocumentId>>,
}

impl Run {
    pub(super) fn new(collection: &CollectionName, observer: Arc<dyn Observer>, cancel: CancellationToken) -> Self {
        Self { collection: collection.clone(), observer, cancel, report: Mutex::default(), seen: Mutex::default() }
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut IngestReport)) {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn done(&self, document: DocumentId, outcome: Outcome) {
        self.update(|report| report.count(outcome));
        self.observer.on(&IngestEvent::Done { document, outcome });
    }

    pub(super) fn fail(&self, failed: FailedDocument) {
        self.observer.on(&IngestEvent::Failed(failed.clone()));
        self.update(|report| report.failed.push(failed));
    }

    /// Whether this document comes for the first time in this run.
    pub(super) fn first_sight(&self, document: DocumentId) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(document)
    }

    /// Whether a source is in a folder that could not be read: nobody knows whether it is gone.
    pub(super) fn is_out_of_sight(&self, source: &str) -> bool {
        let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.failed.iter().any(|failed| is_under(source, &failed.source))
    }

    pub(super) fn has_seen(&self, document: DocumentId) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(&document)
    }
}

/// Whether a source is this path, or in the folder of this path.
pub(super) fn is_under(source: &str, path: &str) -> bool {
    source.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || path.ends_with('/'))
}
