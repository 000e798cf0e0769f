//! What must be done for a document: nothing, or these chunks to embed, these to keep and these to delete.

use std::collections::HashSet;
use std::sync::Arc;

use ragstone_core::{ChunkId, DocumentRecord, DocumentState, Error, Result, Stage};
use tokio::sync::mpsc;

use super::Ingestor;
use super::run::Run;
use crate::{Chunker, FailedDocument, IngestError, IngestEvent, Outcome, RawDocument, SourceItem, extract};

/// A document that is to be stored.
pub(super) struct PlannedDocument {
    /// Text and chunks as they shall be.
    pub(super) record: Arc<DocumentRecord>,
    /// Chunks whose vectors are stored already.
    pub(super) kept: HashSet<ChunkId>,
    /// Chunks of the former version that are not in this one.
    pub(super) obsolete: Vec<ChunkId>,
    /// What it will count as; nothing for a repair.
    pub(super) outcome: Option<Outcome>,
}

impl Ingestor {
    /// Plans what is read and passes it on; unchanged and failed documents end here.
    pub(super) async fn plan_all(
        &self,
        mut read: mpsc::Receiver<SourceItem>,
        planned: mpsc::Sender<PlannedDocument>,
        run: &Arc<Run>,
    ) -> Result<()> {
        while let Some(item) = read.recv().await {
            let raw = match item {
                SourceItem::Document(raw) => raw,
                SourceItem::Failed(failed) => {
                    // What cannot be read is still there: it must not be pruned.
                    run.first_sight(ragstone_core::DocumentId::from_source(&failed.source));
                    run.fail(failed);
                    continue;
                }
                SourceItem::Skipped(kind) => {
                    run.update(|report| *report.skipped.entry(kind.to_owned()).or_default() += 1);
                    run.observer.on(&IngestEvent::Skipped);
                    continue;
                }
            };
            if let Some(document) = self.plan(raw, run).await?
                && planned.send(document).await.is_err()
            {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn plan(&self, raw: RawDocument, run: &Run) -> Result<Option<PlannedDocument>> {
        let id = raw.id();
        if !run.first_sight(id) {
            run.fail(FailedDocument::at(raw.source, Stage::Source, "comes twice in one ingest; the first was taken"));
            return Ok(None);
        }
        let state = self.catalog.states(&run.collection, &[id]).await?.remove(&id);
        let revision = raw.revision(self.chunker.config());
        if state.as_ref().is_some_and(|state| state.revision == revision && state.indexed_at.is_some()) {
            run.done(id, Outcome::Unchanged);
            return Ok(None);
        }
        let source = raw.source.clone();
        let chunker = self.chunker.clone();
        let record = tokio::task::spawn_blocking(move || extract_and_split(raw, revision, &chunker)).await;
        // A panic over one document is that document's failure.
        match record.unwrap_or_else(|error| Err(IngestError::Task(error))) {
            Ok(record) => Ok(Some(PlannedDocument::new(record, state))),
            Err(error) => {
                run.fail(FailedDocument::new(source, &Error::from(error)));
                Ok(None)
            }
        }
    }
}

impl PlannedDocument {
    fn new(record: DocumentRecord, former: Option<DocumentState>) -> Self {
        let outcome = Some(if former.is_some() { Outcome::Replaced } else { Outcome::Indexed });
        let wanted: HashSet<ChunkId> = record.chunks.iter().map(|chunk| chunk.id).collect();
        let (stored, complete) = former.map_or_else(Default::default, |state| (state.chunks, state.indexed_at.is_some()));
        let (kept, obsolete): (Vec<ChunkId>, Vec<ChunkId>) = stored.into_iter().partition(|id| wanted.contains(id));
        // A former version that was never completed may lack any of its chunks: embed them all again.
        let kept = if complete { kept.into_iter().collect() } else { HashSet::new() };
        Self { record: Arc::new(record), kept, obsolete, outcome }
    }
}

fn extract_and_split(raw: RawDocument, revision: ragstone_core::Revision, chunker: &Chunker) -> Result<DocumentRecord, IngestError> {
    let document = extract::extract(raw, revision)?;
    let chunks = chunker.split(&document)?;
    Ok(DocumentRecord { document, chunks, indexed_at: None })
}
