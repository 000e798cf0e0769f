//! After an unclean stop: the store is made equal to the catalog again, from the texts the catalog keeps.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ragstone_core::{
    ChunkId, CollectionName, DocumentId, DocumentRecord, Error, IndexName, Locked, PendingDocument, Result, Revision, Sharing,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::plan::{Planned, PlannedDocument};
use super::run::{Run, Target};
use super::settle::own_chunks;
use super::{Ingestor, PLAN_AHEAD};
use crate::{Chunker, FailedDocument, IngestError, Outcome};

/// What had to be mended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Documents whose chunks were completed or rewritten.
    pub repaired: u64,
    /// Documents whose removal was finished.
    pub removed: u64,
    /// Chunks in the store that belong to no document.
    pub orphans: u64,
    /// Documents that could not be split by the present settings. They stay as they were, to be mended next time.
    pub failed: Vec<FailedDocument>,
    /// Whether it was stopped before the end; the next ingest or recovery goes on.
    pub interrupted: bool,
}

impl Recovery {
    /// Whether nothing was wrong.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// How an index differs from the catalog.
pub(super) struct Gap {
    /// The documents whose chunks differ.
    pub(super) documents: HashMap<DocumentId, Difference>,
    /// Stored chunks that no document wants.
    pub(super) orphans: Vec<ChunkId>,
    /// How many chunks are not stored.
    pub(super) missing: u64,
}

/// How a document's stored chunks differ from what the catalog wants.
#[derive(Default)]
pub(super) struct Difference {
    pub(super) stored: HashSet<ChunkId>,
    outdated: bool,
}

impl Ingestor {
    /// Whether a collection has documents that were begun and not completed.
    pub async fn has_pending(&self, collection: &CollectionName) -> Result<bool> {
        Ok(!self.catalog.pending(collection).await?.is_empty())
    }

    /// Compares every stored chunk with the catalog and mends what differs. Documents that are mended are split by the present settings.
    pub async fn recover(&self, collection: &CollectionName, cancel: CancellationToken) -> Result<Recovery> {
        let _alone = self.lock(collection, Sharing::Alone).await?;
        let target = self.target(collection).await?;
        self.mend(&Arc::new(Run::new(target, Arc::new(()), cancel))).await
    }

    /// Recovers a collection that is locked already.
    pub(super) async fn mend(&self, run: &Arc<Run>) -> Result<Recovery> {
        let (collection, Target { index, embedder, .. }) = (&run.collection, &run.target);
        self.store.create(index, embedder.spec().dimension).await?;
        let pending = self.catalog.pending(collection).await?;
        let removing: Vec<DocumentId> = pending.iter().filter_map(PendingDocument::being_removed).collect();
        let removed = self.remove_stored(index, &removing).await?;

        let storing: HashSet<DocumentId> = pending.iter().filter_map(PendingDocument::being_stored).collect();
        let Gap { documents, orphans, .. } = self.compare(index, &storing).await?;
        self.delete_orphans(index, &orphans).await?;
        self.repair(documents, run).await?;
        let report = run.take_report();
        let interrupted = run.cancel.is_cancelled();
        Ok(Recovery { repaired: report.replaced, removed, orphans: orphans.len() as u64, failed: report.failed, interrupted })
    }

    /// Finishes what processes have begun that are gone. Where others may be at work, being alone tells that nobody is; whoever finds
    /// others leaves it to the next.
    pub(super) async fn finish_abandoned(&self, collection: &CollectionName, cancel: &CancellationToken) -> Result<()> {
        if !self.has_pending(collection).await? {
            return Ok(());
        }
        let Some(_alone) = self.locks.try_lock(collection, Locked::Documents, Sharing::Alone).await? else { return Ok(()) };
        let run = Arc::new(Run::new(self.target(collection).await?, Arc::new(()), cancel.clone()));
        let index = &run.target.index;
        let pending = self.catalog.pending(collection).await?;
        let removing: Vec<DocumentId> = pending.iter().filter_map(PendingDocument::being_removed).collect();
        let removed = self.remove_stored(index, &removing).await?;

        let storing: Vec<DocumentId> = pending.iter().filter_map(PendingDocument::being_stored).collect();
        let mut documents: HashMap<DocumentId, Difference> = storing.iter().map(|document| (*document, Difference::default())).collect();
        for chunk in self.store.stored_of(index, &storing).await? {
            documents.entry(chunk.document).or_default().stored.insert(chunk.id);
        }
        self.repair(documents, &run).await?;
        let repaired = run.take_report().replaced;
        tracing::info!(collection = collection.as_str(), repaired, removed, "what a process had left that is gone was finished");
        Ok(())
    }

