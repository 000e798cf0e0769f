//! Copying collections from one place to another with their vectors: nothing is embedded again.
//!
//! ```text
//! a group of documents ─▶ what the new store lacks of them ─▶ begin ─▶ upsert ─▶ delete what is stray ─▶ flush ─▶ complete
//! ```
//!
//! What is there already stays, so that the same call goes on where one was cut off. The old place is only read. A collection
//! whose new place has documents of its own is refused before anything is written.

mod difference;
mod verify;

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use chrono::Utc;
use ragstone_core::{
    ChunkId, CollectionName, CollectionSpec, DocumentId, DocumentRecord, DocumentState, DocumentSummary, EmbeddedChunk, IndexName, Place,
    Result,
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::IngestError;

use difference::Difference;
pub use verify::Verification;

/// Documents that are compared and begun together, at most,
const DOCUMENTS_TOGETHER: u64 = 100;

/// and about so much text of them.
const TEXT_TOGETHER_BYTES: usize = 16 << 20;

/// Documents of the new catalog that are looked up in the old one together.
const LOOKED_UP_TOGETHER: u64 = 1_000;

/// Chunks that are held in memory at once: with 1,000 dimensions and 2 KB of text each, 3 MB.
const CHUNKS_TOGETHER: usize = 512;

/// A move of collections, which nobody may write to meanwhile.
pub struct Migration {
    /// The old place. It stays as it is.
    pub from: Place,
    /// The new place; its catalog may be the same one.
    pub to: Place,
    /// Told how many chunks of how many are in the new place.
    pub progress: Arc<dyn Fn(u64, u64) + Send + Sync>,
    /// Stops it; the same call goes on.
    pub cancel: CancellationToken,
}

/// What was copied of a collection.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MigrationReport {
    /// Documents of the collection.
    pub documents: u64,
    /// Chunks that were written to the new store.
    pub copied: u64,
    /// Chunks that were there already, with the same vectors.
    pub kept: u64,
    /// Chunks in the new store that belonged to no document, and were deleted.
    pub removed: u64,
    /// How both places answer the same queries; nothing if it was stopped before the end.
    pub verification: Option<Verification>,
    /// How long it took.
    pub seconds: f64,
}

