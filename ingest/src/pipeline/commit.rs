//! Making a group durable: catalog begun, store written and flushed, catalog completed. In this order, always.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::Utc;
use ragstone_core::{Chunk, ChunkId, DocumentId, DocumentRecord, Result};

use super::Ingestor;
use super::embed::{EmbeddedGroup, Work};
use super::plan::PlannedDocument;
use super::run::{Purpose, Run};
use super::settle::own_chunks;
use crate::IngestEvent;
use crate::chunk::cut;

impl Ingestor {
    pub(super) async fn commit(&self, group: EmbeddedGroup, run: &Run) -> Result<()> {
        let (collection, index) = (&run.collection, &run.target.index);
        let is_told = run.target.purpose == Purpose::Documents;
        let EmbeddedGroup { works, chunks, embedded } = group;
        let begun = begun(&works);
        if is_told && !begun.is_empty() {
            begun.iter().for_each(|record| run.flights.begin(record));
            self.catalog.begin(collection, &begun).await?;
        }
        let copied = chunks.len() as u64 - embedded;
        let mut is_touched = !chunks.is_empty();
        if is_touched {
            self.store.upsert(index, chunks).await?;
        }
        let ended: Vec<&Work> = works.iter().filter(|work| work.last).collect();
        let mut kept = copied;
        for work in &ended {
            kept += self.adjust_kept(&work.document, run).await?;
        }
        let obsolete: Vec<ChunkId> = ended.iter().flat_map(|work| still_obsolete(&work.document, run)).collect();
        if !obsolete.is_empty() {
            self.store.delete(index, &obsolete).await?;
        }
        is_touched |= kept > copied || !obsolete.is_empty();
        if is_touched {
            self.store.flush(index).await?;
        }
        let completed = ended.into_iter().map(|work| &work.document);
        let completed: Vec<_> = completed.filter(|document| !run.flights.is_overtaken(&document.record, document.outcome)).collect();
        let ids: Vec<DocumentId> = completed.iter().map(|document| document.id()).collect();
        if is_told && !ids.is_empty() {
            self.catalog.complete(collection, &ids, Utc::now()).await?;
        }
        self.chunks_embedded.fetch_add(embedded, Ordering::Relaxed);
        run.count_chunks(embedded, kept);
        for document in completed {
            run.committed(document);
        }
        Ok(())
    }

    /// Chunks that keep their vectors still take the new head and their new place; says how many they are.
    async fn adjust_kept(&self, document: &PlannedDocument, run: &Run) -> Result<u64> {
        let DocumentRecord { document: text, chunks, .. } = &*document.record;
        let kept = chunks.iter().enumerate().filter(|(_, chunk)| document.kept.contains(&chunk.id));
        let kept: Vec<Chunk> = kept.filter_map(|(ordinal, chunk)| cut(text, ordinal, chunk)).collect();
        let count = kept.len() as u64;
        if count > 0 {
            self.store.set_payloads(&run.target.index, kept, &text.head).await?;
        }
        Ok(count)
    }
}

/// What of a document's former chunks can go: not those that a later flight of it has brought back.
fn still_obsolete(document: &PlannedDocument, run: &Run) -> Vec<ChunkId> {
    let mut obsolete = document.obsolete.clone();
    if let Some(later) = run.flights.later_than(&document.record) {
        let wanted: HashSet<ChunkId> = own_chunks(&later).collect();
        obsolete.retain(|chunk| !wanted.contains(chunk));
    }
    obsolete
}

/// What the catalog must hear of, the latest of each document.
fn begun(works: &[Work]) -> Vec<Arc<DocumentRecord>> {
    let mut seen = HashSet::new();
    let all = works.iter().flat_map(|work| &work.begins);
    let mut begun: Vec<_> = all.rev().filter(|record| seen.insert(record.document.head.id)).cloned().collect();
    begun.reverse();
    begun
}

impl Run {
    fn count_chunks(&self, embedded: u64, kept: u64) {
        self.update(|report| {
            report.chunks_embedded += embedded;
            report.chunks_kept += kept;
        });
        self.observer.on(&IngestEvent::ChunksStored(embedded));
        if kept > 0 {
            self.observer.on(&IngestEvent::ChunksKept(kept));
        }
    }

    fn committed(&self, planned: &PlannedDocument) {
        let record = &planned.record;
        if self.target.purpose == Purpose::OtherModel {
            self.update(|report| report.replaced += 1);
            self.observer.on(&IngestEvent::Reembedded);
            return;
        }
        let overtaken = self.flights.land(record);
        let Some(outcome) = planned.outcome.or(overtaken) else { return };
        let head = &record.document.head;
        self.update(|report| {
            report.duplicates += u64::from(record.same_as.is_some());
            report.pages += record.document.pages.len() as u64;
            report.quality.note(head, &record.document.quality);
        });
        self.done(head.id, head.source.clone(), outcome);
    }
}
