//! Order, batches, bounds, queries between passages, and calls that are given up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ragstone_core::{Embedder, ErrorKind};
use ragstone_embed::RemoteConfig;
use serde_json::json;

use super::server::{Answer, TestServer, connect, unit_of};
use crate::support::assert_close;

/// Texts of many lengths, each different.
fn texts(count: usize) -> Vec<String> {
    (0..count).map(|text| format!("{} {text}", "word ".repeat(1 + (text * 37) % 60))).collect()
}

fn assert_vectors_of(texts: &[String], vectors: &[Vec<f32>]) {
    assert_eq!(texts.len(), vectors.len());
    for (text, vector) in texts.iter().zip(vectors) {
        assert_close(vector, &unit_of(text), 1e-5);
    }
}

#[tokio::test]
async fn vectors_come_in_the_order_of_the_texts() {
    for set in [TestServer::openai, TestServer::tei] {
        // Later requests are answered sooner.
        let server = TestServer::start(|number, asked| asked.answer().after(60_u64.saturating_sub(number as u64 * 5))).await;
        let embedder = connect(set(&server)).await;
        let texts = texts(100);
        assert_vectors_of(&texts, &embedder.embed_passages(texts.clone()).await.unwrap());
        assert!(embedder.embed_passages(Vec::new()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn batches_keep_to_the_bounds_of_both_sides() {
    let server = TestServer::good().await;
    // The server takes 8 at most, as its `/info` says.
    let embedder = connect(RemoteConfig { batch_texts: 20, ..server.tei() }).await;
    embedder.embed_passages(texts(100)).await.unwrap();
    let embeds: Vec<_> = server.asked().into_iter().filter(|asked| asked.path == "/embed").collect();
    assert_eq!(embeds.iter().map(|asked| asked.texts().len()).max(), Some(8));
    assert_eq!(embeds.iter().map(|asked| asked.texts().len()).sum::<usize>(), 100);

    let server = TestServer::good().await;
    let embedder = connect(RemoteConfig { batch_tokens: 200, ..server.openai() }).await;
    embedder.embed_passages(texts(100)).await.unwrap();
    for asked in server.asked() {
        let tokens = asked.texts().iter().map(|text| embedder.count_tokens(text)).max().unwrap() * asked.texts().len();
        assert!(tokens <= 200, "{tokens}");
    }
}

#[tokio::test]
async fn all_callers_together_keep_to_the_number_of_requests() {
    let server = TestServer::start(|_, asked| asked.answer().after(30)).await;
    let embedder = Arc::new(connect(RemoteConfig { batch_texts: 1, concurrent_requests: 3, ..server.openai() }).await);
    let calls = (0..4).map(|_| {
        let embedder = Arc::clone(&embedder);
        async move { embedder.embed_passages(texts(6)).await.unwrap() }
    });
    futures::future::join_all(calls).await;
    assert_eq!((server.asked().len(), server.most_at_once()), (24, 3));
}

#[tokio::test]
async fn a_query_does_not_wait_for_passages() {
    let server = TestServer::start(|_, asked| asked.answer().after(if asked.texts().len() > 1 { 1_500 } else { 0 })).await;
    let embedder = Arc::new(connect(RemoteConfig { batch_texts: 2, concurrent_requests: 1, ..server.openai() }).await);
    let ingest = tokio::spawn({
        let embedder = Arc::clone(&embedder);
        async move { embedder.embed_passages(texts(40)).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let asked = Instant::now();
    assert_close(&embedder.embed_query("how long?").await.unwrap(), &unit_of("how long?"), 1e-5);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    ingest.abort();
}

#[tokio::test]
async fn a_call_that_is_given_up_gives_its_requests_up() {
    let server = TestServer::start(|_, asked| asked.answer().after(if asked.texts().len() > 1 { 60_000 } else { 0 })).await;
    let embedder = Arc::new(connect(RemoteConfig { batch_texts: 2, concurrent_requests: 2, ..server.openai() }).await);
    let call = tokio::spawn({
        let embedder = Arc::clone(&embedder);
        async move { embedder.embed_passages(texts(40)).await }
    });
    wait_until(|| server.under_way() == 2).await;
    call.abort();
    wait_until(|| server.under_way() == 0).await;
    assert_eq!(server.asked().len(), 2);
    // The permits are free again.
    embedder.embed_passages(vec!["one".into()]).await.unwrap();
}

async fn wait_until(condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it has not come to that in 5 s");
}

#[tokio::test]
async fn what_is_too_large_is_sent_in_parts() {
    for refusal in [
        Answer::text(413, include_str!("../../fixtures/remote/tei_error.json")),
        Answer::of(
            400,
            &json!({"error": {"message": "Requested 400000 tokens, max 300000 tokens per request", "code": "max_tokens_per_request"}}),
        ),
    ] {
        let server = TestServer::start(move |_, asked| if asked.texts().len() > 3 { refusal.clone() } else { asked.answer() }).await;
        let embedder = connect(server.openai()).await;
        let texts = texts(40);
        assert_vectors_of(&texts, &embedder.embed_passages(texts.clone()).await.unwrap());
    }
}

#[tokio::test]
async fn one_text_that_is_too_large_is_an_error() {
    let refusal = Answer::text(413, "length limit exceeded");
    let server =
        TestServer::start(move |_, asked| if asked.texts().iter().any(|text| text == "long") { refusal.clone() } else { asked.answer() })
            .await;
    let embedder = connect(server.openai()).await;
    let error = embedder.embed_passages(vec!["short".into(), "long".into(), "short".into()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().ends_with("length limit exceeded; lower `embed.remote.max_tokens`, or raise the server's limit"), "{error}");
}

#[tokio::test]
async fn requests_keep_to_a_pace() {
    let server = TestServer::good().await;
    let embedder = connect(RemoteConfig { batch_texts: 1, requests_per_minute: 660, ..server.openai() }).await;
    embedder.embed_passages(texts(6)).await.unwrap();
    let asked = server.asked();
    let took = asked.last().unwrap().at - asked.first().unwrap().at;
    assert!((Duration::from_millis(480)..Duration::from_secs(5)).contains(&took), "{took:?}");
}
