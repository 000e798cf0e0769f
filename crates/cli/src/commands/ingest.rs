//! `ragstone ingest`

mod here;
mod report;
mod sources;
mod there;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{anyhow, bail, ensure};
use ragstone_classify::IngestLabel;
use ragstone_ingest::{IngestReport, IngestSpec, PathsSource, RecordsSource, SourceSpec, queued_job};
use tokio_util::sync::CancellationToken;

use super::serve::stop_signal;
use crate::arguments::{Global, Ingest};
use crate::backend::Backend;
use crate::engine::Engine;
use crate::output::progress::IngestProgress;
use crate::output::terminal;
use crate::places;
use crate::settings::Settings;
use crate::storage::Database;

pub(super) use self::here::Here;
pub(super) use self::report::show;
use self::there::There;
pub(super) use self::there::wait_for;

/// Some documents failed.
const SOME_FAILED: u8 = 1;

pub(crate) async fn run(global: &Global, ingest: &Ingest) -> anyhow::Result<ExitCode> {
    let specs = sources::specs(ingest)?;
    if ingest.queue {
        return queue(global, ingest, specs).await.map(|()| ExitCode::SUCCESS);
    }
    let progress = Arc::new(IngestProgress::new(!global.json));
    let stop = stopped_by_signal({
        let progress = Arc::clone(&progress);
        move || progress.say("stopping: what is stored stays, the same command goes on with the rest (Ctrl-C again to stop at once)")
    })?;
    let backend = open(global, &ingest.classify).await?;
    let collection = &ingest.target.collection;
    let outcome = match &backend {
        Backend::Local(engine) => ingest_here(global, ingest, &Here { engine, collection, progress: &progress, stop }, specs).await,
        Backend::Remote(_) if ingest.dry_run || ingest.watch => {
            Err(anyhow!("`--dry-run` and `--watch` work on the data folder: leave `--url` out"))
        }
        Backend::Remote(remote) => There { remote, collection, progress: &progress, stop }.ingest(specs).await.map(Some),
    };
    progress.finish();
    let report = outcome?;
    backend.close().await?;

    let Some(report) = report else { return Ok(ExitCode::SUCCESS) };
    report::show(global, &report)?;
    if is_empty(&report) {
        bail!("no documents in {}: none of its files is text or a format that is read", shown_sources(ingest));
    }
    Ok(exit_code(&report))
}

/// Leaves the work to others, and opens no more than the catalog.
async fn queue(global: &Global, ingest: &Ingest, specs: Vec<IngestSpec>) -> anyhow::Result<()> {
    ensure!(global.url.is_none(), "`--queue` writes into the catalog itself: leave `--url` out");
    ensure!(ingest.name.is_none(), "standard input cannot be queued: it is gone when a worker reads it");
    let database = Database::open(&Settings::load(global)?).await?;
    let mut queued = Vec::new();
    for spec in specs {
        spec.check()?;
        note_what_is_not_here(&spec);
        let job = queued_job(&ingest.target.collection, spec)?;
        database.jobs().add_job(&job).await?;
        queued.push(job);
    }
    database.close().await?;
    if global.json {
        return terminal::say_json(&queued);
    }
    queued.iter().for_each(|job| terminal::say(format!("job {} is queued: {}", job.id, places::displayed(&job.title))));
    Ok(())
}

/// A worker may be another machine, which has what this one has not; or the path is misspelt.
fn note_what_is_not_here(spec: &IngestSpec) {
    let (SourceSpec::Paths(PathsSource { paths, .. }) | SourceSpec::Records(RecordsSource { paths, .. })) = &spec.source else { return };
    for path in paths.iter().filter(|path| !sources::is_pattern(path) && path.try_exists().is_ok_and(|there| !there)) {
        terminal::note(format!("`{}` does not exist on this machine: whoever runs the job must have it", path.display()));
    }
}

/// The data folder with the classifiers that were asked for, besides those of the settings; or a server, which has its own.
async fn open(global: &Global, classify: &[String]) -> anyhow::Result<Backend> {
    if classify.is_empty() {
        return Backend::open(global).await;
    }
    if global.url.is_some() {
        bail!("`--classify` works on the data folder: with `--url`, name classifiers in `[[classify]]` of the server's configuration");
    }
    let mut settings = Settings::load(global)?;
    for asked in classify {
        let (classifier, field) = asked.split_once(':').map_or((asked.as_str(), None), |(name, field)| (name, Some(field.to_owned())));
        let classifier = classifier.parse().map_err(ragstone_core::Error::from)?;
        settings.classify.push(IngestLabel { classifier, field, collection: None });
    }
    let engine = Engine::open(settings).await?;
    Ok(Backend::Local(Box::new(engine)))
}

/// Nothing where there is nothing left to report.
async fn ingest_here(global: &Global, ingest: &Ingest, here: &Here<'_>, specs: Vec<IngestSpec>) -> anyhow::Result<Option<IngestReport>> {
    if ingest.dry_run {
        let estimates = here.estimate(specs).await?;
        return report::show_estimates(global, &estimates).map(|()| None);
    }
    if ingest.watch {
        for spec in &specs {
            here.watch(spec, |report| report::show(global, report)).await?;
        }
        return Ok(None);
    }
    here.ingest(specs).await.map(Some)
}

/// A token that the first Ctrl-C cancels, after something was said; the second one ends the process.
pub(super) fn stopped_by_signal(say: impl FnOnce() + Send + 'static) -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let signal = stop_signal()?;
    let cancelled = stop.clone();
    tokio::spawn(async move {
        signal.await;
        say();
        cancelled.cancel();
    });
    Ok(stop)
}

/// Whether everything is stored.
pub(super) fn exit_code(report: &IngestReport) -> ExitCode {
    if report.failed_total == 0 && !report.interrupted { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAILED) }
}

fn is_empty(report: &IngestReport) -> bool {
    report.searchable() + report.removed + report.failed_total == 0 && !report.interrupted
}

fn shown_sources(ingest: &Ingest) -> String {
    ingest.sources.iter().map(|source| format!("`{source}`")).collect::<Vec<_>>().join(", ")
}
