//! Making a group durable: catalog begun, store written and flushed, catalog completed. In this order, always.

use std::sync::Arc;

use chrono::Utc;
use ragstone_core::{Chunk, DocumentId, DocumentRecord, Result};

use super::Ingestor;
use super::embed::{EmbeddedGroup, Work};
use super::plan::PlannedDocument;
use super::run::Run;
use crate::IngestEvent;
use crate::chunk::cut;

impl Ingestor {
    pub(super) async fn commit(&self, group: EmbeddedGroup, run: &Run) -> Result<()> {
        let collection = &run.collection;
        let begun: Vec<Arc<DocumentRecord>> =
            group.works.iter().filter(|work| work.first).map(|work| Arc::clone(&work.document.record)).collect();
        self.catalog.begin(collection, &begun).await?;

        let embedded = group.chunks.len() as u64;
        if embedded > 0 {
            self.store.upsert(collection, group.chunks).await?;
        }
        let completed: Vec<&Work> = group.works.iter().filter(|work| work.last).collect();
        for work in &completed {
            self.adjust_kept(&work.document, run).await?;
        }
        let obsolete: Vec<_> = completed.iter().flat_map(|work| work.document.obsolete.iter().copied()).collect();
        if !obsolete.is_empty() {
            self.store.delete(collection, &obsolete).await?;
        }
        self.store.flush(collection).await?;

        let ids: Vec<DocumentId> = completed.iter().map(|work| work.document.record.document.head.id).collect();
        self.catalog.complete(collection, &ids, Utc::now()).await?;
        report(&completed, embedded, run);
        Ok(())
    }

    /// Chunks that keep their vectors still take the new head and their new place.
    async fn adjust_kept(&self, document: &PlannedDocument, run: &Run) -> Result<()> {
        let DocumentRecord { document: text, chunks, .. } = &*document.record;
        let kept = chunks.iter().enumerate().filter(|(_, chunk)| document.kept.contains(&chunk.id));
        let kept: Vec<Chunk> = kept.filter_map(|(ordinal, chunk)| cut(text, ordinal, chunk)).collect();
        if kept.is_empty() {
            return Ok(());
        }
        run.update(|report| report.chunks_kept += kept.len() as u64);
        self.store.set_payloads(&run.collection, kept, &text.head).await
    }
}

fn report(completed: &[&Work], embedded: u64, run: &Run) {
    run.update(|report| report.chunks_embedded += embedded);
    run.observer.on(&IngestEvent::ChunksStored(embedded));
    for work in completed {
        if let Some(outcome) = work.document.outcome {
            run.done(work.document.record.document.head.id, outcome);
        }
    }
}
