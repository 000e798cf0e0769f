//! Too much at once is refused with a time to come back; what takes too long is given up.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::ServerConfig;
use crate::testing::{TestApp, impatient};

const SEARCH: &str = "/api/collections/docs/search";
const DOCUMENTS: &str = "/api/collections/docs/documents";

fn one_at_a_time() -> ServerConfig {
    ServerConfig { max_concurrent_requests: 1, max_concurrent_ingests: 1, max_queued_requests: 0, ..impatient() }
}

#[tokio::test]
async fn questions_beyond_the_queue_are_refused_and_ingests_are_not() {
    let app = Arc::new(TestApp::with_documents(one_at_a_time()).await);
    let first = tokio::spawn({
        let app = app.clone();
        async move { app.post(SEARCH, json!({"query": "wait"})).await }
    });
    app.gate.reached_by(1).await;
    for (path, body) in [(SEARCH, json!({"query": "tea"})), ("/api/collections/docs/ask", json!({"question": "tea"}))] {
        let reply = app.post(path, body).await;
        let message = reply.error(429, "overloaded");
        assert!(message.contains("1 s"), "{message}");
        assert_eq!(reply.header("retry-after"), "1");
    }
    app.get("/healthz").await.ok();
    app.get(DOCUMENTS).await.ok();
    app.ingest(json!([{"source": "new", "text": "text"}])).await;

    app.gate.open();
    first.await.unwrap().ok();
    app.post(SEARCH, json!({"query": "tea"})).await.ok();
}

#[tokio::test]
async fn ingests_beyond_the_queue_are_refused_and_searches_are_not() {
    let app = Arc::new(TestApp::with_documents(one_at_a_time()).await);
    let first = tokio::spawn({
        let app = app.clone();
        async move { app.ingest(json!([{"source": "slow", "text": "wait"}])).await }
    });
    app.gate.reached_by(1).await;
    app.post(DOCUMENTS, json!({"documents": [{"source": "a", "text": "b"}]})).await.error(429, "overloaded");
    app.post(SEARCH, json!({"query": "tea"})).await.ok();
    app.gate.open();
    assert_eq!(first.await.unwrap()["indexed"], json!(1));
}

#[tokio::test]
async fn an_ingest_outlives_its_client() {
    let app = Arc::new(TestApp::with_documents(one_at_a_time()).await);
    let client = tokio::spawn({
        let app = app.clone();
        async move { app.ingest(json!([{"source": "slow", "text": "wait here"}])).await }
    });
    app.gate.reached_by(1).await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    app.gate.open();
    app.state.tasks.close();
    app.state.tasks.wait().await;
    assert_eq!(app.get("/api/collections/docs").await.ok()["documents"], json!(3));
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let app = TestApp::with_documents(ServerConfig { request_timeout: Duration::from_millis(200), ..one_at_a_time() }).await;
    let message = app.post(SEARCH, json!({"query": "wait"})).await.error(504, "timeout");
    assert_eq!(message, "no answer within 200 ms; `server.request_timeout` sets this limit");
    app.post(SEARCH, json!({"query": "tea"})).await.ok();
}
