//! Settings of the store on a Qdrant server.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::Address;
use crate::config::check_range;

/// How a Qdrant server or cluster is used: section `[store.qdrant]`. Nothing of it matters while `store.url` is not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QdrantConfig {
    /// What the names of our collections begin with on the server: up to 64 letters, digits, `_` and `-`. Two installations that
    /// share a server need prefixes of which neither begins with the other.
    pub prefix: String,
    /// Into how many shards a new collection is cut, 1 to 1024. Word rarity is counted within each.
    pub shards: usize,
    /// On how many nodes each shard of a new collection is kept, 1 to 16.
    pub replication_factor: usize,
    /// How many of them must have taken a write before it counts, from 1 to `replication_factor`.
    pub write_consistency_factor: usize,
    /// What a new collection keeps in memory of its dense vectors to find candidates, which are compared in full afterwards.
    pub quantization: Quantization,
    /// How many nodes are asked when something is read.
    pub read_consistency: ReadConsistency,
    /// How long one attempt to write may take.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How long a search or any other request that reads may take, all attempts together.
    #[serde(with = "humantime_serde")]
    pub read_timeout: Duration,
    /// How long a connection may take to be made.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// How often a write is tried, 1 to 20, if what fails may pass. What reads is tried three times at most.
    pub attempts: usize,
    /// The pause before the second attempt; it doubles each time, up to 5 s.
    #[serde(with = "humantime_serde")]
    pub first_wait: Duration,
    /// After how many failures in a row the server is left alone for a while, 1 to 1000.
    pub breaker_failures: usize,
    /// For how long: what reads is refused at once meanwhile, what writes waits.
    #[serde(with = "humantime_serde")]
    pub breaker_pause: Duration,
    /// A file with the certificates (PEM) that the server's is signed by, instead of the system's.
    pub ca_certificate: Option<PathBuf>,
    /// Whether the API key may go to another machine without encryption.
    pub plain_text_key: bool,
}

/// What is kept in memory of dense vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantization {
    /// All of it.
    #[default]
    None,
    /// A byte for each number: a quarter.
    Scalar,
    /// A bit for each number: a thirty-second; for models that stand it.
    Binary,
}

/// How many nodes are asked when something is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadConsistency {
    /// One of each shard's.
    #[default]
    One,
    /// All; what most of them say counts.
    Majority,
    /// Most; what all of those say counts.
    Quorum,
    /// All; what all say counts.
    All,
}

impl Default for QdrantConfig {
    fn default() -> Self {
        Self {
            prefix: "ragstone_".to_owned(),
            shards: 1,
            replication_factor: 1,
            write_consistency_factor: 1,
            quantization: Quantization::None,
            read_consistency: ReadConsistency::One,
            timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            attempts: 8,
            first_wait: Duration::from_millis(100),
            breaker_failures: 5,
            breaker_pause: Duration::from_secs(5),
            ca_certificate: None,
            plain_text_key: false,
        }
    }
}

const MAX_PREFIX: usize = 64;
const MIN_DURATION: Duration = Duration::from_millis(1);
const MAX_DURATION: Duration = Duration::from_hours(1);

impl QdrantConfig {
    /// Names every key that has a value the store cannot work with.
    pub(crate) fn validate(&self, url: Option<&str>) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(Err(problem)) = url.map(Address::parse) {
            problems.push(problem);
        }
        let is_plain = self.prefix.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
        if !is_plain || self.prefix.len() > MAX_PREFIX {
            let prefix = &self.prefix;
            problems.push(format!("`store.qdrant.prefix` is {prefix:?}, it may have up to {MAX_PREFIX} letters, digits, `_` and `-`"));
        }
        check_range(&mut problems, "store.qdrant.shards", self.shards, 1, 1024);
        check_range(&mut problems, "store.qdrant.replication_factor", self.replication_factor, 1, 16);
        let most = self.replication_factor.max(1);
        check_range(&mut problems, "store.qdrant.write_consistency_factor", self.write_consistency_factor, 1, most);
        check_range(&mut problems, "store.qdrant.attempts", self.attempts, 1, 20);
        check_range(&mut problems, "store.qdrant.breaker_failures", self.breaker_failures, 1, 1000);
        let durations = [
            ("timeout", self.timeout),
            ("read_timeout", self.read_timeout),
            ("connect_timeout", self.connect_timeout),
            ("first_wait", self.first_wait),
            ("breaker_pause", self.breaker_pause),
        ];
        for (key, duration) in durations {
            if !(MIN_DURATION..=MAX_DURATION).contains(&duration) {
                problems.push(format!("`store.qdrant.{key}` is {duration:?}, it must be from 1ms to 1h"));
            }
        }
        problems
    }
}
