//! A server that answers as a test wants, and remembers what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use ragstone_embed::{EmbedConfig, EmbedError, RemoteApi, RemoteConfig, RemoteEmbedder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The vectors of these tests.
pub(crate) const DIMENSION: usize = 4;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

impl Asked {
    pub(crate) fn texts(&self) -> Vec<String> {
        let texts = self.body.get("input").or_else(|| self.body.get("inputs")).and_then(Value::as_array);
        texts.into_iter().flatten().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What a good server answers, last text first: openai numbers its vectors.
    pub(crate) fn answer(&self) -> Answer {
        let vectors = self.texts().iter().map(|text| vector_of(text)).collect::<Vec<_>>();
        match self.path.as_str() {
            "/info" => Answer::of(200, &info()),
            "/embed" => Answer::of(200, &json!(vectors)),
            _ => {
                let data = vectors.iter().enumerate().rev();
                let data = data.map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}));
                Answer::of(200, &json!({"object": "list", "data": data.collect::<Vec<_>>(), "model": "small"}))
            }
        }
    }
}

/// What is sent back, and when.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) delay: Duration,
    pub(crate) is_cut: bool,
}

impl Answer {
    pub(crate) fn of(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned(), delay: Duration::ZERO, is_cut: false }
    }

    pub(crate) fn after(self, milliseconds: u64) -> Self {
        Self { delay: Duration::from_millis(milliseconds), ..self }
    }

    pub(crate) fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }

    /// The connection breaks after half of the body.
    pub(crate) fn cut(self) -> Self {
        Self { is_cut: true, ..self }
    }

    fn into_response(mut self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (header, value) in self.headers {
            response = response.header(header, value);
        }
        if !self.is_cut {
            return response.body(Body::from(self.body)).unwrap();
        }
        self.body.truncate(self.body.len() / 2);
        let pieces = [Ok(self.body), Err(std::io::Error::other("cut"))];
        response.body(Body::from_stream(futures::stream::iter(pieces))).unwrap()
    }
}

type Script = dyn Fn(usize, &Asked) -> Answer + Send + Sync;

/// A server on this machine, until it is dropped.
pub(crate) struct TestServer {
    pub(crate) url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl TestServer {
    /// Answers as the script says for the request of a number, from 0.
    pub(crate) async fn start(script: impl Fn(usize, &Asked) -> Answer + Send + Sync + 'static) -> Self {
        let (under_way, most_at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let shared = Arc::new(Shared { script: Box::new(script), asked: Mutex::default(), under_way, most_at_once });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, shared, task }
    }

    /// A server that does everything right.
    pub(crate) async fn good() -> Self {
        Self::start(|_, asked| asked.answer()).await
    }

    /// Fails the first requests, and is good then.
    pub(crate) async fn failing_first(failures: usize, failure: Answer) -> Self {
        Self::start(move |number, asked| if number < failures { failure.clone() } else { asked.answer() }).await
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    pub(crate) fn under_way(&self) -> usize {
        self.shared.under_way.load(Ordering::SeqCst)
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.shared.most_at_once.load(Ordering::SeqCst)
    }

    /// An openai server with short waits, whose dimension is known.
    pub(crate) fn openai(&self) -> RemoteConfig {
        RemoteConfig {
            url: self.url.clone(),
            model: Some("small".into()),
            dimension: Some(DIMENSION),
            first_wait: Duration::from_millis(10),
            ..RemoteConfig::default()
        }
    }

    /// The same as a text-embeddings-inference server.
    pub(crate) fn tei(&self) -> RemoteConfig {
        RemoteConfig { api: RemoteApi::Tei, model: None, ..self.openai() }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Counts down when a request is answered, and when its connection is closed before.
struct UnderWay(Arc<Shared>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn handle(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let at_once = shared.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    let _under_way = UnderWay(Arc::clone(&shared));
    shared.most_at_once.fetch_max(at_once, Ordering::SeqCst);
    let authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let asked = Asked { path: uri.path().to_owned(), authorization, body, at: Instant::now() };
    let number = {
        let mut all = shared.asked.lock().unwrap();
        all.push(asked.clone());
        all.len() - 1
    };
    let answer = (shared.script)(number, &asked);
    tokio::time::sleep(answer.delay).await;
    answer.into_response()
}

pub(crate) async fn connect(config: RemoteConfig) -> RemoteEmbedder {
    try_connect(config, None).await.unwrap()
}

pub(crate) async fn try_connect(config: RemoteConfig, key: Option<&str>) -> Result<RemoteEmbedder, EmbedError> {
    let config = EmbedConfig { remote: Some(config), ..EmbedConfig::default() };
    RemoteEmbedder::connect(&config, key.map(|key| key.to_owned().into())).await
}

/// What the test's model makes of a text; not a unit vector.
pub(crate) fn vector_of(text: &str) -> Vec<f32> {
    let bytes = text.as_bytes();
    let byte = |byte: Option<&u8>| byte.copied().map_or(0.0, f32::from);
    vec![text.len() as f32, byte(bytes.first()), byte(bytes.last()), -1.0]
}

/// The unit vector that must come out.
pub(crate) fn unit_of(text: &str) -> Vec<f32> {
    let vector = vector_of(text);
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    vector.into_iter().map(|number| number / length).collect()
}

pub(crate) fn info() -> Value {
    serde_json::from_str(include_str!("../../fixtures/remote/tei_info.json")).unwrap()
}
