//! Answers that need no model.

use ragstone_core::Hit;
use ragstone_core::testing::WordEmbedder;
use ragstone_generate::{AnswerEvent, AnswerMode, Answerer, GenerateConfig, NOTHING_FOUND, PromptConfig};

use crate::support::cassette::Cassette;
use crate::support::{Streamed, answerer, hit, model_at, ownership_hits, stream};

fn irrelevant(mut hit: Hit) -> Hit {
    hit.relevance.relevant = false;
    hit
}

#[tokio::test]
async fn without_a_relevant_hit_the_model_is_not_called() {
    let replay = Cassette::load("streamed").replay().await;
    let answerer = answerer(model_at(&replay.base_url));
    for hits in [Vec::new(), ownership_hits().into_iter().map(irrelevant).collect()] {
        let Streamed { deltas, end } = stream(&answerer, "What is ownership?", hits).await;
        let answer = end.expect("an answer");
        assert_eq!((deltas.as_str(), answer.text.as_str()), (NOTHING_FOUND, NOTHING_FOUND));
        assert_eq!((answer.mode, answer.grounded, answer.passages_given), (AnswerMode::NotFound, false, 0));
    }
    assert_eq!(replay.seen().requests, 0);
}

#[tokio::test]
async fn without_a_model_sentences_are_quoted() {
    let answerer = answerer(GenerateConfig::default());
    assert_eq!(answerer.model(), None);
    let hits = vec![irrelevant(hit("a.md", "Ownership is a word.")), ownership_hits().remove(0)];
    let answer = answerer.answer_whole("What is ownership?", hits).await.expect("an answer");
    assert_eq!(answer.mode, AnswerMode::Extractive);
    assert_eq!(answer.text, "Ownership is a set of rules that govern how a Rust program manages memory. [1]");
    assert_eq!((answer.grounded, answer.passages_given, answer.citations.len()), (true, 1, 1));
    assert_eq!(answer.citations[0].source, "book/ch04-01.md");
}

#[test]
fn wrong_settings_are_all_named() {
    let generate = GenerateConfig { model: Some("m".to_owned()), temperature: Some(9.0), ..GenerateConfig::default() };
    let prompt = PromptConfig { max_passages: 0, ..PromptConfig::default() };
    let error = Answerer::new(generate, prompt, std::sync::Arc::new(WordEmbedder::default())).err().expect("they are wrong").to_string();
    for key in ["generate.base_url", "generate.temperature", "prompt.max_passages"] {
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn events_have_a_stable_form() {
    let delta = AnswerEvent::Delta { text: "a".to_owned() };
    let json = serde_json::to_string(&delta).expect("serialisable");
    assert_eq!(json, r#"{"event":"delta","text":"a"}"#);
    assert_eq!(serde_json::from_str::<AnswerEvent>(&json).expect("readable"), delta);
}
