//! Settings of the store and of the lexical encoder.

use serde::{Deserialize, Serialize};

use crate::{QdrantConfig, StoreError};

/// How vectors are kept, indexed and searched: section `[store]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// The address of a Qdrant server or cluster (gRPC), which then keeps the vectors; without it, this process does.
    pub url: Option<String>,
    /// Collections up to this many chunks are searched exactly; larger ones get an HNSW graph when they are optimised.
    pub exact_search_up_to: usize,
    /// Edges per node of the HNSW graph, 4 to 128: more find more and take more memory.
    pub hnsw_m: usize,
    /// Neighbours considered while the graph is built, 4 to 4096, and while it is searched.
    pub hnsw_ef_construct: usize,
    /// Whether vectors and graph stay on disk, for collections that do not fit the memory; slower.
    pub vectors_on_disk: bool,
    /// How many searches run at once in this process, 1 to 256; more wait for their turn. A server has its own limits.
    pub concurrent_searches: usize,
    /// How a Qdrant server is used.
    pub qdrant: QdrantConfig,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: None,
            exact_search_up_to: 20_000,
            hnsw_m: 16,
            hnsw_ef_construct: 100,
            vectors_on_disk: false,
            concurrent_searches: 4,
            qdrant: QdrantConfig::default(),
        }
    }
}

impl StoreConfig {
    /// Refuses values that the store cannot work with; names every one.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        check_range(&mut problems, "store.hnsw_m", self.hnsw_m, 4, 128);
        check_range(&mut problems, "store.hnsw_ef_construct", self.hnsw_ef_construct, 4, 4096);
        check_range(&mut problems, "store.concurrent_searches", self.concurrent_searches, 1, 256);
        problems.extend(self.qdrant.validate(self.url.as_deref()));
        problems
    }

    /// The size of vectors from which on they get a graph; zero would switch graphs off.
    pub(crate) fn graph_from_kilobytes(&self, dimension: usize) -> usize {
        let bytes = self.exact_search_up_to.saturating_mul(dimension).saturating_mul(size_of::<f32>());
        (bytes / 1024).max(1)
    }
}

/// Beyond, a passage is little but its title.
const MAX_TITLE_BOOST: usize = 10;

/// The parameters of BM25: section `[lexical]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LexicalConfig {
    /// How soon repeating a term stops helping, 0 or more.
    pub k: f64,
    /// How much long passages are held back, 0 (not at all) to 1 (fully).
    pub b: f64,
    /// The length of a passage, in terms, that is neither long nor short; a chunk of 256 tokens has about so many.
    pub avg_len: f64,
    /// How many times the words of a title and of headings count.
    pub title_boost: usize,
}

impl Default for LexicalConfig {
    fn default() -> Self {
        Self { k: 1.2, b: 0.75, avg_len: 128.0, title_boost: 3 }
    }
}

impl LexicalConfig {
    /// Refuses values that BM25 is not defined for; names every one.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(self.k.is_finite() && self.k >= 0.0) {
            problems.push(format!("`lexical.k` is {}, it must be 0 or more", self.k));
        }
        if !(0.0..=1.0).contains(&self.b) {
            problems.push(format!("`lexical.b` is {}, it must be from 0 to 1", self.b));
        }
        if !(self.avg_len.is_finite() && self.avg_len > 0.0) {
            problems.push(format!("`lexical.avg_len` is {}, it must be more than 0", self.avg_len));
        }
        check_range(&mut problems, "lexical.title_boost", self.title_boost, 1, MAX_TITLE_BOOST);
        problems
    }
}

pub(crate) fn check_range(problems: &mut Vec<String>, key: &str, value: usize, least: usize, most: usize) {
    if !(least..=most).contains(&value) {
        problems.push(format!("`{key}` is {value}, it must be from {least} to {most}"));
    }
}

/// Refuses settings that have problems.
pub(crate) fn ensure_valid(problems: Vec<String>) -> Result<(), StoreError> {
    if problems.is_empty() { Ok(()) } else { Err(StoreError::Config { problems: problems.join("; ") }) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn defaults_are_valid() {
        assert!(StoreConfig::default().validate().is_empty());
        assert!(LexicalConfig::default().validate().is_empty());
    }

    #[test]
    fn every_wrong_key_is_named() {
        let store = StoreConfig { hnsw_m: 1, concurrent_searches: 0, ..StoreConfig::default() };
        let message = store.validate().join("; ");
        assert!(message.contains("store.hnsw_m") && message.contains("store.concurrent_searches"), "{message}");

        let (zero, long) = (Duration::ZERO, Duration::from_secs(3601));
        let qdrant = QdrantConfig {
            prefix: "rag/".to_owned(),
            shards: 0,
            replication_factor: 17,
            write_consistency_factor: 18,
            timeout: zero,
            read_timeout: long,
            connect_timeout: zero,
            attempts: 0,
            first_wait: long,
            breaker_failures: 0,
            breaker_pause: zero,
            ..QdrantConfig::default()
        };
        let problems = StoreConfig { url: Some("qdrant:6334".to_owned()), qdrant, ..StoreConfig::default() }.validate();
        let keys = ["prefix", "shards", "replication_factor", "write_consistency_factor", "timeout", "read_timeout", "connect_timeout"];
        let keys = keys.into_iter().chain(["attempts", "first_wait", "breaker_failures", "breaker_pause"]);
        let keys = keys.map(|key| format!("`store.qdrant.{key}`")).chain(["`store.url`".to_owned()]);
        for key in keys {
            assert_eq!(problems.iter().filter(|problem| problem.contains(&key)).count(), 1, "{key} in {problems:?}");
        }
        assert_eq!(problems.len(), 12, "{problems:?}");

        let lexical = LexicalConfig { k: f64::NAN, b: 2.0, avg_len: 0.0, title_boost: 0 };
        let message = lexical.validate().join("; ");
        assert!(["lexical.k", "lexical.b", "lexical.avg_len", "lexical.title_boost"].iter().all(|key| message.contains(key)), "{message}");
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = serde_json::from_str::<StoreConfig>(r#"{"hnsw": 16}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `hnsw`"), "{error}");
        let error = serde_json::from_str::<StoreConfig>(r#"{"qdrant": {"replicas": 2}}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `replicas`"), "{error}");
    }
}
