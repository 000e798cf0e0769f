//! What is done where the documents do not answer.

use ragstone_core::Hit;
use ragstone_generate::{Answer, AnswerMode, GenerateConfig, NOT_FROM_DOCUMENTS, NOTHING_FOUND, Policy, Question};

use crate::support::cassette::Cassette;
use crate::support::{Streamed, answerer, model_at, ownership_hits, stream};

fn irrelevant() -> Vec<Hit> {
    let mut hits = ownership_hits();
    hits.iter_mut().for_each(|hit| hit.relevance.relevant = false);
    hits
}

/// The answer of a model that says this, and how often it was asked.
async fn answer(policy: Policy, hits: Vec<Hit>, says: &str) -> (Answer, usize) {
    let body = serde_json::json!({ "choices": [{ "message": { "content": says }, "finish_reason": "stop" }] }).to_string();
    let replay = Cassette::answering(200, "application/json", &body).replay().await;
    let config = GenerateConfig { policy, ..model_at(&replay.base_url) };
    let Streamed { deltas, end } = stream(&answerer(config), "What is ownership?", hits).await;
    let answer = end.expect("an answer");
    assert_eq!(deltas, answer.text);
    (answer, replay.seen().requests)
}

#[tokio::test]
async fn strict_asks_no_model_without_a_passage() {
    let (found, requests) = answer(Policy::Strict, irrelevant(), "I know.").await;
    assert_eq!((found.mode, found.text.as_str(), requests), (AnswerMode::NotFound, NOTHING_FOUND, 0));
}

#[tokio::test]
async fn prefer_corpus_says_that_an_answer_is_not_from_the_documents() {
    let (found, requests) = answer(Policy::PreferCorpus, irrelevant(), "Ownership is a right [1].").await;
    assert_eq!(found.text, format!("{NOT_FROM_DOCUMENTS}\n\nOwnership is a right."));
    assert_eq!((found.mode, found.grounded, found.passages_given, requests), (AnswerMode::OwnKnowledge, false, 0, 1));
    assert_eq!((found.citations.len(), found.removed_citations), (0, vec!["[1]".to_owned()]));

    let (found, _) = answer(Policy::PreferCorpus, ownership_hits(), "Ownership is a set of rules [1].").await;
    assert_eq!((found.mode, found.grounded, found.text.as_str()), (AnswerMode::Generated, true, "Ownership is a set of rules [1]."));
}

#[tokio::test]
async fn open_lets_the_model_add_what_it_knows() {
    let (found, _) = answer(Policy::Open, ownership_hits(), "It is a set of rules [1]. Other languages have none [9].").await;
    assert_eq!(found.text, "It is a set of rules [1]. Other languages have none.");
    assert_eq!((found.mode, found.grounded, found.passages_given), (AnswerMode::Generated, true, 2));
    let (found, _) = answer(Policy::Open, ownership_hits(), "Other languages have none.").await;
    assert!(!found.grounded);
    let (found, _) = answer(Policy::Open, irrelevant(), "It is a right.").await;
    assert_eq!((found.mode, found.grounded, found.text.as_str()), (AnswerMode::OwnKnowledge, false, "It is a right."));
}

#[tokio::test]
async fn a_question_may_have_a_policy_of_its_own() {
    let body = r#"{"choices":[{"message":{"content":"I know."},"finish_reason":"stop"}]}"#;
    let replay = Cassette::answering(200, "application/json", body).replay().await;
    let answerer = answerer(model_at(&replay.base_url));
    let question = Question { text: "Who won?".to_owned(), policy: Some(Policy::Open) };
    assert_eq!(answerer.answer_whole(question, Vec::new()).await.expect("an answer").mode, AnswerMode::OwnKnowledge);
    assert_eq!(answerer.answer_whole("Who won?", Vec::new()).await.expect("an answer").mode, AnswerMode::NotFound);
}

#[tokio::test]
async fn without_a_model_every_policy_is_strict() {
    for policy in [Policy::Strict, Policy::PreferCorpus, Policy::Open] {
        let answerer = answerer(GenerateConfig { policy, ..GenerateConfig::default() });
        assert_eq!(answerer.answer_whole("What is ownership?", irrelevant()).await.expect("an answer").mode, AnswerMode::NotFound);
        assert_eq!(answerer.answer_whole("What is ownership?", ownership_hits()).await.expect("an answer").mode, AnswerMode::Extractive);
    }
}
