//! What a search returns.

use serde::{Deserialize, Serialize};

use crate::{Chunk, DocumentHead, Span};

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

/// Why a hit may be taken to answer the query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Relevance {
    /// Whether the passage is near enough to the query to ground an answer on.
    pub relevant: bool,
    /// Cosine similarity with the query, where the embedding model can read it.
    pub similarity: Option<f32>,
    /// The share of the query's content words that the passage contains, 0 to 1.
    pub coverage: f32,
}

/// A passage that was found, with everything that explains its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hit {
    /// The place in the final list, from 1.
    pub rank: usize,
    /// What it was ordered by.
    pub score: f32,
    /// The passage.
    pub chunk: Chunk,
    /// Its document.
    pub document: DocumentHead,
    /// What the dense leg said.
    pub dense: Option<LegScore>,
    /// What the lexical leg said.
    pub lexical: Option<LegScore>,
    /// Whether it can ground an answer.
    pub relevance: Relevance,
    /// The query's words in `chunk.text`, in order and apart: spans in that text.
    pub highlights: Vec<Span>,
}
