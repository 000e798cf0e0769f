//! Servers that are full, slow, broken, or gone; and the key.

use std::time::{Duration, Instant};

use ragstone_core::{Embedder, ErrorKind};
use ragstone_embed::{RemoteConfig, RemoteError};
use serde_json::json;

use super::server::{Answer, TestServer, connect, try_connect, unit_of};
use crate::support::assert_close;

const KEY: &str = "sk-very-secret";

fn full() -> Answer {
    Answer::of(429, &json!({"error": "Model is overloaded", "error_type": "Overloaded"}))
}

/// Embeds a passage with a server that fails so often first; returns how often it was asked.
async fn check_recovers(failures: usize, failure: Answer) -> usize {
    let server = TestServer::failing_first(failures, failure).await;
    let embedder = connect(RemoteConfig { timeout: Duration::from_millis(500), ..server.openai() }).await;
    let vectors = embedder.embed_passages(vec!["stone".into()]).await.unwrap();
    assert_close(&vectors[0], &unit_of("stone"), 1e-5);
    server.asked().len()
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_again() {
    assert_eq!(check_recovers(4, full()).await, 5);
    assert_eq!(check_recovers(2, Answer::text(503, "loading")).await, 3);
    assert_eq!(check_recovers(1, Answer::text(502, "<html>bad gateway</html>")).await, 2);
    assert_eq!(check_recovers(1, Answer::of(424, &json!({"error": "Inference failed", "error_type": "Backend"}))).await, 2);
    assert_eq!(check_recovers(1, Answer::text(200, "too late").after(5_000)).await, 2);
    assert_eq!(check_recovers(1, Answer::text(200, "[[0.1, 0.2]]").cut()).await, 2);
}

#[tokio::test]
async fn the_server_says_when_to_come_back() {
    let server = TestServer::failing_first(1, full().with("retry-after", "1")).await;
    let embedder = connect(server.openai()).await;
    embedder.embed_passages(vec!["stone".into()]).await.unwrap();
    let asked = server.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(1));

    // Nobody waits for an hour.
    let server = TestServer::failing_first(1, full().with("retry-after", "3600")).await;
    let embedder = connect(server.openai()).await;
    let error = embedder.embed_passages(vec!["stone".into()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert_eq!(error.to_string(), format!("`{}` is overloaded (429): Model is overloaded; it asks to wait 3600 s", server.url));
}

#[tokio::test]
async fn tries_are_bounded() {
    let server = TestServer::failing_first(1_000, full()).await;
    let embedder = connect(RemoteConfig { attempts: 3, ..server.openai() }).await;
    assert_eq!(embedder.embed_passages(vec!["stone".into()]).await.unwrap_err().kind(), ErrorKind::Overloaded);
    assert_eq!(server.asked().len(), 3);
    embedder.embed_query("stone").await.unwrap_err();
    assert_eq!(server.asked().len(), 5, "a query is sent twice");
}

#[tokio::test]
async fn a_query_has_its_time_for_all_its_tries() {
    let server = TestServer::start(|_, asked| asked.answer().after(60_000)).await;
    let embedder = connect(RemoteConfig { timeout: Duration::from_millis(300), ..server.openai() }).await;
    let begun = Instant::now();
    let error = embedder.embed_query("stone").await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let expected = format!("`{}` did not answer within 0.3 s; see whether it is overloaded, or raise `embed.remote.timeout`", server.url);
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let server = TestServer::good().await;
    let config = RemoteConfig { attempts: 2, dimension: None, ..server.openai() };
    let url = server.url.clone();
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = try_connect(config, None).await.err().unwrap().to_string();
    assert!(error.starts_with(&format!("no connection to `{url}`: ")), "{error}");
    assert!(error.ends_with("check `embed.remote.url` and that the server runs"), "{error}");
}

/// Refused at once, with the server's words.
async fn check_refused(status: u16, body: &str, kind: ErrorKind, expected: &str) {
    let refusal = Answer::text(status, body);
    let server = TestServer::start(move |_, _| refusal.clone()).await;
    let embedder = connect(server.openai()).await;
    let error = embedder.embed_passages(vec!["stone".into()]).await.unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (kind, expected.replace("URL", &server.url)));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_is_refused_is_not_sent_again() {
    let missing =
        "`URL/embeddings` does not have what was asked for (404): model `small` not found; check `embed.remote.url`, `api` and `model`";
    check_refused(404, r#"{"error":{"message":"model `small` not found"}}"#, ErrorKind::Unavailable, missing).await;
    let refused = "`URL` refuses the request (422): unknown field; check `embed.remote.api`, `model` and `max_tokens`";
    check_refused(422, r#"{"detail":"unknown field"}"#, ErrorKind::Unavailable, refused).await;
    let unauthorized = "`URL` does not accept the key (401): no; set `RAGSTONE_EMBED_API_KEY`";
    check_refused(401, r#"{"message":"no"}"#, ErrorKind::Unavailable, unauthorized).await;
    let long = "x".repeat(100_000);
    let shortened = format!("`URL` refuses the request (400): {}…; check `embed.remote.api`, `model` and `max_tokens`", "x".repeat(200));
    check_refused(400, &long, ErrorKind::Unavailable, &shortened).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = TestServer::start(|_, _| Answer::text(308, "").with("location", "http://example.com/embeddings")).await;
    let embedder = connect(server.openai()).await;
    let error = embedder.embed_query("stone").await.unwrap_err().to_string();
    assert!(error.contains("refuses the request (308): moved to http://example.com/embeddings"), "{error}");
}

#[tokio::test]
async fn the_key_is_sent_and_never_told() {
    let server = TestServer::start(|_, asked| match asked.authorization.as_deref() {
        Some("Bearer sk-very-secret") => asked.answer(),
        _ => Answer::text(401, "no key"),
    });
    let server = server.await;
    let embedder = try_connect(RemoteConfig { dimension: None, ..server.openai() }, Some(KEY)).await.unwrap();
    embedder.embed_query("stone").await.unwrap();
    assert!(!format!("{embedder:?}").contains(KEY));
    assert!(try_connect(RemoteConfig { dimension: None, ..server.openai() }, None).await.is_err());

    for (status, body) in [(401, format!("wrong key {KEY}")), (500, format!("{{\"error\":\"{KEY}\"}}")), (200, format!("Bearer {KEY}"))] {
        let answer = Answer::text(status, &body);
        let server = TestServer::start(move |_, _| answer.clone()).await;
        let embedder = try_connect(server.openai(), Some(KEY)).await.unwrap();
        let error = embedder.embed_query("stone").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
        assert!(error.to_string().contains("[key]"), "{error}");
    }
}

#[tokio::test]
async fn the_key_does_not_cross_a_network_in_the_clear() {
    let server = TestServer::good().await;
    let elsewhere = RemoteConfig { url: "http://gpu.example:8080".into(), ..server.openai() };
    let error = try_connect(elsewhere.clone(), Some(KEY)).await.err().unwrap().to_string();
    let expected = "`RAGSTONE_EMBED_API_KEY` is not sent in the clear to `http://gpu.example:8080`; use https, or set `embed.remote.key_over_http` where the network can be trusted";
    assert_eq!(error, expected);
    assert!(try_connect(RemoteConfig { key_over_http: true, ..elsewhere.clone() }, Some(KEY)).await.is_ok());
    assert!(try_connect(elsewhere, None).await.is_ok(), "without a key there is nothing to tell");

    let error = try_connect(server.openai(), Some("two\nlines")).await.err().unwrap();
    assert!(matches!(error, ragstone_embed::EmbedError::Remote(RemoteError::Key)), "{error}");
}
