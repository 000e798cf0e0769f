//! How much longer a job takes, from how fast it has been lately.

use std::collections::VecDeque;

/// So many observations are looked back on. What was skipped because it was done before a restart is soon forgotten.
const OBSERVATIONS: usize = 20;

/// Before so much time has passed nobody can know.
const SHORTEST_VIEW_SECONDS: f64 = 3.0;

/// The last observations of a job: seconds since its start, documents dealt with.
#[derive(Debug, Default)]
pub(super) struct Pace {
    observations: VecDeque<(f64, u64)>,
}

impl Pace {
    pub(super) fn observe(&mut self, seconds: f64, documents_done: u64) {
        if self.observations.len() == OBSERVATIONS {
            self.observations.pop_front();
        }
        self.observations.push_back((seconds, documents_done));
    }

    /// The seconds that so many more documents take; nothing while nobody can know.
    pub(super) fn seconds_for(&self, documents: u64) -> Option<f64> {
        let ((from, first), (to, last)) = (self.observations.front()?, self.observations.back()?);
        let (seconds, done) = (to - from, last.saturating_sub(*first));
        (seconds >= SHORTEST_VIEW_SECONDS && done > 0).then(|| documents as f64 * seconds / done as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_the_latest_rate() {
        let mut pace = Pace::default();
        assert_eq!(pace.seconds_for(10), None);
        pace.observe(0.0, 0);
        pace.observe(2.0, 500);
        assert_eq!(pace.seconds_for(10), None, "two seconds say little");
        pace.observe(4.0, 1_000);
        assert_eq!(pace.seconds_for(500), Some(2.0));
        for number in 0..OBSERVATIONS as u64 {
            pace.observe(10.0 + number as f64, 1_000 + number);
        }
        assert_eq!(pace.seconds_for(60), Some(60.0), "the quick start is forgotten");
    }

    #[test]
    fn a_standstill_has_no_end() {
        let mut pace = Pace::default();
        pace.observe(0.0, 7);
        pace.observe(60.0, 7);
        assert_eq!(pace.seconds_for(1), None);
    }
}
