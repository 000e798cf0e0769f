//! Jobs and documents to check with.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{DocumentProgress, Job, JobDocument, JobId, JobProgress, JobState};

/// A queued job, asked for so many minutes after the start of the suite's time.
pub(super) fn job(collection: &str, created: i64) -> Job {
    Job {
        id: JobId::random(),
        collection: collection.parse().unwrap(),
        title: "docs/, O'Brien \"notes\".pdf; 文書".to_owned(),
        request: json!({ "source": { "kind": "paths", "paths": ["/a b", "/文"] }, "prune": true, "tags": [], "nothing": null }),
        state: JobState::Queued,
        cancel_requested: false,
        progress: JobProgress::default(),
        error: None,
        created_at: minutes(created) + TimeDelta::nanoseconds(123_456_789),
        started_at: None,
        finished_at: None,
    }
}

pub(super) fn progress(done: u64) -> JobProgress {
    JobProgress {
        documents_total: Some(done * 2),
        documents_done: done,
        indexed: 1,
        replaced: 2,
        unchanged: 3,
        failed: 4,
        removed: 5,
        skipped: 6,
        bytes_read: 5_000_000_000,
        pages: 7,
        chunks_embedded: 8,
        chunks_kept: 9,
        seconds: 1.5,
        seconds_left: Some(0.25),
    }
}

pub(super) fn failed(source: &str) -> JobDocument {
    JobDocument {
        source: source.to_owned(),
        state: DocumentProgress::Failed,
        attempts: 3,
        stage: Some("extract".to_owned()),
        reason: Some(format!("`{source}` is encrypted: \"remove\" its password")),
        updated_at: minutes(4),
    }
}

pub(super) fn in_state(source: &str, state: DocumentProgress) -> JobDocument {
    JobDocument { source: source.to_owned(), state, attempts: 1, stage: None, reason: None, updated_at: minutes(5) }
}

pub(super) fn minutes(after: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(after)
}
