//! The queue: jobs are taken one after the other, a few at once.

use std::sync::Arc;
use std::time::Duration;

use ragstone_core::JobState;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Claimed, JobRunner};

/// The queue is looked at so often even if nobody here has put anything into it.
const IDLE: Duration = Duration::from_secs(5);

impl JobRunner {
    /// Runs what is queued until the token is cancelled. What is being worked on then goes back into the queue, to be gone on with at
    /// the next start.
    pub async fn run_queued(&self, stop: CancellationToken) {
        let mut at_work = JoinSet::new();
        while !stop.is_cancelled() {
            while at_work.len() < self.config.parallel.max(1)
                && let Some(claimed) = self.next_queued().await
            {
                let (runner, stop) = (self.clone(), stop.clone());
                at_work.spawn(async move { runner.run_in_background(claimed, stop).await });
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.submitted.notified() => {}
                _ = at_work.join_next(), if !at_work.is_empty() => {}
                () = self.jobs.wait_for_job(IDLE) => {}
            }
        }
        at_work.join_all().await;
    }

    async fn next_queued(&self) -> Option<Claimed> {
        self.claim(None).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the queue of jobs cannot be read; trying again");
            None
        })
    }

    async fn run_in_background(&self, claimed: Claimed, stop: CancellationToken) {
        let (id, title) = (claimed.job.id, claimed.job.title.clone());
        match self.work_on(claimed, Arc::new(()), stop, JobState::Queued).await {
            Ok(finished) => {
                let (state, progress) = (finished.job.state.name(), &finished.job.progress);
                tracing::info!(
                    job.id = %id,
                    job.state = state,
                    documents.indexed = progress.indexed,
                    documents.replaced = progress.replaced,
                    documents.unchanged = progress.unchanged,
                    documents.failed = progress.failed,
                    documents.removed = progress.removed,
                    documents.skipped = progress.skipped,
                    chunks.embedded = progress.chunks_embedded,
                    duration_ms = (progress.seconds * 1_000.0) as u64,
                    "job `{title}` ended"
                );
            }
            Err(error) => tracing::error!(job.id = %id, %error, "job `{title}` failed"),
        }
    }
}
