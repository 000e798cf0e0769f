//! How a question was understood, and what that found.

use ragstone_generate::Understanding;
use ragstone_retrieve::{Wording, WordingKind, WordingReport};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a question was understood, and what each wording of it found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Understood {
    /// What the language model made of the question.
    #[serde(flatten)]
    pub understanding: Understanding,
    /// What was searched, and where each search had the passages.
    pub wordings: Vec<WordingReport>,
}

/// What is searched for a question, the question itself first.
pub(crate) fn wordings(understanding: &Understanding) -> Vec<Wording> {
    let wording = |kind: WordingKind| move |text: &String| Wording { text: text.clone(), kind };
    let question = std::iter::once(&understanding.question).map(wording(WordingKind::Question));
    let queries = understanding.queries.iter().map(wording(WordingKind::Query));
    let parts = understanding.parts.iter().map(wording(WordingKind::Part));
    let hypothetical = understanding.hypothetical.iter().map(wording(WordingKind::Hypothetical));
    question.chain(queries).chain(parts).chain(hypothetical).collect()
}
