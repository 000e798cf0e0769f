//! Settings of the store and of the lexical encoder.

use serde::{Deserialize, Serialize};

use crate::StoreError;

/// How the embedded store indexes and searches: section `[store]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// Collections up to this many chunks are searched exactly; larger ones get an HNSW graph when they are optimised.
    pub exact_search_up_to: usize,
    /// Edges per node of the HNSW graph, 4 to 128: more find more and take more memory.
    pub hnsw_m: usize,
    /// Neighbours considered while the graph is built, 4 to 4096, and while it is searched.
    pub hnsw_ef_construct: usize,
    /// Whether vectors and graph stay on disk, for collections that do not fit the memory; slower.
    pub vectors_on_disk: bool,
    /// How many searches run at once, 1 to 256; more wait for their turn.
    pub concurrent_searches: usize,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { exact_search_up_to: 20_000, hnsw_m: 16, hnsw_ef_construct: 100, vectors_on_disk: false, concurrent_searches: 4 }
    }
}

impl StoreConfig {
    /// Refuses values that the store cannot work with; names every one.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        check_range(&mut problems, "store.hnsw_m", self.hnsw_m, 4, 128);
        check_range(&mut problems, "store.hnsw_ef_construct", self.hnsw_ef_construct, 4, 4096);
        check_range(&mut problems, "store.concurrent_searches", self.concurrent_searches, 1, 256);
        problems
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

fn check_range(problems: &mut Vec<String>, key: &str, value: usize, least: usize, most: usize) {
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

        let lexical = LexicalConfig { k: f64::NAN, b: 2.0, avg_len: 0.0, title_boost: 0 };
        let message = lexical.validate().join("; ");
        assert!(["lexical.k", "lexical.b", "lexical.avg_len", "lexical.title_boost"].iter().all(|key| message.contains(key)), "{message}");
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = serde_json::from_str::<StoreConfig>(r#"{"hnsw": 16}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `hnsw`"), "{error}");
    }
}
