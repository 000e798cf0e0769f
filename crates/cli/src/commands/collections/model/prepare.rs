//! `ragstone collections model NAME prepare`

use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use bytesize::ByteSize;
use ragstone_core::{CollectionName, Job, JobState};
use ragstone_ingest::{JobRequest, ModelEstimate, PrepareModel};

use super::{confirm, show};
use crate::arguments::Global;
use crate::backend::Backend;
use crate::commands::ingest::{Here, stopped_by_signal, wait_for};
use crate::engine::Engine;
use crate::output::progress::IngestProgress;
use crate::output::{table, terminal};

/// So many jobs are looked through for one that was cut off.
const MAX_JOBS: u64 = 1_000;

pub(super) async fn run(global: &Global, backend: &Backend, name: &CollectionName, to: &Path, yes: bool) -> anyhow::Result<()> {
    // A server knows its own folders: what is named to it is not looked for here.
    let folder = match backend {
        Backend::Local(_) => std::path::absolute(to)?,
        Backend::Remote(_) => to.to_owned(),
    };
    if !(yes && global.json) {
        let estimate = backend.estimate_model(name, &folder).await?;
        show_estimate(global, name, &estimate)?;
    }
    if !yes {
        confirm("compute them? Searches and ingests go on meanwhile")?;
    }
    let progress = Arc::new(IngestProgress::new(!global.json));
    let stop = stopped_by_signal({
        let progress = Arc::clone(&progress);
        move || progress.say("stopping: what is computed stays, the same command goes on with the rest (Ctrl-C again to stop at once)")
    })?;
    let request = PrepareModel { folder };
    let is_complete = match backend {
        Backend::Local(engine) => {
            let job = job_here(engine, name, request).await?;
            let here = Here { engine, collection: name, progress: &progress, stop };
            here.run(&job).await.map(|report| !report.interrupted)
        }
        Backend::Remote(remote) => {
            let job = remote.prepare_model(name, &request.folder).await?.job;
            progress.say(&format!("the server computes them as job {}", job.id));
            wait_for(remote, job, &stop).await.map(|job| job.state == JobState::Done)
        }
    };
    progress.finish();
    ensure!(is_complete?, "stopped: the same command goes on");
    show(global, &backend.model_status(name).await?)
}

/// A new job, or one that asks for the same and was cut off.
async fn job_here(engine: &Engine, name: &CollectionName, request: PrepareModel) -> anyhow::Result<Job> {
    engine.runner.adopt_orphans().await?;
    let request = JobRequest::from(request);
    let asked = serde_json::to_value(&request)?;
    let jobs = engine.jobs.jobs(Some(name), MAX_JOBS).await?;
    match jobs.into_iter().find(|job| job.state == JobState::Queued && job.request == asked) {
        Some(job) => Ok(job),
        None => Ok(engine.runner.submit(name, request).await?),
    }
}

fn show_estimate(global: &Global, name: &CollectionName, estimate: &ModelEstimate) -> anyhow::Result<()> {
    if global.json {
        return terminal::say_json(estimate);
    }
    let about = if estimate.counted < estimate.chunks { "about " } else { "" };
    let rows = [
        ["from", &estimate.from.to_string()].map(str::to_owned),
        ["to", &estimate.to.to_string()].map(str::to_owned),
        ["documents", &estimate.documents.to_string()].map(str::to_owned),
        ["chunks", &estimate.chunks.to_string()].map(str::to_owned),
        ["tokens".to_owned(), format!("{about}{}", estimate.tokens)],
        ["time".to_owned(), format!("{:.0} s at {:.0} tokens/s, when nothing else is done", estimate.seconds, estimate.tokens_per_second)],
        ["disk".to_owned(), format!("{}, until one of the two is dropped", ByteSize(estimate.disk.total_bytes()))],
    ];
    table::show(["Vectors of another model", name.as_str()], &rows);
    if estimate.truncated > 0 {
        terminal::note(format!(
            "{about}{} chunks are longer than the {} tokens that the other model reads: their ends will not be in its vectors; \
             `ragstone reindex --collection {name}` after the switch splits them anew",
            estimate.truncated, estimate.to.max_tokens
        ));
    }
    Ok(())
}
