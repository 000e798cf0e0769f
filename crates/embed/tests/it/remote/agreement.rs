//! The same model on a server and here: what it is taken for, and that its vectors are the same.

use std::path::PathBuf;
use std::sync::Arc;

use ragstone_core::{Embedder, Pooling};
use ragstone_embed::{DEFAULT_MODEL, EmbedConfig, RemoteApi, RemoteConfig, RemoteEmbedder};
use serde_json::json;

use super::server::{Answer, TestServer, connect, info, try_connect};
use crate::support::{assert_close, default_model, located, runtime_folder};

/// The variable with the address of a real server that serves the default model; `…_API` and `…_MODEL` go with it.
const PEER: &str = "RAGSTONE_TEST_EMBED_URL";

fn model_folder() -> PathBuf {
    located().model_dir
}

/// The local model behind both protocols.
async fn server_of_the_local_model() -> TestServer {
    let embedder = Arc::new(default_model(&EmbedConfig::default()));
    TestServer::start(move |_, asked| {
        let (embedder, texts, tei) = (Arc::clone(&embedder), asked.texts(), asked.path == "/embed");
        if asked.path == "/info" {
            let mut said = info();
            (said["model_id"], said["max_input_length"]) = (json!("sentence-transformers/all-MiniLM-L6-v2"), json!(512));
            return Answer::of(200, &said);
        }
        let embedding = || tokio::runtime::Handle::current().block_on(embedder.embed_passages(texts));
        let vectors = tokio::task::block_in_place(embedding).unwrap();
        if tei {
            return Answer::of(200, &json!(vectors));
        }
        let data = vectors.iter().enumerate().map(|(index, vector)| json!({"index": index, "embedding": vector}));
        Answer::of(200, &json!({"data": data.collect::<Vec<_>>()}))
    })
    .await
}

fn texts() -> Vec<String> {
    let mut texts: Vec<String> =
        ["The cat sits on the mat.", "Grüße aus Köln", "知识库是什么？", "2024-11-24, 42 %!", "x"].map(str::to_owned).into();
    texts.extend((1..60).step_by(9).map(|words| "an unbelievably long ledger of antidisestablishmentarianism, ".repeat(words)));
    texts
}

fn of_the_default_model(server: &TestServer) -> RemoteConfig {
    RemoteConfig { dimension: None, same_as: Some(model_folder()), ..server.openai() }
}

