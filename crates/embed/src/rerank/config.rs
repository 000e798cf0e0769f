//! The `[rerank]` section of the configuration.

use std::path::PathBuf;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

/// Pairs longer than this are no passages.
const MOST_TOKENS: usize = 8_192;
/// No more threads than this are asked of ONNX Runtime.
const MOST_THREADS: usize = 1_024;

/// Which model reads query and passage together, if any. How many passages it reads is `retrieve.rerank_depth`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RerankConfig {
    /// The folder of the cross-encoder; without it, nothing is reranked.
    pub model_dir: Option<PathBuf>,
    /// Query and passage together, in tokens; what is longer is cut. More than the model reads is lowered to what it reads.
    pub max_tokens: usize,
    /// Processor cores to use; 0 means all.
    pub threads: usize,
}

impl Default for RerankConfig {
    fn default() -> Self {
        Self { model_dir: None, max_tokens: 512, threads: 0 }
    }
}

impl RerankConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.model_dir.as_ref().is_some_and(|folder| folder.as_os_str().is_empty()) {
            problems.push("`rerank.model_dir` is empty, it must be a folder or left out".to_owned());
        }
        if !(16..=MOST_TOKENS).contains(&self.max_tokens) {
            problems.push(format!("`rerank.max_tokens` is {}, it must be from 16 to {MOST_TOKENS}", self.max_tokens));
        }
        if self.threads > MOST_THREADS {
            problems.push(format!("`rerank.threads` is {}, it must be from 0 (all cores) to {MOST_THREADS}", self.threads));
        }
        problems
    }

    pub(crate) fn threads(&self) -> usize {
        if self.threads > 0 { self.threads } else { available_parallelism().map_or(1, usize::from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_every_wrong_key_is_named() {
        assert_eq!(RerankConfig::default().validate(), Vec::<String>::new());
        let problems = RerankConfig { model_dir: Some(PathBuf::new()), max_tokens: 1, threads: 1_000_000 }.validate();
        for key in ["model_dir", "max_tokens", "threads"] {
            assert!(problems.iter().any(|problem| problem.starts_with(&format!("`rerank.{key}` is"))), "{key}: {problems:?}");
        }
    }
}
