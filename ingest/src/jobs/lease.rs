//! The lease on a running job: renewed with its progress, and lost when another has taken over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use ragstone_core::{Job, Lease, Result};
use tokio_util::sync::CancellationToken;

use super::{JobRunner, Running};

/// Progress is written at least so often.
const LONGEST_BEAT: Duration = Duration::from_secs(2);

/// So many documents are written at once.
const WRITTEN_TOGETHER: usize = 500;

/// Why a job stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Somebody asked for it.
    Requested,
    /// Another process has taken it over.
    Lost,
}

/// Stops a job, and remembers why.
pub(super) struct Stop {
    reason: Mutex<Option<Reason>>,
    /// Cancelled when the job is to stop, for whatever reason.
    pub(super) token: CancellationToken,
}

impl Stop {
    pub(super) fn under(parent: &CancellationToken) -> Arc<Self> {
        Arc::new(Self { reason: Mutex::default(), token: parent.child_token() })
    }

    pub(super) fn request(&self) {
        self.stop(Reason::Requested);
    }

    fn stop(&self, reason: Reason) {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.token.cancel();
    }

    /// Nothing if it was not stopped, or only together with everything else.
    pub(super) fn reason(&self) -> Option<Reason> {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JobRunner {
    /// Renews a job's lease until its work has ended, or the lease is lost.
    pub(super) async fn keep_lease(&self, job: Job, running: Running, ended: CancellationToken) {
        let beat = LONGEST_BEAT.min(self.config.lease / 3);
        let mut held_until = tokio::time::Instant::now() + self.config.lease;
        loop {
            tokio::select! {
                () = ended.cancelled() => return,
                () = tokio::time::sleep(beat) => running.journal.observe_pace(),
                () = running.journal.crowded.notified() => {}
            }
            let asked_at = tokio::time::Instant::now();
            match self.report(&job, &running).await {
                Ok(Lease::Held) => held_until = asked_at + self.config.lease,
                Ok(Lease::CancelRequested) => {
                    running.stop.request();
                    held_until = asked_at + self.config.lease;
                }
                Ok(Lease::Lost) => return running.stop.stop(Reason::Lost),
                Err(error) => {
                    tracing::warn!(job.id = %job.id, %error, "progress of the job could not be written; trying again");
                    if asked_at >= held_until {
                        return running.stop.stop(Reason::Lost);
                    }
                }
            }
        }
    }

    async fn report(&self, job: &Job, running: &Running) -> Result<Lease> {
        self.write_documents(job, running).await?;
        let until = Utc::now() + self.config.lease;
        self.jobs.renew_lease(job.id, &running.owner, until, &running.journal.progress()).await
    }

    pub(super) async fn write_documents(&self, job: &Job, running: &Running) -> Result<()> {
        let mut left = running.journal.take_unwritten();
        while !left.is_empty() {
            let some = left.split_off(left.len().saturating_sub(WRITTEN_TOGETHER));
            if let Err(error) = self.jobs.record_documents(job.id, &some).await {
                left.extend(some);
                running.journal.put_back(left);
                return Err(error);
            }
        }
        Ok(())
    }
}
