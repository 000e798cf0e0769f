//! What can be wrong with a set or a run.

use std::io;
use std::path::PathBuf;

use ragstone_core::{Error, ErrorKind, Stage};

/// Why something cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file of the set is missing or cannot be read.
    #[error("cannot read `{}`: a BEIR folder has corpus.jsonl, queries.jsonl and qrels/test.tsv", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A line is not UTF-8.
    #[error("`{}`, line {line}: not UTF-8, save the file in that encoding", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Where in the line.
        source: std::str::Utf8Error,
    },
    /// A line is not the JSON it should be.
    #[error("`{}`, line {line}: expected {expected}", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What the line should be.
        expected: &'static str,
        /// Where in the line, and why.
        source: serde_json::Error,
    },
    /// A line of judgements does not have its three columns.
    #[error("`{}`, line {line}: expected query-id, corpus-id and a whole number, separated by tabs, found `{found}`", path.display())]
    NotAJudgement {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The line.
        found: String,
    },
    /// An id is there twice.
    #[error("`{}`, line {line}: id `{id}` was given before: remove one of the two", path.display())]
    RepeatedId {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The id.
        id: String,
    },
    /// A document was judged twice for one query, differently.
    #[error("`{}`, line {line}: document `{document}` has another relevance for query `{query}` in an earlier line", path.display())]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The query.
        query: String,
        /// The document.
        document: String,
    },
    /// Judgements name a query that is not in the set.
    #[error("`{}` judges query `{query}`, which queries.jsonl does not have", path.display())]
    UnknownQuery {
        /// The file of judgements.
        path: PathBuf,
        /// The query.
        query: String,
    },
    /// There is nothing to evaluate.
    #[error("`{}` has no entries: there is nothing to evaluate", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A run lists a document twice for one query.
    #[error("query `{query}` lists document `{document}` twice: give each document its best score only")]
    RepeatedDocument {
        /// The query.
        query: String,
        /// The document.
        document: String,
    },
    /// A run has a score that cannot be ordered.
    #[error("document `{document}` of query `{query}` has a score that is not a number")]
    ScoreNotANumber {
        /// The query.
        query: String,
        /// The document.
        document: String,
    },
}

impl EvalError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::Unreadable { .. } => ErrorKind::Storage,
            Self::RepeatedDocument { .. } | Self::ScoreNotANumber { .. } => ErrorKind::Internal,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl From<EvalError> for Error {
    fn from(error: EvalError) -> Self {
        Self::new(error.kind(), Stage::Evaluate, error)
    }
}
