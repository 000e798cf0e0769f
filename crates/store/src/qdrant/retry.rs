//! What may pass is tried again, after a pause that grows.

use std::error::Error as _;
use std::time::Duration;

use tonic::{Code, Status};

use super::QdrantConfig;
use crate::StoreError;

/// Attempts of what reads: who searches waits.
const READ_ATTEMPTS: usize = 3;
/// No pause is longer.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// How much is done for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// Few attempts within one deadline.
    Read,
    /// More attempts, each with its own deadline. What is written may arrive twice and then counts once.
    Write,
}

/// Why an attempt brought no answer that could be used.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection, or it broke, or what is there does not speak gRPC.
    Unreachable(Status),
    /// No answer in time.
    TimedOut(Duration),
    /// The breaker lets nobody through for so long.
    Paused(Duration),
    /// The server has too much to do.
    Busy(Status),
    /// The server cannot now.
    NotNow(Status),
    /// The server will not take the key, or wants one.
    Refused(Status),
    /// The server's last word.
    Answer(Status),
}

impl Failure {
    pub(super) fn of(status: Status) -> Self {
        // What the server sends has no source here: whatever has one arose on the way.
        if status.source().is_some() {
            return Self::Unreachable(status);
        }
        match status.code() {
            Code::ResourceExhausted => Self::Busy(status),
            // `Internal` is also what a cluster says while a replica of a shard comes or goes.
            Code::Unavailable | Code::DeadlineExceeded | Code::Aborted | Code::Cancelled | Code::Internal => Self::NotNow(status),
            Code::Unauthenticated | Code::PermissionDenied => Self::Refused(status),
            _ => Self::Answer(status),
        }
    }

    /// Whether the server seems to be gone.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            // A proxy in front of it says so.
            Self::NotNow(status) => status.code() == Code::Unavailable,
            Self::Paused(_) | Self::Busy(_) | Self::Refused(_) | Self::Answer(_) => false,
        }
    }

    fn may_pass(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Answer(_))
    }

    pub(super) fn into_error(self, server: &str, action: &'static str) -> StoreError {
        let server = server.to_owned();
        match self {
            Self::Unreachable(status) => StoreError::Unreachable { server, action, message: causes(&status) },
            Self::TimedOut(waited) => StoreError::TimedOut { server, action, waited },
            Self::Paused(wait) => StoreError::Paused { server, wait },
            Self::Busy(status) => StoreError::Busy { server, action, message: status.message().to_owned() },
            Self::NotNow(status) if status.code() == Code::Unavailable => {
                StoreError::Unreachable { server, action, message: status.message().to_owned() }
            }
            Self::NotNow(status) => StoreError::NotNow { server, action, message: status.message().to_owned() },
            Self::Refused(status) => StoreError::Refused { server, message: status.message().to_owned() },
            Self::Answer(status) => {
                StoreError::Server { server, action, code: format!("{:?}", status.code()), message: status.message().to_owned() }
            }
        }
    }
}

/// The deepest cause says most: "Connection refused" rather than "transport error".
fn causes(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut cause = status.source();
    while let Some(deeper) = cause {
        let words = deeper.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = deeper.source();
    }
    text
}

/// The attempts of one request.
#[derive(Debug)]
pub(super) struct Attempts {
    left: usize,
    wait: Duration,
    effort: Effort,
}

impl Attempts {
    pub(super) fn new(effort: Effort, config: &QdrantConfig) -> Self {
        let left = match effort {
            Effort::Read => config.attempts.min(READ_ATTEMPTS),
            Effort::Write => config.attempts,
        };
        Self { left, wait: config.first_wait, effort }
    }

    /// The pause before the next attempt; nothing if this was the last.
    pub(super) fn after(&mut self, failure: &Failure) -> Option<Duration> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || !failure.may_pass() {
            return None;
        }
        let pause = match (failure, self.effort) {
            (Failure::Paused(_), Effort::Read) => return None,
            (Failure::Paused(wait), Effort::Write) => (*wait).max(self.wait),
            _ => self.wait,
        };
        self.wait = self.wait.saturating_mul(2).min(MAX_WAIT);
        // Many who fail at once should not come back at once.
        Some(pause.mul_f64(1.0 + fastrand::f64() / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(effort: Effort, failure: &Failure) -> Vec<Duration> {
        let mut attempts = Attempts::new(effort, &QdrantConfig::default());
        std::iter::from_fn(|| attempts.after(failure)).collect()
    }

    #[test]
    fn pauses_grow_to_a_limit_and_attempts_end() {
        let failure = Failure::TimedOut(Duration::from_secs(1));
        let pauses_of_a_write = pauses(Effort::Write, &failure);
        assert_eq!(pauses_of_a_write.len(), 7);
        for (pause, least) in pauses_of_a_write.iter().zip([100, 200, 400, 800, 1600, 3200, 5000]) {
            let least = Duration::from_millis(least);
            assert!((least..least.mul_f64(1.5)).contains(pause), "{pauses_of_a_write:?}");
        }
        assert_eq!(pauses(Effort::Read, &failure).len(), 2);
    }

    #[test]
    fn a_pause_of_the_breaker_is_waited_for_by_writes_alone() {
        let failure = Failure::Paused(Duration::from_secs(3));
        assert!(pauses(Effort::Write, &failure).iter().all(|pause| *pause >= Duration::from_secs(3)));
        assert!(pauses(Effort::Read, &failure).is_empty());
    }

    #[test]
    fn what_the_server_says_decides() {
        let check = |code: Code, may_pass: bool, is_outage: bool| {
            let failure = Failure::of(Status::new(code, "no"));
            assert_eq!((failure.may_pass(), failure.is_outage()), (may_pass, is_outage), "{code:?}");
        };
        check(Code::Unavailable, true, true);
        check(Code::DeadlineExceeded, true, false);
        check(Code::Aborted, true, false);
        check(Code::ResourceExhausted, true, false);
        check(Code::Internal, true, false);
        check(Code::InvalidArgument, false, false);
        check(Code::NotFound, false, false);
        check(Code::Unauthenticated, false, false);
        check(Code::PermissionDenied, false, false);
        check(Code::Unimplemented, false, false);
    }

    #[test]
    fn what_a_cluster_cannot_do_now_may_be_asked_for_later() {
        for code in [Code::Unavailable, Code::Internal, Code::Aborted, Code::Cancelled, Code::DeadlineExceeded] {
            let error = Failure::of(Status::new(code, "no replica of shard 2 is active")).into_error("q1", "search");
            let error = ragstone_core::Error::from(error);
            assert_eq!(error.kind(), ragstone_core::ErrorKind::Unavailable, "{code:?}");
            assert!(error.to_string().contains("no replica of shard 2"), "{error}");
        }
        let error = ragstone_core::Error::from(Failure::of(Status::new(Code::InvalidArgument, "no")).into_error("q1", "search"));
        assert_eq!(error.kind(), ragstone_core::ErrorKind::Internal);
    }
}
