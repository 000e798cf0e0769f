//! The settings `[jobs]`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Attempts;

/// A job that nobody gave a sign of life about for so long is free, whatever the settings were.
pub(super) const LONGEST_LEASE: Duration = Duration::from_secs(3600);

/// How jobs are run (`[jobs]`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobConfig {
    /// How often something is tried whose failure may pass: a worker crashed or took too long, a store did not answer.
    pub attempts: u32,
    /// The time before the second attempt; each further wait is twice as long.
    #[serde(with = "humantime_serde")]
    pub first_wait: Duration,
    /// After this time without a sign of life a job is taken over by another process.
    #[serde(with = "humantime_serde")]
    pub lease: Duration,
    /// How many jobs run at once; those of one collection follow each other.
    pub parallel: usize,
}

impl Default for JobConfig {
    fn default() -> Self {
        Self { attempts: 3, first_wait: Duration::from_secs(2), lease: Duration::from_secs(30), parallel: 2 }
    }
}

impl JobConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=100).contains(&self.attempts) {
            problems.push(format!("jobs.attempts is {}, it must be from 1 to 100", self.attempts));
        }
        if !(Duration::from_secs(3)..=LONGEST_LEASE).contains(&self.lease) {
            problems.push(format!("jobs.lease is {:?}, it must be from 3s to 1h", self.lease));
        }
        if self.first_wait > Duration::from_secs(600) {
            problems.push(format!("jobs.first_wait is {:?}, it must be at most 10m", self.first_wait));
        }
        if !(1..=64).contains(&self.parallel) {
            problems.push(format!("jobs.parallel is {}, it must be from 1 to 64", self.parallel));
        }
        problems
    }

    pub(super) fn retries(&self) -> Attempts {
        Attempts { count: self.attempts, first_wait: self.first_wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_by_key() {
        assert!(JobConfig::default().validate().is_empty());
        let wrong = JobConfig { attempts: 0, first_wait: Duration::from_secs(601), lease: Duration::from_secs(1), parallel: 0 };
        for (problem, key) in wrong.validate().iter().zip(["jobs.attempts", "jobs.lease", "jobs.first_wait", "jobs.parallel"]) {
            assert!(problem.starts_with(key), "{problem}");
        }
        assert_eq!(wrong.validate().len(), 4);
        let parsed: JobConfig = serde_json::from_str(r#"{"lease":"1m"}"#).unwrap();
        assert_eq!(parsed, JobConfig { lease: Duration::from_secs(60), ..JobConfig::default() });
        assert!(serde_json::from_str::<JobConfig>(r#"{"retries":1}"#).is_err());
    }
}
