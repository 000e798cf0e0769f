//! Where documents come from: bytes with a name.

mod files;

use chrono::{DateTime, Utc};
use ragstone_core::{DocumentId, Fields, Revision};

pub use files::FileSource;

use crate::{ChunkConfig, FailedDocument};

/// A document before anything is known of its content.
#[derive(Debug, Clone, PartialEq)]
pub struct RawDocument {
    /// Its identity: an absolute path, a URL, or the name an API caller gives.
    pub source: String,
    /// Its content, in any encoding.
    pub bytes: Vec<u8>,
    /// What it is, where the caller knows; otherwise found out from name and content.
    pub media_type: Option<String>,
    /// Its title, where the caller knows.
    pub title: Option<String>,
    /// Tags, added to those in its front matter.
    pub tags: Vec<String>,
    /// Custom fields; they win over those in its front matter.
    pub fields: Fields,
    /// When it last changed, unless its front matter says; otherwise now.
    pub modified_at: Option<DateTime<Utc>>,
}

impl RawDocument {
    /// A document of this source and content, nothing else known.
    pub fn new(source: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            source: source.into(),
            bytes: bytes.into(),
            media_type: None,
            title: None,
            tags: Vec::new(),
            fields: Fields::new(),
            modified_at: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> DocumentId {
        DocumentId::from_source(&self.source)
    }

    /// A fingerprint of everything that decides how it is stored. The time of change is not part of it: a file that
    /// was only touched is unchanged.
    pub fn revision(&self, chunk: &ChunkConfig) -> Revision {
        let metadata = format!("{:?}{:?}{:?}{:?}", self.media_type, self.title, self.tags, self.fields);
        Revision::of(&[&self.bytes, metadata.as_bytes(), chunk.fingerprint().as_bytes()])
    }
}

/// What a source yields, one by one.
#[derive(Debug)]
pub enum SourceItem {
    /// A document to ingest.
    Document(RawDocument),
    /// A document that could not be read.
    Failed(FailedDocument),
    /// A file that is no document, and what it is (`image`, `archive`).
    Skipped(&'static str),
}
