//! `ragstone jobs`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use chrono::{SecondsFormat, Utc};
use ragstone_core::{CollectionName, DeadLetter, Job, JobDocuments, JobId, JobState, Jobs};

use super::ingest::{Here, exit_code, show as show_report, stopped_by_signal};
use crate::arguments::{Global, JobCommand};
use crate::engine::Engine;
use crate::output::progress::IngestProgress;
use crate::output::table;
use crate::output::terminal::{self, STRONG};
use crate::places;
use crate::settings::Settings;
use crate::storage::{self, CatalogReader};

/// So many documents of a job are shown.
const SHOWN_DOCUMENTS: u64 = 100;

pub(crate) async fn run(global: &Global, command: &JobCommand) -> anyhow::Result<ExitCode> {
    if global.url.is_some() {
        bail!("`ragstone jobs` works on the data folder, beside a running server too: leave `--url` out, or use `/api/jobs` of the server");
    }
    match command {
        JobCommand::List { limit } => list(global, *limit).await?,
        JobCommand::Show { id } => show(global, *id).await?,
        JobCommand::Cancel { id } => cancel(global, *id).await?,
        JobCommand::Resume { id } => return resume(global, *id).await,
        JobCommand::Failed { target, limit } => failed(global, &target.collection, *limit).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn reader(global: &Global) -> anyhow::Result<CatalogReader> {
    CatalogReader::open(&Settings::load(global)?).await
}

async fn list(global: &Global, limit: u64) -> anyhow::Result<()> {
    let jobs = reader(global).await?.jobs.jobs(None, limit).await?;
    if global.json {
        return terminal::say_json(&jobs);
    }
    let rows: Vec<[String; 6]> = jobs.iter().map(row).collect();
    table::show(["Job", "State", "Collection", "Created", "Documents", "What"], &rows);
    Ok(())
}

fn row(job: &Job) -> [String; 6] {
    let progress = &job.progress;
    let total = progress.documents_total.map_or_else(String::new, |total| format!(" of {total}"));
    let failed = if progress.failed > 0 { format!(", {} failed", progress.failed) } else { String::new() };
    [
        job.id.to_string(),
        shown_state(job).to_owned(),
        job.collection.to_string(),
        job.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        format!("{}{total}{failed}", progress.documents_done),
        places::displayed(&job.title),
    ]
}

fn shown_state(job: &Job) -> &'static str {
    if job.cancel_requested && !job.state.is_final() { "stopping" } else { job.state.name() }
}

async fn show(global: &Global, id: JobId) -> anyhow::Result<()> {
    let jobs = reader(global).await?.jobs;
    let job = found(&*jobs, id).await?;
    let documents = jobs.job_documents(id, None, 0, SHOWN_DOCUMENTS).await?;
    if global.json {
        return terminal::say_json(&serde_json::json!({ "job": job, "documents": documents.documents, "total": documents.total }));
    }
    let progress = &job.progress;
    let mut facts = vec![
        ["state", shown_state(&job)].map(str::to_owned),
        ["collection", job.collection.as_str()].map(str::to_owned),
        ["documents".to_owned(), row(&job)[4].clone()],
        [
            "outcome".to_owned(),
            format!(
                "{} indexed, {} replaced, {} unchanged, {} removed, {} skipped",
                progress.indexed, progress.replaced, progress.unchanged, progress.removed, progress.skipped
            ),
        ],
        ["chunks".to_owned(), format!("{} embedded, {} kept", progress.chunks_embedded, progress.chunks_kept)],
        ["seconds".to_owned(), format!("{:.1}", progress.seconds)],
    ];
    facts.extend(job.error.iter().map(|error| ["error".to_owned(), error.clone()]));
    terminal::say(format!("{STRONG}{}{STRONG:#}", places::displayed(&job.title)));
    table::show(["Field", "Value"], &facts);
    show_documents(&documents);
    Ok(())
}

fn show_documents(documents: &JobDocuments) {
    if documents.documents.is_empty() {
        return;
    }
    let rows: Vec<[String; 4]> = documents
        .documents
        .iter()
        .map(|document| {
            let reason = document.reason.clone().unwrap_or_default();
            [document.state.name().to_owned(), document.attempts.to_string(), places::displayed(&document.source), reason]
        })
        .collect();
    terminal::say("");
    table::show(["State", "Attempts", "Document", "Reason"], &rows);
    let shown = documents.documents.len() as u64;
    if shown < documents.total {
        terminal::note(format!("{shown} of {} documents; `/api/jobs/JOB/documents` has all", documents.total));
    }
}

async fn cancel(global: &Global, id: JobId) -> anyhow::Result<()> {
    let jobs = reader(global).await?.jobs;
    let was_stopped = jobs.cancel_job(id, Utc::now()).await?;
    let job = found(&*jobs, id).await?;
    ensure!(was_stopped, "job {id} is {} already", job.state.name());
    terminal::say(format!("job {id} is {}; what it has stored stays", shown_state(&job)));
    Ok(())
}

/// Works on a job here, whether it was cut off or has ended.
async fn resume(global: &Global, id: JobId) -> anyhow::Result<ExitCode> {
    storage::ensure_data(&Settings::load(global)?)?;
    let engine = Engine::open(Settings::load(global)?).await?;
    engine.runner.adopt_orphans().await?;
    if found(&*engine.jobs, id).await?.state != JobState::Queued {
        engine.runner.retry(id).await?;
    }
    let progress = Arc::new(IngestProgress::new(!global.json));
    let stop = stopped_by_signal({
        let progress = Arc::clone(&progress);
        move || progress.say("stopping: what is stored stays (Ctrl-C again to stop at once)")
    })?;
    let job = found(&*engine.jobs, id).await?;
    let report = Here { engine: &engine, collection: &job.collection, progress: &progress, stop }.run(&job).await;
    progress.finish();
    let report = report?;
    engine.close().await?;
    show_report(global, &report)?;
    Ok(exit_code(&report))
}

async fn failed(global: &Global, collection: &CollectionName, limit: u64) -> anyhow::Result<()> {
    let letters: Vec<DeadLetter> = reader(global).await?.jobs.dead_letters(collection, 0, limit).await?;
    if global.json {
        return terminal::say_json(&letters);
    }
    if letters.is_empty() {
        terminal::say(format!("nothing has failed in collection `{collection}`"));
        return Ok(());
    }
    let rows: Vec<[String; 3]> = letters
        .into_iter()
        .map(|letter| {
            let DeadLetter { document, .. } = letter;
            [places::displayed(&document.source), document.attempts.to_string(), document.reason.unwrap_or_default()]
        })
        .collect();
    table::show(["Document", "Attempts", "Reason"], &rows);
    terminal::note("ingest them again when the cause is gone; what is stored drops off this list");
    Ok(())
}

async fn found(jobs: &dyn Jobs, id: JobId) -> anyhow::Result<Job> {
    jobs.job(id).await?.with_context(|| format!("job {id} does not exist: `ragstone jobs` lists them"))
}
