//! Where documents come from: bytes with a name.

//!
//! | kind | identity of a document | what tells an unchanged one |
//! |---|---|---|
//! | [`PathsSource`] | absolute path; `stdin:NAME` | its content |
//! | [`SiteSource`] | URL, after redirects | `ETag` or `Last-Modified` |
//! | [`GitSource`] | `git+URL#path` | the blob's id |
//! | [`BucketSource`] | `s3://bucket/key` | `ETag` |
//! | [`RecordsSource`] | `path#id` | its content |
//! | [`UploadSource`] | as the sender named it | its content |

mod bucket;
mod config;
mod error;
mod files;
mod git;
mod labels;
mod metadata;
mod paths;
mod records;
mod sidecar;
mod site;
mod spec;
mod upload;
mod watch;

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use ragstone_core::{ContentHash, DocumentId, Fields};

pub use bucket::BucketSource;
pub use config::{BucketConfig, BucketCredentials, SourceConfig};
pub use error::SourceError;
pub use files::FileSource;
pub use git::GitSource;
pub use metadata::PathMetadata;
pub use paths::PathsSource;
pub use records::{RecordMap, RecordsSource};
pub use site::{Follow, SiteSource};
pub use spec::{IngestSpec, SourceSpec};
pub use upload::{UploadFolder, UploadSource};
pub use watch::{Changes, Watcher};

use crate::extract::{self, NotText};
use crate::{FailedDocument, IngestError};

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
    /// Its date, where the caller knows; it wins over the one in its front matter.
    pub date: Option<DateTime<Utc>>,
    /// Custom fields from its path; those in its front matter win over them.
    pub default_fields: Fields,
    /// What its source says about its version (an `ETag`), to ask next time only for something newer.
    pub validator: Option<String>,
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
            date: None,
            default_fields: Fields::new(),
            validator: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> DocumentId {
        DocumentId::from_source(&self.source)
    }

    /// A fingerprint of everything that decides what it says, but for its name. The time of change is not part of it: a
    /// file that was only touched is unchanged.
    pub fn content(&self) -> ContentHash {
        // Where the content does not say what it is, the extension does.
        let extension = Path::new(&self.source).extension().map(|extension| extension.to_ascii_lowercase());
        let mut metadata = format!("{:?}{:?}{:?}{:?}{:?}", self.media_type, extension, self.title, self.tags, self.fields);
        if self.date.is_some() || !self.default_fields.is_empty() {
            metadata.push_str(&format!("{:?}{:?}", self.date, self.default_fields));
        }
        ContentHash::of(&[&self.bytes, metadata.as_bytes()])
    }
}

/// What a source yields, one by one.
#[derive(Debug)]
pub enum SourceItem {
    /// A document to ingest.
    Document(RawDocument),
    /// A document that was asked for and is not newer than what is stored.
    Unchanged {
        /// Its identity.
        source: String,
    },
    /// A document that could not be read.
    Failed(FailedDocument),
    /// Something that is no document.
    Skipped(SkippedFile),
}

/// Something that is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedFile {
    /// Where it is.
    pub source: String,
    /// What it is: `image`, `archive`.
    pub kind: &'static str,
}

/// The validators of the documents whose stored version is up to date, by source.
pub type KnownVersions = HashMap<String, String>;

/// A source that is ready to be read.
pub struct OpenedSource {
    /// Its documents. Reading may block, and wants a thread where that is allowed.
    pub items: Box<dyn Iterator<Item = SourceItem> + Send>,
    /// How many there are, where that is known beforehand.
    pub total: Option<u64>,
    /// What is stored under these and does not come any more is gone.
    pub prunable_roots: Vec<String>,
}

impl SourceItem {
    /// A document that nobody has named by itself: it is skipped if it is none.
    fn found(document: RawDocument) -> Self {
        match extract::not_text(&document.source, &document.bytes) {
            Some(NotText::NoDocument(kind)) => Self::Skipped(SkippedFile { source: document.source, kind }),
            _ => Self::Document(document),
        }
    }

    fn failed(source: impl Into<String>, error: impl Into<IngestError>) -> Self {
        Self::Failed(FailedDocument::new(source, &error.into().into()))
    }

    fn skipped(source: impl Into<String>, kind: &'static str) -> Self {
        Self::Skipped(SkippedFile { source: source.into(), kind })
    }
}
