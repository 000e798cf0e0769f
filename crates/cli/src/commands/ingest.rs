//! `ragstone ingest`

mod here;
mod report;
mod sources;
mod there;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use ragstone_ingest::IngestReport;
use tokio_util::sync::CancellationToken;

use super::serve::stop_signal;
use crate::arguments::{Global, Ingest};
use crate::backend::Backend;
use crate::output::progress::IngestProgress;
use crate::output::terminal;

pub(super) use self::here::run_job;
pub(super) use self::report::show;

/// Some documents failed.
const SOME_FAILED: u8 = 1;

pub(crate) async fn run(global: &Global, ingest: &Ingest) -> anyhow::Result<ExitCode> {
    let specs = sources::specs(ingest)?;
    let progress = Arc::new(IngestProgress::new(!global.json));
    let stop = stopped_by_signal({
        let progress = Arc::clone(&progress);
        move || progress.say("stopping: what is stored stays, the same command goes on with the rest (Ctrl-C again to stop at once)")
    })?;
    let backend = Backend::open(global).await?;
    let outcome = match &backend {
        Backend::Local(engine) if ingest.dry_run => here::estimate(engine, ingest, specs, global.json, stop).await.map(|()| None),
        Backend::Local(engine) if ingest.watch => here::watch(engine, ingest, &specs, global, &progress, stop).await.map(|()| None),
        Backend::Local(engine) => here::ingest(engine, ingest, specs, &progress, stop).await.map(Some),
        Backend::Remote(remote) => there::ingest(remote, ingest, specs, &progress, &stop).await.map(Some),
    };
    progress.finish();
    let Some(report) = outcome? else {
        backend.close().await?;
        return Ok(ExitCode::SUCCESS);
    };
    backend.close().await?;

    report::show(global, &report)?;
    if is_empty(&report) {
        bail!("no documents in {}: none of its files is text or a format that is read", shown_sources(ingest));
    }
    Ok(exit_code(&report))
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

/// Says a line that belongs to an ingest which goes on.
fn note_kept_watch(ingest: &Ingest) {
    terminal::note(format!("watching {} (Ctrl-C stops)", shown_sources(ingest)));
}
