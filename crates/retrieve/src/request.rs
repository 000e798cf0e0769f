//! What a search is asked, and what it returns.

use ragstone_core::{Filter, Hit};
use serde::{Deserialize, Serialize};

/// Which legs a search uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// By meaning and by words.
    #[default]
    Hybrid,
    /// By meaning alone.
    Dense,
    /// By words alone.
    Lexical,
}

/// A search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchRequest {
    /// What to look for, in the user's words.
    pub query: String,
    /// How many hits to return; by default what the configuration says.
    pub limit: Option<usize>,
    /// Only documents for which this holds; see [`parse_filter`](crate::parse_filter).
    pub filter: Option<Filter>,
    /// Which legs to use.
    pub mode: Mode,
}

impl SearchRequest {
    /// A search by meaning and words in all documents.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), ..Self::default() }
    }
}

/// What a search found, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SearchResponse {
    /// The passages, best first.
    pub hits: Vec<Hit>,
    /// What each leg contributed.
    pub legs: Legs,
    /// Where the time went.
    pub timings: Timings,
}

impl SearchResponse {
    /// Whether no hit is near enough to the query to ground an answer on.
    pub fn nothing_relevant(&self) -> bool {
        !self.hits.iter().any(|hit| hit.relevance.relevant)
    }
}

/// The legs of a search; one that was not used is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Legs {
    /// By meaning.
    pub dense: Option<LegReport>,
    /// By words.
    pub lexical: Option<LegReport>,
}

/// What one leg contributed to a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LegReport {
    /// What its score counted for: the configured weight, lowered where the leg cannot judge the query.
    pub weight: f32,
    /// How many chunks it listed.
    pub found: usize,
    /// Why the weight is not the configured one.
    pub note: Option<String>,
}

/// Where the time of a search went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Timings {
    /// Embedding the query, in milliseconds.
    pub embed_ms: f64,
    /// Waiting for the vector store, in milliseconds.
    pub store_ms: f64,
    /// All of it, in milliseconds.
    pub total_ms: f64,
}
