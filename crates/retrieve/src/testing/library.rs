//! A collection over a store and a catalog in memory.

use std::sync::Arc;

use ragstone_core::testing::{MemoryCatalog, MemoryStore};
use ragstone_core::{
    Catalog, Chunk, ChunkId, ChunkRecord, CollectionName, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord,
    EmbeddedChunk, Embedder, ErrorKind, Fields, Language, LexicalEncoder, Markup, QualityReport, Revision, Span, VectorStore,
};

use super::{TopicEmbedder, WordEncoder};
use crate::{RetrieveConfig, Retriever, SearchRequest, SearchResponse};

/// The collection `docs`, and who searches it.
pub(crate) struct Library {
    pub(crate) retriever: Retriever,
    pub(crate) catalog: Arc<MemoryCatalog>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) collection: CollectionName,
}

impl Library {
    /// Documents of one chunk each, which is its source too.
    pub(crate) async fn new(texts: &[&str]) -> Self {
        Self::with(texts, RetrieveConfig::default()).await
    }

    pub(crate) async fn with(texts: &[&str], config: RetrieveConfig) -> Self {
        let library = Self::empty(config).await;
        for text in texts {
            library.add(text, &[text]).await;
        }
        library
    }

    pub(crate) async fn empty(config: RetrieveConfig) -> Self {
        let collection: CollectionName = "docs".parse().unwrap();
        let (store, catalog) = (Arc::new(MemoryStore::default()), Arc::new(MemoryCatalog::default()));
        let embedder = TopicEmbedder::new();
        let embedding = embedder.spec().clone();
        store.create(&collection.clone().into(), embedding.dimension).await.unwrap();
        catalog
            .create_collection(&CollectionSpec { name: collection.clone(), embedding, generation: 0, created_at: chrono::Utc::now() })
            .await
            .unwrap();
        let retriever = Retriever::new(store.clone(), catalog.clone(), Arc::new(embedder), Arc::new(WordEncoder), config);
        Self { retriever, catalog, store, collection }
    }

    /// Adds a document of these chunks, an empty line between them.
    pub(crate) async fn add(&self, source: &str, chunks: &[&str]) {
        let (record, chunks) = document(source, chunks);
        let head = Arc::new(record.document.head.clone());
        self.begin(record).await;
        let embedded = |chunk: Chunk| EmbeddedChunk {
            dense: TopicEmbedder::new().embed(&chunk.text),
            lexical: WordEncoder.encode_passage(&chunk.text, &head.language),
            head: Arc::clone(&head),
            chunk,
        };
        self.store.upsert(&self.collection.clone().into(), chunks.into_iter().map(embedded).collect()).await.unwrap();
        self.catalog.complete(&self.collection, &[head.id], chrono::Utc::now()).await.unwrap();
    }

    /// Adds a document to the catalog alone, as if it was being stored.
    pub(crate) async fn begin(&self, record: DocumentRecord) {
        self.catalog.begin(&self.collection, &[Arc::new(record)]).await.unwrap();
    }

    pub(crate) async fn search(&self, request: &SearchRequest) -> SearchResponse {
        self.retriever.search(&self.collection, request).await.unwrap()
    }

    pub(crate) async fn ask(&self, query: &str) -> SearchResponse {
        self.search(&SearchRequest::new(query)).await
    }

    pub(crate) async fn refusal(&self, request: &SearchRequest) -> (ErrorKind, String) {
        let error = self.retriever.search(&self.collection, request).await.unwrap_err();
        (error.kind(), error.to_string())
    }
}

/// A document as the catalog keeps it, and its chunks.
pub(crate) fn document(source: &str, chunks: &[&str]) -> (DocumentRecord, Vec<Chunk>) {
    let text = chunks.join("\n\n");
    let head = DocumentHead {
        id: DocumentId::from_source(source),
        source: source.to_owned(),
        title: String::new(),
        media_type: "text/plain".to_owned(),
        language: Language::new(if text.is_ascii() { "english" } else { "chinese" }),
        tags: Vec::new(),
        modified_at: chrono::DateTime::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[text.as_bytes()]),
    };
    let mut start = 0;
    let mut cut = Vec::new();
    for (ordinal, text) in (0..).zip(chunks) {
        let span = Span { start, end: start + text.len() };
        let id = ChunkId::from_content(head.id, text, ordinal);
        cut.push(Chunk { id, ordinal, span, text: (*text).to_owned(), heading_path: Vec::new(), pages: None, table_header: None });
        start = span.end + 2;
    }
    let record = DocumentRecord {
        content: ContentHash::of(&[text.as_bytes()]),
        chunks: cut
            .iter()
            .map(|chunk| ChunkRecord { id: chunk.id, span: chunk.span, heading_path: Vec::new(), table_header: None })
            .collect(),
        document: Document { head, text, markup: Markup::Plain, pages: Vec::new(), quality: QualityReport::by("text") },
        same_as: None,
        validator: None,
        indexed_at: None,
    };
    (record, cut)
}
