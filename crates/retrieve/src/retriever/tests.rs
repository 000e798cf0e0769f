//! Searches over a store in memory, an embedding model of three topics and a plain lexical encoder.

use ragstone_core::testing::{MemoryCatalog, MemoryStore};
use ragstone_core::{
    Chunk, ChunkId, ChunkRecord, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord, EmbeddedChunk, ErrorKind,
    Fields, Language, Markup, QualityReport, Revision, Span,
};

use super::*;
use crate::testing::{TopicEmbedder, WordEncoder};
use crate::{FusionMethod, parse_filter};

const CARS: &str = "An automobile burns fuel. The vehicle needs oil.";
const BREAD: &str = "Dough rises when flour is wet.";
const RUST: &str = "Ownership frees memory. The compiler checks every borrow.";
const ERRORS: &str = "Handling errors: the compiler reports E0382 when a moved value is used.";
const LIBRARY: &str = "知识库保存文档。构建知识库需要向量。";
const WEATHER: &str = "今天天气很好，我们去公园。";

struct Library {
    retriever: Retriever,
    collection: CollectionName,
}

impl Library {
    async fn new(texts: &[&str]) -> Self {
        Self::with(texts, RetrieveConfig::default()).await
    }

    async fn with(texts: &[&str], config: RetrieveConfig) -> Self {
        let collection: CollectionName = "docs".parse().unwrap();
        let (store, catalog, embedder) = (MemoryStore::default(), MemoryCatalog::default(), TopicEmbedder::new());
        let embedding = embedder.spec().clone();
        store.create(&collection, embedding.dimension).await.unwrap();
        catalog.create_collection(&CollectionSpec { name: collection.clone(), embedding, created_at: chrono::Utc::now() }).await.unwrap();
        for text in texts {
            let head = head(text);
            let chunk = chunk(&head, text);
            let record = ChunkRecord { id: chunk.id, span: chunk.span, heading_path: Vec::new(), table_header: None };
            let record = DocumentRecord {
                document: Document {
                    head: head.clone(),
                    text: (*text).to_owned(),
                    markup: Markup::Plain,
                    pages: Vec::new(),
                    quality: QualityReport::by("text"),
                },
                chunks: vec![record],
                content: ContentHash::of(&[text.as_bytes()]),
                same_as: None,
                validator: None,
                indexed_at: None,
            };
            catalog.begin(&collection, &[Arc::new(record)]).await.unwrap();
            let lexical = WordEncoder.encode_passage(text, &head.language);
            let embedded = EmbeddedChunk { chunk, dense: embedder.embed(text), lexical, head: Arc::new(head) };
            store.upsert(&collection, vec![embedded]).await.unwrap();
        }
        let retriever = Retriever::new(Arc::new(store), Arc::new(catalog), Arc::new(embedder), Arc::new(WordEncoder), config);
        Self { retriever, collection }
    }

    async fn search(&self, request: &SearchRequest) -> SearchResponse {
        self.retriever.search(&self.collection, request).await.unwrap()
    }

    async fn ask(&self, query: &str) -> SearchResponse {
        self.search(&SearchRequest::new(query)).await
    }

    async fn refusal(&self, request: &SearchRequest) -> (ErrorKind, String) {
        let error = self.retriever.search(&self.collection, request).await.unwrap_err();
        (error.kind(), error.to_string())
    }
}

fn head(text: &str) -> DocumentHead {
    let language = if text.is_ascii() { "english" } else { "chinese" };
    DocumentHead {
        id: DocumentId::from_source(text),
        source: text.to_owned(),
        title: String::new(),
        media_type: "text/plain".to_owned(),
        language: Language::new(language),
        tags: Vec::new(),
        modified_at: chrono::DateTime::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[text.as_bytes()]),
    }
}

fn chunk(head: &DocumentHead, text: &str) -> Chunk {
    let span = Span { start: 0, end: text.len() };
    Chunk {
        id: ChunkId::from_content(head.id, text, 0),
        ordinal: 0,
        span,
        text: text.to_owned(),
        heading_path: Vec::new(),
        pages: None,
        table_header: None,
    }
}

