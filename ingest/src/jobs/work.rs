//! Working on a job from its claim to its end.

use std::sync::Arc;

use chrono::Utc;
use ragstone_core::{CollectionName, Error, Job, JobState, Result};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::journal::Journal;
use super::lease::{Reason, Stop};
use super::{Claimed, FinishedJob, JobRequest, JobRunner, PrepareModel, Running};
use crate::pipeline::may_pass;
use crate::report::without_nul;
use crate::{Estimate, IngestError, IngestReport, IngestRequest, IngestSpec, KnownVersions, Observer};

/// Takes a job off the list of those that run here, however the work on it ends.
struct Listed<'runner> {
    runner: &'runner JobRunner,
    job: &'runner Job,
    owner: &'runner str,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        let mut all = self.runner.all_running();
        // Whose lease ran out may find the same job claimed again, by this very process.
        if all.get(&self.job.id).is_some_and(|running| *running.owner == *self.owner) {
            all.remove(&self.job.id);
        }
    }
}

impl JobRunner {
    /// Works on a claimed job. When `parent` is cancelled the job stops and is left in the state `when_stopped`.
    pub(super) async fn work_on(
        &self,
        Claimed { job, owner }: Claimed,
        observer: Arc<dyn Observer>,
        parent: CancellationToken,
        when_stopped: JobState,
    ) -> Result<FinishedJob> {
        let running = Running { owner, journal: Arc::new(Journal::new(observer)), stop: Stop::under(&parent) };
        self.all_running().insert(job.id, running.clone());
        let _listed = Listed { runner: self, job: &job, owner: &running.owner };
        let ended = CancellationToken::new();
        let lease = AbortOnDropHandle::new(tokio::spawn({
            let (runner, job, running, ended) = (self.clone(), job.clone(), running.clone(), ended.clone());
            async move { runner.keep_lease(job, running, ended).await }
        }));
        let outcome = self.try_until_done(&job, &running).await;
        // What it is just writing down is written to its end.
        ended.cancel();
        lease.await.map_err(IngestError::Task)?;
        if running.stop.reason() == Some(Reason::Lost) {
            return Err(IngestError::JobLost { id: job.id }.into());
        }
        let (state, error) = match &outcome {
            Err(error) => (JobState::Failed, Some(without_nul(&error.to_string()))),
            Ok(report) if !report.interrupted => (JobState::Done, None),
            Ok(_) if running.stop.reason() == Some(Reason::Requested) => (JobState::Cancelled, None),
            Ok(_) => (when_stopped, None),
        };
        match self.write_documents(&job, &running).await {
            Err(error) if may_pass(error.kind()) => return Err(error),
            Err(error) => tracing::error!(job.id = %job.id, %error, "what became of documents of the job cannot be written down"),
            Ok(()) => {}
        }
        let progress = running.journal.progress();
        self.jobs.release_job(job.id, &running.owner, state, &progress, error.as_deref(), Utc::now()).await?;
        let report = outcome?;
        let job = self.jobs.job(job.id).await?.ok_or(IngestError::JobNotFound { id: job.id })?;
        Ok(FinishedJob { job, report })
    }

    /// What an ingest of this source would do and take, without doing it.
    pub async fn estimate(&self, collection: &CollectionName, spec: IngestSpec, cancel: CancellationToken) -> Result<Estimate> {
        let sources = Arc::clone(&self.sources);
        let opened = tokio::task::spawn_blocking(move || spec.open(&sources, KnownVersions::new())).await.map_err(IngestError::Task)?;
        self.ingestor.estimate(collection, opened.map_err(Error::from)?.items, cancel).await
    }

    /// Runs a job, again and again where what failed may pass. What was stored is unchanged the next time.
    async fn try_until_done(&self, job: &Job, running: &Running) -> Result<IngestReport> {
        let request = JobRequest::of(job)?;
        self.recall(job, &running.journal).await?;
        let retries = self.config.retries();
        let mut attempt = 1;
        loop {
            let outcome = match &request {
                JobRequest::Ingest(spec) => self.ingest(job, spec, running).await,
                JobRequest::Model { prepare_model } => self.prepare_model(job, prepare_model, running).await,
            };
            let error = match outcome {
                Err(error) if attempt < retries.count && may_pass(error.kind()) => error,
                outcome => return outcome,
            };
            let wait = retries.wait_after(attempt);
            tracing::warn!(job.id = %job.id, %error, wait_ms = wait.as_millis() as u64, "job `{}` is tried again", job.title);
            if running.stop.token.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                // Whoever goes on with it tries again.
                return Ok(IngestReport { interrupted: true, ..IngestReport::default() });
            }
            attempt += 1;
        }
    }

    async fn prepare_model(&self, job: &Job, PrepareModel { folder }: &PrepareModel, running: &Running) -> Result<IngestReport> {
        running.journal.begin(None);
        let observer = Arc::clone(&running.journal) as Arc<dyn Observer>;
        self.ingestor.prepare_model(&job.collection, folder, observer, running.stop.token.clone()).await
    }

    async fn ingest(&self, job: &Job, spec: &IngestSpec, running: &Running) -> Result<IngestReport> {
        let known = {
            let spec = spec.clone();
            let scope = tokio::task::spawn_blocking(move || spec.scope()).await.map_err(IngestError::Task)?;
            self.ingestor.validators(&job.collection, &scope).await?
        };
        let (opening, sources) = (spec.clone(), Arc::clone(&self.sources));
        let opened = tokio::task::spawn_blocking(move || opening.open(&sources, known)).await.map_err(IngestError::Task)?;
        let opened = opened.map_err(Error::from)?;
        // A whole source without a single file is a typing error, or a disk that is not mounted.
        if opened.total == Some(0) && !spec.reads_changes_only() {
            return Err(IngestError::NothingFound { title: spec.title() }.into());
        }
        running.journal.begin(opened.total);

        let roots = if spec.prune { opened.prunable_roots } else { Vec::new() };
        let request = IngestRequest::of(opened.items)
            .prune_under(roots.clone())
            .observed_by(Arc::clone(&running.journal) as Arc<dyn Observer>)
            .cancelled_by(running.stop.token.clone())
            .with_attempts(self.config.retries());
        let report = self.ingestor.ingest(&job.collection, request).await?;
        let searched = if report.interrupted { Vec::new() } else { roots };
        self.resolve(job, &running.journal, &searched).await?;
        Ok(report)
    }
}
