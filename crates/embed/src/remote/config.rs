//! The section `[embed.remote]` of the configuration.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// More requests at once serve no server.
const MOST_REQUESTS: usize = 256;
/// More texts in a request serve no server.
const MOST_TEXTS: usize = 4_096;
/// More tries only hide that a server is down.
const MOST_ATTEMPTS: u32 = 20;
/// No model that we know of has longer vectors.
pub(super) const MOST_DIMENSIONS: usize = 65_536;

/// What a server understands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RemoteApi {
    /// `POST {url}/embeddings`, as OpenAI, vLLM, llama.cpp, Ollama, LiteLLM and others have it.
    #[default]
    OpenAi,
    /// `POST {url}/embed` and `GET {url}/info`, of text-embeddings-inference.
    Tei,
}

/// How an OpenAI-compatible server is asked to write numbers. What it sends instead is read too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RemoteEncoding {
    /// As decimal numbers, which every server can.
    #[default]
    Float,
    /// As the bytes of 32-bit numbers: a third of the size, and faster to read.
    Base64,
}

/// A server that embeds, instead of this machine.
///
/// What is left out is taken from [`same_as`](Self::same_as), from the registry of known models by the last part of the model's
/// name, or from the server, in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RemoteConfig {
    /// Where it is, for example `http://10.0.0.7:8080` (tei) or `https://api.openai.com/v1` (openai).
    pub url: String,
    /// What it understands.
    pub api: RemoteApi,
    /// The model's name on the server; it is sent to openai, and compared with what tei says it serves.
    pub model: Option<String>,
    /// The folder of the very weights that the server runs. The model then counts as the one in the folder: collections that were
    /// made with it on this machine go on with the server, and the other way round.
    pub same_as: Option<PathBuf>,
    /// `tokenizer.json` of the model, or the folder it is in: tokens are then counted, else estimated.
    pub tokenizer: Option<PathBuf>,
    /// Put before a query.
    pub query_prefix: Option<String>,
    /// Put before a passage.
    pub passage_prefix: Option<String>,
    /// Longer texts are cut to this many tokens.
    pub max_tokens: Option<usize>,
    /// The length of the model's vectors; one text is embedded to know it where it is left out.
    pub dimension: Option<usize>,
    /// Cosine similarity from which on two texts are taken to be about the same thing.
    pub similarity_threshold: Option<f32>,
    /// How an openai server is asked to write numbers.
    pub encoding: RemoteEncoding,
    /// The most texts in a request.
    pub batch_texts: usize,
    /// The most tokens in a request, padding counted; a text that is longer goes alone.
    pub batch_tokens: usize,
    /// So many requests with passages at once, of all callers together, and as many with queries beside them.
    pub concurrent_requests: usize,
    /// No more requests in a minute; 0 for no limit.
    pub requests_per_minute: u32,
    /// How long one try may take; a query has this long for all its tries.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How long a connection may take.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// How often a request with passages is sent before its failure is an error; queries are sent twice at most.
    pub attempts: u32,
    /// How long the second try waits; every further one waits twice as long as the one before.
    #[serde(with = "humantime_serde")]
    pub first_wait: Duration,
    /// Whether the key may cross a network in the clear, for a server on another machine without TLS.
    pub key_over_http: bool,
}

impl Default for RemoteConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            api: RemoteApi::OpenAi,
            model: None,
            same_as: None,
            tokenizer: None,
            query_prefix: None,
            passage_prefix: None,
            max_tokens: None,
            dimension: None,
            similarity_threshold: None,
            encoding: RemoteEncoding::Float,
            batch_texts: 32,
            batch_tokens: 16_384,
            concurrent_requests: 4,
            requests_per_minute: 0,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            attempts: 5,
            first_wait: Duration::from_millis(500),
            key_over_http: false,
        }
    }
}

