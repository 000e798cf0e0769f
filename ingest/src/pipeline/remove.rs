//! Removal: the catalog hides what goes, the store deletes it, the catalog forgets it. In this order, always.

use std::collections::HashSet;

use ragstone_core::{ChunkId, CollectionName, DocumentId, Result};

use super::Ingestor;
use super::run::{Run, is_under};
use crate::Outcome;

impl Ingestor {
    /// Removes documents; says how many there were.
    pub async fn remove_documents(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<u64> {
        self.existing(collection).await?;
        let _exclusive = self.lock(collection).await;
        self.remove_stored(collection, documents).await
    }

    /// Removes a collection and all in it; says whether there was one.
    pub async fn remove_collection(&self, collection: &CollectionName) -> Result<bool> {
        let _exclusive = self.lock(collection).await;
        // The catalog forgets first: what is left in the store is swept up when a collection of this name is made again.
        let existed = self.catalog.remove_collection(collection).await?;
        self.store.remove(collection).await?;
        Ok(existed)
    }

    pub(super) async fn prune(&self, roots: &[String], run: &Run) -> Result<()> {
        for root in roots {
            let known = self.catalog.documents_under(&run.collection, root).await?;
            let gone =
                known.into_iter().filter(|(id, source)| is_under(source, root) && !run.has_seen(*id) && !run.is_out_of_sight(source));
            let gone: Vec<DocumentId> = gone.map(|(id, _)| id).collect();
            self.remove_stored(&run.collection, &gone).await?;
            for document in gone {
                run.done(document, Outcome::Removed);
            }
        }
        Ok(())
    }

    pub(super) async fn remove_stored(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<u64> {
        if documents.is_empty() {
            return Ok(0);
        }
        let states = self.catalog.states(collection, documents).await?;
        let mut chunks: Vec<ChunkId> = states.values().flat_map(|state| state.chunks.iter().copied()).collect();
        if states.values().any(|state| state.indexed_at.is_none()) {
            // A version that was never completed may have left chunks of the one before it.
            let gone: HashSet<&DocumentId> = documents.iter().collect();
            let stored = self.store.stored(collection).await?;
            chunks.extend(stored.iter().filter(|chunk| gone.contains(&chunk.document)).map(|chunk| chunk.id));
        }
        self.catalog.begin_removal(collection, documents).await?;
        self.store.delete(collection, &chunks).await?;
        self.store.flush(collection).await?;
        self.catalog.complete_removal(collection, documents).await?;
        Ok(states.len() as u64)
    }
}
