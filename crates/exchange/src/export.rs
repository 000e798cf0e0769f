//! A collection to files.

use std::collections::HashMap;
use std::path::PathBuf;

use fs_err as fs;
use ragstone_core::{
    ChunkId, ChunkRecord, CollectionName, CollectionSpec, Document, DocumentId, DocumentRecord, EmbeddedChunk, Place, Result,
};

use crate::blocking::blocking;
use crate::cut::cut;
use crate::error::ExchangeError;
use crate::layout::Layout;
use crate::manifest::{MANIFEST, Manifest};
use crate::partial::PartialFolder;
use crate::progress::{ExchangeEvent, ExportReport, Observer, Phase};
use crate::table::{ChunkRow, Chunks, DocumentRow, Documents, Fault, TableWriter, Unwritten};

/// So many heads of documents are asked for at once.
const HEADS: u64 = 256;

/// Documents are gathered until they have so many chunks,
const BATCH_CHUNKS: usize = 1_024;

/// or so much text.
const BATCH_BYTES: usize = 8 << 20;

/// What is exported, and where to.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The collection.
    pub collection: CollectionName,
    /// The folder, which must not be there yet, or be empty.
    pub folder: PathBuf,
    /// How its tables are divided.
    pub layout: Layout,
}

/// Writes a collection to a folder: all documents that are completely stored, their chunks, and what was decided for it.
///
/// The folder has its name only when all is in it. Nobody should write to the collection meanwhile: hold its lock.
pub async fn export(from: &Place, request: &ExportRequest, observer: &dyn Observer) -> Result<ExportReport> {
    let name = &request.collection;
    let unknown = || ExchangeError::UnknownCollection { collection: name.clone() };
    let spec = from.catalog.collection(name).await?.ok_or_else(unknown)?;
    let manifest = Manifest::new(spec.clone(), from.catalog.settings(name).await?);
    let total = from.catalog.documents(name, 0, 1).await?.total;
    observer.on(&ExchangeEvent::Began { phase: Phase::Exporting, documents: total });

    let tables = Tables::create(request, manifest)?;
    let mut run = Run { from, spec, observer, tables, batch: Batch::default(), copies: 0 };
    let mut after = None;
    loop {
        let heads = from.catalog.heads(name, after, HEADS).await?;
        let Some(last) = heads.last() else { break };
        after = Some(last.id);
        for head in &heads {
            run = run.add(head.id).await?;
        }
    }
    run = run.write().await?;
    let copies = run.copies;
    let folder = request.folder.clone();
    let Finished { documents, chunks, bytes } = blocking(&folder, move || run.tables.finish()).await?;
    let unfinished = from.catalog.documents(name, 0, 1).await?.total.saturating_sub(documents);
    Ok(ExportReport { collection: name.clone(), documents, copies, chunks, unfinished, bytes })
}

/// An export in progress.
struct Run<'a> {
    from: &'a Place,
    spec: CollectionSpec,
    observer: &'a dyn Observer,
    tables: Tables,
    batch: Batch,
    copies: u64,
}

/// Documents whose chunks are asked for together.
#[derive(Default)]
struct Batch {
    records: Vec<DocumentRecord>,
    chunks: usize,
    bytes: usize,
}

/// The files that are being written.
struct Tables {
    folder: PartialFolder,
    manifest: Manifest,
    documents: TableWriter<Documents>,
    chunks: TableWriter<Chunks>,
}

struct Finished {
    documents: u64,
    chunks: u64,
    bytes: u64,
}

