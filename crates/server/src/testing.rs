//! A server over fakes, and a client that reads like a story.

mod fakes;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use ragstone_classify::{ClassifierStore, Classifiers};
use ragstone_core::testing::{MemoryCatalog, MemoryStore};
use ragstone_core::{Catalog, VectorStore};
use ragstone_generate::{Answerer, Examiner, GenerateConfig, PromptConfig, UnderstandConfig, Understander};
use ragstone_ingest::extract::{ExtractConfig, Extractor, WorkerLocation};
use ragstone_ingest::{ChunkConfig, Chunkers, Ingestor, JobConfig, JobRunner, Ports, ProcessLocks, SourceConfig};
use ragstone_retrieve::{RetrieveConfig, Retriever};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) use fakes::{BrokenCatalog, FakeEmbedder, Gate, WordEncoder};

use crate::state::ServerState;
use crate::{AppState, Role, ScheduledSource, ServerConfig, background};

/// A server in this process, and the gate at which questions with the word `wait` stand until it is opened.
pub(crate) struct TestApp {
    pub(crate) state: ServerState,
    pub(crate) gate: Gate,
    pub(crate) folder: TempDir,
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

/// The parts of a server, over fakes. The folder is where its data would be; a worker for what is no text may lie in it.
pub(crate) fn app_state(gate: &Gate, model: &str, catalog: Arc<dyn Catalog>, folder: &Path) -> AppState {
    let store: Arc<dyn VectorStore> = Arc::new(MemoryStore::default());
    let embedder = Arc::new(FakeEmbedder::new(gate.clone(), model));
    let ports = Ports {
        catalog: catalog.clone(),
        store: store.clone(),
        models: embedder.clone().into(),
        lexical: Arc::new(WordEncoder),
        locks: Arc::new(ProcessLocks::default()),
    };
    let worker = WorkerLocation { program: Some(folder.join("worker")), pdfium: None };
    let chunkers = Chunkers::new(ChunkConfig::default(), BTreeMap::new());
    let ingestor = Ingestor::new(ports, Extractor::new(ExtractConfig::default(), worker), chunkers);
    let retriever = Retriever::new(store, catalog.clone(), embedder.clone(), Arc::new(WordEncoder), RetrieveConfig::default());
    let classifiers = Classifiers::new(ClassifierStore::new(folder.join("classifiers")), embedder.clone());
    let understander = Understander::new(UnderstandConfig::default(), GenerateConfig::default(), &PromptConfig::default()).unwrap();
    let answerer = Answerer::new(GenerateConfig::default(), PromptConfig::default(), embedder.clone()).unwrap();
    let examiner = Examiner::new(GenerateConfig::default(), embedder).unwrap();
    let jobs = Arc::new(MemoryCatalog::default());
    let config = JobConfig { attempts: 1, ..JobConfig::default() };
    AppState {
        role: Role::default(),
        runner: JobRunner::new(ingestor.clone(), jobs.clone(), SourceConfig::default(), config),
        ingestor: Arc::new(ingestor),
        understander,
        retriever: Arc::new(retriever),
        answerer: Arc::new(answerer),
        examiner: Arc::new(examiner),
        classifiers,
        catalog,
        jobs,
        uploads: folder.join("uploads").into(),
        sources: Arc::new([]),
    }
}

impl TestApp {
    pub(crate) fn new() -> Self {
        Self::with(impatient())
    }

    pub(crate) fn with(config: ServerConfig) -> Self {
        Self::over(config, "fake", Arc::new(MemoryCatalog::default()))
    }

    pub(crate) fn over(config: ServerConfig, model: &str, catalog: Arc<dyn Catalog>) -> Self {
        let (gate, folder) = (Gate::default(), tempfile::tempdir().unwrap());
        let state = ServerState::new(app_state(&gate, model, catalog, folder.path()), config);
        Self { state, gate, folder }
    }

    /// The same data after the process has died and was started again, with these sources.
    pub(crate) fn restarted(self, sources: impl Into<Arc<[ScheduledSource]>>) -> Self {
        let runner = self.runner(SourceConfig::default());
        self.with_app(|app| AppState { runner, sources: sources.into(), ..app })
    }

    /// One that reads sites of this machine, as fast as they can.
    pub(crate) fn reading_this_machine(self) -> Self {
        let runner = self.runner(SourceConfig { allow_private_hosts: true, requests_per_second: 1_000.0, ..SourceConfig::default() });
        self.with_app(|app| AppState { runner, ..app })
    }

    fn runner(&self, sources: SourceConfig) -> JobRunner {
        let app = &self.state.app;
        JobRunner::new((*app.ingestor).clone(), app.jobs.clone(), sources, JobConfig { attempts: 1, ..JobConfig::default() })
    }

    fn with_app(self, change: impl FnOnce(AppState) -> AppState) -> Self {
        let Self { state, gate, folder } = self;
        Self { state: ServerState::new(change(state.app), (*state.config).clone()), gate, folder }
    }

    /// Begins to run jobs, as a server does.
    pub(crate) async fn start(&self) {
        background::start(&self.state).await.unwrap();
    }

    /// Tells it to stop, and waits for it.
    pub(crate) async fn stop(&self) {
        self.state.stopping.cancel();
        self.state.tasks.close();
        self.state.tasks.wait().await;
    }

    /// A job in this state, once it is in it.
    pub(crate) async fn job_in(&self, id: &str, wanted: &str) -> Value {
        let path = format!("/api/jobs/{id}");
        let mut job = self.get(&path).await.ok();
        for _ in 0..1_000 {
            if job["state"] == wanted {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            job = self.get(&path).await.ok();
        }
        panic!("the job never is {wanted}: {job}");
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

    pub(crate) async fn put_json(&self, path: &str, body: Value) -> Reply {
        let request = request(Method::PUT, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
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

    /// The body of what was taken for later, after checking that its location is that of its job.
    #[track_caller]
    pub(crate) fn accepted(&self) -> Value {
        assert_eq!(self.status, StatusCode::ACCEPTED, "{}", self.body);
        let job: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(self.header("location"), format!("/api/jobs/{}", job["id"].as_str().unwrap()));
        job
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
