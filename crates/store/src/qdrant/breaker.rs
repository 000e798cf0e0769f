//! A circuit breaker: a server that fails again and again is left alone for a while, so that callers learn at once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts failures in a row. After enough of them nobody is admitted for a while, then one, on trial.
#[derive(Debug)]
pub(super) struct Breaker {
    failures_allowed: usize,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed { failures: usize },
    Open { until: Instant },
    OnTrial,
}

/// Leave to ask the server. What came of it is to be told; dropped without, it leaves the next one on trial.
#[derive(Debug)]
#[must_use]
pub(super) struct Leave<'breaker> {
    breaker: &'breaker Breaker,
    is_trial: bool,
    is_told: bool,
}

impl Breaker {
    pub(super) fn new(failures_allowed: usize, pause: Duration) -> Self {
        Self { failures_allowed, pause, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Leave to ask, or how long there will be none.
    pub(super) fn admit(&self, now: Instant) -> Result<Leave<'_>, Duration> {
        let mut state = self.state();
        match *state {
            State::Closed { .. } => Ok(Leave { breaker: self, is_trial: false, is_told: false }),
            State::Open { until } if now < until => Err(until.saturating_duration_since(now)),
            State::Open { .. } => {
                *state = State::OnTrial;
                Ok(Leave { breaker: self, is_trial: true, is_told: false })
            }
            // The one on trial is not back yet.
            State::OnTrial => Err(self.pause),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// The server answered, whatever it said.
    pub(super) fn answered(mut self) {
        self.is_told = true;
        let mut state = self.breaker.state();
        match *state {
            State::Closed { .. } => *state = State::Closed { failures: 0 },
            _ if self.is_trial => {
                tracing::info!("the Qdrant server answers again");
                *state = State::Closed { failures: 0 };
            }
            // An answer to what was asked before the failures.
            State::Open { .. } | State::OnTrial => {}
        }
    }

    /// The server did not answer.
    pub(super) fn failed(mut self, now: Instant) {
        self.is_told = true;
        let mut state = self.breaker.state();
        let until = now + self.breaker.pause;
        match *state {
            State::Closed { failures } if failures + 1 < self.breaker.failures_allowed => {
                *state = State::Closed { failures: failures + 1 };
            }
            State::Closed { failures } => {
                tracing::warn!(failures = failures + 1, pause = ?self.breaker.pause, "the Qdrant server does not answer; it is left alone for a while");
                *state = State::Open { until };
            }
            _ if self.is_trial => *state = State::Open { until },
            State::Open { .. } | State::OnTrial => {}
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.is_trial && !self.is_told {
            *self.breaker.state() = State::Open { until: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(5);

    fn opened(at: Instant) -> Breaker {
        let breaker = Breaker::new(2, PAUSE);
        for _ in 0..2 {
            breaker.admit(at).unwrap().failed(at);
        }
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let now = Instant::now();
        let breaker = Breaker::new(2, PAUSE);
        for _ in 0..5 {
            breaker.admit(now).unwrap().failed(now);
            breaker.admit(now).unwrap().answered();
        }
        assert!(breaker.admit(now).is_ok());
        assert_eq!(opened(now).admit(now).unwrap_err(), PAUSE);
    }

    #[test]
    fn one_is_on_trial_and_its_outcome_counts() {
        let now = Instant::now();
        let breaker = opened(now);
        assert_eq!(breaker.admit(now + Duration::from_secs(2)).unwrap_err(), Duration::from_secs(3));
        let later = now + PAUSE;
        let trial = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_err(), "one at a time");
        trial.failed(later);
        assert_eq!(breaker.admit(later).unwrap_err(), PAUSE);
        breaker.admit(later + PAUSE).unwrap().answered();
        assert!(breaker.admit(later + PAUSE).is_ok() && breaker.admit(later + PAUSE).is_ok());
    }

    #[test]
    fn a_trial_that_was_given_up_leaves_the_next_one_on_trial() {
        let now = Instant::now();
        let breaker = opened(now);
        drop(breaker.admit(now + PAUSE).unwrap());
        let trial = breaker.admit(now + PAUSE).unwrap();
        assert!(breaker.admit(now + PAUSE).is_err());
        trial.answered();
    }

    #[test]
    fn late_answers_to_earlier_questions_change_nothing() {
        let now = Instant::now();
        let breaker = Breaker::new(1, PAUSE);
        let early = breaker.admit(now).unwrap();
        breaker.admit(now).unwrap().failed(now);
        early.answered();
        assert!(breaker.admit(now).is_err());
    }
}
