//! An export as documents with their chunks, every row checked.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ragstone_core::{ChunkId, ChunkRecord, DocumentId, DocumentRecord, EmbeddedChunk};

use crate::cut::cut;
use crate::error::ExchangeError;
use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::table::{ChunkRow, Chunks, DocumentRow, Documents, Fault, TableReader};

/// Documents are read until they have so many chunks,
const GROUP_CHUNKS: usize = 2_048;

/// or so much text,
const GROUP_BYTES: usize = 16 << 20;

/// or are so many.
const GROUP_DOCUMENTS: usize = 512;

/// Reads an export from its beginning to its end.
pub(crate) struct Contents {
    pub(crate) folder: PathBuf,
    documents: TableReader<Documents>,
    chunks: TableReader<Chunks>,
    dimension: usize,
    /// All chunks so far: a store has room for one of an id, so that the second would replace the first.
    seen: HashSet<ChunkId>,
    /// The last document that is no copy, and the last copy of it.
    original: Option<DocumentId>,
    copy: Option<DocumentId>,
}

/// A document, and its chunks if it has any in the store.
pub(crate) struct ReadDocument {
    pub(crate) record: Arc<DocumentRecord>,
    pub(crate) chunks: Vec<EmbeddedChunk>,
}

impl Contents {
    pub(crate) fn open(folder: &Path, manifest: &Manifest) -> Self {
        Self {
            folder: folder.to_owned(),
            documents: TableReader::new(folder, &manifest.documents),
            chunks: TableReader::new(folder, &manifest.chunks),
            dimension: manifest.collection.embedding.dimension,
            seen: HashSet::new(),
            original: None,
            copy: None,
        }
    }

    /// The next documents; none after the last.
    pub(crate) fn next_group(&mut self) -> Result<Vec<ReadDocument>, ExchangeError> {
        let (mut group, mut chunks, mut bytes) = (Vec::new(), 0, 0);
        while group.len() < GROUP_DOCUMENTS && chunks < GROUP_CHUNKS && bytes < GROUP_BYTES {
            let Some(document) = self.next()? else { break };
            chunks += document.chunks.len();
            bytes += document.record.document.text.len();
            group.push(document);
        }
        Ok(group)
    }

    fn next(&mut self) -> Result<Option<ReadDocument>, ExchangeError> {
        let Some(row) = self.documents.next()? else { return self.nothing_is_left().map(|()| None) };
        self.check(&row).map_err(|fault| self.documents.refused(fault.column, fault.problem))?;
        let DocumentRow { mut record, chunks: expected } = row;
        let mut rows = Vec::new();
        while (rows.len() as u64) < expected {
            let Some(row) = self.chunks.next()? else {
                return Err(self.documents.refused("chunks", Problem::TooFewChunks { chunks: expected }));
            };
            let own = check_chunk(&record, &row, self.dimension);
            let own = own.map_err(|fault| self.chunks.refused(fault.column, fault.problem))?;
            if !self.seen.insert(own.id) {
                return Err(self.chunks.refused("id", Problem::RepeatedChunk { id: own.id }));
            }
            record.chunks.push(own);
            rows.push(row);
        }
        let head = Arc::new(record.document.head.clone());
        let embed = |row: ChunkRow| EmbeddedChunk { chunk: row.chunk, head: Arc::clone(&head), dense: row.dense, lexical: row.lexical };
        Ok(Some(ReadDocument { record: Arc::new(record), chunks: rows.into_iter().map(embed).collect() }))
    }

    fn nothing_is_left(&mut self) -> Result<(), ExchangeError> {
        match self.chunks.next()? {
            Some(row) => Err(self.chunks.refused("document", Problem::LeftOver { found: row.document })),
            None => Ok(()),
        }
    }

    fn check(&mut self, row: &DocumentRow) -> Result<(), Fault> {
        let DocumentRow { record, chunks } = row;
        let head = &record.document.head;
        let expected = DocumentId::from_source(&head.source);
        if head.id != expected {
            return Err(Fault::new("id", Problem::ForeignId { found: head.id, source_name: head.source.clone(), expected }));
        }
        self.check_order(head.id, record.same_as)?;
        if record.same_as.is_some() && *chunks > 0 {
            return Err(Fault::new("chunks", Problem::CopyWithChunks { chunks: *chunks }));
        }
        if record.same_as.is_none() && !record.chunks.is_empty() {
            return Err(Fault::new("unstored_chunks", Problem::NotACopy));
        }
        for (ordinal, chunk) in record.chunks.iter().enumerate() {
            cut(&record.document, ordinal, chunk).map_err(|_| Fault::new("unstored_chunks", Problem::NotInDocument))?;
        }
        if record.document.pages.iter().any(|page| page.span.of(&record.document.text).is_none()) {
            return Err(Fault::new("pages", Problem::NotInDocument));
        }
        Ok(())
    }

    /// The order of documents is what makes sure, without remembering them, that each is there once and copies have an original.
    fn check_order(&mut self, id: DocumentId, same_as: Option<DocumentId>) -> Result<(), Fault> {
        let before = if let Some(original) = same_as {
            if self.original != Some(original) {
                return Err(Fault::new("same_as", Problem::NotItsCopy { original }));
            }
            self.copy.replace(id)
        } else {
            self.copy = None;
            self.original.replace(id)
        };
        if before.is_some_and(|before| before >= id) {
            return Err(Fault::new("id", Problem::OutOfOrder { id }));
        }
        Ok(())
    }
}

/// What the catalog keeps of a chunk, if the row fits the document and is the next of its chunks.
fn check_chunk(record: &DocumentRecord, row: &ChunkRow, dimension: usize) -> Result<ChunkRecord, Fault> {
    let document = &record.document;
    let ChunkRow { chunk, table_header, dense, .. } = row;
    if row.document != document.head.id {
        return Err(Fault::new("document", Problem::ForeignChunk { found: row.document, expected: document.head.id }));
    }
    let own = ChunkRecord { id: chunk.id, span: chunk.span, heading_path: chunk.heading_path.clone(), table_header: *table_header };
    let expected = cut(document, record.chunks.len(), &own)?;
    if chunk.ordinal != expected.ordinal {
        return Err(Fault::new("ordinal", Problem::Ordinal { found: chunk.ordinal, expected: expected.ordinal }));
    }
    if chunk.text != expected.text {
        return Err(Fault::new("text", Problem::NotInDocument));
    }
    if chunk.table_header != expected.table_header {
        return Err(Fault::new("table_header", Problem::NotInDocument));
    }
    if chunk.pages != expected.pages {
        return Err(Fault::new("pages", Problem::NotInDocument));
    }
    if dense.len() != dimension {
        return Err(Fault::new("dense", Problem::Length { found: dense.len(), expected: dimension }));
    }
    Ok(own)
}