impl Migration {
    /// Copies a collection, as far as it is not there, and compares both places.
    pub async fn copy(&self, name: &CollectionName) -> Result<MigrationReport> {
        let started = Instant::now();
        let found = self.from.catalog.collection(name).await?;
        let spec = found.ok_or_else(|| IngestError::NoCollection { collection: name.clone() })?;
        if !self.from.catalog.pending(name).await?.is_empty() {
            return Err(IngestError::MigrationOfUnfinished { collection: name.clone() }.into());
        }
        self.make_room(&spec).await?;
        let mut report = MigrationReport::default();
        if self.copy_documents(&spec, &mut report).await? {
            report.verification = Some(self.settle(&spec.index(), &mut report).await?);
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    fn has_two_catalogs(&self) -> bool {
        !Arc::ptr_eq(&self.from.catalog, &self.to.catalog)
    }

    async fn make_room(&self, spec: &CollectionSpec) -> Result<()> {
        if self.has_two_catalogs() {
            self.enter(spec).await?;
        }
        self.to.store.create(&spec.index(), spec.embedding.dimension).await
    }

    /// Makes the collection known to the new catalog, or makes sure that the one there may become this one.
    async fn enter(&self, spec: &CollectionSpec) -> Result<()> {
        let (name, catalog) = (&spec.name, &self.to.catalog);
        if let Some(there) = catalog.collection(name).await? {
            there.ensure_embedded_by(&spec.embedding)?;
            if there.generation != spec.generation {
                return Err(IngestError::MigrationOntoOther { collection: name.clone() }.into());
            }
            self.ensure_nothing_is_lost(name).await?;
        }
        catalog.create_collection(spec).await?;
        let decided = catalog.settings(name).await?;
        for (subject, value) in self.from.catalog.settings(name).await? {
            if !decided.contains_key(&subject) {
                catalog.set_setting(name, &subject, Some(&value)).await?;
            }
        }
        Ok(())
    }

    /// Refuses a collection that has documents of its own in the new place: their chunks would be deleted as strays, or give
    /// way to those of an older version.
    async fn ensure_nothing_is_lost(&self, collection: &CollectionName) -> Result<()> {
        let (mut seen, mut own, mut example) = (0, 0, None);
        loop {
            let page = self.to.catalog.documents(collection, seen, LOOKED_UP_TOGETHER).await?.documents;
            if page.is_empty() {
                break;
            }
            seen += page.len() as u64;
            let ids: Vec<DocumentId> = page.iter().map(|summary| summary.head.id).collect();
            let states = self.from.catalog.states(collection, &ids).await?;
            for there in page {
                if states.get(&there.head.id).is_none_or(|here| is_newer(&there, here)) {
                    own += 1;
                    example.get_or_insert(there.head.source);
                }
            }
        }
        match example {
            Some(source_name) => {
                Err(IngestError::MigrationWouldLose { collection: collection.clone(), documents: own, source_name }.into())
            }
            None => Ok(()),
        }
    }

    /// Says whether it came to the end.
    async fn copy_documents(&self, spec: &CollectionSpec, report: &mut MigrationReport) -> Result<bool> {
        let summaries = self.from.catalog.collections().await?;
        let chunks = summaries.iter().find(|summary| summary.spec.name == spec.name).map_or(0, |summary| summary.chunks);
        loop {
            if self.cancel.is_cancelled() {
                return Ok(false);
            }
            let page = self.from.catalog.documents(&spec.name, report.documents, DOCUMENTS_TOGETHER).await?.documents;
            if page.is_empty() {
                return Ok(true);
            }
            report.documents += page.len() as u64;
            let (mut records, mut text_bytes) = (Vec::with_capacity(page.len()), 0);
            let mut page = page.into_iter().peekable();
            while let Some(summary) = page.next() {
                if let Some(record) = self.from.catalog.document(&spec.name, summary.head.id).await? {
                    text_bytes += record.document.text.len();
                    records.push(Arc::new(record));
                }
                let is_full = text_bytes >= TEXT_TOGETHER_BYTES || page.peek().is_none();
                if is_full && !records.is_empty() {
                    self.copy_group(&spec.index(), &mem::take(&mut records), report).await?;
                    (self.progress)(report.copied + report.kept, chunks);
                    text_bytes = 0;
                }
            }
        }
    }

    async fn copy_group(&self, index: &IndexName, records: &[Arc<DocumentRecord>], report: &mut MigrationReport) -> Result<()> {
        let collection = index.collection();
        let ids: Vec<DocumentId> = records.iter().map(|record| record.document.head.id).collect();
        let stored = self.to.store.stored_of(index, &ids).await?;
        let Difference { mut missing, stray, kept } = Difference::between(records, &stored);
        let outdated = self.outdated(index, &kept).await?;
        report.kept += (kept.iter().map(Vec::len).sum::<usize>() - outdated.len()) as u64;
        missing.extend(outdated);

        let begun = if self.has_two_catalogs() { self.unknown(collection, records).await? } else { Vec::new() };
        if !begun.is_empty() {
            self.to.catalog.begin(collection, &begun).await?;
        }
        for some in missing.chunks(CHUNKS_TOGETHER) {
            let found = self.from.store.embedded(index, some).await?;
            if found.len() != some.len() {
                return Err(IngestError::MigrationOfGaps { collection: collection.clone(), missing: some.len() - found.len() }.into());
            }
            self.to.store.upsert(index, found).await?;
        }
        if !stray.is_empty() {
            self.to.store.delete(index, &stray).await?;
        }
        if !(missing.is_empty() && stray.is_empty()) {
            self.to.store.flush(index).await?;
        }
        if !begun.is_empty() {
            let begun: Vec<DocumentId> = begun.iter().map(|record| record.document.head.id).collect();
            self.to.catalog.complete(collection, &begun, Utc::now()).await?;
        }
        report.copied += missing.len() as u64;
        report.removed += stray.len() as u64;
        Ok(())
    }

    /// Which chunks have other vectors in the new place: revisions say nothing of the lexical settings and the model, so a
    /// `reindex` of the old place leaves these behind.
    ///
    /// All of a document's vectors are made under the same settings, so one chunk tells for it: the last, because those before
    /// it were copied before it if an earlier call was cut off here.
    async fn outdated(&self, index: &IndexName, kept: &[Vec<ChunkId>]) -> Result<Vec<ChunkId>> {
        let probes: Vec<ChunkId> = kept.iter().filter_map(|chunks| chunks.last().copied()).collect();
        let mut outdated = Vec::new();
        if probes.is_empty() {
            return Ok(outdated);
        }
        let (here, there) = (self.from.store.embedded(index, &probes).await?, self.to.store.embedded(index, &probes).await?);
        let there: HashMap<ChunkId, EmbeddedChunk> = there.into_iter().map(|chunk| (chunk.chunk.id, chunk)).collect();
        let differing: HashSet<ChunkId> = here
            .iter()
            .filter(|chunk| there.get(&chunk.chunk.id).is_none_or(|there| !verify::have_same_vectors(chunk, there)))
            .map(|chunk| chunk.chunk.id)
            .collect();
        for chunks in kept {
            if chunks.last().is_some_and(|probe| differing.contains(probe)) {
                outdated.extend(chunks);
            }
        }
        Ok(outdated)
    }

    /// The documents that the new catalog does not have, or not in this version.
    async fn unknown(&self, collection: &CollectionName, records: &[Arc<DocumentRecord>]) -> Result<Vec<Arc<DocumentRecord>>> {
        let ids: Vec<DocumentId> = records.iter().map(|record| record.document.head.id).collect();
        let states = self.to.catalog.states(collection, &ids).await?;
        let is_known = |record: &&Arc<DocumentRecord>| {
            let state = states.get(&record.document.head.id);
            state.is_some_and(|state| state.revision == record.document.head.revision && state.indexed_at.is_some())
        };
        Ok(records.iter().filter(|record| !is_known(record)).cloned().collect())
    }

    /// Deletes what belongs to no document, builds indexes, compares.
    async fn settle(&self, index: &IndexName, report: &mut MigrationReport) -> Result<Verification> {
        let expected = self.from.catalog.expected(index.collection()).await?;
        let wanted: HashSet<ChunkId> = expected.iter().map(|chunk| chunk.id).collect();
        let stored = self.to.store.stored(index).await?;
        let stray: Vec<ChunkId> = stored.iter().map(|chunk| chunk.id).filter(|id| !wanted.contains(id)).collect();
        if !stray.is_empty() {
            self.to.store.delete(index, &stray).await?;
            self.to.store.flush(index).await?;
            report.removed += stray.len() as u64;
        }
        let missing = wanted.len() - (stored.len() - stray.len());
        if missing > 0 {
            return Err(IngestError::MigrationIncomplete { collection: index.collection().clone(), missing }.into());
        }
        self.to.store.optimize(index).await?;
        verify::compare(&self.from.store, &self.to.store, index, &expected).await
    }
}

/// Whether the new place has another version of a document, and stored it later than the old place did.
fn is_newer(there: &DocumentSummary, here: &DocumentState) -> bool {
    there.head.revision != here.revision && there.indexed_at > here.indexed_at
}
