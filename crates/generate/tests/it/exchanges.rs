//! Recorded exchanges: the request must be the recorded one, the answer follows from the recorded response.

use std::sync::Arc;

use bytesize::ByteSize;
use ragstone_core::testing::WordEmbedder;
use ragstone_generate::{Answer, AnswerMode, Answerer, GenerateConfig, PromptConfig, Usage};
use secrecy::SecretString;

use crate::support::cassette::{Cassette, Seen};
use crate::support::{Streamed, answerer, model_at, ownership_hits, stream};

/// Replays a cassette for the settings that it was recorded with.
async fn replay(name: &str, settings: impl FnOnce(GenerateConfig) -> GenerateConfig) -> (Answer, Seen) {
    let replay = Cassette::load(name).replay().await;
    let Streamed { deltas, end } = stream(&answerer(settings(model_at(&replay.base_url))), "What is ownership?", ownership_hits()).await;
    let seen = replay.seen();
    assert!(seen.differences.is_empty(), "{}", seen.differences.join("\n"));
    let answer = end.expect("an answer");
    assert_eq!(deltas, answer.text, "the deltas are the text");
    (answer, seen)
}

#[tokio::test]
async fn a_streamed_answer() {
    let (answer, seen) = replay("streamed", |config| config).await;
    assert_eq!(answer.text, "Ownership is a set of rules that govern how a Rust program manages memory [1]. References borrow [2].");
    assert_eq!(answer.mode, AnswerMode::Generated);
    assert!(answer.grounded);
    assert_eq!(answer.removed_citations, ["[5]"]);
    assert_eq!((answer.passages_given, answer.model.as_deref()), (2, Some("small-model")));
    assert_eq!(answer.finish_reason.as_deref(), Some("stop"));
    assert_eq!(answer.usage, Some(Usage { prompt_tokens: 212, completion_tokens: 24 }));
    let numbers: Vec<usize> = answer.citations.iter().map(|citation| citation.number).collect();
    assert_eq!(numbers, [1, 2]);
    let first = &answer.citations[0];
    assert_eq!((first.source.as_str(), first.title.as_str()), ("book/ch04-01.md", "Title of book/ch04-01.md"));
    assert_eq!((first.span.start, first.span.len()), (100, first.quote.len()));
    assert!(!seen.headers.contains_key("authorization"), "there is no key to send");
}

#[tokio::test]
async fn every_parameter_is_sent() {
    let key = SecretString::from("not-a-real-key");
    let (answer, seen) = replay("all_parameters", |config| GenerateConfig {
        api_key: Some(key),
        temperature: Some(0.5),
        max_tokens: Some(64),
        top_p: Some(0.25),
        seed: Some(7),
        stop: vec!["END".to_owned()],
        frequency_penalty: Some(0.5),
        presence_penalty: Some(-0.5),
        ..config
    })
    .await;
    assert_eq!(answer.finish_reason.as_deref(), Some("length"));
    assert_eq!(seen.headers["authorization"], "Bearer not-a-real-key");
}

#[tokio::test]
async fn a_server_that_does_not_stream() {
    let (answer, _) = replay("not_streamed", |config| config).await;
    assert_eq!(answer.text, "Ownership is a set of rules [1].");
    assert_eq!(answer.usage, Some(Usage { prompt_tokens: 212, completion_tokens: 9 }));
}

#[tokio::test]
async fn a_model_that_thinks_aloud() {
    let (answer, _) = replay("reasoning", |config| config).await;
    assert_eq!(answer.text, "Ownership is a set of rules [1].");
}

#[tokio::test]
async fn an_answer_without_citations_is_not_grounded() {
    let (answer, _) = replay("ungrounded", |config| config).await;
    assert_eq!((answer.mode, answer.grounded, answer.citations.len()), (AnswerMode::Generated, false, 0));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_cut_off() {
    let (answer, _) = replay("streamed", |config| GenerateConfig { max_answer_bytes: ByteSize::b(20), ..config }).await;
    assert_eq!(answer.text, "Ownership is a set o");
    assert_eq!(answer.finish_reason.as_deref(), Some("max_answer_bytes"));
}

#[tokio::test]
async fn the_probe_says_what_the_server_has() {
    let listing = r#"{"object":"list","data":[{"id":"small-model:latest"},{"id":"other"}]}"#;
    let replay = Cassette::answering(200, "application/json", listing).for_request("GET", "/v1/models").replay().await;
    let report = answerer(model_at(&replay.base_url)).probe().await.expect("it answers").expect("a model is configured");
    assert_eq!(report.models, ["small-model:latest", "other"]);
    assert_eq!(report.has_model, Some(true));
    let other = GenerateConfig { model: Some("third".to_owned()), ..model_at(&replay.base_url) };
    assert_eq!(answerer(other).probe().await.expect("it answers").expect("a model is configured").has_model, Some(false));

    let unlisted = Cassette::answering(404, "text/plain", "not found").for_request("GET", "/v1/models").replay().await;
    let report = answerer(model_at(&unlisted.base_url)).probe().await.expect("it answers").expect("a model is configured");
    assert_eq!(report.has_model, None);

    let error = answerer(model_at("http://127.0.0.1:9/v1")).probe().await.expect_err("nobody is there");
    assert!(error.to_string().contains("is the server running"), "{error}");
    assert_eq!(answerer(GenerateConfig::default()).probe().await.expect("nothing to ask"), None);
}

#[test]
fn a_key_that_cannot_be_sent_is_refused_and_not_repeated() {
    let config = GenerateConfig { api_key: Some(SecretString::from("two\nlines")), ..model_at("http://127.0.0.1:9/v1") };
    let error = Answerer::new(config, PromptConfig::default(), Arc::new(WordEmbedder::default())).err().expect("it is wrong");
    assert!(error.to_string().contains("RAGSTONE_GENERATE_API_KEY") && !error.to_string().contains("lines"), "{error}");
}

#[test]
fn no_cassette_holds_a_secret() {
    let mut cassettes = 0;
    for entry in fs_err::read_dir(Cassette::folder()).expect("the folder is there") {
        let text = fs_err::read_to_string(entry.expect("an entry").path()).expect("a text file").to_lowercase();
        for sign in ["authorization", "bearer", "api_key", "api-key", "x-api", "cookie", "\"sk-", "org-", "@", "/home/", "/users/"] {
            assert!(!text.contains(sign), "a cassette contains `{sign}`");
        }
        cassettes += 1;
    }
    assert!(cassettes >= 5, "there are only {cassettes} cassettes");
}
