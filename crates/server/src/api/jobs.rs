//! Jobs, and what they could not ingest.

use ragstone_core::{CollectionName, DeadLetter, DocumentProgress, Job, JobDocument, JobProgress};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ErrorBody, default_page_limit};

/// Which jobs are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobQuery {
    /// Only those of this collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub collection: Option<CollectionName>,
    /// How many to list, from 1 to 1000.
    #[serde(default = "default_page_limit")]
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: u64,
}

impl Default for JobQuery {
    fn default() -> Self {
        Self { collection: None, limit: default_page_limit() }
    }
}

/// A job and how fast it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobStatus {
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// How fast it has been since its last start; `null` before that.
    pub rate: Option<JobRate>,
}

/// What a job does in a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobRate {
    /// Documents that it deals with, unchanged ones among them.
    pub documents_per_second: f64,
    /// Bytes that it reads.
    pub bytes_per_second: f64,
    /// Chunks that it embeds and stores.
    pub chunks_per_second: f64,
}

impl From<Job> for JobStatus {
    fn from(job: Job) -> Self {
        Self { rate: JobRate::of(&job.progress), job }
    }
}

impl JobRate {
    fn of(progress: &JobProgress) -> Option<Self> {
        let per_second = |count: u64| count as f64 / progress.seconds;
        (progress.seconds > 0.0).then(|| Self {
            documents_per_second: per_second(progress.documents_done),
            bytes_per_second: per_second(progress.bytes_read),
            chunks_per_second: per_second(progress.chunks_embedded),
        })
    }
}

/// Jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobList {
    /// The newest first.
    pub jobs: Vec<JobStatus>,
}

/// Which of a job's documents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobDocumentsQuery {
    /// Only those that are so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DocumentProgress>,
    /// How many to skip.
    #[serde(default)]
    pub offset: u64,
    /// How many to list, from 1 to 1000.
    #[serde(default = "default_page_limit")]
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: u64,
}

/// A part of a job's documents. Unchanged ones are only counted, in the job's progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobDocumentList {
    /// By source.
    pub documents: Vec<JobDocument>,
    /// How many there are in all.
    pub total: u64,
    /// How many were skipped.
    pub offset: u64,
}

/// Documents whose last attempt failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterList {
    /// By source.
    pub dead_letters: Vec<DeadLetter>,
    /// How many were skipped.
    pub offset: u64,
}

/// One server-sent event of a job: its name is in `event`, its data is all of this as JSON.
///
/// They come in this order: any number of `progress`, then `ended` or `error`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum JobEvent {
    /// How far it is.
    Progress {
        /// As it is now.
        job: Box<JobStatus>,
    },
    /// Nothing more happens to it by itself.
    Ended {
        /// As it stays.
        job: Box<JobStatus>,
    },
    /// It cannot be followed any further.
    Error {
        /// Why.
        error: ErrorBody,
    },
}

impl JobEvent {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Progress { .. } => "progress",
            Self::Ended { .. } => "ended",
            Self::Error { .. } => "error",
        }
    }
}
