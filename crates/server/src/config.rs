//! The settings `[server]`.

use std::net::SocketAddr;
use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

/// Where requests are taken, and how many and how large they may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The address to listen on. Whoever can reach it can read and delete everything, hence loopback.
    pub bind: SocketAddr,
    /// The largest upload. It is held in memory, once for each of `max_concurrent_ingests`.
    pub max_body: ByteSize,
    /// Searches and questions answered at the same time.
    pub max_concurrent_requests: usize,
    /// Uploads ingested at the same time. Those into one collection go one after the other in any case.
    pub max_concurrent_ingests: usize,
    /// Searches and questions, and likewise uploads, that may wait for their turn; more are refused as overload.
    pub max_queued_requests: usize,
    /// How long a request may take: to arrive, to wait for its turn, and to be answered. A streamed answer must have
    /// begun by then. An ingest may take longer, once it has arrived and begun.
    #[serde(with = "humantime_serde")]
    pub request_timeout: Duration,
    /// How long accepted requests may take to finish after the server was told to stop.
    #[serde(with = "humantime_serde")]
    pub shutdown_grace: Duration,
    /// Web pages of other origins that may send requests, for example `https://search.example.com`. Without this, a
    /// page in the browser of someone who runs the server could upload documents to it.
    pub allowed_origins: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 7575)),
            max_body: ByteSize::mib(64),
            max_concurrent_requests: 16,
            max_concurrent_ingests: 2,
            max_queued_requests: 64,
            request_timeout: Duration::from_secs(120),
            shutdown_grace: Duration::from_secs(30),
            allowed_origins: Vec::new(),
        }
    }
}

impl ServerConfig {
    /// Everything that is wrong, each problem naming its key; empty when nothing is.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.max_body.as_u64() == 0 {
            problems.push("`server.max_body` is 0: give a size such as \"64MiB\"".to_owned());
        }
        for (key, number) in
            [("max_concurrent_requests", self.max_concurrent_requests), ("max_concurrent_ingests", self.max_concurrent_ingests)]
        {
            if !(1..=MOST_REQUESTS).contains(&number) {
                problems.push(format!("`server.{key}` is {number}: it must be from 1 to {MOST_REQUESTS}"));
            }
        }
        if self.max_queued_requests > MOST_REQUESTS {
            problems.push(format!("`server.max_queued_requests` is {}: it must be at most {MOST_REQUESTS}", self.max_queued_requests));
        }
        if self.request_timeout.is_zero() {
            problems.push("`server.request_timeout` is 0: give a time such as \"120s\"".to_owned());
        }
        for origin in &self.allowed_origins {
            if !is_origin(origin) {
                problems.push(format!(
                    "`server.allowed_origins` has `{origin}`: an origin is scheme and host without a path, such as \"https://search.example.com\""
                ));
            }
        }
        problems
    }
}

/// Far above what one process can usefully do, and low enough that nothing overflows.
const MOST_REQUESTS: usize = 100_000;

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<ServerConfig, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn default_is_valid_and_loopback() {
        let config = ServerConfig::default();
        assert!(config.validate().is_empty());
        assert!(config.bind.ip().is_loopback());
    }

    #[test]
    fn reads_sizes_and_durations() {
        let config = parse(r#"{"max_body": "8MiB", "request_timeout": "5s", "bind": "[::1]:0"}"#).unwrap();
        assert_eq!((config.max_body, config.request_timeout), (ByteSize::mib(8), Duration::from_secs(5)));
    }

    #[test]
    fn names_a_wrong_key() {
        assert!(parse(r#"{"max_bodi": "8MiB"}"#).unwrap_err().contains("max_bodi"));
    }

    #[test]
    fn names_every_wrong_value() {
        let config = parse(
            r#"{"max_body": 0, "max_concurrent_requests": 0, "max_concurrent_ingests": 0, "max_queued_requests": 1000000,
                "request_timeout": "0s", "allowed_origins": ["example.com", "https://a.example/path"]}"#,
        );
        let problems = config.unwrap().validate();
        for key in [
            "max_body",
            "max_concurrent_requests",
            "max_concurrent_ingests",
            "max_queued_requests",
            "request_timeout",
            "`example.com`",
            "/path",
        ] {
            assert!(problems.iter().any(|problem| problem.contains(key)), "{key} is not named in {problems:?}");
        }
        assert_eq!(problems.len(), 7);
    }
}
