//! The one error that crosses crate borders.

use std::error::Error as StdError;
use std::fmt;

/// Any error, boxed: the cause inside an [`Error`].
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// A result whose error is an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller may do about an error; the server maps it to an HTTP status, the command line to an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request, the file or the configuration is wrong: change it.
    InvalidInput,
    /// The named thing does not exist.
    NotFound,
    /// The thing exists in a state that forbids this (another model, another owner): resolve that first.
    Conflict,
    /// The input is larger than a configured limit.
    TooLarge,
    /// A queue is full or a permit is missing: the same call may pass later.
    Overloaded,
    /// Something we depend on does not answer or answers nonsense: the same call may pass later.
    Unavailable,
    /// The time that was allowed has passed.
    Timeout,
    /// The disk is full, or cannot be read or written.
    Storage,
    /// A bug, or damage that we did not foresee.
    Internal,
}

impl ErrorKind {
    /// Its name for programs, as in the bodies of errors: `not_found`.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Storage => "storage",
            Self::Internal => "internal",
        }
    }
}

/// The part of the flow in which an error arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading and checking settings.
    Configuration,
    /// Finding and reading sources.
    Source,
    /// Turning bytes into text.
    Extract,
    /// Splitting text into chunks.
    Chunk,
    /// Computing vectors.
    Embed,
    /// The vector store.
    Store,
    /// The catalog of documents.
    Catalog,
    /// Finding passages for a query.
    Retrieve,
    /// Building the prompt, calling the model, checking its answer.
    Generate,
    /// Giving texts their labels.
    Classify,
    /// Measuring.
    Evaluate,
    /// Serving requests.
    Serve,
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Configuration => "configuration",
            Self::Source => "source",
            Self::Extract => "extract",
            Self::Chunk => "chunk",
            Self::Embed => "embed",
            Self::Store => "store",
            Self::Catalog => "catalog",
            Self::Retrieve => "retrieve",
            Self::Generate => "generate",
            Self::Classify => "classify",
            Self::Evaluate => "evaluate",
            Self::Serve => "serve",
        })
    }
}

/// What went wrong, where, and what may be done about it.
///
/// Every crate has its own `thiserror` enum of facts and turns it into this type once, at its border. The
/// message is the cause's own; it names the thing and, where there is one, the remedy.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    stage: Stage,
    source: BoxError,
}

impl Error {
    /// Wraps a cause; a plain string will do where there is no better one.
    pub fn new(kind: ErrorKind, stage: Stage, source: impl Into<BoxError>) -> Self {
        Self { kind, stage, source: source.into() }
    }

    /// What the caller may do.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where it happened.
    pub fn stage(&self) -> Stage {
        self.stage
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(formatter)
    }
}

impl StdError for Error {
    /// The cause of the cause: this error already displays the cause itself.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_its_cause_once() {
        let error = Error::new(ErrorKind::NotFound, Stage::Catalog, "collection `docs` does not exist");
        assert_eq!(error.to_string(), "collection `docs` does not exist");
        assert!(StdError::source(&error).is_none());
        assert_eq!((error.kind(), error.stage()), (ErrorKind::NotFound, Stage::Catalog));
    }
}
