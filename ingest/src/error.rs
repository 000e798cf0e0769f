//! What can be wrong with a source, a document or a folder.

use std::path::PathBuf;

use bytesize::ByteSize;
use ragstone_core::{Error, ErrorKind, Stage};
use thiserror::Error as ThisError;

/// Facts about inputs that cannot be ingested.
#[derive(Debug, ThisError)]
#[expect(missing_docs, reason = "each variant's message says what it means, each field is named in it")]
pub enum IngestError {
    #[error("`{}` does not exist; check the spelling, or quote a pattern so that the shell leaves it alone", path.display())]
    PathNotFound { path: PathBuf },
    #[error("`{pattern}` is not a valid pattern")]
    Pattern { pattern: String, source: globset::Error },
    #[error("`{}` cannot be read", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the folder cannot be walked")]
    Walk { source: ignore::Error },
    #[error("is {size}, the limit is {limit}: raise `source.max_file_bytes`, or split it")]
    TooLarge { size: ByteSize, limit: ByteSize },
    #[error("is not a regular file")]
    NotAFile,
    #[error("is empty")]
    Empty,
    #[error("has no text: {what}")]
    NoText { what: &'static str },
    #[error("is {description} ({media_type}), which cannot be read yet: give Markdown, plain text or HTML")]
    UnsupportedFormat { description: &'static str, media_type: &'static str },
    #[error("is binary data (NUL bytes), not text")]
    Binary,
    #[error("nests {depth} HTML elements, the limit is {limit}")]
    HtmlTooDeep { depth: usize, limit: usize },
    #[error("HTML cannot be converted")]
    Html { source: std::io::Error },
    #[error("has a field `{field}` that is not a finite number")]
    NotFinite { field: String },
    #[error("extraction failed inside a library: {message}")]
    ExtractionPanicked { message: String },
    #[error("chunking cannot work with {tokens} tokens of which {overlap} overlap")]
    ChunkSize { tokens: usize, overlap: usize },
    #[error("the embedding model returned {vectors} vectors for {texts} chunks")]
    VectorCount { texts: usize, vectors: usize },
    #[error("a part of the ingest stopped unexpectedly: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl IngestError {
    fn kind_and_stage(&self) -> (ErrorKind, Stage) {
        match self {
            Self::PathNotFound { .. } => (ErrorKind::NotFound, Stage::Source),
            Self::Pattern { .. } | Self::NotAFile => (ErrorKind::InvalidInput, Stage::Source),
            Self::Unreadable { .. } | Self::Walk { .. } => (ErrorKind::Storage, Stage::Source),
            Self::TooLarge { .. } => (ErrorKind::TooLarge, Stage::Source),
            Self::Empty
            | Self::NoText { .. }
            | Self::UnsupportedFormat { .. }
            | Self::Binary
            | Self::HtmlTooDeep { .. }
            | Self::Html { .. }
            | Self::NotFinite { .. }
            | Self::ExtractionPanicked { .. } => (ErrorKind::InvalidInput, Stage::Extract),
            Self::ChunkSize { .. } => (ErrorKind::InvalidInput, Stage::Chunk),
            Self::VectorCount { .. } => (ErrorKind::Internal, Stage::Embed),
            Self::Task(_) => (ErrorKind::Internal, Stage::Source),
        }
    }
}

impl From<IngestError> for Error {
    fn from(error: IngestError) -> Self {
        let (kind, stage) = error.kind_and_stage();
        Self::new(kind, stage, error)
    }
}
