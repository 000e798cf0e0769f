//! Exchanges with a model in the form in which servers hold them, replayed by a small server that also checks the request.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

/// An exchange: what must be asked, and what comes back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cassette {
    request: RecordedRequest,
    response: RecordedResponse,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedRequest {
    method: String,
    path: String,
    body: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedResponse {
    status: u16,
    content_type: String,
    /// The lines of the body.
    body: Vec<String>,
}

/// A server that replays one cassette, over and over.
pub(crate) struct Replay {
    pub(crate) base_url: String,
    seen: Arc<Mutex<Seen>>,
}

/// What requests came in.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) requests: usize,
    pub(crate) headers: HeaderMap,
    /// Where a request differed from the recorded one.
    pub(crate) differences: Vec<String>,
}

impl Cassette {
    pub(crate) fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cassettes")
    }

    pub(crate) fn load(name: &str) -> Self {
        let file = Self::folder().join(format!("{name}.json"));
        serde_json::from_str(&fs_err::read_to_string(file).expect("the cassette is there")).expect("the cassette is valid")
    }

    /// An answer to any request.
    pub(crate) fn answering(status: u16, content_type: &str, body: &str) -> Self {
        let request = RecordedRequest { method: "POST".to_owned(), path: "/v1/chat/completions".to_owned(), body: Value::Null };
        let body = body.split('\n').map(str::to_owned).collect();
        Self { request, response: RecordedResponse { status, content_type: content_type.to_owned(), body } }
    }

    /// The same for another request.
    pub(crate) fn for_request(mut self, method: &str, path: &str) -> Self {
        self.request.method = method.to_owned();
        self.request.path = path.to_owned();
        self
    }

    /// Starts a server that replays it.
    pub(crate) async fn replay(self) -> Replay {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new().fallback(handle).with_state((self, Arc::clone(&seen)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Replay { base_url: format!("http://{address}/v1"), seen }
    }
}

impl Replay {
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().expect("not poisoned").clone()
    }
}

async fn handle(State((cassette, seen)): State<(Cassette, Arc<Mutex<Seen>>)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut seen = seen.lock().expect("not poisoned");
    seen.requests += 1;
    seen.headers = parts.headers;
    let expected = &cassette.request;
    for (what, expected, actual) in
        [("method", expected.method.as_str(), parts.method.as_str()), ("path", &expected.path, parts.uri.path())]
    {
        if expected != actual {
            seen.differences.push(format!("{what}: {expected} was recorded, {actual} was sent"));
        }
    }
    if !expected.body.is_null() && expected.body != body {
        seen.differences.push(format!("body: recorded\n{:#}\nsent\n{body:#}", expected.body));
    }
    if !seen.differences.is_empty() {
        return (StatusCode::IM_A_TEAPOT, "the request is not the recorded one").into_response();
    }
    let RecordedResponse { status, content_type, body } = &cassette.response;
    let status = StatusCode::from_u16(*status).expect("a status");
    (status, [(header::CONTENT_TYPE, content_type.clone())], body.join("\n")).into_response()
}
