//! What a server does by itself: it runs jobs, reads scheduled sources, sweeps, and says how it goes.

use std::time::Duration;

use ragstone_core::{JobProgress, JobState, Result};

use crate::Role;
use crate::schedule::run_by_schedule;
use crate::state::ServerState;

/// So often it is looked whether the files of an upload can go.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// So often the log says how jobs go on that take long.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// The files of an upload whose job nobody knows may be another process's that is just asking for it, for so long.
const UPLOAD_IN_THE_MAKING: Duration = Duration::from_secs(24 * 3600);

/// Takes over what a former process has left, and begins. It ends when the server is told to stop; a job that runs then goes
/// back into the queue.
pub(crate) async fn start(state: &ServerState) -> Result<()> {
    let spared = if state.app.runner.shares_queue() { UPLOAD_IN_THE_MAKING } else { Duration::ZERO };
    state.uploads.take_over(&*state.app.jobs, spared).await?;
    state.tasks.spawn(sweep_uploads(state.clone()));
    if state.app.role == Role::Queries { Ok(()) } else { start_jobs(state).await }
}

async fn start_jobs(state: &ServerState) -> Result<()> {
    let adopted = state.app.runner.adopt_orphans().await?;
    if adopted > 0 {
        tracing::info!(jobs.adopted = adopted, "{adopted} jobs were cut off by the last stop and are gone on with");
    }
    let (runner, stop) = (state.app.runner.clone(), state.stopping.clone());
    state.tasks.spawn(async move { runner.run_queued(stop).await });
    state.tasks.spawn(report_jobs(state.clone()));
    for source in state.app.sources.iter() {
        state.tasks.spawn(run_by_schedule(state.clone(), source.clone()));
    }
    Ok(())
}

async fn sweep_uploads(state: ServerState) {
    while state.stopping.run_until_cancelled(tokio::time::sleep(SWEEP_EVERY)).await.is_some() {
        if let Err(error) = state.uploads.sweep(&*state.app.jobs).await {
            tracing::warn!(%error, "the files of an upload could not be deleted; trying again");
        }
    }
}

async fn report_jobs(state: ServerState) {
    while state.stopping.run_until_cancelled(tokio::time::sleep(REPORT_EVERY)).await.is_some() {
        if let Err(error) = report(&state).await {
            tracing::warn!(%error, "the jobs cannot be read");
        }
    }
}

/// One line, if there is anything to do.
async fn report(state: &ServerState) -> Result<()> {
    let unfinished = state.unfinished_jobs(None).await?;
    if unfinished.is_empty() {
        return Ok(());
    }
    let mut all = JobProgress::default();
    let mut running = 0;
    for job in unfinished.iter().filter(|job| job.state == JobState::Running) {
        running += 1;
        all.indexed += job.progress.indexed;
        all.replaced += job.progress.replaced;
        all.unchanged += job.progress.unchanged;
        all.failed += job.progress.failed;
        all.removed += job.progress.removed;
        all.skipped += job.progress.skipped;
        all.chunks_embedded += job.progress.chunks_embedded;
    }
    tracing::info!(
        jobs.queued = unfinished.len() - running,
        jobs.running = running,
        documents.indexed = all.indexed,
        documents.replaced = all.replaced,
        documents.unchanged = all.unchanged,
        documents.failed = all.failed,
        documents.removed = all.removed,
        documents.skipped = all.skipped,
        chunks.embedded = all.chunks_embedded,
        "jobs at work"
    );
    Ok(())
}
