//! What can be wrong with a source, a document or a folder.

use std::path::PathBuf;

use bytesize::ByteSize;
use ragstone_core::{ChunkId, CollectionName, Error, ErrorKind, JobId, RefusalReason, Stage};
use thiserror::Error as ThisError;

use crate::SourceError;

/// Facts about inputs that cannot be ingested.
#[derive(Debug, ThisError)]
#[expect(missing_docs, reason = "each variant's message says what it means, each field is named in it")]
pub enum IngestError {
    #[error("`{}` does not exist; check the spelling, or quote a pattern so that the shell leaves it alone", path.display())]
    PathNotFound { path: PathBuf },
    #[error("no files in {title}: folders leave out hidden files and what .gitignore excludes; nothing was removed either")]
    NothingFound { title: String },
    #[error("`{pattern}` is not a valid pattern")]
    Pattern { pattern: String, source: globset::Error },
    #[error("`{}` cannot be read", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the folder cannot be walked")]
    Walk { source: ignore::Error },
    #[error("is {size}, the limit is {limit}: raise `source.max_file_bytes`, or split it")]
    TooLarge { size: ByteSize, limit: ByteSize },
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("is not a regular file")]
    NotAFile,
    #[error("is empty")]
    Empty,
    #[error("has no text: {what}")]
    NoText { what: &'static str },
    #[error("is no document ({what})")]
    NoDocument { what: &'static str },
    #[error("HTML cannot be converted")]
    Html { source: std::io::Error },
    #[error("has a field `{field}` that is not a finite number")]
    NotFinite { field: String },
    #[error("extraction failed inside a library: {message}")]
    ExtractionPanicked { message: String },
    #[error("{refusal}")]
    Refused { refusal: ragstone_core::Refusal },
    #[error(
        "{description} are read by `ragstone-extract`, which is not beside this program: build it with `cargo build --package ragstone-extract`, or name it in `extract.worker`"
    )]
    WorkerMissing { description: &'static str },
    #[error("{description} are read by `{}`, which does not exist: correct `extract.worker`, or build it with `cargo build --package ragstone-extract`", program.display())]
    WorkerNotFound { description: &'static str, program: PathBuf },
    #[error("the worker `{}` cannot be started", program.display())]
    WorkerNotStarted { program: PathBuf, source: std::io::Error },
    #[error("took longer than {}: raise `extract.timeout`, or split it", seconds(*timeout))]
    WorkerTimeout { timeout: std::time::Duration },
    #[error("its worker ran out of its memory limit of {limit}: raise `extract.worker_memory`, or split it")]
    WorkerOutOfMemory { limit: ByteSize },
    #[error("its worker {how}{said}")]
    WorkerCrashed { how: String, said: String },
    #[error("its worker answered nonsense: {detail}")]
    WorkerNonsense { detail: String },
    #[error("its worker does not answer")]
    WorkerPipe { source: std::io::Error },
    #[error("the members of an archive cannot be kept in the folder for temporary files")]
    Spool { source: std::io::Error },
    #[error(
        "{tokens} tokens are left for a chunk of {max_tokens} (the model reads {model_tokens}): raise `chunk.max_tokens`, or take another model"
    )]
    ChunkTooSmall { tokens: usize, max_tokens: usize, model_tokens: usize },
    #[error("the embedding model returned {vectors} vectors for {texts} chunks")]
    VectorCount { texts: usize, vectors: usize },
    #[error("the request of the job cannot be read: it was written by another version, or by hand")]
    JobRequest { source: serde_json::Error },
    #[error("job {id} does not exist: `ragstone jobs` lists them")]
    JobNotFound { id: JobId },
    #[error("job {id} is {state}, only a queued one can be run")]
    JobNotQueued { id: JobId, state: &'static str },
    #[error("job {id} was taken over by another process, which goes on with it")]
    JobLost { id: JobId },
    #[error("collection `{collection}` is embedded by {model} already")]
    ModelInUse { collection: CollectionName, model: String },
    #[error(
        "collection `{collection}` has vectors of {model} beside those it is searched with: `ragstone collections model {collection} drop` frees them"
    )]
    AnotherModel { collection: CollectionName, model: String },
    #[error(
        "collection `{collection}` has no other model: `ragstone collections model {collection} prepare --to FOLDER` computes the vectors of one"
    )]
    NoOtherModel { collection: CollectionName },
    #[error("the other model of collection `{collection}`, {model}, is {which}: use `ragstone collections model {collection} {remedy}`")]
    OtherWay { collection: CollectionName, model: String, which: &'static str, remedy: &'static str },
    #[error(
        "{missing} chunks of collection `{collection}` have no vectors of {model} yet: `ragstone collections model {collection} prepare --to {}` computes them",
        folder.display()
    )]
    NotInStep { collection: CollectionName, model: String, missing: u64, folder: PathBuf },
    #[error("vectors for collection `{collection}` are being computed by a job: wait for it, or stop it (`ragstone jobs`)")]
    ModelBusy { collection: CollectionName },
    #[error("collection `{collection}` is being written to: switch its model when the ingest has ended (`ragstone jobs`)")]
    CollectionBusy { collection: CollectionName },
    #[error("collection `{collection}` does not exist; `ragstone collections` lists those that do")]
    NoCollection { collection: CollectionName },
    #[error(
        "collection `{collection}` has documents that were begun and not completed: wait for its ingest; where none is running, `ragstone reindex --collection {collection}` in the old place (for the data folder, with `store.url` and `catalog.url` left out) completes them"
    )]
    MigrationOfUnfinished { collection: CollectionName },
    #[error(
        "the index of collection `{collection}` lacks {missing} chunks: `ragstone reindex --collection {collection}` computes them, then try again"
    )]
    MigrationOfGaps { collection: CollectionName, missing: usize },
    #[error(
        "there is another collection `{collection}` in the new place, whose model was changed since: delete it there, or migrate into an empty place"
    )]
    MigrationOntoOther { collection: CollectionName },
    #[error(
        "collection `{collection}` has {documents} documents in the new place that the old one does not have, or not as new, `{source_name}` for one, and a migration would delete them: if they may go, delete them there (`ragstone documents delete`) or all of it (`ragstone collections delete {collection}`); otherwise bring this one over under another name, with `ragstone export` and `ragstone import --collection NAME`"
    )]
    MigrationWouldLose { collection: CollectionName, documents: u64, source_name: String },
    #[error(
        "{missing} chunks of collection `{collection}` are not in the new place after all was copied: the same command copies them again"
    )]
    MigrationIncomplete { collection: CollectionName, missing: usize },
    #[error(
        "collection `{collection}` was copied, and the new place has or finds something else for the vectors of chunk {chunk}: keep the old one, and report this"
    )]
    MigrationDiffers { collection: CollectionName, chunk: ChunkId },
    #[error("`{}` is no whole path of a model's folder: begin it with `/`", folder.display())]
    RelativeFolder { folder: PathBuf },
    #[error("there is no model `{}` in `{}`, and a client can name no folder elsewhere: put the model there", folder.display(), within.display())]
    ModelOutOfReach { folder: PathBuf, within: PathBuf },
    #[error("the folder of the model that collection `{collection}` belongs to is not known: name it in `embed.model_dir`")]
    FolderUnknown { collection: CollectionName },
    #[error("a part of the ingest stopped unexpectedly: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl IngestError {
    fn kind_and_stage(&self) -> (ErrorKind, Stage) {
        match self {
            Self::PathNotFound { .. } => (ErrorKind::NotFound, Stage::Source),
            Self::NothingFound { .. } | Self::Pattern { .. } | Self::NotAFile => (ErrorKind::InvalidInput, Stage::Source),
            Self::Unreadable { .. } | Self::Walk { .. } => (ErrorKind::Storage, Stage::Source),
            Self::Source(error) => (error.kind(), Stage::Source),
            Self::TooLarge { .. } => (ErrorKind::TooLarge, Stage::Source),
            Self::Empty
            | Self::NoText { .. }
            | Self::NoDocument { .. }
            | Self::Html { .. }
            | Self::NotFinite { .. }
            | Self::WorkerMissing { .. }
            | Self::WorkerNotFound { .. }
            | Self::ExtractionPanicked { .. } => (ErrorKind::InvalidInput, Stage::Extract),
            Self::Refused { refusal } if refusal.reason == RefusalReason::TooLarge => (ErrorKind::TooLarge, Stage::Extract),
            Self::Refused { .. } => (ErrorKind::InvalidInput, Stage::Extract),
            Self::WorkerTimeout { .. } => (ErrorKind::Timeout, Stage::Extract),
            Self::WorkerNotStarted { .. }
            | Self::WorkerOutOfMemory { .. }
            | Self::WorkerCrashed { .. }
            | Self::WorkerNonsense { .. }
            | Self::WorkerPipe { .. } => (ErrorKind::Unavailable, Stage::Extract),
            Self::Spool { .. } => (ErrorKind::Storage, Stage::Extract),
            Self::ChunkTooSmall { .. } => (ErrorKind::InvalidInput, Stage::Chunk),
            Self::VectorCount { .. } => (ErrorKind::Internal, Stage::Embed),
            Self::JobRequest { .. } => (ErrorKind::InvalidInput, Stage::Catalog),
            Self::JobNotFound { .. } => (ErrorKind::NotFound, Stage::Catalog),
            Self::JobNotQueued { .. } | Self::JobLost { .. } => (ErrorKind::Conflict, Stage::Catalog),
            Self::NoCollection { .. } => (ErrorKind::NotFound, Stage::Catalog),
            Self::MigrationOfUnfinished { .. } | Self::MigrationOntoOther { .. } | Self::MigrationWouldLose { .. } => {
                (ErrorKind::Conflict, Stage::Catalog)
            }
            Self::MigrationOfGaps { .. } | Self::MigrationIncomplete { .. } | Self::MigrationDiffers { .. } => {
                (ErrorKind::Storage, Stage::Store)
            }
            Self::NoOtherModel { .. } | Self::ModelOutOfReach { .. } => (ErrorKind::NotFound, Stage::Embed),
            Self::FolderUnknown { .. } | Self::RelativeFolder { .. } => (ErrorKind::InvalidInput, Stage::Configuration),
            Self::ModelInUse { .. }
            | Self::AnotherModel { .. }
            | Self::OtherWay { .. }
            | Self::NotInStep { .. }
            | Self::ModelBusy { .. }
            | Self::CollectionBusy { .. } => (ErrorKind::Conflict, Stage::Embed),
            Self::Task(_) => (ErrorKind::Internal, Stage::Source),
        }
    }
}

/// As a person says it: `60 s`.
fn seconds(duration: std::time::Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

impl From<IngestError> for Error {
    fn from(error: IngestError) -> Self {
        let (kind, stage) = error.kind_and_stage();
        Self::new(kind, stage, error)
    }
}
