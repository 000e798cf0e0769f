//! A server that is asked for vectors: tried again where that may help, and never more often than it may be.

use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::config::{MOST_DIMENSIONS, RemoteConfig};
use super::endpoint::{Call, Endpoint};
use super::error::{RemoteError, ReplyProblem};
use super::pace::{Lane, Pace};
use super::wire::{self, Info};

/// A server that asks to wait longer is not waited for, and no wait between two tries is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A person does not wait for more.
const MOST_QUERY_ATTEMPTS: u32 = 2;
/// The most that a number takes in JSON, with its comma and whitespace.
const BYTES_PER_NUMBER: usize = 64;
/// The rest of a reply.
const BYTES_AROUND: usize = 64 * 1024;
/// Reading a longer reply takes more than half a millisecond.
const READ_HERE_BYTES: usize = 32 * 1024;

pub(super) struct Server {
    endpoint: Endpoint,
    config: RemoteConfig,
    pace: Pace,
    passages: Semaphore,
    queries: Semaphore,
}

impl Server {
    pub(super) fn new(config: &RemoteConfig, api_key: Option<SecretString>) -> Result<Self, RemoteError> {
        Ok(Self {
            endpoint: Endpoint::new(config, api_key)?,
            config: config.clone(),
            pace: Pace::new(config.requests_per_minute),
            passages: Semaphore::new(config.concurrent_requests),
            queries: Semaphore::new(config.concurrent_requests),
        })
    }

    pub(super) fn url(&self) -> &str {
        self.endpoint.url()
    }

    /// What a text-embeddings-inference server says of itself.
    pub(super) async fn info(&self) -> Result<Info, RemoteError> {
        let call = Call { path: "/info", body: None, limit_bytes: BYTES_AROUND };
        let body = self.call(&call, Lane::Passages).await?;
        wire::info(&body).map_err(|problem| self.endpoint.reply(call.path, problem))
    }

    /// The length of the model's vectors, by embedding a text.
    pub(super) async fn probe(&self) -> Result<usize, RemoteError> {
        let vectors = self.vectors(&["dimension"], None, Lane::Passages).await?;
        Ok(vectors.first().map_or(0, Vec::len))
    }

    /// Vectors of passages, one for each.
    pub(super) async fn passages(&self, texts: &[&str], dimension: usize) -> Result<Vec<Vec<f32>>, RemoteError> {
        // The semaphore is never closed; without a permit the request is sent all the same.
        let _permit = self.passages.acquire().await;
        self.vectors(texts, Some(dimension), Lane::Passages).await
    }

    /// The vector of a query, which waits for no passages.
    pub(super) async fn query(&self, text: &str, dimension: usize) -> Result<Vec<f32>, RemoteError> {
        let limit = self.config.timeout;
        let asking = async {
            let _permit = self.queries.acquire().await;
            self.vectors(&[text], Some(dimension), Lane::Query).await
        };
        let asked = timeout(limit, asking).await;
        let late = |_| RemoteError::Timeout { url: self.url().to_owned(), setting: "embed.remote.timeout", waited: limit };
        let vectors = asked.map_err(late)??;
        vectors.into_iter().next().ok_or_else(|| self.problem(ReplyProblem::Count { found: 0, expected: 1 }))
    }

    async fn vectors(&self, texts: &[&str], dimension: Option<usize>, lane: Lane) -> Result<Vec<Vec<f32>>, RemoteError> {
        let unsendable = |source: serde_json::Error| RemoteError::Preparation { url: self.url().to_owned(), source: source.into() };
        let numbers = dimension.unwrap_or(MOST_DIMENSIONS).saturating_mul(texts.len());
        let call = Call {
            path: wire::path(self.config.api),
            body: Some(wire::request(&self.config, texts).map_err(unsendable)?),
            limit_bytes: numbers.saturating_mul(BYTES_PER_NUMBER).saturating_add(BYTES_AROUND),
        };
        let body = self.call(&call, lane).await?;
        let vectors = self.read(body, texts.len()).await?;
        let expected = dimension.or(vectors.first().map(Vec::len)).unwrap_or_default();
        match vectors.iter().find(|vector| vector.len() != expected) {
            Some(other) => Err(self.problem(ReplyProblem::Dimension { found: other.len(), expected })),
            None => Ok(vectors),
        }
    }

    async fn read(&self, body: Vec<u8>, expected: usize) -> Result<Vec<Vec<f32>>, RemoteError> {
        let api = self.config.api;
        let read = if body.len() <= READ_HERE_BYTES {
            wire::vectors(api, &body, expected)
        } else {
            let reading = spawn_blocking(move || wire::vectors(api, &body, expected)).await;
            reading.map_err(|source| RemoteError::Preparation { url: self.url().to_owned(), source: source.into() })?
        };
        read.map_err(|problem| self.problem(problem))
    }

    /// Sends a request until it passes, or there is no use in sending it again.
    async fn call(&self, call: &Call, lane: Lane) -> Result<Vec<u8>, RemoteError> {
        let mut tried = 0;
        loop {
            self.pace.wait(lane).await;
            let error = match self.endpoint.send(call).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            tried += 1;
            let Some(pause) = self.pause_after(&error, tried, lane) else { return Err(error) };
            tracing::debug!(attempt = tried, pause_ms = pause.as_millis() as u64, "an embedding request is sent again: {error}");
            if error.retry_after().is_some() {
                self.pace.rest(pause);
            }
            sleep(pause).await;
        }
    }

    /// How long to wait before the next try; `None` if there is none.
    ///
    /// Half of the wait is left to chance, so that many workers do not come back in the same moment.
    fn pause_after(&self, error: &RemoteError, tried: u32, lane: Lane) -> Option<Duration> {
        let attempts = match lane {
            Lane::Passages => self.config.attempts,
            Lane::Query => self.config.attempts.min(MOST_QUERY_ATTEMPTS),
        };
        if tried >= attempts || !error.is_transient() {
            return None;
        }
        let doubled = self.config.first_wait.saturating_mul(2_u32.saturating_pow(tried - 1)).min(LONGEST_WAIT);
        let jittered = doubled.mul_f64(0.5 + fastrand::f64() / 2.0);
        match error.retry_after() {
            Some(asked) if asked > LONGEST_WAIT => None,
            Some(asked) => Some(asked + jittered.min(Duration::from_secs(1))),
            None => Some(jittered),
        }
    }

    fn problem(&self, problem: ReplyProblem) -> RemoteError {
        self.endpoint.reply(wire::path(self.config.api), problem)
    }
}
