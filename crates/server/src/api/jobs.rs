//! Jobs, what they could not ingest, and the sources that the server reads by itself.

use chrono::{DateTime, Utc};
use ragstone_core::{CollectionName, DeadLetter, DocumentProgress, Job, JobDocument};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ErrorBody, default_page_limit};

/// How an upload is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IngestQuery {
    /// Whether the answer waits until everything is searchable. With `false` the files are kept safe and a job is answered at once.
    #[serde(default = "default_wait")]
    #[param(default = true)]
    pub wait: bool,
}

fn default_wait() -> bool {
    true
}

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

/// Jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobList {
    /// The newest first.
    pub jobs: Vec<Job>,
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
        job: Box<Job>,
    },
    /// Nothing more happens to it by itself.
    Ended {
        /// As it stays.
        job: Box<Job>,
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

/// The sources that the server reads by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceList {
    /// In the order of the configuration.
    pub sources: Vec<SourceStatus>,
}

/// A source that the server reads by itself, and how it is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Where its documents go.
    #[schema(value_type = String)]
    pub collection: CollectionName,
    /// What is read.
    pub title: String,
    /// How long it rests between the end of one run and the start of the next: `1h`.
    pub schedule: String,
    /// Its last run, or the one under way; `null` before the first.
    pub last_job: Option<Job>,
    /// When it runs next; `null` while it runs.
    pub next_run_at: Option<DateTime<Utc>>,
}
