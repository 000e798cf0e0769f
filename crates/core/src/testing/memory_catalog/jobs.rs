//! Ingest jobs in memory.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::MemoryCatalog;
use crate::{
    CollectionName, DeadLetter, DocumentProgress, Error, ErrorKind, Job, JobCounts, JobDocument, JobDocuments, JobId, JobProgress,
    JobState, Jobs, Lease, Result, Stage,
};

#[derive(Debug, Default)]
pub(super) struct JobTable {
    jobs: BTreeMap<JobId, Entry>,
    dead_letters: BTreeMap<(CollectionName, String), DeadLetter>,
}

#[derive(Debug)]
struct Entry {
    job: Job,
    lease: Option<HeldLease>,
    documents: BTreeMap<String, JobDocument>,
}

#[derive(Debug)]
struct HeldLease {
    owner: String,
    until: DateTime<Utc>,
}

impl JobTable {
    pub(super) fn forget_collection(&mut self, name: &CollectionName) {
        self.dead_letters.retain(|(collection, _), _| collection != name);
    }

    /// A running job, if this owner holds its lease.
    fn held(&mut self, id: JobId, owner: &str) -> Option<&mut Entry> {
        self.jobs.get_mut(&id).filter(|entry| entry.lease.as_ref().is_some_and(|lease| lease.owner == owner))
    }
}

impl Entry {
    fn is_free(&self, now: DateTime<Utc>) -> bool {
        match self.job.state {
            JobState::Queued => true,
            JobState::Running => self.lease.as_ref().is_none_or(|lease| lease.until < now),
            _ => false,
        }
    }

    fn finish(&mut self, state: JobState, at: DateTime<Utc>) {
        self.lease = None;
        self.job.state = state;
        self.job.finished_at = state.is_final().then_some(at);
    }
}

impl MemoryCatalog {
    pub(super) fn table(&self) -> MutexGuard<'_, JobTable> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Jobs for MemoryCatalog {
    async fn add_job(&self, job: &Job) -> Result<()> {
        let mut table = self.table();
        if table.jobs.contains_key(&job.id) {
            return Err(Error::new(ErrorKind::Conflict, Stage::Catalog, format!("job `{}` is there already", job.id)));
        }
        table.jobs.insert(job.id, Entry { job: job.clone(), lease: None, documents: BTreeMap::new() });
        Ok(())
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        Ok(self.table().jobs.get(&id).map(|entry| entry.job.clone()))
    }

    async fn jobs(&self, collection: Option<&CollectionName>, limit: u64) -> Result<Vec<Job>> {
        let mut jobs: Vec<Job> = self.table().jobs.values().map(|entry| entry.job.clone()).collect();
        jobs.retain(|job| collection.is_none_or(|name| &job.collection == name));
        jobs.sort_by_key(|job| std::cmp::Reverse((job.created_at, job.id)));
        jobs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(jobs)
    }

    async fn job_counts(&self) -> Result<JobCounts> {
        let table = self.table();
        let count = |state| table.jobs.values().filter(|entry| entry.job.state == state).count() as u64;
        Ok(JobCounts { queued: count(JobState::Queued), running: count(JobState::Running) })
    }

    /// All its jobs are of this process.
    async fn wait_for_job(&self, _at_most: Duration) {
        std::future::pending().await
    }

