//! What becomes of the duplicates of a document that changes or goes: the first of them takes over its chunks.

use std::collections::HashMap;
use std::sync::Arc;

use ragstone_core::{ChunkId, DocumentId, DocumentRecord, IndexName, Result};

use super::Ingestor;
use super::plan::PlannedDocument;
use crate::chunk::{cut, embedded_text};

impl Ingestor {
    /// Plans for the duplicates of `original`, which are given by source. Another document that keeps the same content takes them over;
    /// where there is none, the first of them stores the chunks, with the vectors that are there already.
    pub(super) async fn succeed(
        &self,
        index: &IndexName,
        original: DocumentId,
        duplicates: Vec<Arc<DocumentRecord>>,
        keeper: Option<DocumentId>,
    ) -> Result<Vec<PlannedDocument>> {
        let mut planned = Vec::with_capacity(duplicates.len());
        let mut keeper = keeper;
        for duplicate in duplicates {
            let mut record = DocumentRecord::clone(&duplicate);
            record.same_as = keeper;
            if keeper.is_none() {
                keeper = Some(record.document.head.id);
                let vectors = self.inherited(index, original, &record).await?;
                planned.push(PlannedDocument { vectors, ..PlannedDocument::rewritten(record) });
            } else {
                planned.push(PlannedDocument::rewritten(record));
            }
        }
        Ok(planned)
    }

    /// The vectors of the chunks whose embedded text is the same in both documents. Ids derive from it, so that the original's text is not needed.
    async fn inherited(&self, index: &IndexName, original: DocumentId, heir: &DocumentRecord) -> Result<HashMap<ChunkId, Vec<f32>>> {
        let document = &heir.document;
        let origin = |(ordinal, record)| {
            let chunk = cut(document, ordinal, record)?;
            let embedded = embedded_text(&document.head, &chunk.heading_path, chunk.table_header.as_deref(), &chunk.text);
            Some((record.id, ChunkId::from_content(original, &embedded, 0)))
        };
        let origins: HashMap<ChunkId, ChunkId> = heir.chunks.iter().enumerate().filter_map(origin).collect();
        let wanted: Vec<ChunkId> = origins.values().copied().collect();
        let vectors = self.store.vectors(index, &wanted).await?;
        Ok(origins.into_iter().filter_map(|(chunk, origin)| Some((chunk, vectors.get(&origin)?.clone()))).collect())
    }
}
