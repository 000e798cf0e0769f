//! What a search is asked, and what it returns.

use std::collections::HashMap;

use ragstone_core::{ChunkId, DocumentId, Filter, Hit};
use serde::{Deserialize, Serialize};

use crate::candidates::Candidate;
use crate::retriever::DroppedPassage;
use crate::{Dropped, Facet, Overrides, SearchedModel, WhichModel};

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

impl Mode {
    /// As it is written in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Dense => "dense",
            Self::Lexical => "lexical",
        }
    }
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
    /// Which of the collection's models to go by.
    pub model: WhichModel,
    /// Settings that differ from those of the collection, for this search.
    pub options: Overrides,
    /// Whether the response says why candidates did not become hits.
    pub explain: bool,
    /// Fields whose values are counted beside, over all documents for which the filter holds.
    pub facets: Vec<String>,
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
    /// The documents of the hits, where documents are listed; otherwise empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<HitGroup>,
    /// How many documents have each value of the fields that were asked for, over all documents for which the filter holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
    /// What each leg contributed.
    pub legs: Legs,
    /// What there is to say of how the query was understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The candidates that were looked at and did not become hits, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Vec<DroppedCandidate>>,
    /// Where the time went.
    pub timings: Timings,
    /// The model that embedded query and passages.
    #[serde(default)]
    pub model: SearchedModel,
}

impl SearchResponse {
    /// Whether no hit is near enough to the query to ground an answer on.
    pub fn nothing_relevant(&self) -> bool {
        !self.hits.iter().any(|hit| hit.relevance.relevant)
    }
}

/// A document with its hits, which stand one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HitGroup {
    /// The document.
    #[schema(value_type = String, format = "uuid")]
    pub document: DocumentId,
    /// Its best hit's score, which orders the documents.
    pub score: f32,
    /// The ranks of its hits.
    pub hits: Vec<usize>,
}

/// A candidate that was looked at and did not become a hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DroppedCandidate {
    /// The chunk.
    #[schema(value_type = String, format = "uuid")]
    pub chunk: ChunkId,
    /// Where its document comes from.
    pub source: String,
    /// Its place among the candidates, from 1.
    pub rank: usize,
    /// Why not.
    pub why: Dropped,
}

impl DroppedCandidate {
    pub(crate) fn of(candidates: &[Candidate], dropped: &[DroppedPassage]) -> Vec<Self> {
        let ranks: HashMap<ChunkId, usize> = candidates.iter().map(|candidate| candidate.id).zip(1..).collect();
        let describe = |DroppedPassage { id, source, why }: &DroppedPassage| Self {
            chunk: *id,
            source: source.clone(),
            rank: ranks.get(id).copied().unwrap_or_default(),
            why: why.clone(),
        };
        // What comes after the last hit was not lost at a step of its own.
        let is_lost = |dropped: &&DroppedPassage| !matches!(dropped.why, Dropped::BeyondLimit { .. });
        dropped.iter().filter(is_lost).map(describe).collect()
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
    /// Finding candidates and selecting hits, in milliseconds: the vector store most of all.
    pub store_ms: f64,
    /// All of it, in milliseconds.
    pub total_ms: f64,
}