impl RemoteConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems: Vec<String> = url_problem(&self.url).into_iter().collect();
        if self.api == RemoteApi::OpenAi && self.model.is_none() {
            problems.push("`embed.remote.model` is missing: an openai server must be told which model to use".to_owned());
        }
        if self.model.as_ref().is_some_and(|model| model.trim().is_empty()) {
            problems.push("`embed.remote.model` is empty: name the model as the server does, or leave the key out".to_owned());
        }
        for (key, path) in [("same_as", &self.same_as), ("tokenizer", &self.tokenizer)] {
            if path.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
                problems.push(format!("`embed.remote.{key}` is empty: give a path, or leave the key out"));
            }
        }
        if let Some(threshold) = self.similarity_threshold
            && !(0.0..=1.0).contains(&threshold)
        {
            problems.push(format!("`embed.remote.similarity_threshold` is {threshold}: it must be from 0 to 1"));
        }
        let optional = [("max_tokens", self.max_tokens, 8..=131_072), ("dimension", self.dimension, 1..=MOST_DIMENSIONS)];
        let optional = optional.into_iter().filter_map(|(key, value, range)| Some((key, value?, range)));
        let numbers = [
            ("batch_texts", self.batch_texts, 1..=MOST_TEXTS),
            ("batch_tokens", self.batch_tokens, 16..=1_048_576),
            ("concurrent_requests", self.concurrent_requests, 1..=MOST_REQUESTS),
            ("attempts", self.attempts as usize, 1..=MOST_ATTEMPTS as usize),
        ];
        for (key, value, range) in numbers.into_iter().chain(optional) {
            if !range.contains(&value) {
                problems.push(format!("`embed.remote.{key}` is {value}: it must be from {} to {}", range.start(), range.end()));
            }
        }
        for (key, duration) in [("timeout", self.timeout), ("connect_timeout", self.connect_timeout), ("first_wait", self.first_wait)] {
            if duration.is_zero() || duration > Duration::from_secs(3_600) {
                problems.push(format!("`embed.remote.{key}` is {}: give a time such as \"5s\", at most an hour", seconds(duration)));
            }
        }
        problems
    }
}

fn url_problem(url: &str) -> Option<String> {
    let example = "give an address such as \"http://127.0.0.1:8080\"";
    if url.is_empty() {
        return Some(format!("`embed.remote.url` is missing: {example}"));
    }
    let parsed = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(parsed) = parsed else {
        return Some(format!("`embed.remote.url` is `{url}`, which is no http or https address: {example}"));
    };
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Some("`embed.remote.url` contains a user name or password: put the key into `RAGSTONE_EMBED_API_KEY`".to_owned());
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Some("`embed.remote.url` has a `?` or `#` part: leave that out".to_owned());
    }
    None
}

pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: &RemoteConfig, keys: &[&str]) {
        let problems = config.validate();
        assert_eq!(problems.len(), keys.len(), "{problems:?}");
        for (problem, key) in problems.iter().zip(keys) {
            assert!(problem.starts_with(&format!("`embed.remote.{key}` ")), "{problem}");
        }
    }

    fn tei(url: &str) -> RemoteConfig {
        RemoteConfig { url: url.into(), api: RemoteApi::Tei, ..RemoteConfig::default() }
    }

    #[test]
    fn names_every_wrong_key() {
        check(&tei("http://127.0.0.1:8080"), &[]);
        check(&RemoteConfig::default(), &["url", "model"]);
        check(&RemoteConfig { url: "https://api.openai.com/v1".into(), ..RemoteConfig::default() }, &["model"]);
        for wrong in ["gpu1:8080", "ftp://gpu1", "http://", "http://user:hunter2@gpu1", "http://gpu1/?key=hunter2"] {
            check(&tei(wrong), &["url"]);
        }
        let all_wrong = RemoteConfig {
            model: Some(" ".into()),
            same_as: Some(PathBuf::new()),
            tokenizer: Some(PathBuf::new()),
            similarity_threshold: Some(f32::NAN),
            batch_texts: 0,
            batch_tokens: 0,
            concurrent_requests: 0,
            attempts: 0,
            max_tokens: Some(1),
            dimension: Some(0),
            timeout: Duration::ZERO,
            connect_timeout: Duration::ZERO,
            first_wait: Duration::MAX,
            ..tei("http://gpu1")
        };
        let keys = [
            "model",
            "same_as",
            "tokenizer",
            "similarity_threshold",
            "batch_texts",
            "batch_tokens",
            "concurrent_requests",
            "attempts",
            "max_tokens",
            "dimension",
            "timeout",
            "connect_timeout",
            "first_wait",
        ];
        check(&all_wrong, &keys);
    }

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        for url in ["http://user:hunter2@gpu1", "http://gpu1/?key=hunter2"] {
            assert!(!tei(url).validate().concat().contains("hunter2"));
        }
    }

    #[test]
    fn is_read_strictly() {
        let config: RemoteConfig = serde_json::from_str(r#"{"url":"http://gpu1","api":"tei","timeout":"5s"}"#).unwrap();
        assert_eq!((config.api, config.timeout), (RemoteApi::Tei, Duration::from_secs(5)));
        for wrong in [r#"{"urll":"http://gpu1"}"#, r#"{"api":"grpc"}"#, r#"{"api_key":"x"}"#] {
            assert!(serde_json::from_str::<RemoteConfig>(wrong).is_err(), "{wrong}");
        }
    }
}
