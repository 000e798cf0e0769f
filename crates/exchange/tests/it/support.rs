//! Collections to export, and what became of them.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ragstone_core::testing::{MemoryCatalog, MemoryStore};
use ragstone_core::{
    Chunk, ChunkId, ChunkRecord, CollectionName, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord,
    EmbeddedChunk, EmbeddingSpec, EncodingEvidence, EncodingFound, FieldValue, Language, Markup, Page, PageRange, Place, Pooling,
    QualityReport, Result, Revision, Span, SparseVector, WarningCode,
};
use ragstone_exchange::{ExportReport, ExportRequest, ImportReport, ImportRequest, Layout, export, import};

pub(crate) const DIMENSION: usize = 8;

pub(crate) fn place() -> Place {
    Place { catalog: Arc::new(MemoryCatalog::default()), store: Arc::new(MemoryStore::default()) }
}

pub(crate) fn name(text: &str) -> CollectionName {
    text.parse().unwrap()
}

pub(crate) fn spec(of: &str) -> CollectionSpec {
    let embedding = EmbeddingSpec {
        model: "a 'model'".to_owned(),
        revision: "1".to_owned(),
        dimension: DIMENSION,
        pooling: Pooling::Cls,
        query_prefix: "query: ".to_owned(),
        passage_prefix: "文: ".to_owned(),
        max_tokens: 256,
    };
    CollectionSpec { name: name(of), embedding, generation: 0, created_at: time("2026-01-31T12:00:00.000000001Z") }
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A document of these paragraphs, each a chunk.
pub(crate) fn document(source: &str, paragraphs: &[&str]) -> DocumentRecord {
    let id = DocumentId::from_source(source);
    let (mut text, mut chunks) = (String::new(), Vec::new());
    for (ordinal, paragraph) in paragraphs.iter().enumerate() {
        let start = text.len();
        text.push_str(paragraph);
        chunks.push(ChunkRecord {
            id: ChunkId::from_content(id, paragraph, ordinal as u32),
            span: Span { start, end: text.len() },
            heading_path: ["Über \"uns\"", "文書"].iter().take(ordinal % 3).map(|heading| (*heading).to_owned()).collect(),
            table_header: (ordinal % 2 == 1).then(|| Span { start: 0, end: paragraphs[0].len() }),
        });
        text.push_str("\n\n");
    }
    let head = DocumentHead {
        id,
        source: source.to_owned(),
        title: format!("The \"title\" of {source}"),
        media_type: "text/markdown".to_owned(),
        language: Language::new("german"),
        tags: vec!["b".to_owned(), String::new(), "a, b".to_owned()],
        modified_at: time("2026-11-28T09:00:00Z") + TimeDelta::nanoseconds(123_456_789),
        fields: [
            ("draft".to_owned(), FieldValue::Boolean(true)),
            ("year".to_owned(), FieldValue::Number(2026.0)),
            ("作者".to_owned(), FieldValue::Text("true".to_owned())),
            ("aliases".to_owned(), FieldValue::List(vec!["α".to_owned(), "it's".to_owned()])),
        ]
        .into(),
        revision: Revision::of(&[text.as_bytes()]),
    };
    let mut quality = QualityReport {
        characters_per_page: vec![6, 0],
        pages_without_text: vec![2],
        garbled_share: 0.1,
        tables: 1,
        encoding: Some(EncodingFound { name: "windows-1251".to_owned(), decided_by: EncodingEvidence::Detected }),
        ..QualityReport::by("a 'reader'")
    };
    quality.warn(WarningCode::PagesWithoutText, "page 2 has no text: 文");
    let pages = vec![Page { number: 1, span: Span { start: 0, end: text.len() } }];
    let content = ContentHash::of(&[text.as_bytes()]);
    let document = Document { head, text, markup: Markup::Markdown, pages, quality };
    DocumentRecord { document, chunks, content, same_as: None, validator: Some("W/\"é'1\"".to_owned()), indexed_at: None }
}

/// A document with nothing in it that can be left out.
pub(crate) fn bare(source: &str) -> DocumentRecord {
    let mut record = document(source, &[]);
    record.validator = None;
    record.document.pages.clear();
    record.document.quality = QualityReport::default();
    record.document.markup = Markup::Plain;
    record.document.head.tags.clear();
    record.document.head.fields.clear();
    record.document.head.title.clear();
    record
}

/// The same content under another name.
pub(crate) fn copy(source: &str, original: &DocumentRecord) -> DocumentRecord {
    let head = DocumentHead { id: DocumentId::from_source(source), source: source.to_owned(), ..original.document.head.clone() };
    let chunks = original.chunks.iter().enumerate();
    let chunks = chunks.map(|(ordinal, chunk)| ChunkRecord { id: ChunkId::from_content(head.id, "copy", ordinal as u32), ..chunk.clone() });
    let chunks = chunks.collect();
    let document = Document { head, ..original.document.clone() };
    DocumentRecord { document, chunks, same_as: Some(original.document.head.id), ..original.clone() }
}

/// What an embedding would have made of a document's chunks; different for each.
pub(crate) fn embedded(record: &DocumentRecord) -> Vec<EmbeddedChunk> {
    let DocumentRecord { document, chunks, .. } = record;
    let head = Arc::new(document.head.clone());
    let embed = |(ordinal, record): (usize, &ChunkRecord)| {
        let bytes = record.id.as_uuid();
        let seed = u64::from_le_bytes(bytes.as_bytes()[..8].try_into().unwrap());
        let dense = (0..DIMENSION as u64).map(|at| ((seed.rotate_left(at as u32 * 7) % 10_007) as f32 - 5_000.0) / 7_919.0).collect();
        let terms = ordinal % 4;
        let lexical = SparseVector {
            indices: (0..terms as u32).map(|at| u32::MAX - at * 3).collect(),
            values: (0..terms).map(|at| 0.1 + at as f32).collect(),
        };
        let chunk = Chunk {
            id: record.id,
            ordinal: ordinal as u32,
            span: record.span,
            text: record.span.of(&document.text).unwrap().to_owned(),
            heading_path: record.heading_path.clone(),
            pages: PageRange::of(record.span, &document.pages),
            table_header: record.table_header.map(|span| span.of(&document.text).unwrap().to_owned()),
        };
        EmbeddedChunk { chunk, head: Arc::clone(&head), dense, lexical }
    };
    chunks.iter().enumerate().map(embed).collect()
}

/// Puts documents into a collection, as an ingest would.
pub(crate) async fn fill(place: &Place, spec: &CollectionSpec, records: &[DocumentRecord]) {
    let (catalog, store, index) = (&place.catalog, &place.store, spec.index());
    catalog.create_collection(spec).await.unwrap();
    store.create(&index, spec.embedding.dimension).await.unwrap();
    let begun: Vec<_> = records.iter().cloned().map(Arc::new).collect();
    catalog.begin(&spec.name, &begun).await.unwrap();
    for record in records.iter().filter(|record| record.same_as.is_none()) {
        store.upsert(&index, embedded(record)).await.unwrap();
    }
    store.flush(&index).await.unwrap();
    let ids: Vec<_> = records.iter().map(|record| record.document.head.id).collect();
    catalog.complete(&spec.name, &ids, time("2026-11-28T10:00:00Z")).await.unwrap();
}

/// All there is of a collection, but for when it was stored.
#[derive(Debug, PartialEq)]
pub(crate) struct Everything {
    pub(crate) spec: Option<CollectionSpec>,
    pub(crate) settings: Vec<(String, serde_json::Value)>,
    pub(crate) documents: Vec<DocumentRecord>,
    pub(crate) pending: usize,
    pub(crate) chunks: Vec<StoredChunk>,
}

/// A chunk as the store has it.
#[derive(Debug, PartialEq)]
pub(crate) struct StoredChunk {
    chunk: Chunk,
    head: DocumentHead,
    dense: Vec<u32>,
    lexical: SparseVector,
}

pub(crate) async fn everything(place: &Place, collection: &str) -> Everything {
    let (catalog, collection) = (&place.catalog, name(collection));
    let spec = catalog.collection(&collection).await.unwrap();
    let settings = catalog.settings(&collection).await.unwrap().into_iter().collect();
    let mut documents = Vec::new();
    for summary in catalog.documents(&collection, 0, u64::MAX).await.unwrap().documents {
        let record = catalog.document(&collection, summary.head.id).await.unwrap().unwrap();
        documents.push(DocumentRecord { indexed_at: None, ..record });
    }
    let mut chunks = Vec::new();
    if let Some(spec) = &spec {
        let mut ids: Vec<_> = match place.store.stored(&spec.index()).await {
            Ok(stored) => stored.into_iter().map(|stored| stored.id).collect(),
            Err(_) => Vec::new(),
        };
        ids.sort();
        for EmbeddedChunk { chunk, head, dense, lexical } in place.store.embedded(&spec.index(), &ids).await.unwrap_or_default() {
            chunks.push(StoredChunk { chunk, head: (*head).clone(), dense: dense.into_iter().map(f32::to_bits).collect(), lexical });
        }
    }
    let pending = catalog.pending(&collection).await.unwrap().len();
    Everything { spec, settings, documents, pending, chunks }
}

pub(crate) async fn export_to(folder: &Path, from: &Place, layout: Layout) -> Result<ExportReport> {
    export(from, &ExportRequest { collection: name("docs"), folder: folder.to_owned(), layout }, &()).await
}

pub(crate) async fn import_from(folder: &Path, into: &Place) -> Result<ImportReport> {
    import(&ImportRequest { folder: folder.to_owned(), collection: None }, into, &()).await
}

/// Documents that have all there can be: pages, tables, copies, nothing at all.
pub(crate) fn samples() -> Vec<DocumentRecord> {
    let long = document("/long.md", &["| Größe | 文 |", "第一段。🦀", "third\0", "", "fifth\r\n"]);
    let copies = ["/copies/a.md", "/copies/b.md", "/copies/ü.md"].map(|source| copy(source, &long));
    let mut samples = vec![document("", &["nameless"]), bare("/bare.md"), document("/O'Brien \"quoted\"; --.md", &["one", "two"])];
    samples.extend((0..20).map(|number| document(&format!("/many/{number}.md"), &["shared", "more", "most"])));
    samples.extend(copies);
    samples.push(long);
    let mut old = document("https://example.org/?q=%20_", &["old"]);
    old.document.head.modified_at = time("0001-01-01T00:00:00.000000001Z");
    old.document.markup = Markup::Code;
    samples.push(old);
    samples
}
