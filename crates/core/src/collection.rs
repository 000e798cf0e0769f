//! Collections, and the embedding model each is tied to.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{CollectionName, Error, ErrorKind, IndexName, Stage};

/// How the vectors of a text's tokens become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over the tokens that are not padding.
    Mean,
    /// The first token's vector.
    Cls,
    /// As the server does it that computes the vectors: it does not say, or in another way than the two above.
    Remote,
}

/// What fixes the meaning of a vector. Vectors are comparable only if all of this is equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmbeddingSpec {
    /// The model's name, for example `all-MiniLM-L6-v2`.
    pub model: String,
    /// A fingerprint of its weights.
    pub revision: String,
    /// The length of its vectors.
    pub dimension: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Put before a query.
    pub query_prefix: String,
    /// Put before a passage.
    pub passage_prefix: String,
    /// Longer texts are cut to this many tokens.
    pub max_tokens: usize,
}

/// A collection: a set of documents that are searched together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CollectionSpec {
    /// Its name.
    #[schema(value_type = String)]
    pub name: CollectionName,
    /// The model all its vectors come from.
    pub embedding: EmbeddingSpec,
    /// Which of its indexes is searched; the first is 0, each change of the model makes another.
    #[serde(default)]
    pub generation: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl CollectionSpec {
    /// The index that is searched: its vectors come from [`embedding`](Self::embedding).
    pub fn index(&self) -> IndexName {
        IndexName::new(self.name.clone(), self.generation)
    }

    /// Refuses a model whose vectors cannot be compared with those in the collection.
    pub fn ensure_embedded_by(&self, embedding: &EmbeddingSpec) -> Result<(), Error> {
        if &self.embedding == embedding {
            return Ok(());
        }
        let (stored, given) = (&self.embedding, embedding);
        Err(Error::new(
            ErrorKind::Conflict,
            Stage::Embed,
            format!(
                "collection `{}` was embedded by {stored}, the configured model is {given}; set `embed.model_dir` or `embed.remote` back, or use another collection",
                self.name
            ),
        ))
    }
}

impl std::fmt::Display for EmbeddingSpec {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { model, revision, dimension, pooling, max_tokens, .. } = self;
        write!(formatter, "`{model}` (revision {revision}, {dimension} dimensions, {pooling:?} pooling, {max_tokens} tokens)")
    }
}

/// A collection in a listing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CollectionSummary {
    /// What it is.
    #[serde(flatten)]
    pub spec: CollectionSpec,
    /// How many documents are stored in it.
    pub documents: u64,
    /// How many chunks they have.
    pub chunks: u64,
}