impl Run<'_> {
    /// Adds a document and its copies.
    async fn add(mut self, id: DocumentId) -> Result<Self> {
        let (name, catalog) = (self.spec.name.clone(), &self.from.catalog);
        let originals = [id];
        let (record, copies) = tokio::try_join!(catalog.document(&name, id), catalog.duplicates_of(&name, &originals))?;
        // One that was removed or begun again meanwhile is not there, or is unfinished.
        let Some(record) = record.filter(|record| record.indexed_at.is_some() && record.same_as.is_none()) else { return Ok(self) };
        let mut copies: Vec<_> = copies.into_iter().filter(|copy| copy.indexed_at.is_some()).collect();
        copies.sort_by_key(|copy| copy.document.head.id);
        self.copies += copies.len() as u64;
        for record in std::iter::once(record).chain(copies) {
            self.batch.add(record);
            if self.batch.is_full() {
                self = self.write().await?;
            }
        }
        Ok(self)
    }

    /// Writes what was gathered.
    async fn write(mut self) -> Result<Self> {
        let batch = std::mem::take(&mut self.batch);
        let mut embedded = HashMap::with_capacity(batch.chunks);
        let index = self.spec.index();
        let ids: Vec<ChunkId> = batch.records.iter().flat_map(stored_chunks).map(|chunk| chunk.id).collect();
        for some in ids.chunks(BATCH_CHUNKS) {
            let found = self.from.store.embedded(&index, some).await?;
            embedded.extend(found.into_iter().map(|chunk| (chunk.chunk.id, chunk)));
        }
        let (documents, chunks) = (batch.records.len() as u64, ids.len() as u64);
        let (folder, mut tables) = (self.tables.folder.path().to_owned(), self.tables);
        self.tables = blocking(&folder, move || {
            tables.write(batch.records, embedded)?;
            Ok(tables)
        })
        .await?;
        self.observer.on(&ExchangeEvent::Moved { documents, chunks });
        Ok(self)
    }
}

impl Batch {
    fn add(&mut self, record: DocumentRecord) {
        self.chunks += stored_chunks(&record).len();
        self.bytes += record.document.text.len();
        self.records.push(record);
    }

    fn is_full(&self) -> bool {
        self.chunks >= BATCH_CHUNKS || self.bytes >= BATCH_BYTES
    }
}

impl Tables {
    fn create(request: &ExportRequest, manifest: Manifest) -> Result<Self, ExchangeError> {
        let folder = PartialFolder::create(&request.folder)?;
        let documents = TableWriter::create(folder.path(), request.layout)?;
        let chunks = TableWriter::create(folder.path(), request.layout)?;
        Ok(Self { folder, manifest, documents, chunks })
    }

    fn write(&mut self, records: Vec<DocumentRecord>, mut embedded: HashMap<ChunkId, EmbeddedChunk>) -> Result<(), ExchangeError> {
        for mut record in records {
            let head = &record.document.head;
            for (ordinal, chunk) in stored_chunks(&record).iter().enumerate() {
                let stored = embedded.remove(&chunk.id).filter(|stored| stored.head.revision == head.revision);
                let stored = stored.ok_or_else(|| ExchangeError::NotStored { chunk: chunk.id, source_name: head.source.clone() })?;
                let row = row(&record.document, ordinal, chunk, stored);
                let written = row.map_err(Unwritten::Row).and_then(|row| self.chunks.push(&row));
                written.map_err(|unwritten| unwritten.of(&head.source))?;
            }
            let chunks = stored_chunks(&record).len() as u64;
            let source = head.source.clone();
            if record.same_as.is_none() {
                record.chunks.clear();
            }
            self.documents.push(&DocumentRow { record, chunks }).map_err(|unwritten| unwritten.of(&source))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Finished, ExchangeError> {
        let Self { folder, mut manifest, documents, chunks } = self;
        manifest.documents = documents.finish()?;
        manifest.chunks = chunks.finish()?;
        manifest.write(folder.path())?;
        let path = folder.path().join(MANIFEST);
        let own = fs::metadata(&path).map_err(|source| ExchangeError::Io { action: "read", path, source })?.len();
        let files = manifest.documents.files.iter().chain(&manifest.chunks.files);
        let bytes = own + files.filter_map(|file| file.bytes).sum::<u64>();
        folder.finish()?;
        Ok(Finished { documents: manifest.documents.rows, chunks: manifest.chunks.rows, bytes })
    }
}

/// A duplicate's chunks are not in the store.
fn stored_chunks(record: &DocumentRecord) -> &[ChunkRecord] {
    if record.same_as.is_some() { &[] } else { &record.chunks }
}

/// The chunk as the catalog has it, with the store's vectors.
fn row(document: &Document, ordinal: usize, record: &ChunkRecord, stored: EmbeddedChunk) -> Result<ChunkRow, Fault> {
    let chunk = cut(document, ordinal, record)?;
    Ok(ChunkRow { document: document.head.id, chunk, table_header: record.table_header, dense: stored.dense, lexical: stored.lexical })
}

impl Unwritten {
    fn of(self, source: &str) -> ExchangeError {
        match self {
            Self::Row(Fault { column, problem }) => ExchangeError::Unwritable { source_name: source.to_owned(), column, problem },
            Self::File(error) => *error,
        }
    }
}
