//! What can be wrong with a set or a run.

use std::io;
use std::path::PathBuf;

use ragstone_core::{CollectionName, Error, ErrorKind, Stage};

/// Why something cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file is missing or cannot be read.
    #[error("cannot read `{}`", path.display())]
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
    /// A line of judgements does not have its columns.
    #[error("`{}`, line {line}: expected query, document and a whole number (BEIR), or query, 0, document and a whole number (TREC), separated by tabs or spaces, found `{found}`", path.display())]
    NotAJudgement {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The line.
        found: String,
    },
    /// A line of a run does not have its columns.
    #[error("`{}`, line {line}: expected six columns, query, Q0, document, rank, a score that is a number, and a name, found `{found}`", path.display())]
    NotARankedDocument {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The line.
        found: String,
    },
    /// A run lists a document twice for one query.
    #[error("`{}`, line {line}: document `{document}` is listed twice for query `{query}`: keep the line with its best score", path.display())]
    ListedTwice {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The query.
        query: String,
        /// The document.
        document: String,
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
    /// A question cannot be judged as it is.
    #[error("{place}: {problem}")]
    WrongQuestion {
        /// Which question.
        place: String,
        /// What is wrong with it.
        problem: QuestionProblem,
    },
    /// No question can be measured.
    #[error("none of the {questions} questions can be judged against this collection; {}", problems.join("; "))]
    NothingResolved {
        /// How many there are.
        questions: usize,
        /// What is wrong with the first few.
        problems: Vec<String>,
    },
    /// Judgements name a query that is not in the set.
    #[error("`{}` judges query `{query}`, which queries.jsonl does not have", path.display())]
    UnknownQuery {
        /// The file of judgements.
        path: PathBuf,
        /// The query.
        query: String,
    },
    /// A passage is not where the set says.
    #[error("`{}`, line {line}: characters {start} to {end} of corpus `{corpus}` are not the passage that is given", path.display())]
    Misplaced {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The text.
        corpus: String,
        /// Where it should begin.
        start: usize,
        /// Where it should end.
        end: usize,
    },
    /// A collection has no text to ask about.
    #[error("collection `{collection}` has no passage with a sentence to ask about: ingest documents first")]
    NothingToDraft {
        /// The collection.
        collection: CollectionName,
    },
    /// A report cannot be written.
    #[error("the report `{name}` cannot be made")]
    Report {
        /// Which.
        name: &'static str,
        /// Why.
        source: minijinja::Error,
    },
    /// A picture cannot be drawn.
    #[error("the plot cannot be drawn: {reason}")]
    Plot {
        /// Why.
        reason: String,
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

/// What can be wrong with a question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionProblem {
    /// There is none at all.
    #[error("there is no question in it")]
    None,
    /// A text without letters.
    #[error("`{field}` is empty: fill it or leave it out")]
    Blank {
        /// Which.
        field: &'static str,
    },
    /// It names more than anyone could judge by.
    #[error("it names {named} documents, passages and quotes, at most {} are looked for", crate::questions::MOST_NAMED)]
    NamesTooMuch {
        /// How many.
        named: usize,
    },
    /// Nothing says what the answer is.
    #[error("there is nothing to judge by: give `documents`, `passages`, `quotes`, `answer`, or `answerable`")]
    NothingToJudge,
    /// A passage needs exactly one of the two.
    #[error("each of `passages` needs either a `span` or a `quote`")]
    PassageWithoutPlace,
    /// A span of nothing.
    #[error("a `span` must end after its start")]
    EmptySpan,
    /// What cannot be answered has no answer.
    #[error("`answerable` is false, and yet there are documents, passages, quotes or an answer: leave one of the two out")]
    AnswerOfUnanswerable,
    /// Reports could not tell them apart.
    #[error("id `{id}` was given in {earlier}: give each question its own")]
    NamedTwice {
        /// The id.
        id: String,
        /// Where it was before.
        earlier: String,
    },
    /// It would count twice.
    #[error("this was asked before, in {earlier}: put what answers it into one line")]
    AskedTwice {
        /// Where.
        earlier: String,
    },
}

impl EvalError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::Unreadable { .. } => ErrorKind::Storage,
            Self::RepeatedDocument { .. } | Self::ScoreNotANumber { .. } | Self::Report { .. } | Self::Plot { .. } => ErrorKind::Internal,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl From<EvalError> for Error {
    fn from(error: EvalError) -> Self {
        Self::new(error.kind(), Stage::Evaluate, error)
    }
}
