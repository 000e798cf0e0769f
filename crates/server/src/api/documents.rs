//! Documents: as they are sent, listed and shown.

use chrono::{DateTime, Utc};
use ragstone_core::{
    ChunkId, ChunkRecord, Document, DocumentHead, DocumentId, DocumentRecord, DocumentSummary, Fields, Page, PageRange, QualityReport, Span,
};
use ragstone_ingest::RawDocument;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Documents to ingest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentsBody {
    /// At least one.
    pub documents: Vec<NewDocument>,
}

/// A document to ingest, as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    /// Its identity: a path, a URL, or any name. A document of the same source is replaced.
    pub source: String,
    /// Its text.
    pub text: String,
    /// Otherwise from its front matter, first heading or source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For example `text/markdown`; otherwise found out from the source's ending and the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Added to those in its front matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Custom fields; they win over those in its front matter.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    #[schema(value_type = Object)]
    pub fields: Fields,
    /// When it last changed; otherwise now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<DateTime<Utc>>,
}

impl From<NewDocument> for RawDocument {
    fn from(document: NewDocument) -> Self {
        let NewDocument { source, text, title, media_type, tags, fields, modified_at } = document;
        Self { media_type, title, tags, fields, modified_at, ..Self::new(source, text) }
    }
}

/// Files to ingest, as a form. Every part with a file name is a document, and the file name is its source.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct DocumentsForm {
    /// The files; the part may have any name.
    #[schema(value_type = Vec<String>, format = Binary)]
    pub file: Vec<Vec<u8>>,
    /// A JSON list of texts, given to every file of the form.
    pub tags: Option<Vec<String>>,
    /// A JSON object, given to every file of the form.
    #[schema(value_type = Option<Object>)]
    pub fields: Option<Fields>,
}

/// A part of a collection's documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DocumentList {
    /// By source.
    pub documents: Vec<DocumentSummary>,
    /// How many there are in all.
    pub total: u64,
    /// How many were skipped.
    pub offset: u64,
}

/// A document with its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DocumentDetail {
    /// What is known of it.
    #[serde(flatten)]
    pub head: DocumentHead,
    /// Its text, which every span points into.
    pub text: String,
    /// Its chunks, in order.
    pub chunks: Vec<ChunkOutline>,
    /// Where its pages are in the text; empty for formats without.
    pub pages: Vec<Page>,
    /// How well it could be read.
    pub quality: QualityReport,
    /// The document whose content this one repeats under another name; its chunks are found instead of this one's.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub same_as: Option<DocumentId>,
    /// When its chunks were durably stored; `null` while they are being stored.
    pub indexed_at: Option<DateTime<Utc>>,
}

/// Where a chunk is in its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChunkOutline {
    /// The chunk.
    #[schema(value_type = String, format = "uuid")]
    pub id: ChunkId,
    /// Its bytes in the document's text.
    pub span: Span,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The pages it is on, in formats that have pages.
    pub pages: Option<PageRange>,
}

impl From<DocumentRecord> for DocumentDetail {
    fn from(record: DocumentRecord) -> Self {
        let DocumentRecord { document, chunks, same_as, indexed_at, .. } = record;
        let Document { head, text, pages, quality, .. } = document;
        let outline =
            |ChunkRecord { id, span, heading_path, .. }| ChunkOutline { id, span, heading_path, pages: PageRange::of(span, &pages) };
        Self { head, text, chunks: chunks.into_iter().map(outline).collect(), pages, quality, same_as, indexed_at }
    }
}

/// How an upload is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IngestQuery {
    /// Whether the answer waits until everything is searchable. With `false` the files are kept safe and a job is answered at once.
    #[serde(default = "default_wait")]
    #[param(default = true)]
    pub wait: bool,
}

fn default_wait() -> bool {
    true
}
