//! Where a document stands among the others: what its former version leaves behind, whether its content is stored under another name, and
//! who takes over what it no longer keeps. One after the other, in the order of the source, as each decision rests on those before it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ragstone_core::{ChunkId, ContentHash, DocumentId, DocumentRecord, DocumentState, Result};
use tokio::sync::mpsc;

use super::flights::{Snapshot, keeper};
use super::plan::{Planned, PlannedDocument, Planner};
use super::prepare::PreparedDocument;
use crate::{IngestEvent, Outcome};

/// What is stored and what is under way, as far as some documents are concerned.
struct View {
    flying: Snapshot,
    states: HashMap<DocumentId, DocumentState>,
    keepers: HashMap<ContentHash, DocumentId>,
    duplicates: HashMap<DocumentId, Vec<Arc<DocumentRecord>>>,
}

impl Planner {
    /// Settles documents in order and passes on what must be done for them.
    pub(super) async fn settle(&self, documents: Vec<PreparedDocument>, planned: &mpsc::Sender<Planned>) -> Result<()> {
        if documents.is_empty() {
            return Ok(());
        }
        let mut view = self.view(&documents).await?;
        for document in documents {
            let (source, pages) = (document.record.document.head.source.clone(), document.record.document.pages.len() as u64);
            let together = self.settle_one(document, &mut view).await?;
            for document in &together {
                self.run.flights.start(&document.record);
                view.flying.insert(document.id(), Arc::clone(&document.record));
            }
            self.run.observer.on(&IngestEvent::Embedding { source, pages });
            if planned.send(together).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn view(&self, documents: &[PreparedDocument]) -> Result<View> {
        let (catalog, collection) = (&self.ingestor.catalog, &self.run.collection);
        // First what is under way, then the catalog: what is committed in between is seen in one of the two.
        let flying = self.run.flights.snapshot();
        let ids: Vec<DocumentId> = documents.iter().map(|document| document.record.document.head.id).collect();
        let contents: Vec<ContentHash> = documents.iter().map(|document| document.record.content.clone()).collect();
        let mut states = catalog.states(collection, &ids).await?;
        if self.ingestor.locks.is_between_processes() {
            self.find_remnants(&mut states).await?;
        }
        let keepers = catalog.by_content(collection, &contents).await?;
        let mut duplicates = HashMap::<DocumentId, Vec<Arc<DocumentRecord>>>::new();
        let known: Vec<DocumentId> = ids.into_iter().filter(|id| states.contains_key(id)).collect();
        if !known.is_empty() {
            for record in catalog.duplicates_of(collection, &known).await? {
                if let Some(original) = record.same_as {
                    duplicates.entry(original).or_default().push(Arc::new(record));
                }
            }
        }
        Ok(View { flying, states, keepers, duplicates })
    }

    /// Of a version that another process has begun and not completed, the store alone knows what is left, and of those before it.
    async fn find_remnants(&self, states: &mut HashMap<DocumentId, DocumentState>) -> Result<()> {
        let incomplete: Vec<DocumentId> = states.iter().filter(|(_, state)| state.indexed_at.is_none()).map(|(id, _)| *id).collect();
        if incomplete.is_empty() {
            return Ok(());
        }
        for chunk in self.ingestor.store.stored_of(&self.run.target.index, &incomplete).await? {
            if let Some(state) = states.get_mut(&chunk.document)
                && !state.chunks.contains(&chunk.id)
            {
                state.chunks.push(chunk.id);
            }
        }
        Ok(())
    }

    /// The document itself comes last, after those that take over what it drops.
    async fn settle_one(&self, prepared: PreparedDocument, view: &mut View) -> Result<Planned> {
        let PreparedDocument { mut record, weight } = prepared;
        let id = record.document.head.id;
        record.same_as = view.keeper(&record.content, id);

        let duplicates = view.duplicates_of(id);
        let stays = |duplicate: &Arc<DocumentRecord>| record.same_as.is_none() && duplicate.content == record.content;
        let left: Vec<Arc<DocumentRecord>> = duplicates.into_iter().filter(|duplicate| !stays(duplicate)).collect();
        let mut together = self.succeed_in(id, left, view).await?;

        let former = view.former(id);
        let outcome = if former.is_some() { Outcome::Replaced } else { Outcome::Indexed };
        let wanted: HashSet<ChunkId> = own_chunks(&record).collect();
        let (stored, is_complete) = former.unwrap_or_default();
        let (kept, obsolete): (Vec<ChunkId>, Vec<ChunkId>) = stored.into_iter().partition(|id| wanted.contains(id));
        // A former version that is not complete may lack any of its chunks: embed them all again.
        let kept = if is_complete { kept.into_iter().collect() } else { HashSet::new() };
        together.push(PlannedDocument {
            kept,
            obsolete,
            outcome: Some(outcome),
            weight: Some(weight),
            ..PlannedDocument::rewritten(record)
        });
        Ok(together)
    }

    async fn succeed_in(&self, original: DocumentId, duplicates: Vec<Arc<DocumentRecord>>, view: &View) -> Result<Planned> {
        let Some(first) = duplicates.first() else { return Ok(Planned::new()) };
        let content = first.content.clone();
        let (catalog, collection) = (&self.ingestor.catalog, &self.run.collection);
        let stored = catalog.by_content(collection, std::slice::from_ref(&content)).await?.remove(&content);
        let keeper = keeper(&view.flying, &content, original).or(stored.filter(|id| *id != original && !view.flying.contains_key(id)));
        self.ingestor.succeed(&self.run.target.index, original, duplicates, keeper).await
    }
}

impl View {
    /// The document that keeps this content, other than `except`.
    fn keeper(&self, content: &ContentHash, except: DocumentId) -> Option<DocumentId> {
        let stored = self.keepers.get(content).copied().filter(|id| *id != except && !self.flying.contains_key(id));
        keeper(&self.flying, content, except).or(stored)
    }

    /// The duplicates of a document, by source.
    fn duplicates_of(&mut self, original: DocumentId) -> Vec<Arc<DocumentRecord>> {
        let mut duplicates = self.duplicates.remove(&original).unwrap_or_default();
        duplicates.retain(|record| !self.flying.contains_key(&record.document.head.id));
        duplicates.extend(self.flying.values().filter(|record| record.same_as == Some(original)).cloned());
        duplicates.sort_by(|one, other| one.document.head.source.cmp(&other.document.head.source));
        duplicates
    }

    /// The chunks that a document's former version has in the store, and whether all of them are there.
    fn former(&self, id: DocumentId) -> Option<(Vec<ChunkId>, bool)> {
        if let Some(record) = self.flying.get(&id) {
            return Some((own_chunks(record).collect(), false));
        }
        self.states.get(&id).map(|state| (state.chunks.clone(), state.indexed_at.is_some()))
    }
}

/// The chunks that a document has in the store.
pub(crate) fn own_chunks(record: &DocumentRecord) -> impl Iterator<Item = ChunkId> + '_ {
    let chunks = if record.same_as.is_some() { &[] } else { record.chunks.as_slice() };
    chunks.iter().map(|chunk| chunk.id)
}
