//! A document, as it is kept and as it is listed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ChunkRecord, ContentHash, DocumentId, Language, Page, QualityReport, Revision};

/// The fields that a user gives a document (front matter, `--field`, the API); they can be filtered by name.
pub type Fields = BTreeMap<String, FieldValue>;

/// The value of a custom field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum FieldValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A number; whole numbers are exact up to 2⁵³.
    Number(f64),
    /// A text, compared as a whole.
    Text(String),
    /// Several texts; a filter holds when any of them matches.
    List(Vec<String>),
}

/// What is known of a document besides its text. It travels with every chunk into the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentHead {
    /// Derived from `source`.
    #[schema(value_type = String, format = "uuid")]
    pub id: DocumentId,
    /// Where it came from: an absolute path, a URL, or the name an API caller gave.
    pub source: String,
    /// From the front matter, the first heading, the HTML title or the file's name.
    pub title: String,
    /// For example `text/markdown`.
    pub media_type: String,
    /// Detected from the text.
    pub language: Language,
    /// From the front matter, `--tag` or the API; in order, without repeats.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When the source last changed.
    pub modified_at: DateTime<Utc>,
    /// Custom fields.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: Fields,
    /// Changes when anything of the document does.
    #[schema(value_type = String)]
    pub revision: Revision,
}

/// A document: its head, and the text that every chunk's span points into.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What is known of it.
    pub head: DocumentHead,
    /// The extracted text, in UTF-8.
    pub text: String,
    /// How its text is written, which decides how it is split.
    pub markup: Markup,
    /// Where its pages are in the text; empty for formats without.
    pub pages: Vec<Page>,
    /// How well it could be read.
    pub quality: QualityReport,
}

/// How a document's text is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Markup {
    /// Paragraphs, nothing else.
    #[default]
    Plain,
    /// Markdown: its own, or what another format was turned into.
    Markdown,
    /// Source code; the media type says in which language.
    Code,
}

/// A document as the catalog keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRecord {
    /// Head and text.
    pub document: Document,
    /// Its chunks, in order. Of a duplicate, those it would have: they are not in the store.
    pub chunks: Vec<ChunkRecord>,
    /// What it was read from.
    pub content: ContentHash,
    /// The document with the same content whose chunks stand for this one's; it is no duplicate itself.
    pub same_as: Option<DocumentId>,
    /// What its source said about its version (an `ETag`), to ask next time only for something newer.
    pub validator: Option<String>,
    /// When its chunks were durably stored.
    pub indexed_at: Option<DateTime<Utc>>,
}

/// A document in a listing: without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentSummary {
    /// What is known of it.
    #[serde(flatten)]
    pub head: DocumentHead,
    /// The length of its text in bytes.
    pub text_bytes: u64,
    /// How many chunks it has.
    pub chunks: u64,
    /// How many pages it has; 0 for formats without.
    #[serde(default)]
    pub pages: u64,
    /// How many warnings its quality report has.
    #[serde(default)]
    pub warnings: u64,
    /// The document whose content this one repeats under another name.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub same_as: Option<DocumentId>,
    /// When its chunks were durably stored; `null` while they are being stored.
    pub indexed_at: Option<DateTime<Utc>>,
}
