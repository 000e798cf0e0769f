//! What can be wrong with a request, before anything of Ragstone has seen it.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use ragstone_core::{BoxError, CollectionName, DocumentId, Error, ErrorKind, JobId, JobState, Stage};
use thiserror::Error as ThisError;

/// Where files of this machine may be named.
const LOCAL_REMEDY: &str = "name it in a `[[sources]]` entry of the server's configuration, or run `ragstone ingest` where it is";

/// Facts about requests that cannot be answered, and about a server that cannot run.
#[derive(Debug, ThisError)]
#[expect(missing_docs, reason = "each variant's message says what it means, each field is named in it")]
pub enum ServerError {
    #[error("there is no `{path}` here; `/openapi.json` lists what there is")]
    NoRoute { path: String },
    #[error("`{path}` does not take {method}; the `Allow` header and `/openapi.json` say what it takes")]
    MethodNotAllowed { method: String, path: String },
    #[error("collection `{name}` does not exist; `GET /api/collections` lists those that do")]
    NoCollection { name: CollectionName },
    #[error("document {id} is not in collection `{collection}`; `GET /api/collections/{collection}/documents` lists those that are")]
    NoDocument { collection: CollectionName, id: DocumentId },
    #[error("classifier `{name}` does not exist; `GET /api/classifiers` lists those that do")]
    NoClassifier { name: String },
    #[error("{}", which_classifier(names))]
    WhichClassifier { names: Vec<String> },
    #[error("`examples` and `describe` exclude each other: give labelled texts, or the labels in words")]
    ExamplesAndDescriptions,
    #[error("no language model is configured to write phrases for labels; set `generate.base_url` and `generate.model`")]
    NoModel,
    #[error("{given} texts at once are more than {most}: send them in several requests")]
    TooManyTexts { given: usize, most: usize },
    #[error("job {id} does not exist; `GET /api/jobs` lists those that do")]
    NoJob { id: JobId },
    #[error("job {id} is {} already, there is nothing to stop", state.name())]
    JobEnded { id: JobId, state: JobState },
    #[error("job {id} is {}: it can be run again when it has ended; `POST /api/jobs/{id}/cancel` ends it", state.name())]
    JobNotEnded { id: JobId, state: JobState },
    #[error("job {id} was an upload, and its files are not kept once it has ended: send them again")]
    UploadGone { id: JobId },
    #[error("evaluation {id} is not known; `GET /api/evaluations` lists those that are")]
    NoEvaluation { id: JobId },
    #[error("evaluation {id} is {} already, there is nothing to stop", state.name())]
    EvaluationEnded { id: JobId, state: JobState },
    #[error("{most} evaluations are waiting; try again when some of them have ended, or cancel some")]
    TooManyEvaluations { most: usize },
    #[error(
        "there are {questions} questions, an evaluation takes {most} at most: leave some out, or run `ragstone eval` beside the server"
    )]
    TooManyQuestions { questions: usize, most: usize },
    #[error("`depth` is {depth}: it must be from {least} to {most}")]
    Depth { depth: usize, least: usize, most: usize },
    #[error("{most} jobs are waiting; try again when some of them have ended, or cancel some")]
    TooManyJobs { most: usize },
    #[error("{most} uploads are kept already (`server.max_queued_requests`); try again when some of their jobs have ended")]
    TooManyUploads { most: usize },
    #[error("the upload cannot be kept in `{}`", path.display())]
    UploadNotKept { path: PathBuf, source: std::io::Error },
    #[error("a source of the kind `{kind}` cannot be asked for here: {remedy}")]
    SourceKind { kind: &'static str, remedy: &'static str },
    #[error("`{repository}` is not on another machine that is reached by https: {remedy}", remedy = LOCAL_REMEDY)]
    LocalRepository { repository: String },
    #[error("the path has no `{parameter}`")]
    PathParameterMissing { parameter: &'static str },
    #[error("the path is not UTF-8 where it is decoded")]
    PathNotUtf8 { source: BoxError },
    #[error("the query of the URL is not what is expected here")]
    Query { source: BoxError },
    #[error("`limit` is {limit}: it must be from 1 to {most}")]
    Limit { limit: u64, most: u64 },
    #[error("the content type is {}, this takes {expected}", found.as_deref().map_or("missing".to_owned(), |found| format!("`{found}`")))]
    ContentType { found: Option<String>, expected: &'static str },
    #[error("the body is larger than {limit}; {remedy}")]
    BodyTooLarge { limit: ByteSize, remedy: &'static str },
    #[error("the body did not arrive within {}", humantime(*allowed))]
    BodySlow { allowed: Duration },
    #[error("the body broke off before its end")]
    BodyBroken { source: BoxError },
    #[error("the body is not UTF-8 from byte {valid_bytes} on")]
    BodyNotUtf8 { valid_bytes: usize },
    #[error("the body is not the JSON that is expected here")]
    Json { source: BoxError },
    #[error("`{field}` is empty")]
    Empty { field: &'static str },
    #[error("the form cannot be read")]
    Form { source: BoxError },
    #[error("the form has a part `{name}` that is no file; besides files it takes `tags` and `fields`")]
    FormPart { name: String },
    #[error("a file in the form has no name; its name becomes the document's source")]
    FileUnnamed,
    #[error("the form's part `{name}` is not {expected}")]
    FormJson { name: &'static str, expected: &'static str, source: serde_json::Error },
    #[error("the request comes from a web page of `{origin}`; add that to `server.allowed_origins` if it is meant to")]
    ForeignOrigin { origin: String },
    #[error("this server is not `{host}`; add `https://{host}` to `server.allowed_origins` if a proxy makes it so")]
    ForeignHost { host: String },
    #[error("too many requests are waiting; try again in {retry_after_seconds} s")]
    Overloaded { retry_after_seconds: u64 },
    #[error("no answer within {}; `server.request_timeout` sets this limit", humantime(*allowed))]
    DeadlinePassed { allowed: Duration },
    #[error("the server is shutting down")]
    Stopping,
    #[error("the catalog does not answer")]
    NotReady { source: Error },
    #[error("the measurements cannot be written as text")]
    Metrics { source: std::fmt::Error },
    #[error("a task ended before its work was done")]
    TaskFailed { source: tokio::task::JoinError },
    #[error("a handler panicked: {message}")]
    Panicked { message: String },
    #[error("connections cannot be accepted")]
    Accept { source: std::io::Error },
}

impl ServerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRoute { .. }
            | Self::NoCollection { .. }
            | Self::NoDocument { .. }
            | Self::NoJob { .. }
            | Self::NoEvaluation { .. }
            | Self::NoClassifier { .. } => ErrorKind::NotFound,
            Self::JobEnded { .. } | Self::JobNotEnded { .. } | Self::UploadGone { .. } | Self::EvaluationEnded { .. } => {
                ErrorKind::Conflict
            }
            Self::MethodNotAllowed { .. }
            | Self::SourceKind { .. }
            | Self::LocalRepository { .. }
            | Self::PathNotUtf8 { .. }
            | Self::Query { .. }
            | Self::Limit { .. }
            | Self::Depth { .. }
            | Self::WhichClassifier { .. }
            | Self::ExamplesAndDescriptions
            | Self::NoModel
            | Self::ContentType { .. }
            | Self::BodyBroken { .. }
            | Self::BodyNotUtf8 { .. }
            | Self::Json { .. }
            | Self::Empty { .. }
            | Self::Form { .. }
            | Self::FormPart { .. }
            | Self::FileUnnamed
            | Self::FormJson { .. }
            | Self::ForeignOrigin { .. }
            | Self::ForeignHost { .. } => ErrorKind::InvalidInput,
            Self::BodyTooLarge { .. } | Self::TooManyQuestions { .. } | Self::TooManyTexts { .. } => ErrorKind::TooLarge,
            Self::Overloaded { .. } | Self::TooManyJobs { .. } | Self::TooManyUploads { .. } | Self::TooManyEvaluations { .. } => {
                ErrorKind::Overloaded
            }
            Self::UploadNotKept { .. } => ErrorKind::Storage,
            Self::BodySlow { .. } | Self::DeadlinePassed { .. } => ErrorKind::Timeout,
            Self::Stopping | Self::NotReady { .. } | Self::Accept { .. } => ErrorKind::Unavailable,
            Self::PathParameterMissing { .. } | Self::Metrics { .. } | Self::TaskFailed { .. } | Self::Panicked { .. } => {
                ErrorKind::Internal
            }
        }
    }
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        Self::new(error.kind(), Stage::Serve, error)
    }
}

fn which_classifier(names: &[String]) -> String {
    match names {
        [] => "there is no classifier yet: `PUT /api/classifiers/{name}` makes one".to_owned(),
        _ => format!("there are several classifiers ({}): name one in the query, `/predict?classifier=…`", names.join(", ")),
    }
}

fn humantime(duration: Duration) -> String {
    match duration.as_millis() {
        whole if whole % 1000 == 0 => format!("{} s", duration.as_secs()),
        milliseconds => format!("{milliseconds} ms"),
    }
}
