//! What can be wrong with examples, with a classifier, or with its files.

use std::io;
use std::path::PathBuf;

use ragstone_core::{BoxError, EmbeddingSpec, Error, ErrorKind, Stage};

use crate::{ClassifierName, Origin};

/// Why something cannot be classified, or cannot be learned.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it means, each field is named in it")]
pub enum ClassifyError {
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{}` is no file of examples: give .csv, .tsv, .jsonl or a folder with one folder of files for each label", path.display())]
    UnknownFormat { path: PathBuf },
    #[error(
        "{origin}: not UTF-8 (byte {byte:#04x} at position {position}): save the file in one encoding, such as `iconv -f windows-1252 -t utf-8`"
    )]
    NotUtf8 { origin: Origin, byte: u8, position: usize },
    #[error(
        "{origin}: a quote is opened here and not closed before the end of the file: close it, or double a quote that belongs to the text"
    )]
    UnclosedQuote { origin: Origin },
    #[error("{origin}: text follows a closing quote: double a quote that belongs to the text")]
    StrayQuote { origin: Origin },
    #[error("{origin}: {found} columns, the header has {expected}: put quotes around texts with separators in them")]
    ColumnCount { origin: Origin, expected: u64, found: u64 },
    #[error("`{}` has no column `{column}`: it has {}; name another", path.display(), listed(found))]
    NoColumn { path: PathBuf, column: String, found: Vec<String> },
    #[error("{origin}: not JSON")]
    NotJson { origin: Origin, source: serde_json::Error },
    #[error("{origin}: {problem}")]
    Shape { origin: Origin, problem: &'static str },
    #[error("{origin}: cannot be read as CSV: {problem}")]
    Csv { origin: Origin, problem: String },
    #[error("{origin}: a line of more than {limit} bytes: is this a file of texts?")]
    LineTooLong { origin: Origin, limit: usize },
    #[error("there are no examples: {left_out} entries have no text or no label")]
    NoExamples { left_out: usize },
    #[error("all {examples} examples have the label `{label}`: a classifier needs at least two labels")]
    OneLabel { label: String, examples: usize },
    #[error("{examples} examples are more than the {most} that can be learned from at once")]
    TooManyExamples { examples: usize, most: usize },
    #[error("{labels} labels are more than the {most} that one classifier can have")]
    TooManyLabels { labels: usize, most: usize },
    #[error(
        "{examples} examples of {labels} labels are more than can be learned from at once (their product may be {most}): give fewer of each label"
    )]
    TooManyDecisions { examples: usize, labels: usize, most: usize },
    #[error("`{name}` is not a classifier's name: use 1 to 64 letters, digits, `_` or `-`, starting with a letter or digit")]
    Name { name: String },
    #[error("classifier `{name}` does not exist; `ragstone classify list` shows those that do")]
    NoClassifier { name: ClassifierName },
    #[error("classifier `{name}` has no version {version}; it has {}", numbers(found))]
    NoVersion { name: ClassifierName, version: u32, found: Vec<u32> },
    #[error("classifier `{name}` is at version {version}, and no earlier one is kept; it has {}", numbers(found))]
    NoEarlier { name: ClassifierName, version: u32, found: Vec<u32> },
    #[error(
        "classifier `{name}` was trained on vectors of {trained}, the configured model is {given}; set `embed.model_dir` back, or train it again"
    )]
    OtherModel { name: String, trained: Box<EmbeddingSpec>, given: Box<EmbeddingSpec> },
    #[error("`{}` is damaged: {problem}; `ragstone classify rollback` goes back to another version", path.display())]
    Damaged { path: PathBuf, problem: &'static str },
    #[error("`{}` is damaged; `ragstone classify rollback` goes back to another version", path.display())]
    Unparsable { path: PathBuf, source: BoxError },
    #[error("`{}` cannot be written", path.display())]
    NotWritten { path: PathBuf, source: io::Error },
    #[error("a text is empty")]
    EmptyText,
    #[error("training did not converge to numbers: {reason}")]
    Diverged { reason: String },
    #[error("the report cannot be written as a page")]
    Page { source: minijinja::Error },
    #[error("{texts} texts cannot make {groups} groups: give more texts, or ask for fewer groups")]
    TooFewTexts { texts: usize, groups: usize },
    #[error("a task ended before its work was done")]
    TaskFailed { source: tokio::task::JoinError },
}

impl ClassifyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::NoClassifier { .. } | Self::NoVersion { .. } | Self::NoEarlier { .. } => ErrorKind::NotFound,
            Self::OtherModel { .. } => ErrorKind::Conflict,
            Self::TooManyExamples { .. } | Self::TooManyLabels { .. } | Self::TooManyDecisions { .. } => ErrorKind::TooLarge,
            Self::Unreadable { .. } | Self::Damaged { .. } | Self::Unparsable { .. } | Self::NotWritten { .. } => ErrorKind::Storage,
            Self::Diverged { .. } | Self::Page { .. } | Self::TaskFailed { .. } => ErrorKind::Internal,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl From<ClassifyError> for Error {
    fn from(error: ClassifyError) -> Self {
        Self::new(error.kind(), Stage::Classify, error)
    }
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn numbers(found: &[u32]) -> String {
    let written: Vec<String> = found.iter().map(u32::to_string).collect();
    written.join(", ")
}
