//! Ingesting into the data folder of this process.

use std::sync::Arc;

use anyhow::{Context, ensure};
use chrono::Utc;
use ragstone_core::{CollectionName, ErrorKind, Job, JobId, JobState};
use ragstone_ingest::{Estimate, IngestReport, IngestRequest, IngestSpec, SourceSpec, Watcher};
use tokio_util::sync::CancellationToken;

use super::there::{LOOK_AGAIN, report_of};
use crate::engine::Engine;
use crate::output::progress::IngestProgress;

/// So many jobs are looked through for one that was cut off.
const MAX_JOBS: u64 = 1_000;

/// An ingest by this process.
pub(in crate::commands) struct Here<'run> {
    pub(in crate::commands) engine: &'run Engine,
    pub(in crate::commands) collection: &'run CollectionName,
    pub(in crate::commands) progress: &'run Arc<IngestProgress>,
    pub(in crate::commands) stop: CancellationToken,
}

impl Here<'_> {
    /// Ingests one source after the other; the reports are added up.
    pub(super) async fn ingest(&self, specs: Vec<IngestSpec>) -> anyhow::Result<IngestReport> {
        self.engine.runner.adopt_orphans().await?;
        let mut sum = IngestReport::default();
        for spec in specs {
            sum.add(self.ingest_one(spec).await?);
            if sum.interrupted {
                break;
            }
        }
        if !sum.interrupted {
            self.calibrate().await;
        }
        Ok(sum)
    }

    /// Finds out from where on passages are relevant, if the collection has become another one. What was ingested is stored either way.
    async fn calibrate(&self) {
        let calibrated = self.stop.run_until_cancelled(self.engine.retriever.calibrate_if_due(self.collection)).await;
        if let Some(Err(error)) = calibrated {
            self.progress.say(&format!("relevance could not be calibrated: {error}; `ragstone collections calibrate` tries again"));
        }
    }

    /// Ingests, and then whatever changes, until it is stopped. What was done is told each time.
    pub(super) async fn watch(&self, spec: &IngestSpec, tell: impl Fn(&IngestReport) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let SourceSpec::Paths(source) = &spec.source else { return Ok(()) };
        // Watched before it is read, so that no change in between is missed.
        let mut watcher = Watcher::new(&source.paths, &self.engine.sources).context("the folders cannot be watched")?;
        tell(&self.ingest(vec![spec.clone()]).await?)?;
        self.progress.say(&format!("watching {} (Ctrl-C stops)", spec.title()));
        while let Some(changes) = self.stop.run_until_cancelled(watcher.next()).await {
            match self.ingest_one(changes.request(spec)).await {
                Ok(report) if is_idle(&report) => {}
                Ok(report) => tell(&report)?,
                // A folder that is gone for a moment must not end the watch.
                Err(error) => self.progress.say(&format!("{error:#}; watching on")),
            }
        }
        Ok(())
    }

    /// What the ingest of each source would do and take, with the source's title.
    pub(super) async fn estimate(&self, specs: Vec<IngestSpec>) -> anyhow::Result<Vec<(String, Estimate)>> {
        let mut estimates = Vec::new();
        for spec in specs {
            let title = spec.title();
            let estimate = self.engine.runner.estimate(self.collection, spec, self.stop.clone()).await?;
            ensure!(!estimate.interrupted, "stopped before everything was read");
            estimates.push((title, estimate));
        }
        Ok(estimates)
    }

    /// Works on a job here and now, or waits for the process that was quicker, where several share the queue.
    pub(in crate::commands) async fn run(&self, job: &Job) -> anyhow::Result<IngestReport> {
        let runner = &self.engine.runner;
        match runner.run(job.id, Arc::clone(self.progress) as _, self.stop.clone()).await {
            Ok(finished) => Ok(finished.report),
            Err(error) if runner.shares_queue() && error.kind() == ErrorKind::Conflict => self.follow(job.id).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn follow(&self, id: JobId) -> anyhow::Result<IngestReport> {
        self.progress.say(&format!("a worker has taken job {id}"));
        let mut is_asked_to_stop = false;
        loop {
            let found = self.engine.jobs.job(id).await?;
            let job = found.with_context(|| format!("job {id} is gone: somebody has removed it"))?;
            if job.state.is_final() {
                ensure!(job.error.is_none(), job.error.unwrap_or_default());
                return Ok(report_of(job.progress, job.state == JobState::Cancelled));
            }
            if self.stop.is_cancelled() && !is_asked_to_stop {
                self.engine.jobs.cancel_job(id, Utc::now()).await?;
                is_asked_to_stop = true;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn ingest_one(&self, spec: IngestSpec) -> anyhow::Result<IngestReport> {
        if reads_standard_input(&spec) {
            return self.ingest_input(spec).await;
        }
        let job = match self.cut_off(&spec).await? {
            Some(job) => {
                self.progress.say("going on with an ingest that was cut off");
                job
            }
            None => self.engine.runner.submit(self.collection, spec).await?,
        };
        self.run(&job).await
    }

    /// Standard input can be read once, so it is no job that could be gone on with.
    async fn ingest_input(&self, spec: IngestSpec) -> anyhow::Result<IngestReport> {
        let (config, prune) = (self.engine.sources.clone(), spec.prune);
        let opened = tokio::task::spawn_blocking(move || spec.open(&config, Default::default())).await??;
        let request = IngestRequest::of(opened.items)
            .prune_under(if prune { opened.prunable_roots } else { Vec::new() })
            .observed_by(Arc::clone(self.progress) as _)
            .cancelled_by(self.stop.clone());
        Ok(self.engine.ingestor.ingest(self.collection, request).await?)
    }

    /// A job that asks for the same and whose process died.
    async fn cut_off(&self, spec: &IngestSpec) -> anyhow::Result<Option<Job>> {
        let request = serde_json::to_value(spec)?;
        let jobs = self.engine.jobs.jobs(Some(self.collection), MAX_JOBS).await?;
        Ok(jobs.into_iter().find(|job| job.state == JobState::Queued && job.request == request))
    }
}

fn reads_standard_input(spec: &IngestSpec) -> bool {
    matches!(&spec.source, SourceSpec::Paths(paths) if paths.name.is_some())
}

/// Whether nothing has happened that is worth a line.
fn is_idle(report: &IngestReport) -> bool {
    report.indexed + report.replaced + report.removed + report.failed_total == 0
}