    /// How an index differs from what the catalog wants.
    pub(super) async fn compare(&self, index: &IndexName, storing: &HashSet<DocumentId>) -> Result<Gap> {
        let expected = self.catalog.expected(index.collection()).await?;
        let mut stored: HashMap<ChunkId, Revision> =
            self.store.stored(index).await?.into_iter().map(|chunk| (chunk.id, chunk.revision)).collect();
        let mut documents: HashMap<DocumentId, Difference> = storing.iter().map(|document| (*document, Difference::default())).collect();
        let mut missing = 0;
        for chunk in expected {
            let difference = documents.entry(chunk.document).or_default();
            match stored.remove(&chunk.id) {
                Some(revision) => {
                    difference.outdated |= revision != chunk.revision;
                    difference.stored.insert(chunk.id);
                }
                None => {
                    difference.outdated = true;
                    missing += 1;
                }
            }
        }
        documents.retain(|document, difference| difference.outdated || storing.contains(document));
        Ok(Gap { documents, orphans: stored.into_keys().collect(), missing })
    }

    pub(super) async fn delete_orphans(&self, index: &IndexName, orphans: &[ChunkId]) -> Result<()> {
        if orphans.is_empty() {
            return Ok(());
        }
        self.store.delete(index, orphans).await?;
        self.store.flush(index).await
    }

    async fn repair(&self, differences: HashMap<DocumentId, Difference>, run: &Arc<Run>) -> Result<()> {
        let (sender, planned) = mpsc::channel(PLAN_AHEAD);
        let reader = AbortOnDropHandle::new(tokio::spawn({
            let (ingestor, run) = (self.clone(), Arc::clone(run));
            async move { ingestor.plan_repairs(differences, sender, &run).await }
        }));
        self.store_all(planned, run).await?;
        reader.await.map_err(IngestError::Task)?
    }

    async fn plan_repairs(&self, differences: HashMap<DocumentId, Difference>, planned: mpsc::Sender<Planned>, run: &Run) -> Result<()> {
        let chunker = self.chunkers.for_collection(&run.collection, &run.target.embedder);
        for (document, difference) in differences {
            let Some(record) = self.catalog.document(&run.collection, document).await? else { continue };
            let source = record.document.head.source.clone();
            let record = match split_again(record, chunker.clone()).await {
                Ok(record) => record,
                Err(error) => {
                    run.fail(FailedDocument::new(source, &Error::from(error)));
                    continue;
                }
            };
            if planned.send(vec![repaired(record, difference)]).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// What is there stays, where it is still wanted.
pub(super) fn repaired(record: DocumentRecord, difference: Difference) -> PlannedDocument {
    let wanted: HashSet<ChunkId> = own_chunks(&record).collect();
    let (kept, obsolete): (Vec<ChunkId>, Vec<ChunkId>) = difference.stored.into_iter().partition(|id| wanted.contains(id));
    PlannedDocument { kept: kept.into_iter().collect(), obsolete, outcome: Some(Outcome::Replaced), ..PlannedDocument::rewritten(record) }
}

/// A document as the present settings split it.
async fn split_again(mut record: DocumentRecord, chunker: Chunker) -> Result<DocumentRecord, IngestError> {
    let revision = chunker.config().revision_of(&record.content);
    if record.document.head.revision == revision {
        return Ok(record);
    }
    tokio::task::spawn_blocking(move || {
        record.document.head.revision = revision;
        record.chunks = chunker.split(&record.document)?;
        Ok(record)
    })
    .await?
}
