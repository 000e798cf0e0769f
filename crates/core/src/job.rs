//! Ingest jobs: what was asked for, how far it is, and what became of each document.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{CollectionName, JobId};

/// A request to ingest something, kept until long after it is done, so that a restart goes on with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Job {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub id: JobId,
    /// Where the documents go.
    #[schema(value_type = String)]
    pub collection: CollectionName,
    /// What is ingested, for people: `docs/, notes.pdf`.
    pub title: String,
    /// What is ingested, for the program that runs the job.
    #[schema(value_type = Object)]
    pub request: serde_json::Value,
    /// How far it is.
    pub state: JobState,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// What was done so far; of a running job, a second or two old.
    pub progress: JobProgress,
    /// Why it failed as a whole.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When work on it began, the last time.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// Is being worked on, by whoever holds its lease.
    Running,
    /// Ended; documents that failed are listed.
    Done,
    /// Could not go on: the store, the model or the source failed.
    Failed,
    /// Was stopped on request.
    Cancelled,
}

impl JobState {
    /// Its name, as in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens to such a job by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// How many jobs have not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Of these, those that wait for their turn.
    pub queued: u64,
    /// Of these, those that are being worked on, and those whose worker has died and that nobody has taken over yet.
    pub running: u64,
}

/// What a job has done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct JobProgress {
    /// How many documents there are in all; `null` until that is known.
    pub documents_total: Option<u64>,
    /// Documents that are dealt with, in whichever way.
    pub documents_done: u64,
    /// Of these, the new ones.
    pub indexed: u64,
    /// Of these, those that had changed.
    pub replaced: u64,
    /// Of these, those that had not.
    pub unchanged: u64,
    /// Of these, those that could not be ingested.
    pub failed: u64,
    /// Documents that were removed, because their source is gone.
    pub removed: u64,
    /// Files that are no documents.
    pub skipped: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Pages that were extracted.
    pub pages: u64,
    /// Chunks that were embedded and stored.
    pub chunks_embedded: u64,
    /// Chunks that kept their vectors.
    pub chunks_kept: u64,
    /// Seconds of work.
    pub seconds: f64,
    /// Seconds that are left, from the rate so far; `null` while nobody can know.
    pub seconds_left: Option<f64>,
}

/// What became of one document of a job. Unchanged documents are only counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobDocument {
    /// Where it comes from.
    pub source: String,
    /// How far it is.
    pub state: DocumentProgress,
    /// How often it was tried.
    pub attempts: u32,
    /// Which part of the flow refused it the last time.
    pub stage: Option<String>,
    /// Why it failed the last time.
    pub reason: Option<String>,
    /// When this was written.
    pub updated_at: DateTime<Utc>,
}

/// How far a document of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentProgress {
    /// Was found, or waits for another attempt.
    Queued,
    /// Is being turned into text and chunks.
    Extracting,
    /// Its chunks are being embedded and stored.
    Embedding,
    /// Is durably stored.
    Stored,
    /// Could not be ingested, and is not tried again by itself.
    Failed,
}

impl DocumentProgress {
    /// Its name, as in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Extracting => "extracting",
            Self::Embedding => "embedding",
            Self::Stored => "stored",
            Self::Failed => "failed",
        }
    }
}

/// What the holder of a job's lease learns when it renews it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// Go on.
    Held,
    /// Somebody asked the job to stop.
    CancelRequested,
    /// Another has taken the job over: stop, and write nothing more about it.
    Lost,
}

/// A page of a job's documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobDocuments {
    /// By source.
    pub documents: Vec<JobDocument>,
    /// How many there are in all.
    pub total: u64,
}

/// A document that cannot be ingested as it is now (the dead letters of a collection).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DeadLetter {
    /// The job that tried last.
    #[schema(value_type = String, format = "uuid")]
    pub job: JobId,
    /// What it found.
    #[serde(flatten)]
    pub document: JobDocument,
}
