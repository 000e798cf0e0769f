//! A piece of a document, before and after embedding.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{ChunkId, DocumentHead, PageRange, Span};

/// A piece of a document's text, small enough for the embedding model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Chunk {
    /// Derived from the document and the embedded text.
    #[schema(value_type = String, format = "uuid")]
    pub id: ChunkId,
    /// Its place in the document, from 0.
    pub ordinal: u32,
    /// Where it is in the document's text.
    pub span: Span,
    /// Exactly `document.text[span]`.
    pub text: String,
    /// The headings above it, outermost first.
    #[serde(default)]
    pub heading_path: Vec<String>,
    /// The pages it is on, in formats that have pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<PageRange>,
    /// The header of the table whose later rows it starts with; embedded and shown with it, not part of `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_header: Option<String>,
}

/// A vector with few non-zero dimensions; `indices` are distinct, both lists are of one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SparseVector {
    /// The non-zero dimensions.
    pub indices: Vec<u32>,
    /// Their values.
    pub values: Vec<f32>,
}

impl SparseVector {
    /// Whether no dimension is set: nothing in the text can be matched.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// A chunk with its vectors, ready to be stored.
#[derive(Debug, Clone)]
pub struct EmbeddedChunk {
    /// The chunk.
    pub chunk: Chunk,
    /// The head of its document, stored with it for filters and citations.
    pub head: Arc<DocumentHead>,
    /// What the embedding model made of it; of unit length.
    pub dense: Vec<f32>,
    /// Its BM25 term weights, without the inverse document frequency, which the store adds.
    pub lexical: SparseVector,
}
