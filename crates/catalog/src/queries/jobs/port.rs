//! The port of jobs, method by method.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ragstone_core::{
    CollectionName, DeadLetter, DocumentProgress, Job, JobCounts, JobDocument, JobDocuments, JobId, JobProgress, JobState, Jobs, Lease,
    Result,
};

use super::super::dialect::ThisCatalog;
use super::{Release, dead_letters, documents};
use crate::CatalogError;

#[async_trait]
impl Jobs for ThisCatalog {
    async fn add_job(&self, job: &Job) -> Result<()> {
        let is_new = self.written(|| super::add(self.writer(), job)).await?;
        if is_new { Ok(()) } else { Err(CatalogError::JobExists { job: job.id }.into()) }
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        self.named(super::find(self.readers(), id).await)
    }

    async fn jobs(&self, collection: Option<&CollectionName>, limit: u64) -> Result<Vec<Job>> {
        self.named(super::list(self.readers(), collection, limit).await)
    }

    async fn job_counts(&self) -> Result<JobCounts> {
        self.named(super::counts(self.readers()).await)
    }

    async fn wait_for_job(&self, at_most: Duration) {
        self.wait_for_news(at_most).await;
    }

    async fn claim_job(&self, only: Option<JobId>, owner: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Job>> {
        self.written(|| super::claim(self.writer(), only, owner, now, until)).await
    }

    async fn renew_lease(&self, id: JobId, owner: &str, until: DateTime<Utc>, progress: &JobProgress) -> Result<Lease> {
        self.written(|| super::renew(self.writer(), id, owner, until, progress)).await
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
        if state == JobState::Running {
            return Err(CatalogError::ReleasedAsRunning { job: id }.into());
        }
        let release = Release { owner, state, progress, error, at };
        self.written(|| super::release(self.writer(), id, release)).await
    }

    async fn cancel_job(&self, id: JobId, at: DateTime<Utc>) -> Result<bool> {
        self.written(|| super::cancel(self.writer(), id, at)).await
    }

    async fn requeue_job(&self, id: JobId) -> Result<bool> {
        self.written(|| super::requeue(self.writer(), id)).await
    }

    async fn record_documents(&self, id: JobId, documents: &[JobDocument]) -> Result<()> {
        let is_known = self.written(|| documents::record(self.writer(), id, documents)).await?;
        if is_known { Ok(()) } else { Err(CatalogError::UnknownJob { job: id }.into()) }
    }

    async fn job_documents(&self, id: JobId, state: Option<DocumentProgress>, offset: u64, limit: u64) -> Result<JobDocuments> {
        self.named(documents::page(self.readers(), id, state, offset, limit).await)
    }

    async fn dead_letters(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<Vec<DeadLetter>> {
        self.named(dead_letters::page(self.readers(), collection, offset, limit).await)
    }

    async fn resolve_dead_letters(&self, collection: &CollectionName, sources: &[String]) -> Result<()> {
        self.written(|| dead_letters::resolve(self.writer(), collection, sources)).await
    }
}