fn texts(response: &SearchResponse) -> Vec<&str> {
    response.hits.iter().map(|hit| hit.chunk.text.as_str()).collect()
}

fn highlighted(hit: &Hit) -> Vec<&str> {
    hit.highlights.iter().map(|span| span.of(&hit.chunk.text).unwrap()).collect()
}

#[tokio::test]
async fn finds_by_meaning_and_by_words() {
    let library = Library::new(&[CARS, BREAD, RUST, ERRORS]).await;
    let by_meaning = library.ask("car engine").await;
    assert_eq!(texts(&by_meaning)[0], CARS);
    assert!(by_meaning.hits[0].relevance.relevant);
    assert_eq!(by_meaning.hits[0].relevance.coverage, 0.0);

    let by_words = library.ask("E0382").await;
    assert_eq!(texts(&by_words)[0], ERRORS);
    assert_eq!(by_words.hits[0].relevance.coverage, 1.0);
    assert_eq!(highlighted(&by_words.hits[0]), ["E0382"]);
}

#[tokio::test]
async fn every_hit_is_explained() {
    let config = RetrieveConfig { candidates: 1, limit: 1, dense_weight: 1.0, lexical_weight: 1.0, ..RetrieveConfig::default() };
    let library = Library::with(&[CARS, BREAD, RUST, ERRORS], config).await;
    // Each leg lists one chunk and is asked about the other's.
    let response = library.ask("memory E0382 moved").await;
    let hit = &response.hits[0];
    assert_eq!((hit.rank, hit.score, hit.chunk.text.as_str()), (1, 0.75, RUST));
    let (dense, lexical) = (hit.dense.unwrap(), hit.lexical.unwrap());
    assert_eq!((dense.rank, dense.normalized), (Some(1), 1.0));
    assert_eq!((lexical.rank, lexical.normalized), (None, 0.5));
    assert_eq!((response.legs.dense.unwrap().found, response.legs.lexical.unwrap().found), (1, 1));
    assert!(response.timings.total_ms >= response.timings.store_ms);
}

#[tokio::test]
async fn the_list_is_the_same_however_short_the_legs() {
    let corpus = [CARS, BREAD, RUST, ERRORS];
    let long = Library::new(&corpus).await;
    let short = Library::with(&corpus, RetrieveConfig { candidates: 1, limit: 1, ..RetrieveConfig::default() }).await;
    for query in ["car oil", "compiler memory", "flour bread", "moved value"] {
        let (all, first) = (long.ask(query).await, short.ask(query).await);
        let explained = |hit: &Hit| (hit.chunk.id, hit.score, hit.relevance);
        assert_eq!(explained(&first.hits[0]), explained(&all.hits[0]), "{query}");
    }
}

#[tokio::test]
async fn a_leg_alone_has_its_way() {
    let library = Library::new(&[CARS, BREAD, RUST, ERRORS]).await;
    let dense = library.search(&SearchRequest { mode: Mode::Dense, ..SearchRequest::new("car") }).await;
    assert_eq!((dense.hits.len(), texts(&dense)[0]), (4, CARS));
    assert!(dense.legs.lexical.is_none() && dense.hits.iter().all(|hit| hit.lexical.is_none()));

    let lexical = library.search(&SearchRequest { mode: Mode::Lexical, ..SearchRequest::new("the compiler") }).await;
    assert_eq!(lexical.hits.len(), 2);
    assert!(lexical.legs.dense.is_none() && lexical.hits.iter().all(|hit| hit.relevance.similarity.is_none()));

    let none = library.search(&SearchRequest { mode: Mode::Lexical, ..SearchRequest::new("car") }).await;
    assert_eq!(none.hits, []);
}

#[tokio::test]
async fn reciprocal_ranks_can_be_chosen() {
    let config = RetrieveConfig { fusion: FusionMethod::Rrf, ..RetrieveConfig::default() };
    let response = Library::with(&[CARS, BREAD, RUST], config).await.ask("memory borrow").await;
    assert_eq!(texts(&response)[0], RUST);
    assert!((response.hits[0].score - (0.6 / 61.0 + 0.4 / 61.0)).abs() < 1e-6);
}