    async fn claim_job(&self, only: Option<JobId>, owner: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Job>> {
        let mut table = self.table();
        let free = table.jobs.values_mut().filter(|entry| entry.is_free(now) && only.is_none_or(|only| entry.job.id == only));
        let Some(entry) = free.min_by_key(|entry| (entry.job.created_at, entry.job.id)) else { return Ok(None) };
        entry.lease = Some(HeldLease { owner: owner.to_owned(), until });
        entry.job = Job { state: JobState::Running, started_at: Some(now), error: None, ..entry.job.clone() };
        Ok(Some(entry.job.clone()))
    }

    async fn renew_lease(&self, id: JobId, owner: &str, until: DateTime<Utc>, progress: &JobProgress) -> Result<Lease> {
        let mut table = self.table();
        let Some(entry) = table.held(id, owner) else { return Ok(Lease::Lost) };
        entry.lease = Some(HeldLease { owner: owner.to_owned(), until });
        entry.job.progress = progress.clone();
        Ok(if entry.job.cancel_requested { Lease::CancelRequested } else { Lease::Held })
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
            return Err(Error::new(ErrorKind::Internal, Stage::Catalog, format!("job `{id}` cannot be released as running")));
        }
        let mut table = self.table();
        if let Some(entry) = table.held(id, owner) {
            let is_cancelled = state == JobState::Queued && entry.job.cancel_requested;
            entry.finish(if is_cancelled { JobState::Cancelled } else { state }, at);
            entry.job.progress = progress.clone();
            entry.job.error = error.map(str::to_owned);
        }
        Ok(())
    }

    async fn cancel_job(&self, id: JobId, at: DateTime<Utc>) -> Result<bool> {
        let mut table = self.table();
        let Some(entry) = table.jobs.get_mut(&id).filter(|entry| !entry.job.state.is_final()) else { return Ok(false) };
        entry.job.cancel_requested = true;
        if entry.is_free(at) {
            entry.finish(JobState::Cancelled, at);
        }
        Ok(true)
    }

    async fn requeue_job(&self, id: JobId) -> Result<bool> {
        let mut table = self.table();
        let Some(entry) = table.jobs.get_mut(&id).filter(|entry| entry.job.state.is_final()) else { return Ok(false) };
        entry.job = Job {
            state: JobState::Queued,
            cancel_requested: false,
            progress: JobProgress::default(),
            error: None,
            started_at: None,
            finished_at: None,
            ..entry.job.clone()
        };
        Ok(true)
    }

    async fn record_documents(&self, id: JobId, documents: &[JobDocument]) -> Result<()> {
        let mut table = self.table();
        let JobTable { jobs, dead_letters } = &mut *table;
        let unknown = || Error::new(ErrorKind::NotFound, Stage::Catalog, format!("job `{id}` does not exist"));
        let entry = jobs.get_mut(&id).ok_or_else(unknown)?;
        for document in documents {
            let key = (entry.job.collection.clone(), document.source.clone());
            match document.state {
                DocumentProgress::Failed => drop(dead_letters.insert(key, DeadLetter { job: id, document: document.clone() })),
                DocumentProgress::Stored => drop(dead_letters.remove(&key)),
                DocumentProgress::Queued | DocumentProgress::Extracting | DocumentProgress::Embedding => {}
            }
            entry.documents.insert(document.source.clone(), document.clone());
        }
        Ok(())
    }

    async fn job_documents(&self, id: JobId, state: Option<DocumentProgress>, offset: u64, limit: u64) -> Result<JobDocuments> {
        let table = self.table();
        let documents = table.jobs.get(&id).into_iter().flat_map(|entry| entry.documents.values());
        let all: Vec<_> = documents.filter(|document| state.is_none_or(|state| document.state == state)).cloned().collect();
        Ok(JobDocuments { total: all.len() as u64, documents: page(all, offset, limit) })
    }

    async fn dead_letters(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<Vec<DeadLetter>> {
        let table = self.table();
        let letters = table.dead_letters.iter().filter(|((of, _), _)| of == collection);
        Ok(page(letters.map(|(_, letter)| letter.clone()).collect(), offset, limit))
    }

    async fn resolve_dead_letters(&self, collection: &CollectionName, sources: &[String]) -> Result<()> {
        self.table().dead_letters.retain(|(of, source), _| of != collection || !sources.contains(source));
        Ok(())
    }
}

pub(super) fn page<T>(all: Vec<T>, offset: u64, limit: u64) -> Vec<T> {
    let (offset, limit) = (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(usize::MAX));
    all.into_iter().skip(offset).take(limit).collect()
}
