//! What a search returns.

use serde::{Deserialize, Serialize};

use crate::{Chunk, ChunkId, DocumentHead, Span};

/// One of the two ways a passage is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// By meaning: cosine similarity of embeddings.
    Dense,
    /// By words: BM25.
    Lexical,
}

/// What one leg said of a hit. Scores order one list; they mean nothing across models or queries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LegScore {
    /// The place in the leg's own list, from 1; `null` if the leg did not list it and was only asked for its score.
    pub rank: Option<usize>,
    /// Cosine similarity or BM25 score.
    pub score: f32,
    /// The score after normalisation, as it entered the sum.
    pub normalized: f32,
}

/// What one step of a search that puts candidates into an order made of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepScore {
    /// Which step.
    pub step: Step,
    /// The place after it, from 1.
    pub rank: usize,
    /// What it was ordered by.
    pub score: f32,
    /// What the step itself said of it, if that is on a scale of its own: the worth of its best sentence, 0 to 1; the
    /// reranking model's score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_score: Option<f32>,
}

/// A step of a search that puts candidates into an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The scores of both legs become one.
    Fusion,
    /// The first were read again, sentence by sentence.
    Sentences,
    /// A model read query and passage together.
    Reranker,
    /// What says something new goes before what repeats.
    Diversity,
}

/// What was found, where more than that is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FoundPart {
    /// The chunk that was found, in its document's text.
    pub span: Span,
    /// Chunks that were found with lower ranks and are a part of this passage now.
    #[schema(value_type = Vec<String>)]
    pub merged: Vec<ChunkId>,
}

/// Why a hit may be taken to answer the query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Relevance {
    /// Whether the passage is near enough to the query to ground an answer on.
    pub relevant: bool,
    /// Cosine similarity with the query, where the embedding model can read it.
    pub similarity: Option<f32>,
    /// The share of the query's content words that the passage contains, 0 to 1.
    pub coverage: f32,
    /// What both say together, where the collection was calibrated.
    #[serde(default)]
    pub evidence: Option<f32>,
    /// How much evidence makes a passage of this collection relevant, where it was calibrated.
    #[serde(default)]
    pub needed: Option<f32>,
}

/// A passage that was found, with everything that explains its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hit {
    /// The place in the final list, from 1.
    pub rank: usize,
    /// What it was ordered by.
    pub score: f32,
    /// The passage. If it was expanded, its span, text and pages are those of all that is shown.
    pub chunk: Chunk,
    /// Its document.
    pub document: DocumentHead,
    /// What the dense leg said.
    pub dense: Option<LegScore>,
    /// What the lexical leg said.
    pub lexical: Option<LegScore>,
    /// What it was made of at each step, in order; the last score is `score`.
    #[serde(default)]
    pub steps: Vec<StepScore>,
    /// What was found, if more than that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<FoundPart>,
    /// Whether it can ground an answer.
    pub relevance: Relevance,
    /// The query's words in `chunk.text`, in order and apart: spans in that text.
    pub highlights: Vec<Span>,
}
