//! What the ingest and its extraction workers say to each other over pipes.
//!
//! A worker answers one request after the other. A request is one line of JSON ([`ExtractionRequest`]) followed by
//! `bytes` raw bytes, the document. Answers are lines of JSON ([`ExtractionReply`]), each followed by as many raw bytes
//! as it says: one [`Text`](ExtractionReply::Text), or one [`Refused`](ExtractionReply::Refused), or any number of
//! [`Member`](ExtractionReply::Member)s and then [`End`](ExtractionReply::End). A worker ends when its input does.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Fields, Page, QualityReport};

/// Asks a worker to read a document. The document's bytes follow the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractionRequest {
    /// The file's name, without its folder; its extension may decide where the content does not.
    pub name: String,
    /// What the content looks like, or what the caller says it is; the worker looks again.
    pub media_type: String,
    /// How many bytes follow.
    pub bytes: u64,
    /// Text, or members together, beyond this many bytes is refused or cut: what expands without end is an attack.
    pub max_text_bytes: u64,
    /// Whether pages without text are recognised with `tesseract`, and in which of its languages (`eng+deu`).
    pub recognise: Option<String>,
}

/// A worker's answer, or a part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum ExtractionReply {
    /// The document's text.
    Text(Box<ExtractedText>),
    /// A member of an archive or a mailbox; `bytes` raw bytes follow. It is a document of its own, which may be in any format.
    Member {
        /// Its path in the archive, `/` between folders; no `..`, not absolute.
        name: String,
        /// When it last changed, if the archive says.
        modified_at: Option<DateTime<Utc>>,
        /// How many bytes follow.
        bytes: u64,
    },
    /// All members were sent.
    End {
        /// Members that could not be read, and why.
        unreadable: Vec<UnreadableMember>,
    },
    /// The document cannot be read.
    Refused(Refusal),
}

/// A document's text and what the file says about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExtractedText {
    /// What it is, found out from its content.
    pub media_type: String,
    /// The text. Its structure is written in Markdown (`#` headings, lists, pipe tables) where `structured`.
    pub text: String,
    /// Whether the text is Markdown.
    pub structured: bool,
    /// Where its pages are; empty for formats without.
    pub pages: Vec<Page>,
    /// Its title, from its properties.
    pub title: Option<String>,
    /// When it was last changed, from its properties.
    pub modified_at: Option<DateTime<Utc>>,
    /// Its other properties: `author`, `created`, `subject`, `from`, `to`, …
    pub fields: Fields,
    /// How well it could be read.
    pub quality: QualityReport,
}

/// A member of an archive that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableMember {
    /// Its path in the archive.
    pub name: String,
    /// Why.
    pub refusal: Refusal,
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For programs.
    pub reason: RefusalReason,
    /// The details, in words; lower case, no full stop.
    pub detail: String,
}

/// The kinds of documents that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// It opens only with a password.
    Password,
    /// It is not what it claims, or broken beyond reading.
    Damaged,
    /// It is intact and has no text.
    NoText,
    /// Every page is a picture.
    Scanned,
    /// Its format is not read.
    Unsupported,
    /// It expands beyond the limits.
    TooLarge,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = &self.detail;
        match self.reason {
            RefusalReason::Password => write!(formatter, "needs a password to be opened ({detail}): save a copy without one"),
            RefusalReason::Damaged => write!(formatter, "is damaged: {detail}"),
            RefusalReason::NoText => write!(formatter, "has no text: {detail}"),
            RefusalReason::Scanned => {
                write!(formatter, "has no text layer ({detail}): it looks scanned; `extract.recognise` reads such pages with tesseract")
            }
            RefusalReason::Unsupported => write!(formatter, "is in a format that is not read: {detail}"),
            RefusalReason::TooLarge => write!(formatter, "is too large: {detail}"),
        }
    }
}
