//! What a question becomes.

use ragstone_core::{ChunkId, DocumentId, PageRange, Span};
use serde::{Deserialize, Serialize};

/// A piece of an answer as it arrives. The deltas, one after the other, are the answer's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AnswerEvent {
    /// More text.
    Delta {
        /// Follows what came before.
        text: String,
    },
    /// The end: the whole answer with its citations.
    Done {
        /// The whole answer.
        answer: Answer,
    },
}

/// How an answer was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMode {
    /// A language model wrote it from the passages.
    Generated,
    /// No model is configured: sentences of the passages themselves.
    Extractive,
    /// No passage was relevant, and a language model answered from what it knows, as the policy allows.
    OwnKnowledge,
    /// No passage was relevant, and no model was asked.
    NotFound,
}

/// An answer whose every `[n]` resolves to a passage that was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// The text, with citations as `[1]` or `[1][2]`.
    pub text: String,
    /// How it was made.
    pub mode: AnswerMode,
    /// Whether it rests on at least one passage. An answer without a citation may come from the model's memory.
    pub grounded: bool,
    /// The passages cited, in the order of first use.
    pub citations: Vec<Citation>,
    /// Citations that the model made up, for example `[7]` when there were five passages; they are not in `text`.
    pub removed_citations: Vec<String>,
    /// The model that wrote it.
    pub model: Option<String>,
    /// How many passages were given.
    pub passages_given: usize,
    /// Why the model stopped, in its server's word; `max_answer_bytes` when it was cut off here.
    pub finish_reason: Option<String>,
    /// What the server counted.
    pub usage: Option<Usage>,
}

/// A passage that an answer cites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Citation {
    /// The number in the text.
    pub number: usize,
    /// The passage.
    #[schema(value_type = String, format = "uuid")]
    pub chunk: ChunkId,
    /// Its document.
    #[schema(value_type = String, format = "uuid")]
    pub document: DocumentId,
    /// Where the document came from.
    pub source: String,
    /// The document's title.
    pub title: String,
    /// The headings above the passage, outermost first.
    pub heading_path: Vec<String>,
    /// The pages that the passage is on, in formats that have pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<PageRange>,
    /// Where the quote is in the document's text.
    pub span: Span,
    /// Exactly `document.text[span]`: what the answer rests on.
    pub quote: String,
}

/// Tokens, as the model's server counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Usage {
    /// In the prompt.
    #[serde(default)]
    pub prompt_tokens: u64,
    /// In the answer, reasoning included.
    #[serde(default)]
    pub completion_tokens: u64,
}