#[tokio::test]
async fn a_model_that_cannot_read_the_query_does_not_order_the_hits() {
    let library = Library::new(&[RUST, WEATHER, LIBRARY, CARS]).await;
    let response = library.ask("如何构建知识库？").await;
    let first = &response.hits[0];
    assert_eq!(first.chunk.text, LIBRARY);
    assert!(first.relevance.relevant && first.relevance.similarity.is_none());
    assert_eq!(highlighted(first), ["知识库", "构建知识库"]);
    assert!(response.hits[1..].iter().all(|hit| hit.score == 0.0 && !hit.relevance.relevant));
    let dense = response.legs.dense.unwrap();
    assert_eq!((dense.weight, dense.note.as_deref()), (0.0, Some("the model reads 0% of the query: its order is not counted")));

    assert!(library.ask("足球比赛几点开始？").await.nothing_relevant());
}

#[tokio::test]
async fn says_when_nothing_is_relevant() {
    let library = Library::new(&[CARS, RUST, ERRORS]).await;
    for query in ["How do I bake sourdough bread?", "who wrote hamlet", "the of a", "???"] {
        let response = library.ask(query).await;
        assert!(response.nothing_relevant(), "{query}: {:?}", response.hits);
    }
    assert_eq!(library.ask("the of a").await.legs.lexical.unwrap().note.as_deref(), Some("the query has no words to look for"));
    assert_eq!(library.ask("hamlet").await.legs.lexical.unwrap().note.as_deref(), Some("no passage has a word of the query"));
    assert!(!library.ask("How does ownership free memory?").await.nothing_relevant());
}

#[tokio::test]
async fn filters_hold_for_both_legs() {
    let library = Library::new(&[CARS, RUST, LIBRARY]).await;
    let filter = parse_filter("language = chinese").unwrap();
    let response = library.search(&SearchRequest { filter: Some(filter), ..SearchRequest::new("compiler memory") }).await;
    assert_eq!(texts(&response), [LIBRARY]);
}

#[tokio::test]
async fn an_empty_collection_has_no_hits() {
    let response = Library::new(&[]).await.ask("anything").await;
    assert_eq!(response.hits, []);
    assert!(response.nothing_relevant());
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let library = Library::new(&[CARS]).await;
    let refused = library.refusal(&SearchRequest::new(" \n")).await;
    assert_eq!(refused, (ErrorKind::InvalidInput, "the query is empty: write what to look for".to_owned()));
    let (kind, message) = library.refusal(&SearchRequest::new("x".repeat(10_000))).await;
    assert_eq!(kind, ErrorKind::TooLarge);
    assert!(message.contains("10000 bytes, at most 8192"), "{message}");
    for limit in [0, 1_001] {
        let (kind, message) = library.refusal(&SearchRequest { limit: Some(limit), ..SearchRequest::new("x") }).await;
        assert_eq!((kind, message), (ErrorKind::InvalidInput, format!("limit is {limit}, it must be from 1 to 1000")));
    }
    let elsewhere = Library { collection: "other".parse().unwrap(), ..library };
    let (kind, message) = elsewhere.refusal(&SearchRequest::new("x")).await;
    assert_eq!(kind, ErrorKind::NotFound);
    assert!(message.contains("`other`") && message.contains("ragstone collections"), "{message}");
}

#[tokio::test]
async fn another_model_is_refused() {
    let library = Library::new(&[CARS]).await;
    let spec = ragstone_core::EmbeddingSpec { revision: "2".to_owned(), ..TopicEmbedder::new().spec().clone() };
    let catalog = MemoryCatalog::default();
    let stored = CollectionSpec { name: library.collection.clone(), embedding: spec, created_at: chrono::Utc::now() };
    catalog.create_collection(&stored).await.unwrap();
    let retriever = Retriever { catalog: Arc::new(catalog), ..library.retriever.clone() };
    let error = retriever.search(&library.collection, &SearchRequest::new("car")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_response_survives_json() {
    let response = Library::new(&[CARS, RUST]).await.ask("memory").await;
    let json = serde_json::to_string(&response).unwrap();
    assert_eq!(serde_json::from_str::<SearchResponse>(&json).unwrap().hits, response.hits);
    assert!(json.contains("\"legs\"") && json.contains("\"embed_ms\""), "{json}");
}
