//! What a reader of a format is given, and what it gives.

use std::io;

use chrono::{DateTime, Utc};
use ragstone_core::{ExtractionRequest, Refusal};

use crate::{Format, Limits, detect};

/// A document as it came in.
#[derive(Debug, Clone)]
pub struct RawDocument {
    /// Its file's name, without the folder.
    pub name: String,
    /// What it is, found out from its content.
    pub format: Format,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How much may come out of it.
    pub limits: Limits,
    /// Whether pages without text are recognised with `tesseract`, and in which of its languages (`eng+deu`).
    pub recognise: Option<String>,
}

impl RawDocument {
    /// What a request is about. Its bytes say what it is, not its media type.
    pub fn of(request: ExtractionRequest, bytes: Vec<u8>) -> Result<Self, Refusal> {
        let format = detect(&request.name, &bytes)?;
        let limits = Limits { text_bytes: request.max_text_bytes };
        Ok(Self { name: request.name, format, bytes, limits, recognise: request.recognise })
    }
}

/// A member of an archive or a mailbox, a document of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path in the archive, `/` between folders; no `..`, not absolute.
    pub name: String,
    /// When it last changed, if the archive says.
    pub modified_at: Option<DateTime<Utc>>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a document was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read: an answer like any other.
    #[error("the document {0}")]
    Refused(Refusal),
    /// The answer could not be written: the parent is gone.
    #[error("the answer could not be written")]
    Output(#[from] io::Error),
}

impl From<Refusal> for ReadError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
