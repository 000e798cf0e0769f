//! When a request may be sent.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// So much of the next requests' time a query may take for itself.
const AHEAD: Duration = Duration::from_secs(6);
/// A minute and what queries may take of it: so no minute has more requests than it may have.
const MINUTE: Duration = Duration::from_secs(66);

/// Who waits for the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// An ingest: it waits for its turn, and through a server's bad minutes.
    Passages,
    /// A person: it goes before passages, and its failure is told soon.
    Query,
}

/// Keeps to a number of requests a minute, and lets a server rest that asks for it.
pub(super) struct Pace {
    /// Between two requests; zero without a limit.
    interval: Duration,
    state: Mutex<State>,
}

struct State {
    /// When the next request is due.
    next: Instant,
    /// Nothing is sent before.
    resting_until: Instant,
}

impl Pace {
    pub(super) fn new(requests_per_minute: u32) -> Self {
        let interval = if requests_per_minute == 0 { Duration::ZERO } else { MINUTE / requests_per_minute };
        let now = Instant::now();
        Self { interval, state: Mutex::new(State { next: now, resting_until: now }) }
    }

    /// Waits until a request may be sent.
    pub(super) async fn wait(&self, lane: Lane) {
        while let Err(due) = self.take(lane, Instant::now()) {
            sleep_until(due).await;
        }
    }

    /// Sends nothing for a while.
    pub(super) fn rest(&self, pause: Duration) {
        let mut state = self.state();
        state.resting_until = state.resting_until.max(Instant::now() + pause);
    }

    /// Takes a turn, or says when there may be one.
    fn take(&self, lane: Lane, now: Instant) -> Result<(), Instant> {
        let mut state = self.state();
        let due = match lane {
            Lane::Passages => state.next,
            Lane::Query => state.next.checked_sub(AHEAD).unwrap_or(now),
        };
        let due = due.max(state.resting_until);
        if due > now {
            return Err(due);
        }
        state.next = state.next.max(now) + self.interval;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a turn at the first moment at which there is one.
    fn turn(pace: &Pace, lane: Lane, now: Instant) -> Instant {
        match pace.take(lane, now) {
            Ok(()) => now,
            Err(due) => {
                pace.take(lane, due).expect("there is a turn when there was to be one");
                due
            }
        }
    }

    #[test]
    fn no_minute_has_more_requests_than_it_may_have() {
        let pace = Pace::new(30);
        let begun = Instant::now();
        let mut sent = vec![begun];
        for request in 0..120 {
            let lane = if request % 3 == 0 { Lane::Query } else { Lane::Passages };
            sent.push(turn(&pace, lane, sent[request]));
        }
        for (first, start) in sent.iter().enumerate().skip(1) {
            let within = sent[first..].iter().filter(|at| **at < *start + Duration::from_secs(60)).count();
            assert!(within <= 30, "{within} from {start:?}");
        }
        assert!(sent[120] - begun < Duration::from_secs(270), "{:?}", sent[120] - begun);
    }

    #[test]
    fn a_query_does_not_wait_behind_passages() {
        let pace = Pace::new(60);
        let begun = Instant::now();
        assert!(pace.take(Lane::Passages, begun).is_ok());
        assert!(pace.take(Lane::Query, begun).is_ok());
        assert!(pace.take(Lane::Passages, begun + Duration::from_secs(2)).is_err());
        assert!(pace.take(Lane::Passages, begun + Duration::from_secs(3)).is_ok());
    }

    #[test]
    fn everybody_lets_the_server_rest() {
        let pace = Pace::new(0);
        pace.rest(Duration::from_secs(3));
        let due = pace.take(Lane::Query, Instant::now()).expect_err("it rests");
        assert!(due > Instant::now() + Duration::from_secs(2));
        assert!(pace.take(Lane::Query, due).is_ok());
    }
}
