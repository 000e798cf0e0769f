//! What to ingest.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{FileSource, Observer, SourceItem};

/// What to ingest, and how to watch and stop it.
pub struct IngestRequest {
    pub(super) items: Box<dyn Iterator<Item = SourceItem> + Send>,
    pub(super) prune_under: Vec<String>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: CancellationToken,
    pub(super) attempts: Attempts,
}

/// How often a document is tried whose failure may pass: a worker crashed, or took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// In all; at least 1.
    pub count: u32,
    /// The time before the second attempt; each further wait is twice as long.
    pub first_wait: Duration,
}

impl Attempts {
    /// One, and that is it.
    pub const ONE: Self = Self { count: 1, first_wait: Duration::ZERO };

    /// How long to wait after the `attempt`-th one: at least three quarters of the full time, so that not all wait equally long.
    pub(crate) fn wait_after(&self, attempt: u32) -> Duration {
        let full = self.first_wait.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)).min(64));
        let thousandths = u32::try_from(uuid::Uuid::new_v4().as_u128() % 250).unwrap_or_default();
        full.mul_f64(f64::from(1_000 - thousandths) / 1_000.0)
    }
}

impl IngestRequest {
    /// Everything that some paths hold.
    pub fn new(files: FileSource) -> Self {
        Self::of(files.into_items())
    }

    /// Anything that yields documents. It is read on a thread of its own and may block.
    pub fn of(items: impl Iterator<Item = SourceItem> + Send + 'static) -> Self {
        Self {
            items: Box::new(items),
            prune_under: Vec::new(),
            observer: Arc::new(()),
            cancel: CancellationToken::new(),
            attempts: Attempts::ONE,
        }
    }

    /// Afterwards removes the documents whose source is one of these paths or under it, and was not found.
    pub fn prune_under(mut self, roots: Vec<String>) -> Self {
        self.prune_under = roots;
        self
    }

    /// Shows the ingest to an observer.
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Stops after the commit under way when the token is cancelled. What was not yet stored is left for the next ingest.
    pub fn cancelled_by(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Tries documents again whose failure may pass.
    pub fn with_attempts(mut self, attempts: Attempts) -> Self {
        self.attempts = attempts;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_differ_a_little() {
        let attempts = Attempts { count: 5, first_wait: Duration::from_secs(2) };
        for (attempt, seconds) in [(1, 2.0), (2, 4.0), (3, 8.0), (60, 128.0)] {
            let wait = attempts.wait_after(attempt).as_secs_f64();
            assert!((seconds * 0.75..=seconds).contains(&wait), "{wait} after attempt {attempt}");
        }
        assert_eq!(Attempts::ONE.wait_after(1), Duration::ZERO);
    }
}
