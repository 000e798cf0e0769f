//! What requests are answered with.

use std::path::Path;
use std::sync::Arc;

use ragstone_classify::Classifiers;
use ragstone_core::{Catalog, CollectionName, CollectionSpec, CollectionSummary, DocumentId, DocumentRecord, Job, JobId, Jobs, Result};
use ragstone_generate::{Answerer, Examiner, Understander};
use ragstone_ingest::{Ingestor, JobRequest, JobRunner};
use ragstone_retrieve::Retriever;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::evaluations::Evaluations;
use crate::metrics::Metrics;
use crate::permits::PermitPool;
use crate::schedule::Runs;
use crate::uploads::Uploads;
use crate::{ScheduledSource, ServerConfig, ServerError};

/// So many of the newest jobs are looked at where all that have not ended are meant.
const JOBS_LOOKED_AT: u64 = 1_000;

/// So many of them may not have ended; more are refused as overload.
const MOST_WAITING_JOBS: usize = 500;

/// What a process does, where several share a catalog and a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// It answers requests and runs jobs.
    #[default]
    Everything,
    /// It answers requests and leaves the jobs to others.
    Queries,
    /// It runs jobs, and answers only how it is.
    Jobs,
}

/// The parts of Ragstone that the server is an entrance to.
#[derive(Clone)]
pub struct AppState {
    /// What this process does.
    pub role: Role,
    /// The write path.
    pub ingestor: Arc<Ingestor>,
    /// What comes before the read path, where a language model is to help with questions.
    pub understander: Understander,
    /// The first half of the read path.
    pub retriever: Arc<Retriever>,
    /// The second half.
    pub answerer: Arc<Answerer>,
    /// Judges answers, in evaluations.
    pub examiner: Arc<Examiner>,
    /// Labels for texts.
    pub classifiers: Classifiers,
    /// What there is.
    pub catalog: Arc<dyn Catalog>,
    /// The ingests that were asked for, and what became of them.
    pub jobs: Arc<dyn Jobs>,
    /// Runs them, with the same write path: no two may write one collection unknown to each other.
    pub runner: JobRunner,
    /// The folder for uploads whose job has not ended, made when it is needed. Nobody else may keep anything in it.
    pub uploads: Arc<Path>,
    /// What is read again and again.
    pub sources: Arc<[ScheduledSource]>,
}

/// [`AppState`] and what one running server needs besides.
#[derive(Clone)]
pub(crate) struct ServerState {
    pub(crate) app: AppState,
    pub(crate) config: Arc<ServerConfig>,
    /// For searches and questions.
    pub(crate) questions: PermitPool,
    /// For uploads; apart, so that a long ingest holds up no search.
    pub(crate) ingests: PermitPool,
    /// Those whose job has not ended.
    pub(crate) uploads: Uploads,
    /// Those that were asked for.
    pub(crate) evaluations: Evaluations,
    /// Those of what is read by schedule.
    pub(crate) runs: Runs,
    /// How it does.
    pub(crate) metrics: Metrics,
    /// Cancelled when the server was told to stop.
    pub(crate) stopping: CancellationToken,
    /// Work that goes on when its client is gone.
    pub(crate) tasks: TaskTracker,
}

impl ServerState {
    pub(crate) fn new(app: AppState, config: ServerConfig) -> Self {
        let pool = |size| PermitPool::new(size, config.max_queued_requests, config.request_timeout);
        Self {
            uploads: Uploads::new(Arc::clone(&app.uploads), config.max_queued_requests),
            app,
            questions: pool(config.max_concurrent_requests),
            ingests: pool(config.max_concurrent_ingests),
            evaluations: Evaluations::default(),
            runs: Runs::default(),
            metrics: Metrics::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            config: Arc::new(config),
        }
    }

    /// Runs what must not stop half way, even when the client hangs up; a shutdown waits for it.
    pub(crate) async fn complete<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let finished = self.tasks.spawn(work).await;
        finished.map_err(|source| ServerError::TaskFailed { source })?
    }

    pub(crate) async fn collection(&self, name: &CollectionName) -> Result<CollectionSpec> {
        let found = self.app.catalog.collection(name).await?;
        Ok(found.ok_or_else(|| ServerError::NoCollection { name: name.clone() })?)
    }

    pub(crate) async fn collection_summary(&self, name: &CollectionName) -> Result<CollectionSummary> {
        let all = self.app.catalog.collections().await?;
        let found = all.into_iter().find(|summary| &summary.spec.name == name);
        Ok(found.ok_or_else(|| ServerError::NoCollection { name: name.clone() })?)
    }

    pub(crate) async fn document(&self, collection: &CollectionName, id: DocumentId) -> Result<DocumentRecord> {
        self.collection(collection).await?;
        let found = self.app.catalog.document(collection, id).await?;
        Ok(found.ok_or_else(|| ServerError::NoDocument { collection: collection.clone(), id })?)
    }

    /// A job, as it is at this moment.
    pub(crate) async fn job(&self, id: JobId) -> Result<Job> {
        Ok(self.find_job(id).await?.ok_or(ServerError::NoJob { id })?)
    }

    /// The same; nothing if there is none, as when it has been forgotten.
    pub(crate) async fn find_job(&self, id: JobId) -> Result<Option<Job>> {
        Ok(self.app.jobs.job(id).await?.map(|job| self.brought_up_to_date(job)))
    }

    /// The newest jobs first.
    pub(crate) async fn jobs(&self, collection: Option<&CollectionName>, limit: u64) -> Result<Vec<Job>> {
        let jobs = self.app.jobs.jobs(collection, limit).await?;
        Ok(jobs.into_iter().map(|job| self.brought_up_to_date(job)).collect())
    }

    /// The jobs that have not ended, the newest first.
    pub(crate) async fn unfinished_jobs(&self, collection: Option<&CollectionName>) -> Result<Vec<Job>> {
        let mut jobs = self.jobs(collection, JOBS_LOOKED_AT).await?;
        jobs.retain(|job| !job.state.is_final());
        Ok(jobs)
    }

    /// Puts a job into the queue, if the queue is not too long and the collection fits the model.
    pub(crate) async fn submit(&self, collection: &CollectionName, request: impl Into<JobRequest>) -> Result<Job> {
        if self.unfinished_jobs(None).await?.len() >= MOST_WAITING_JOBS {
            return Err(ServerError::TooManyJobs { most: MOST_WAITING_JOBS }.into());
        }
        self.app.ingestor.ensure_collection(collection).await?;
        self.app.runner.submit(collection, request).await
    }

    fn brought_up_to_date(&self, job: Job) -> Job {
        match self.app.runner.progress(job.id) {
            Some(progress) => Job { progress, ..job },
            None => job,
        }
    }
}
