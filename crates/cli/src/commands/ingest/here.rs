//! Ingesting into the data folder of this process.

use std::sync::Arc;

use anyhow::{Context, ensure};
use ragstone_core::{CollectionName, Job, JobState};
use ragstone_ingest::{IngestReport, IngestRequest, IngestSpec, SourceSpec, Watcher};
use tokio_util::sync::CancellationToken;

use super::report;
use crate::arguments::{Global, Ingest};
use crate::engine::Engine;
use crate::output::progress::IngestProgress;
use crate::output::terminal;

/// So many jobs are looked through for one that was cut off.
const MAX_JOBS: u64 = 1_000;

/// Ingests one source after the other; the reports are added up.
pub(super) async fn ingest(
    engine: &Engine,
    ingest: &Ingest,
    specs: Vec<IngestSpec>,
    progress: &Arc<IngestProgress>,
    stop: CancellationToken,
) -> anyhow::Result<IngestReport> {
    engine.runner.adopt_orphans().await?;
    let mut sum = IngestReport::default();
    for spec in specs {
        let report = ingest_one(engine, &ingest.target.collection, spec, progress, stop.clone()).await?;
        sum.add(report);
        if sum.interrupted {
            break;
        }
    }
    Ok(sum)
}

async fn ingest_one(
    engine: &Engine,
    collection: &CollectionName,
    spec: IngestSpec,
    progress: &Arc<IngestProgress>,
    stop: CancellationToken,
) -> anyhow::Result<IngestReport> {
    if reads_standard_input(&spec) {
        return ingest_input(engine, collection, spec, progress, stop).await;
    }
    let job = match cut_off(engine, collection, &spec).await? {
        Some(job) => {
            progress.say("going on with an ingest that was cut off");
            job
        }
        None => engine.runner.submit(collection, spec).await?,
    };
    run_job(engine, &job, progress, stop).await
}

/// Works on a job here and now.
pub(in crate::commands) async fn run_job(
    engine: &Engine,
    job: &Job,
    progress: &Arc<IngestProgress>,
    stop: CancellationToken,
) -> anyhow::Result<IngestReport> {
    Ok(engine.runner.run(job.id, Arc::clone(progress) as _, stop).await?.report)
}

/// A job that asks for the same and whose process died.
async fn cut_off(engine: &Engine, collection: &CollectionName, spec: &IngestSpec) -> anyhow::Result<Option<Job>> {
    let request = serde_json::to_value(spec)?;
    let jobs = engine.jobs.jobs(Some(collection), MAX_JOBS).await?;
    Ok(jobs.into_iter().find(|job| job.state == JobState::Queued && job.request == request))
}

fn reads_standard_input(spec: &IngestSpec) -> bool {
    matches!(&spec.source, SourceSpec::Paths(paths) if paths.name.is_some())
}

/// Standard input can be read once, so it is no job that could be gone on with.
async fn ingest_input(
    engine: &Engine,
    collection: &CollectionName,
    spec: IngestSpec,
    progress: &Arc<IngestProgress>,
    stop: CancellationToken,
) -> anyhow::Result<IngestReport> {
    let (config, prune) = (engine.sources.clone(), spec.prune);
    let opened = tokio::task::spawn_blocking(move || spec.open(&config, Default::default())).await??;
    let roots = if prune { opened.prunable_roots } else { Vec::new() };
    let request = IngestRequest::of(opened.items).prune_under(roots).observed_by(Arc::clone(progress) as _).cancelled_by(stop);
    Ok(engine.ingestor.ingest(collection, request).await?)
}

/// Says what an ingest would do and take.
pub(super) async fn estimate(
    engine: &Engine,
    ingest: &Ingest,
    specs: Vec<IngestSpec>,
    json: bool,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut estimates = Vec::new();
    for spec in specs {
        let title = spec.title();
        let estimate = engine.runner.estimate(&ingest.target.collection, spec, stop.clone()).await?;
        ensure!(!estimate.interrupted, "stopped before everything was read");
        estimates.push((title, estimate));
    }
    if json {
        return terminal::say_json(&estimates.into_iter().map(|(_, estimate)| estimate).collect::<Vec<_>>());
    }
    estimates.iter().for_each(|(title, estimate)| report::show_estimate(title, estimate));
    Ok(())
}

/// Ingests, and then whatever changes, until it is stopped.
pub(super) async fn watch(
    engine: &Engine,
    ingest: &Ingest,
    specs: &[IngestSpec],
    global: &Global,
    progress: &Arc<IngestProgress>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let [spec] = specs else { return Ok(()) };
    let SourceSpec::Paths(source) = &spec.source else { return Ok(()) };
    let (paths, config) = (source.paths.clone(), engine.sources.clone());
    // Watched before it is read, so that no change in between is missed.
    let mut watcher = Watcher::new(&paths, &config).context("the folders cannot be watched")?;
    engine.runner.adopt_orphans().await?;
    let first = ingest_one(engine, &ingest.target.collection, spec.clone(), progress, stop.clone()).await?;
    report::show(global, &first)?;
    super::note_kept_watch(ingest);
    while let Some(changes) = stop.run_until_cancelled(watcher.next()).await {
        match ingest_one(engine, &ingest.target.collection, changes.request(spec), progress, stop.clone()).await {
            Ok(report) if report::is_idle(&report) => {}
            Ok(report) => report::show(global, &report)?,
            // A folder that is gone for a moment must not end the watch.
            Err(error) => progress.say(&format!("{error:#}; watching on")),
        }
    }
    Ok(())
}
