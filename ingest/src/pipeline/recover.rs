//! After an unclean stop: the store is made equal to the catalog again, from the texts the catalog keeps.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ragstone_core::{ChunkId, CollectionName, DocumentId, PendingDocument, Result, Revision};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::plan::PlannedDocument;
use super::run::Run;
use super::{Ingestor, PLAN_AHEAD};
use crate::IngestError;

/// What had to be mended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Documents whose chunks were completed or rewritten.
    pub repaired: u64,
    /// Documents whose removal was finished.
    pub removed: u64,
    /// Chunks in the store that belong to no document.
    pub orphans: u64,
}

impl Recovery {
    /// Whether nothing was wrong.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// How a document's stored chunks differ from what the catalog wants.
#[derive(Default)]
struct Difference {
    stored: HashSet<ChunkId>,
    outdated: bool,
}

impl Ingestor {
    /// Whether a collection has documents that were begun and not completed.
    pub async fn has_pending(&self, collection: &CollectionName) -> Result<bool> {
        Ok(!self.catalog.pending(collection).await?.is_empty())
    }

    /// Compares every stored chunk with the catalog and mends what differs.
    pub async fn recover(&self, collection: &CollectionName) -> Result<Recovery> {
        let _exclusive = self.lock(collection).await;
        self.existing(collection).await?.ensure_embedded_by(self.embedder.spec())?;
        self.mend(collection, CancellationToken::new()).await
    }

    /// Throws the store's vectors away and computes them all again from the catalog's texts.
    pub async fn reindex(&self, collection: &CollectionName) -> Result<Recovery> {
        let _exclusive = self.lock(collection).await;
        self.existing(collection).await?.ensure_embedded_by(self.embedder.spec())?;
        self.store.remove(collection).await?;
        self.mend(collection, CancellationToken::new()).await
    }

    /// Recovers a collection that is locked already.
    pub(super) async fn mend(&self, collection: &CollectionName, cancel: CancellationToken) -> Result<Recovery> {
        self.store.create(collection, self.embedder.spec().dimension).await?;
        let pending = self.catalog.pending(collection).await?;
        let removing: Vec<DocumentId> = pending.iter().filter_map(PendingDocument::being_removed).collect();
        let removed = self.remove_stored(collection, &removing).await?;

        let storing: HashSet<DocumentId> = pending.iter().filter_map(PendingDocument::being_stored).collect();
        let (differences, orphans) = self.compare(collection, &storing).await?;
        if !orphans.is_empty() {
            self.store.delete(collection, &orphans).await?;
            self.store.flush(collection).await?;
        }
        let repaired = self.repair(collection, differences, cancel).await?;
        Ok(Recovery { repaired, removed, orphans: orphans.len() as u64 })
    }

    /// The documents that differ, and the stored chunks that no document wants.
    async fn compare(
        &self,
        collection: &CollectionName,
        storing: &HashSet<DocumentId>,
    ) -> Result<(HashMap<DocumentId, Difference>, Vec<ChunkId>)> {
        let expected = self.catalog.expected(collection).await?;
        let mut stored: HashMap<ChunkId, Revision> =
            self.store.stored(collection).await?.into_iter().map(|chunk| (chunk.id, chunk.revision)).collect();
        let mut documents: HashMap<DocumentId, Difference> = storing.iter().map(|document| (*document, Difference::default())).collect();
        for chunk in expected {
            let difference = documents.entry(chunk.document).or_default();
            match stored.remove(&chunk.id) {
                Some(revision) => {
                    difference.outdated |= revision != chunk.revision;
                    difference.stored.insert(chunk.id);
                }
                None => difference.outdated = true,
            }
        }
        documents.retain(|document, difference| difference.outdated || storing.contains(document));
        Ok((documents, stored.into_keys().collect()))
    }

    async fn repair(
        &self,
        collection: &CollectionName,
        differences: HashMap<DocumentId, Difference>,
        cancel: CancellationToken,
    ) -> Result<u64> {
        let count = differences.len() as u64;
        let run = Arc::new(Run::new(collection, Arc::new(()), cancel));
        let (sender, planned) = mpsc::channel(PLAN_AHEAD);
        let reader = AbortOnDropHandle::new(tokio::spawn({
            let (ingestor, collection) = (self.clone(), collection.clone());
            async move { ingestor.plan_repairs(&collection, differences, sender).await }
        }));
        self.store_all(planned, &run).await?;
        reader.await.map_err(IngestError::Task)??;
        Ok(count)
    }

    async fn plan_repairs(
        &self,
        collection: &CollectionName,
        differences: HashMap<DocumentId, Difference>,
        planned: mpsc::Sender<PlannedDocument>,
    ) -> Result<()> {
        for (document, difference) in differences {
            let Some(record) = self.catalog.document(collection, document).await? else { continue };
            let repair = PlannedDocument { record: Arc::new(record), kept: difference.stored, obsolete: Vec::new(), outcome: None };
            if planned.send(repair).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}
