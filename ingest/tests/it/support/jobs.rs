//! Jobs that cannot be written down for a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{
    CollectionName, DeadLetter, DocumentProgress, Error, ErrorKind, Job, JobCounts, JobDocument, JobDocuments, JobId, JobProgress,
    JobState, Jobs, Lease, Result, Stage,
};

/// The jobs of a catalog in memory.
pub(crate) struct StumblingJobs {
    pub(crate) inner: Arc<MemoryCatalog>,
    /// So many calls from now on cannot write down what became of documents.
    pub(crate) stumbles: AtomicUsize,
    /// Who has claimed jobs.
    pub(crate) owners: Mutex<Vec<String>>,
}

#[async_trait]
impl Jobs for StumblingJobs {
    async fn add_job(&self, job: &Job) -> Result<()> {
        self.inner.add_job(job).await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        self.inner.job(id).await
    }

    async fn jobs(&self, collection: Option<&CollectionName>, limit: u64) -> Result<Vec<Job>> {
        self.inner.jobs(collection, limit).await
    }

    async fn job_counts(&self) -> Result<JobCounts> {
        self.inner.job_counts().await
    }

    async fn wait_for_job(&self, at_most: Duration) {
        self.inner.wait_for_job(at_most).await;
    }

    async fn claim_job(&self, only: Option<JobId>, owner: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Job>> {
        self.owners.lock().unwrap().push(owner.to_owned());
        self.inner.claim_job(only, owner, now, until).await
    }

    async fn renew_lease(&self, id: JobId, owner: &str, until: DateTime<Utc>, progress: &JobProgress) -> Result<Lease> {
        self.inner.renew_lease(id, owner, until, progress).await
    }

    async fn release_job(
        &self,
        id: JobId,
        owner: &str,
        state: JobState,
        progress: &JobProgress,
        error: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.inner.release_job(id, owner, state, progress, error, at).await
    }

    async fn cancel_job(&self, id: JobId, at: DateTime<Utc>) -> Result<bool> {
        self.inner.cancel_job(id, at).await
    }

    async fn requeue_job(&self, id: JobId) -> Result<bool> {
        self.inner.requeue_job(id).await
    }

    async fn record_documents(&self, id: JobId, documents: &[JobDocument]) -> Result<()> {
        if self.stumbles.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(Error::new(ErrorKind::Unavailable, Stage::Catalog, "the server was started again"));
        }
        self.inner.record_documents(id, documents).await
    }

    async fn job_documents(&self, id: JobId, state: Option<DocumentProgress>, offset: u64, limit: u64) -> Result<JobDocuments> {
        self.inner.job_documents(id, state, offset, limit).await
    }

    async fn dead_letters(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<Vec<DeadLetter>> {
        self.inner.dead_letters(collection, offset, limit).await
    }

    async fn resolve_dead_letters(&self, collection: &CollectionName, sources: &[String]) -> Result<()> {
        self.inner.resolve_dead_letters(collection, sources).await
    }
}
