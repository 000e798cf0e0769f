//! What is sent and received. The command line uses these types too, when it talks to a server.

use chrono::{DateTime, Utc};
use ragstone_core::{ChunkId, CollectionSummary, DocumentHead, DocumentSummary, Fields, Hit, Span};
use ragstone_generate::{Answer, AnswerEvent};
use ragstone_ingest::RawDocument;
use ragstone_retrieve::Mode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// All collections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CollectionList {
    /// By name.
    pub collections: Vec<CollectionSummary>,
}

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

/// Which part of a listing is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// How many to skip.
    #[serde(default)]
    pub offset: u64,
    /// How many to list, from 1 to 1000.
    #[serde(default = "default_page_limit")]
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: u64,
}

/// The longest page of a listing.
pub const MAX_PAGE_LIMIT: u64 = 1_000;

fn default_page_limit() -> u64 {
    100
}

impl Default for Page {
    fn default() -> Self {
        Self { offset: 0, limit: default_page_limit() }
    }
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
}

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deleted {
    /// The name or id of what is gone.
    pub deleted: String,
}

/// What to search for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    /// In the user's words.
    pub query: String,
    /// How many hits; otherwise as the server is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only documents for which this holds, for example `tags = "hr" and modified >= 2026-01-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// By meaning, by words, or both.
    #[serde(default)]
    pub mode: Mode,
}

/// A question to answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBody {
    /// In the user's words.
    pub question: String,
    /// How many passages to answer from; otherwise as the server is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only from documents for which this holds, for example `tags = "hr"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Whether the answer is streamed as server-sent events; otherwise as the `Accept` header says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
}

/// An answer, and all passages that were found for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AskResponse {
    /// The answer with its citations.
    pub answer: Answer,
    /// What was found, best first.
    pub hits: Vec<Hit>,
}

/// One server-sent event of a streamed answer: its name is in `event`, its data is all of this as JSON.
///
/// They come in this order: `passages`, any number of `delta`, then `done` or `error`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AskEvent {
    /// What was found, before anything is written.
    Passages {
        /// Best first.
        hits: Vec<Hit>,
    },
    /// More of the answer's text.
    Delta {
        /// Follows what came before.
        text: String,
    },
    /// The end: the whole answer with its citations.
    Done {
        /// The whole answer.
        answer: Answer,
    },
    /// The end: the answer broke off.
    Error {
        /// Why.
        error: ErrorBody,
    },
}

impl AskEvent {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passages { .. } => "passages",
            Self::Delta { .. } => "delta",
            Self::Done { .. } => "done",
            Self::Error { .. } => "error",
        }
    }
}

impl From<AnswerEvent> for AskEvent {
    fn from(event: AnswerEvent) -> Self {
        match event {
            AnswerEvent::Delta { text } => Self::Delta { text },
            AnswerEvent::Done { answer } => Self::Done { answer },
        }
    }
}

/// That the server is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`
    pub status: String,
    /// The server's version.
    pub version: String,
}

/// The body of every response that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// For programs, for example `not_found`.
    pub code: String,
    /// For people: names the thing and, where there is one, the remedy.
    pub message: String,
    /// Also in the header `x-request-id` and in the server's log.
    pub request_id: String,
}
