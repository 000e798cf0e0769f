//! A server over fakes, and a client that reads like a story.

mod fakes;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use ragstone_core::testing::{MemoryCatalog, MemoryStore};
use ragstone_core::{Catalog, VectorStore};
use ragstone_generate::{Answerer, GenerateConfig, PromptConfig};
use ragstone_ingest::{ChunkConfig, Ingestor};
use ragstone_retrieve::{RetrieveConfig, Retriever};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) use fakes::{BrokenCatalog, FakeEmbedder, Gate, WordEncoder};

use crate::state::ServerState;
use crate::{AppState, ServerConfig};

/// A server in this process, and the gate at which questions with the word `wait` stand until it is opened.
pub(crate) struct TestApp {
    pub(crate) state: ServerState,
    pub(crate) gate: Gate,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// The settings of tests: impatient.
pub(crate) fn impatient() -> ServerConfig {
    ServerConfig { request_timeout: Duration::from_secs(5), ..ServerConfig::default() }
}

/// The parts of a server, over fakes.
pub(crate) fn app_state(gate: &Gate, model: &str, catalog: Arc<dyn Catalog>) -> AppState {
    let store: Arc<dyn VectorStore> = Arc::new(MemoryStore::default());
    let embedder = Arc::new(FakeEmbedder::new(gate.clone(), model));
    let ingestor = Ingestor::new(catalog.clone(), store.clone(), embedder.clone(), Arc::new(WordEncoder), ChunkConfig::default());
    let retriever = Retriever::new(store, catalog.clone(), embedder.clone(), Arc::new(WordEncoder), RetrieveConfig::default());
    let answerer = Answerer::new(GenerateConfig::default(), PromptConfig::default(), embedder).unwrap();
    AppState { ingestor: Arc::new(ingestor), retriever: Arc::new(retriever), answerer: Arc::new(answerer), catalog }
}

impl TestApp {
    pub(crate) fn new() -> Self {
        Self::with(impatient())
    }

    pub(crate) fn with(config: ServerConfig) -> Self {
        Self::over(config, "fake", Arc::new(MemoryCatalog::default()))
    }

    pub(crate) fn over(config: ServerConfig, model: &str, catalog: Arc<dyn Catalog>) -> Self {
        let gate = Gate::default();
        Self { state: ServerState::new(app_state(&gate, model, catalog), config), gate }
    }

    /// With two documents in the collection `docs`.
    pub(crate) async fn with_documents(config: ServerConfig) -> Self {
        let app = Self::with(config);
        app.ingest(json!([
            {"source": "leave.md", "text": "# Leave\n\nEvery employee has thirty days of leave.", "tags": ["hr"]},
            {"source": "tea.txt", "text": "Green tea is brewed at eighty degrees.", "fields": {"cups": 2}},
        ]))
        .await;
        app
    }

    pub(crate) async fn ingest(&self, documents: Value) -> Value {
        self.post("/api/collections/docs/documents", json!({ "documents": documents })).await.ok()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(request(Method::DELETE, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str) -> Reply {
        self.send(request(Method::PUT, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.post_as(path, "application/json", body.to_string()).await
    }

    pub(crate) async fn post_as(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Reply {
        self.send(request(Method::POST, path).header("content-type", content_type).body(body.into()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        Reply::read(self.answer(request).await).await
    }

    /// The response with its body still unread.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        crate::router::router_over(self.state.clone()).oneshot(request).await.unwrap()
    }
}

impl Reply {
    async fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 10_000_000).await.unwrap();
        Self { status: head.status, headers: head.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// The message of a failure, after checking that status, code and envelope are as they must be.
    #[track_caller]
    pub(crate) fn error(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/json");
        let envelope: crate::api::ErrorEnvelope = serde_json::from_str(&self.body).unwrap();
        assert_eq!(envelope.error.code, code);
        assert_eq!(envelope.error.request_id, self.header("x-request-id"));
        envelope.error.message
    }
}

pub(crate) fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}
