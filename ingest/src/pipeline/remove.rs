//! Removal: the catalog hides what goes, the store deletes it, the catalog forgets it. In this order, always.

use std::collections::BTreeMap;
use std::sync::Arc;

use ragstone_core::{ChunkId, CollectionName, DocumentId, DocumentRecord, IndexName, Result, Sharing};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::plan::Planned;
use super::run::{Run, is_under};
use super::{Ingestor, PLAN_AHEAD, silent_run};
use crate::{IngestError, Outcome};

/// So many documents leave the store at once.
const TOGETHER: usize = 500;

impl Ingestor {
    /// Removes documents; says how many there were.
    pub async fn remove_documents(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<u64> {
        self.existing(collection).await?;
        let _locked = self.lock(collection, Sharing::Shared).await?;
        self.remove_stored(&self.existing(collection).await?.index(), documents).await
    }

    /// Removes a collection and all in it; says whether there was one.
    pub async fn remove_collection(&self, collection: &CollectionName) -> Result<bool> {
        let _alone = self.lock(collection, Sharing::Alone).await?;
        // The catalog forgets first: what is left in the store is swept up when a collection of this name is made again.
        let existed = self.catalog.remove_collection(collection).await?;
        self.remove_indexes(collection).await?;
        Ok(existed)
    }

    pub(super) async fn prune(&self, roots: &[String], run: &Run) -> Result<()> {
        for root in roots {
            let known = self.catalog.documents_under(&run.collection, root).await?;
            let gone =
                known.into_iter().filter(|(id, source)| is_under(source, root) && !run.has_seen(*id) && !run.is_out_of_sight(source));
            let (gone, sources): (Vec<DocumentId>, Vec<String>) = gone.unzip();
            self.remove_stored(&run.target.index, &gone).await?;
            for (document, source) in gone.into_iter().zip(sources) {
                run.done(document, source, Outcome::Removed);
            }
        }
        Ok(())
    }

    /// Removes documents from a collection that is locked. All of them are marked first: from then on a crash is mended by
    /// finishing what is left, whichever duplicates have taken over by then.
    pub(super) async fn remove_stored(&self, index: &IndexName, documents: &[DocumentId]) -> Result<u64> {
        if documents.is_empty() {
            return Ok(0);
        }
        let collection = index.collection();
        let remnants = self.remnants(index, documents).await?;
        self.catalog.begin_removal(collection, documents).await?;
        self.store.delete(index, &remnants).await?;
        let mut removed = 0;
        for some in documents.chunks(TOGETHER) {
            self.bequeath(index, some).await?;
            removed += self.delete_marked(index, some).await?;
        }
        Ok(removed)
    }

    /// What versions that were never completed have left of those before them: the catalog does not know these chunks any more.
    async fn remnants(&self, index: &IndexName, documents: &[DocumentId]) -> Result<Vec<ChunkId>> {
        let states = self.catalog.states(index.collection(), documents).await?;
        let incomplete: Vec<DocumentId> = states.iter().filter(|(_, state)| state.indexed_at.is_none()).map(|(id, _)| *id).collect();
        if incomplete.is_empty() {
            return Ok(Vec::new());
        }
        let stored = self.store.stored_of(index, &incomplete).await?;
        Ok(stored.iter().map(|chunk| chunk.id).collect())
    }

    /// Hands the chunks of documents that go to those that repeat them and stay.
    async fn bequeath(&self, index: &IndexName, leaving: &[DocumentId]) -> Result<()> {
        let mut duplicates = BTreeMap::<DocumentId, Vec<Arc<DocumentRecord>>>::new();
        for record in self.catalog.duplicates_of(index.collection(), leaving).await? {
            if let Some(original) = record.same_as {
                duplicates.entry(original).or_default().push(Arc::new(record));
            }
        }
        if duplicates.is_empty() {
            return Ok(());
        }
        let (sender, planned) = mpsc::channel(PLAN_AHEAD);
        let planner = AbortOnDropHandle::new(tokio::spawn({
            let (ingestor, index) = (self.clone(), index.clone());
            async move { ingestor.plan_heirs(&index, duplicates, sender).await }
        }));
        self.store_all(planned, &silent_run(self.target(index.collection()).await?)).await?;
        planner.await.map_err(IngestError::Task)?
    }

    async fn plan_heirs(
        &self,
        index: &IndexName,
        duplicates: BTreeMap<DocumentId, Vec<Arc<DocumentRecord>>>,
        planned: mpsc::Sender<Planned>,
    ) -> Result<()> {
        for (original, duplicates) in duplicates {
            let Some(content) = duplicates.first().map(|first| first.content.clone()) else { continue };
            let keeper = self.catalog.by_content(index.collection(), std::slice::from_ref(&content)).await?.remove(&content);
            let heirs = self.succeed(index, original, duplicates, keeper.filter(|id| *id != original)).await?;
            if planned.send(heirs).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn delete_marked(&self, index: &IndexName, documents: &[DocumentId]) -> Result<u64> {
        let collection = index.collection();
        let states = self.catalog.states(collection, documents).await?;
        let chunks: Vec<ChunkId> = states.values().flat_map(|state| state.chunks.iter().copied()).collect();
        self.store.delete(index, &chunks).await?;
        self.store.flush(index).await?;
        self.catalog.complete_removal(collection, documents).await?;
        Ok(states.len() as u64)
    }
}
