//! Replies that are not what was asked for.

use ragstone_core::{Embedder, ErrorKind};
use ragstone_embed::{RemoteApi, RemoteConfig};
use serde_json::{Value, json};

use super::server::{Answer, DIMENSION, TestServer, connect, info, try_connect};

/// Asks for two vectors and gets this; the error begins with the server and goes on so.
async fn check(api: RemoteApi, body: &str, expected: &str) {
    let body = body.to_owned();
    let server = TestServer::start(move |_, asked| if asked.path == "/info" { asked.answer() } else { Answer::text(200, &body) }).await;
    let embedder = connect(if api == RemoteApi::Tei { server.tei() } else { server.openai() }).await;
    let error = embedder.embed_passages(vec!["one".into(), "two".into()]).await.unwrap_err();
    let path = if api == RemoteApi::Tei { "/embed" } else { "/embeddings" };
    let message = error.to_string();
    assert!(message.starts_with(&format!("`{}{path}` {expected}", server.url)), "{message}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

async fn check_openai(data: Value, expected: &str) {
    check(RemoteApi::OpenAi, &json!({"object": "list", "data": data}).to_string(), expected).await;
}

#[tokio::test]
async fn wrong_counts_and_indices() {
    let vector = [1.0; DIMENSION];
    let numbered = |index: usize| json!({"index": index, "embedding": vector});
    let expected = "sends 1 vectors for 2 texts; see whether a proxy is in between, or lower `embed.remote.batch_texts`";
    check_openai(json!([numbered(0)]), expected).await;
    check(RemoteApi::Tei, &json!([vector]).to_string(), expected).await;
    check(RemoteApi::Tei, "[]", "sends 0 vectors for 2 texts").await;
    check(RemoteApi::Tei, &json!([vector, vector, vector]).to_string(), "sends 3 vectors for 2 texts").await;
    check_openai(json!([numbered(0), numbered(0)]), "numbers its vectors wrongly: no text, or another vector too, belongs to index 0 of 2")
        .await;
    check_openai(json!([numbered(0), numbered(2)]), "numbers its vectors wrongly: no text, or another vector too, belongs to index 2 of 2")
        .await;
    let unnumbered = json!({"embedding": vector});
    check_openai(json!([numbered(0), unnumbered]), "numbers its vectors wrongly").await;
}

#[tokio::test]
async fn wrong_vectors() {
    let expected = "sends a vector of 3 numbers, its model has 4; see whether it serves the same model still";
    check(RemoteApi::Tei, "[[1,2,3,4],[1,2,3]]", expected).await;
    let unusable = "sends a vector that is not usable (not a number, infinite, or all zeros)";
    for numbers in ["[NaN,1,1,1]", "[Infinity,1,1,1]", "[0,0,0,0]", "[0.0,-0.0,0,0]"] {
        check(RemoteApi::Tei, &format!("[[1,2,3,4],{numbers}]"), unusable).await;
    }
    check(RemoteApi::Tei, "[[1,2,3,4],[null,1,1,1]]", "sends what is no reply of this kind (invalid type: null").await;
    check(RemoteApi::Tei, "[[1,2,3,4],[1e999,1,1,1]]", "sends what is no reply of this kind (number out of range").await;
    check(RemoteApi::Tei, "[[1,2,3,4],[1e39,1,1,1]]", unusable).await;
    let encoded = |text: &str| json!([{"index": 0, "embedding": text}, {"index": 1, "embedding": text}]);
    check_openai(encoded("not base64!"), "sends what is no reply of this kind (Invalid symbol").await;
    check_openai(encoded("AAAA"), "sends what is no reply of this kind (the bytes are not those of 32-bit numbers)").await;
    check_openai(encoded("AADAfwAAwH8AAMB/AADAfw=="), unusable).await;
}

#[tokio::test]
async fn no_json_or_another_protocol() {
    let remedy = "check `embed.remote.url` and `embed.remote.api`";
    for body in ["", "<!DOCTYPE html>\n<html><body>Welcome to nginx!</body></html>", "[[1,2,3,4]", "\u{FEFF}[]", "\"word\""] {
        check(RemoteApi::Tei, body, "sends what is no reply of this kind (").await;
    }
    check(RemoteApi::OpenAi, "[[1,2,3,4],[1,2,3,4]]", "sends what is no reply of this kind (").await;
    let server = TestServer::start(|_, _| Answer::text(200, "<html> Welcome </html>")).await;
    let error = try_connect(server.tei(), None).await.err().unwrap().to_string();
    let expected = "/info` sends what is no reply of this kind (expected value at line 1 column 1): <html> Welcome </html>; ";
    assert_eq!(error, format!("`{}{expected}{remedy}", server.url));
}

#[tokio::test]
async fn a_reply_that_does_not_end_is_not_read_to_its_end() {
    let endless = format!("[{}", " ".repeat(10_000_000));
    check(RemoteApi::Tei, &endless, "sends more than ").await;
    let cut = Answer::text(200, &endless).cut();
    let server = TestServer::start(move |_, _| cut.clone()).await;
    let error = connect(server.openai()).await.embed_query("word").await.unwrap_err().to_string();
    assert!(error.contains("sends more than 65792 bytes"), "{error}");
}

/// Connects to a server that says this of itself.
async fn check_info(change: impl Fn(&mut Value), set: fn(RemoteConfig) -> RemoteConfig, expected: &str) {
    let mut said = info();
    change(&mut said);
    let server = TestServer::start(move |_, asked| if asked.path == "/info" { Answer::of(200, &said) } else { asked.answer() }).await;
    let error = try_connect(set(server.tei()), None).await.err().unwrap().to_string();
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn a_server_of_another_model_is_refused() {
    let named = |config| RemoteConfig { model: Some("BAAI/bge-m3".into()), ..config };
    check_info(|_| (), named, "serves `thenlper/gte-base`, `embed.remote.model` is `BAAI/bge-m3`; set the one or start the other").await;
    let reranker = json!({"reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}});
    check_info(|info| info["model_type"] = reranker.clone(), |config| config, "serves `thenlper/gte-base`, which is no embedding model")
        .await;
    let long = |config| RemoteConfig { max_tokens: Some(513), ..config };
    check_info(|_| (), long, "`embed.remote.max_tokens` is 513, ").await;
    check_info(|info| *info = json!({"models": []}), |config| config, "missing field `model_id`").await;
}

#[tokio::test]
async fn settings_are_checked_again() {
    let server = TestServer::good().await;
    let error = try_connect(RemoteConfig { batch_texts: 0, attempts: 0, ..server.openai() }, None).await.err().unwrap();
    let expected = "`embed.remote.batch_texts` is 0: it must be from 1 to 4096\n`embed.remote.attempts` is 0: it must be from 1 to 20";
    assert_eq!(error.to_string(), expected);
    let error = ragstone_embed::RemoteEmbedder::connect(&Default::default(), None).await.err().unwrap();
    assert!(error.to_string().contains("`[embed.remote]`"), "{error}");
}
