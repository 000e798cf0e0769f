//! When a source runs next, and running it then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ragstone_core::{Job, JobId, Result};

use super::ScheduledSource;
use crate::state::ServerState;

/// So often a run under way is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Nobody sleeps longer: the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// So many jobs are looked at to find the last run of a former process.
const MOST_JOBS: u64 = 10_000;

/// The last run of each source that this process has asked for, by its name. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    last: Arc<Mutex<HashMap<String, JobId>>>,
}

impl Runs {
    /// A source's last run, also of a former process: the newest job that ingests just this.
    pub(crate) async fn last(&self, state: &ServerState, source: &ScheduledSource) -> Result<Option<Job>> {
        // One that has been forgotten since is looked for like any other.
        if let Some(id) = self.known(source)
            && let Some(job) = state.find_job(id).await?
        {
            return Ok(Some(job));
        }
        let Ok(request) = serde_json::to_value(source.spec()) else {
            // It has come from a text, and can be written as one.
            return Ok(None);
        };
        // Not remembered: where another process runs the source, the next of its runs is the last.
        let mut jobs = state.jobs(Some(&source.collection), MOST_JOBS).await?.into_iter();
        Ok(jobs.find(|job| job.request == request))
    }

    fn known(&self, source: &ScheduledSource) -> Option<JobId> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).get(&source.name).copied()
    }

    pub(crate) fn remember(&self, source: &ScheduledSource, job: JobId) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).insert(source.name.clone(), job);
    }
}

/// When a source is due, by its last run; nothing while that is under way.
pub(crate) fn next_run_at(source: &ScheduledSource, last: Option<&Job>) -> Option<DateTime<Utc>> {
    let Some(last) = last else { return Some(Utc::now()) };
    if !last.state.is_final() {
        return None;
    }
    Some(last.finished_at.unwrap_or(last.created_at) + source.every)
}

/// Runs a source whenever it is due, until the server stops. One run has ended before the next begins.
pub(crate) async fn run_by_schedule(state: ServerState, source: ScheduledSource) {
    loop {
        let sleep = run_if_due(&state, &source).await.unwrap_or_else(|error| {
            tracing::warn!(source.name = source.name, %error, "source `{}` could not be asked for; trying again", source.name);
            LONGEST_SLEEP
        });
        if state.stopping.run_until_cancelled(tokio::time::sleep(sleep)).await.is_none() {
            return;
        }
    }
}

/// Says when to look again.
async fn run_if_due(state: &ServerState, source: &ScheduledSource) -> Result<Duration> {
    let last = state.runs.last(state, source).await?;
    let Some(due) = next_run_at(source, last.as_ref()) else { return Ok(LOOK_AGAIN) };
    if let Ok(rest) = (due - Utc::now()).to_std()
        && !rest.is_zero()
    {
        return Ok(rest.min(LONGEST_SLEEP));
    }
    let job = state.submit(&source.collection, source.spec()).await?;
    state.runs.remember(source, job.id);
    tracing::info!(source.name = source.name, job.id = %job.id, "source `{}` is due: job {} reads {}", source.name, job.id, job.title);
    Ok(LOOK_AGAIN)
}
