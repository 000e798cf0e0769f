//! The `[embed]` section of the configuration.

use std::path::PathBuf;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

use crate::RemoteConfig;

/// No pool has more sessions than this; each costs about 80 MB with the default model.
const MOST_SESSIONS: usize = 64;
/// No more threads than this are asked of ONNX Runtime.
const MOST_THREADS: usize = 1_024;
/// Sessions opened by default on a machine with many cores.
const DEFAULT_MOST_SESSIONS: usize = 4;

/// What computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The first NVIDIA card: for programs built with `--features cuda`, and an ONNX Runtime library that has CUDA.
    Cuda,
}

/// Which model embeds, and how much of the machine it may use.
///
/// The defaults were measured with all-MiniLM-L6-v2 on texts of 250 tokens: a session with one thread makes 8,400 tokens per
/// second of processor time from batches of 512 tokens, 6,900 from 2,048 and 5,500 from 8,192, because the smaller batch
/// stays in the processor's cache. Activations take about 60 MB per thousand tokens of a batch and session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmbedConfig {
    /// The folder of the model. By default `models/all-MiniLM-L6-v2` in a folder that `make setup` has filled.
    pub model_dir: Option<PathBuf>,
    /// The ONNX Runtime library, or the folder it is in. By default the one that `make setup` has placed.
    pub runtime_library: Option<PathBuf>,
    /// What computes the vectors; a reranker is always the processor's.
    pub device: Device,
    /// Threads of all sessions together; 0 means one per core.
    pub threads: usize,
    /// How many batches run at the same time; 0 means one per thread, at most 4.
    pub sessions: usize,
    /// The most tokens in a batch, padding counted; a text that is longer is a batch of its own.
    pub batch_tokens: usize,
    /// Longer texts are cut to this many tokens. By default the model's own limit.
    pub max_tokens: Option<usize>,
    /// A server that embeds instead of this machine (`[embed.remote]`).
    pub remote: Option<RemoteConfig>,
}

impl Default for EmbedConfig {
    fn default() -> Self {
        Self {
            model_dir: None,
            runtime_library: None,
            device: Device::Cpu,
            threads: 0,
            sessions: 0,
            batch_tokens: 512,
            max_tokens: None,
            remote: None,
        }
    }
}

impl EmbedConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.threads > MOST_THREADS {
            problems.push(format!("`embed.threads` is {}: it must be at most {MOST_THREADS}, or 0 for one per core", self.threads));
        }
        if self.sessions > MOST_SESSIONS {
            problems.push(format!("`embed.sessions` is {}: it must be at most {MOST_SESSIONS}, or 0 for the default", self.sessions));
        }
        if !(16..=1_048_576).contains(&self.batch_tokens) {
            problems.push(format!("`embed.batch_tokens` is {}: it must be from 16 to 1048576", self.batch_tokens));
        }
        if let Some(max_tokens) = self.max_tokens.filter(|max_tokens| !(8..=131_072).contains(max_tokens)) {
            problems.push(format!("`embed.max_tokens` is {max_tokens}: it must be from 8 to 131072"));
        }
        for (key, path) in [("model_dir", &self.model_dir), ("runtime_library", &self.runtime_library)] {
            if path.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
                problems.push(format!("`embed.{key}` is empty: give a path, or leave the key out"));
            }
        }
        problems.extend(self.remote.iter().flat_map(RemoteConfig::validate));
        problems
    }

    /// How many sessions there may be, and how many threads each has.
    pub(crate) fn parallelism(&self) -> Parallelism {
        let cores = available_parallelism().map_or(1, usize::from);
        let threads = if self.threads == 0 { cores } else { self.threads };
        let sessions = if self.sessions == 0 { threads.min(DEFAULT_MOST_SESSIONS) } else { self.sessions };
        Parallelism { sessions, threads_per_session: (threads / sessions).max(1) }
    }
}

/// How the threads are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parallelism {
    pub(crate) sessions: usize,
    pub(crate) threads_per_session: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(threads: usize, sessions: usize, expected: (usize, usize)) {
        let parallelism = EmbedConfig { threads, sessions, ..EmbedConfig::default() }.parallelism();
        assert_eq!((parallelism.sessions, parallelism.threads_per_session), expected, "{threads} threads, {sessions} sessions");
    }

    #[test]
    fn shares_out_threads() {
        check(1, 0, (1, 1));
        check(2, 0, (2, 1));
        check(4, 0, (4, 1));
        check(16, 0, (4, 4));
        check(2, 1, (1, 2));
        check(2, 3, (3, 1));
    }

    #[test]
    fn the_defaults_are_valid_and_every_wrong_key_is_named() {
        assert_eq!(EmbedConfig::default().validate(), Vec::<String>::new());
        let wrong = EmbedConfig {
            model_dir: Some(PathBuf::new()),
            runtime_library: Some(PathBuf::new()),
            device: Device::Cuda,
            threads: 1_000_000,
            sessions: 1_000,
            batch_tokens: 0,
            max_tokens: Some(1),
            remote: Some(RemoteConfig { url: "nowhere".into(), ..RemoteConfig::default() }),
        };
        let problems = wrong.validate();
        for key in ["model_dir", "runtime_library", "threads", "sessions", "batch_tokens", "max_tokens", "remote.url"] {
            assert!(problems.iter().any(|problem| problem.starts_with(&format!("`embed.{key}` is"))), "{key}: {problems:?}");
        }
    }

    #[test]
    fn refuses_a_key_it_does_not_know() {
        let error = serde_json::from_str::<EmbedConfig>(r#"{"batch_size": 8}"#).unwrap_err();
        assert!(error.to_string().contains("batch_size"), "{error}");
    }
}
