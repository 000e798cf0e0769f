//! Ingests, and other work of the write path, as jobs: asked for once, kept in the catalog, gone on with after a crash, stopped on request.
//!
//! ```text
//! submit ─▶ queued ─claim─▶ running (lease, renewed with progress) ─▶ done · failed · cancelled
//!              ▲                │ process died: lease runs out, or `adopt_orphans`
//!              └────────────────┘
//! ```

mod config;
mod dead_letters;
mod journal;
mod lease;
mod pace;
mod queue;
mod request;
mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use ragstone_core::{CollectionName, Job, JobId, JobProgress, JobState, Jobs, Result};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use config::JobConfig;
pub use request::{JobRequest, PrepareModel};

use self::journal::Journal;
use self::lease::Stop;
use crate::{IngestError, IngestReport, Ingestor, Observer, SourceConfig};

/// So many running jobs are looked at when a process takes over from one that died.
const MAX_ORPHANS: u64 = 10_000;

/// Runs jobs. Clones share what is running.
#[derive(Clone)]
pub struct JobRunner {
    ingestor: Ingestor,
    jobs: Arc<dyn Jobs>,
    sources: Arc<SourceConfig>,
    config: JobConfig,
    running: Arc<Mutex<HashMap<JobId, Running>>>,
    submitted: Arc<Notify>,
}

/// A job that was claimed.
struct Claimed {
    job: Job,
    /// Holds the lease; whoever claims the job again, if only this process, has another name.
    owner: Arc<str>,
}

/// A job that this process works on.
#[derive(Clone)]
struct Running {
    owner: Arc<str>,
    journal: Arc<Journal>,
    stop: Arc<Stop>,
}

/// A new job, to be written down for whoever runs what is queued.
pub fn queued_job(collection: &CollectionName, request: impl Into<JobRequest>) -> Result<Job> {
    let request = request.into();
    Ok(Job {
        id: JobId::random(),
        collection: collection.clone(),
        title: request.title(),
        request: serde_json::to_value(&request).map_err(|source| IngestError::JobRequest { source })?,
        state: JobState::Queued,
        cancel_requested: false,
        progress: JobProgress::default(),
        error: None,
        created_at: Utc::now(),
        started_at: None,
        finished_at: None,
    })
}

/// A job that has ended, and what it did.
#[derive(Debug, Clone)]
pub struct FinishedJob {
    /// As the catalog has it now.
    pub job: Job,
    /// What the last run of it did.
    pub report: IngestReport,
}

impl JobRunner {
    /// A runner for the jobs in a catalog.
    pub fn new(ingestor: Ingestor, jobs: Arc<dyn Jobs>, sources: SourceConfig, config: JobConfig) -> Self {
        Self { ingestor, jobs, sources: Arc::new(sources), config, running: Arc::default(), submitted: Arc::default() }
    }

    /// Writes a job down, to be run by [`run`](Self::run) or by whoever [runs what is queued](Self::run_queued).
    pub async fn submit(&self, collection: &CollectionName, request: impl Into<JobRequest>) -> Result<Job> {
        let job = queued_job(collection, request)?;
        self.jobs.add_job(&job).await?;
        self.submitted.notify_one();
        Ok(job)
    }

    /// Works on a job here and now. When the token is cancelled, the job is; an error is why the job failed as a whole.
    pub async fn run(&self, id: JobId, observer: Arc<dyn Observer>, cancel: CancellationToken) -> Result<FinishedJob> {
        if let Some(claimed) = self.claim(Some(id)).await? {
            return self.work_on(claimed, observer, cancel, JobState::Cancelled).await;
        }
        match self.jobs.job(id).await? {
            None => Err(IngestError::JobNotFound { id }.into()),
            Some(job) => Err(IngestError::JobNotQueued { id, state: job.state.name() }.into()),
        }
    }

    /// Asks a job to stop; what it has stored stays. Says whether there was one to be stopped.
    pub async fn cancel(&self, id: JobId) -> Result<bool> {
        let found = self.jobs.cancel_job(id, Utc::now()).await?;
        if let Some(running) = self.all_running().get(&id) {
            running.stop.request();
        }
        Ok(found)
    }

    /// Puts an ended job back into the queue; says whether there was one.
    pub async fn retry(&self, id: JobId) -> Result<bool> {
        let found = self.jobs.requeue_job(id).await?;
        self.submitted.notify_one();
        Ok(found)
    }

    /// How far a job is, if this process works on it: newer than what the catalog says.
    pub fn progress(&self, id: JobId) -> Option<JobProgress> {
        self.all_running().get(&id).map(|running| running.journal.progress())
    }

    /// Whether other processes may take jobs from the same queue.
    pub fn shares_queue(&self) -> bool {
        self.ingestor.locks.is_between_processes()
    }

    /// Puts jobs back into the queue whose process died, without waiting for their leases to run out. To be called once, before anything runs here:
    /// a data folder belongs to one process, so whoever else holds a lease is gone. Where processes share the queue, leases alone tell. Says how many there were.
    pub async fn adopt_orphans(&self) -> Result<u64> {
        if self.shares_queue() {
            return Ok(0);
        }
        let owner = new_owner();
        let mut adopted = 0;
        for job in self.jobs.jobs(None, MAX_ORPHANS).await? {
            if job.state != JobState::Running || self.all_running().contains_key(&job.id) {
                continue;
            }
            let now = Utc::now();
            let all_leases_ended = now + config::LONGEST_LEASE;
            if self.jobs.claim_job(Some(job.id), &owner, all_leases_ended, all_leases_ended).await?.is_some() {
                let state = if job.cancel_requested { JobState::Cancelled } else { JobState::Queued };
                self.jobs.release_job(job.id, &owner, state, &job.progress, None, now).await?;
                adopted += 1;
            }
        }
        if adopted > 0 {
            self.submitted.notify_one();
        }
        Ok(adopted)
    }

    async fn claim(&self, only: Option<JobId>) -> Result<Option<Claimed>> {
        let (owner, now) = (new_owner(), Utc::now());
        let job = self.jobs.claim_job(only, &owner, now, now + self.config.lease).await?;
        Ok(job.map(|job| Claimed { job, owner }))
    }

    fn all_running(&self) -> MutexGuard<'_, HashMap<JobId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_owner() -> Arc<str> {
    JobId::random().to_string().into()
}
