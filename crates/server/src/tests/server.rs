//! Health, request ids, panics, and what is logged.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::testing::{BrokenCatalog, TestApp, impatient, request};

const SEARCH: &str = "/api/collections/docs/search";

#[tokio::test]
async fn healthy_and_ready() {
    let app = TestApp::new();
    assert_eq!(app.get("/healthz").await.ok()["status"], "ok");
    app.get("/readyz").await.ok();
    app.state.stopping.cancel();
    let reply = app.get("/readyz").await;
    assert_eq!(reply.error(503, "unavailable"), "the server is shutting down");
    assert_eq!(reply.header("retry-after"), "1");
    app.get("/healthz").await.ok();
}

#[tokio::test]
async fn not_ready_without_a_catalog() {
    let app = TestApp::over(impatient(), "fake", Arc::new(BrokenCatalog));
    let message = app.get("/readyz").await.error(503, "unavailable");
    assert_eq!(message, "the catalog does not answer: `catalog.db` cannot be read");
    app.get("/api/collections").await.error(507, "storage");
}

#[tokio::test]
async fn request_ids_are_taken_or_made() {
    let app = TestApp::new();
    let with_id = |id: &str| request(Method::GET, "/nowhere").header("x-request-id", id).body(Body::empty()).unwrap();
    let reply = app.send(with_id("trace-7")).await;
    reply.error(404, "not_found");
    assert_eq!(reply.header("x-request-id"), "trace-7");
    let made = app.get("/healthz").await;
    assert_eq!(made.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn internal_errors_and_panics_say_nothing_but_where_to_look() {
    let app = TestApp::with_documents(impatient()).await;
    for query in ["broken", "panic"] {
        let reply = app.post(SEARCH, json!({"query": query})).await;
        let message = reply.error(500, "internal");
        assert!(message.contains(reply.header("x-request-id")), "{message}");
        assert!(!reply.body.contains("secret") && !reply.body.contains("told to"), "{}", reply.body);
    }
    app.post(SEARCH, json!({"query": "tea"})).await.ok();
}

#[tokio::test]
async fn one_line_a_request_with_details_of_failures_and_never_the_words() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = TestApp::with_documents(impatient()).await;
    app.post(SEARCH, json!({"query": "brewed confidentially"})).await.ok();
    app.post(SEARCH, json!({"query": "x", "filter": "confidentially = ="})).await.error(400, "invalid_input");
    app.post(SEARCH, json!({"query": "broken confidentially"})).await.error(500, "internal");

    let text = log.text();
    let answered: Vec<_> = text.lines().filter(|line| line.contains("request answered")).collect();
    assert_eq!(answered.len(), 4, "{text}");
    assert!(answered[1].contains("/api/collections/{collection}/search") && answered[1].contains("status=200"), "{text}");
    assert!(answered[1].contains("duration_ms=") && answered[1].contains("request.id="), "{text}");
    assert!(text.contains("secret detail of the machine"), "{text}");
    assert!(!text.contains("confidentially") && !text.contains("degrees"), "{text}");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'writer> MakeWriter<'writer> for Log {
    type Writer = Self;

    fn make_writer(&'writer self) -> Self {
        self.clone()
    }
}
