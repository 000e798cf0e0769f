//! The write path: documents become searchable, and stay so through a crash.
//!
//! **Where in the flow:** `source → extract → chunk → (embed → store) → report`. Reads what [`source`] finds,
//! turns it into text ([`extract`]), splits it ([`Chunker`]), and drives the ports of `ragstone-core` for the rest.
//!
//! * A [`RawDocument`] is bytes with a name; an iterator of them (such as [`FileSource`]) is what is ingested.
//! * [`Ingestor::ingest`] runs the pipeline and returns an [`IngestReport`]; an [`Observer`] sees it happen.
//! * [`Ingestor::estimate`] says what an ingest would do and take, without doing it.
//! * [`JobRunner`] runs ingests as jobs, which outlive the process that was asked for them.
//! * [`Migration`] copies collections to another store or catalog, with their vectors.
//! * [`Ingestor::recover`] makes the store equal the catalog again after a crash.
//!
//! ```no_run
//! # async fn example(ingestor: ragstone_ingest::Ingestor) -> ragstone_core::Result<()> {
//! use ragstone_ingest::{IngestRequest, FileSource, SourceConfig};
//!
//! let collection = "docs".parse()?;
//! let files = FileSource::new(&["docs/".into()], &SourceConfig::default())?;
//! let report = ingestor.ingest(&collection, IngestRequest::new(files)).await?;
//! assert!(report.failed.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! **The decision behind it:** the catalog is the truth and the store an index of it. A document is begun in the
//! catalog, stored, flushed, and only then completed; whatever was between the two when the power went is repaired
//! from the text that the catalog keeps. The cost is a copy of every text in the catalog.

mod chunk;
mod config;
mod error;
mod estimate;
pub mod extract;
mod jobs;
mod locks;
mod markdown;
mod migrate;
mod pipeline;
mod report;
pub mod source;

pub use chunk::{ChunkPlan, Chunker, Chunkers, embedded_text};
pub use config::{ChunkConfig, ChunkStrategy};
pub use error::IngestError;
pub use estimate::{DiskEstimate, Estimate};
pub use jobs::{FinishedJob, JobConfig, JobRequest, JobRunner, PrepareModel, queued_job};
pub use locks::ProcessLocks;
pub use migrate::{Migration, MigrationReport, Verification};
pub use pipeline::{Attempts, IngestRequest, Ingestor, ModelEstimate, ModelStatus, OtherModel, Ports, Recovery};
pub use report::{FailedDocument, IngestEvent, IngestReport, Observer, Outcome, QualitySummary, WarningSummary};
pub use source::{
    BucketConfig, BucketCredentials, BucketSource, Changes, FileSource, Follow, GitSource, IngestSpec, KnownVersions, OpenedSource,
    PathMetadata, PathsSource, RawDocument, RecordMap, RecordsSource, SiteSource, SkippedFile, SourceConfig, SourceError, SourceItem,
    SourceSpec, UploadFolder, UploadSource, Watcher,
};