async fn assert_agrees(remote: &RemoteEmbedder) {
    let local = default_model(&EmbedConfig::default());
    let (here, there) = (local.embed_passages(texts()).await.unwrap(), remote.embed_passages(texts()).await.unwrap());
    for (here, there) in here.iter().zip(&there) {
        assert_close(here, there, 1e-4);
    }
    let question = "how is a citation checked?";
    assert_close(&local.embed_query(question).await.unwrap(), &remote.embed_query(question).await.unwrap(), 1e-4);
    remote.check_against(&local).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_weights_count_as_the_same_model() {
    let server = server_of_the_local_model().await;
    let local = default_model(&EmbedConfig::default());
    for api in [RemoteApi::OpenAi, RemoteApi::Tei] {
        let model = (api == RemoteApi::OpenAi).then(|| "minilm".to_owned());
        let remote = connect(RemoteConfig { api, model, ..of_the_default_model(&server) }).await;
        assert_eq!(remote.spec(), local.spec());
        assert_eq!(remote.similarity_threshold(), local.similarity_threshold());
        for text in texts() {
            assert_eq!(
                (remote.count_tokens(&text), remote.readable_share(&text)),
                (local.count_tokens(&text), local.readable_share(&text))
            );
        }
        assert_agrees(&remote).await;
        // What the model does not read is not sent.
        let longest = server.asked().iter().flat_map(|asked| asked.texts()).map(|text| remote.count_tokens(&text)).max();
        assert_eq!(longest, Some(254));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_weights_are_found_out() {
    let server = TestServer::start(|_, asked| {
        let vectors: Vec<Vec<f32>> =
            asked.texts().iter().map(|text| (0..384).map(|at| ((text.len() + at) as f32).sin()).collect()).collect();
        Answer::of(200, &json!({"data": vectors.iter().map(|vector| json!({"embedding": vector})).collect::<Vec<_>>()}))
    })
    .await;
    let remote = connect(of_the_default_model(&server)).await;
    let error = remote.check_against(&default_model(&EmbedConfig::default())).await.unwrap_err().to_string();
    assert!(
        error.contains("and model `all-MiniLM-L6-v2` on this machine give different vectors for the same text (similarity "),
        "{error}"
    );
}

#[tokio::test]
async fn without_a_folder_a_server_has_a_model_of_its_own() {
    let server = TestServer::good().await;
    let remote = connect(RemoteConfig { dimension: None, ..server.tei() }).await;
    let spec = remote.spec();
    assert_eq!((spec.model.as_str(), spec.revision.as_str()), ("thenlper/gte-base", "fca14538aa9956a46526bd1d0d11d69e19b5a101"));
    assert_eq!((spec.dimension, spec.pooling, spec.max_tokens), (4, Pooling::Mean, 512));
    // The registry knows the last part of the name.
    assert_eq!((remote.similarity_threshold(), remote.readable_share("知识库")), (0.8, 0.0));

    let remote = connect(server.openai()).await;
    let spec = remote.spec();
    assert_eq!((spec.model.as_str(), spec.revision.as_str(), spec.pooling, spec.max_tokens), ("small", "remote", Pooling::Remote, 512));
    assert_eq!((remote.similarity_threshold(), remote.readable_share("知识库")), (0.5, 1.0));
    assert!(server.asked().iter().all(|asked| asked.path != "/embeddings"), "an openai server whose dimension is known is not asked");
}

#[tokio::test]
async fn prefixes_are_put_before_texts() {
    let server = TestServer::good().await;
    let remote = connect(RemoteConfig { model: Some("intfloat/e5-base-v2".into()), ..server.openai() }).await;
    remote.embed_query("stone").await.unwrap();
    remote.embed_passages(vec!["stone".into()]).await.unwrap();
    let own = RemoteConfig { query_prefix: Some("ask: ".into()), passage_prefix: Some(String::new()), ..server.openai() };
    let remote = connect(own).await;
    remote.embed_query("stone").await.unwrap();
    remote.embed_passages(vec!["stone".into()]).await.unwrap();
    let sent: Vec<String> = server.asked().iter().flat_map(|asked| asked.texts()).collect();
    assert_eq!(sent, ["query: stone", "passage: stone", "ask: stone", "stone"]);
}

#[tokio::test]
async fn without_a_tokenizer_long_texts_are_cut_by_estimate() {
    let server = TestServer::good().await;
    let remote = connect(RemoteConfig { max_tokens: Some(100), ..server.openai() }).await;
    remote.embed_passages(vec!["some words in a row ".repeat(1_000_000), "知识库是什么".repeat(500_000)]).await.unwrap();
    for text in server.asked().iter().flat_map(|asked| asked.texts()) {
        assert_eq!(remote.count_tokens(&text), 98, "{text}");
    }
}

#[tokio::test]
async fn a_tokenizer_that_is_not_one_is_named() {
    let server = TestServer::good().await;
    let missing = RemoteConfig { tokenizer: Some("/nowhere/tokenizer.json".into()), ..server.openai() };
    let error = try_connect(missing, None).await.err().unwrap().to_string();
    assert_eq!(error, "cannot read `/nowhere/tokenizer.json`; check that it is there and may be read");
    let wrong = RemoteConfig { tokenizer: Some(model_folder().join("config.json")), ..server.openai() };
    let error = try_connect(wrong, None).await.err().unwrap().to_string();
    assert!(error.contains("is not a tokenizer that can be used"), "{error}");
    let folder = RemoteConfig { tokenizer: Some(runtime_folder().join("models").join(DEFAULT_MODEL)), ..server.openai() };
    assert_eq!(connect(folder).await.count_tokens("unbelievable"), 1);
}

/// Against a server that somebody else wrote, with the default model in it.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "what is skipped says so")]
async fn a_real_server_gives_the_vectors_of_the_same_model_here() {
    let Ok(url) = std::env::var(PEER) else {
        eprintln!("skipped: {PEER} names no server that serves {DEFAULT_MODEL}");
        return;
    };
    let api = if std::env::var("RAGSTONE_TEST_EMBED_API").as_deref() == Ok("tei") { RemoteApi::Tei } else { RemoteApi::OpenAi };
    let model = std::env::var("RAGSTONE_TEST_EMBED_MODEL").ok();
    let config = RemoteConfig { url, api, model, same_as: Some(model_folder()), ..RemoteConfig::default() };
    assert_agrees(&connect(config).await).await;
}
