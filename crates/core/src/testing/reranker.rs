//! The conformance suite of [`Reranker`], and a fake.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a suite fails by panicking")]

use async_trait::async_trait;

use crate::{Reranker, Result, words};

/// Checks the whole contract.
pub async fn conforms(reranker: &impl Reranker) {
    assert!(!reranker.name().is_empty(), "it has a name");
    let passages = ["the stone", "", "the river of a stone, and of a stone again", "the stone", "知识库"].map(str::to_owned).to_vec();
    let scores = reranker.score("the stone", passages.clone()).await.unwrap();
    assert_eq!(scores.len(), passages.len(), "one score a passage");
    assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
    assert!((scores[0] - scores[3]).abs() < 1e-4, "equal passages are scored alike: {scores:?}");

    for (passage, score) in passages.iter().zip(&scores) {
        let alone = reranker.score("the stone", vec![passage.clone()]).await.unwrap();
        assert!((alone[0] - score).abs() < 1e-3, "`{passage}` is {score} among others and {} alone", alone[0]);
    }
    assert!(reranker.score("the stone", Vec::new()).await.unwrap().is_empty(), "no passages, no scores");
    let long = "stone ".repeat(20_000);
    assert_eq!(reranker.score(&long, vec![long.clone()]).await.unwrap().len(), 1, "long texts are cut");
}

/// Scores by the number of different words that query and passage share.
#[derive(Debug, Clone, Copy, Default)]
pub struct WordReranker;

#[async_trait]
impl Reranker for WordReranker {
    fn name(&self) -> &str {
        "words"
    }

    async fn score(&self, query: &str, passages: Vec<String>) -> Result<Vec<f32>> {
        let query = words(query);
        Ok(passages.iter().map(|passage| words(passage).intersection(&query).count() as f32).collect())
    }
}
