//! Requests and replies in the shapes that both projects document; the values are ours.

use ragstone_core::Embedder;
use ragstone_embed::{RemoteConfig, RemoteEncoding};
use serde_json::Value;

use super::server::{Answer, TestServer, connect};
use crate::support::assert_close;

const TEXTS: [&str; 2] = ["What is deep learning?", "deep learning"];

/// Embeds the two texts with a server that gives this reply, and compares the request.
async fn check(reply: &'static str, request: &str, set: fn(&TestServer) -> RemoteConfig) {
    let info = include_str!("../../fixtures/remote/tei_info.json");
    let server = TestServer::start(move |_, asked| Answer::text(200, if asked.path == "/info" { info } else { reply })).await;
    let embedder = connect(set(&server)).await;
    let vectors = embedder.embed_passages(TEXTS.map(str::to_owned).into()).await.unwrap();
    assert_close(&vectors[0], &[0.6, -0.8, 0.0, 0.0], 1e-6);
    assert_close(&vectors[1], &[0.0, 0.0, 1.0, 0.0], 1e-6);

    let expected: Value = serde_json::from_str(request).unwrap();
    assert_eq!(server.asked().last().unwrap().body, expected);
}

fn openai(server: &TestServer) -> RemoteConfig {
    RemoteConfig { model: Some("text-embedding-3-small".into()), ..server.openai() }
}

#[tokio::test]
async fn openai_with_numbers() {
    let request = include_str!("../../fixtures/remote/openai_request.json");
    check(include_str!("../../fixtures/remote/openai_reply.json"), request, openai).await;
}

#[tokio::test]
async fn openai_with_base64() {
    let request = include_str!("../../fixtures/remote/openai_request.json").replace("float", "base64");
    let set = |server: &TestServer| RemoteConfig { encoding: RemoteEncoding::Base64, ..openai(server) };
    check(include_str!("../../fixtures/remote/openai_reply_base64.json"), &request, set).await;
    // A server that does not know the wish sends numbers all the same.
    check(include_str!("../../fixtures/remote/openai_reply.json"), &request, set).await;
}

#[tokio::test]
async fn text_embeddings_inference() {
    let request = include_str!("../../fixtures/remote/tei_request.json");
    check(include_str!("../../fixtures/remote/tei_reply.json"), request, TestServer::tei).await;
}

/// What a server says when it refuses is quoted.
async fn check_refusal(status: u16, body: &'static str, expected: &str) {
    let server = TestServer::start(move |_, _| Answer::text(status, body)).await;
    let embedder = connect(server.openai()).await;
    let error = embedder.embed_query("word").await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn refusals_are_quoted() {
    check_refusal(400, include_str!("../../fixtures/remote/openai_error.json"), "maximum context length is 8192 tokens").await;
    check_refusal(413, include_str!("../../fixtures/remote/tei_error.json"), "batch size 64 > maximum allowed batch size 32").await;
}
