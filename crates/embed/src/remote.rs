//! The port's implementation by a server elsewhere, so that one machine with a GPU serves many workers.

mod config;
mod endpoint;
mod error;
mod estimate;
mod identity;
mod pace;
mod server;
mod texts;
mod wire;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use ragstone_core::{Embedder, EmbeddingSpec, Result};
use secrecy::SecretString;
use tokio::task::spawn_blocking;

pub use config::{RemoteApi, RemoteConfig, RemoteEncoding};
pub use error::{RemoteError, ReplyProblem};
use identity::{Identity, Sources};
use server::Server;
use texts::Counter;

use crate::batch::{Budget, plan};
use crate::embedder::prefixed;
use crate::readable::Readability;
use crate::tokens::Fitted;
use crate::{EmbedConfig, EmbedError};

/// Vectors for the same text that are less similar come from different weights; half precision stays above 0.999.
const SAME_WEIGHTS: f32 = 0.99;
/// What both sides embed to see whether they run the same model: short, with other letters, and longer than models read.
const COMPARED: [&str; 3] = ["How is a citation checked?", "Grüße aus Köln, 42 km südlich", "one stone upon another "];

/// A model on a server, asked over HTTP in bounded batches that all callers share.
///
/// Passages are sorted by length, sent in batches of which [`RemoteConfig::concurrent_requests`] are under way at once, and put
/// back in order. A query is sent by itself at once. Whatever comes back is checked and made unit vectors here. A call that is
/// dropped drops its requests.
///
/// **What its vectors are compared with**: a server's weights cannot be seen, so its model counts as one of its own, by the name
/// that the server knows it by and, with text-embeddings-inference, the revision that it was fetched at. Only with
/// [`RemoteConfig::same_as`] it counts as the model in that folder; [`check_against`](Self::check_against) tells whether it is.
pub struct RemoteEmbedder {
    server: Server,
    spec: EmbeddingSpec,
    similarity_threshold: f32,
    budget: Budget,
    concurrent_requests: usize,
    counter: Arc<Counter>,
    readability: Readability,
}

impl RemoteEmbedder {
    /// Asks the server what it serves. The key is sent as a bearer token, and over plain HTTP only to this machine unless
    /// [`RemoteConfig::key_over_http`] says otherwise.
    ///
    /// An openai server with a configured [`dimension`](RemoteConfig::dimension) is not asked: it need not be up yet.
    pub async fn connect(config: &EmbedConfig, api_key: Option<SecretString>) -> Result<Self, EmbedError> {
        let config = config.remote.clone().ok_or(RemoteError::NotConfigured)?;
        let problems = config.validate();
        if !problems.is_empty() {
            return Err(RemoteError::Settings { problems }.into());
        }
        let server = Server::new(&config, api_key)?;
        let info = match config.api {
            RemoteApi::OpenAi => None,
            RemoteApi::Tei => Some(server.info().await?),
        };
        let texts = info.as_ref().map_or(config.batch_texts, |info| config.batch_texts.min(info.max_client_batch_size.max(1)));
        let dimension = match config.dimension {
            Some(dimension) => dimension,
            None => server.probe().await?,
        };
        let (budget, concurrent_requests) = (Budget { tokens: config.batch_tokens, texts }, config.concurrent_requests);
        let finding = spawn_blocking(move || Identity::find(&Sources { config: &config, info: info.as_ref(), dimension }));
        let found = finding.await.map_err(|source| RemoteError::Preparation { url: server.url().to_owned(), source: source.into() })?;
        let Identity { spec, similarity_threshold, counter, readability } = found?;
        Ok(Self { server, spec, similarity_threshold, budget, concurrent_requests, counter: Arc::new(counter), readability })
    }

    /// Embeds a few texts here and there, and refuses a server whose vectors differ from the local model's.
    pub async fn check_against(&self, local: &dyn Embedder) -> Result<()> {
        let mut texts: Vec<String> = COMPARED.map(str::to_owned).into();
        texts.extend(COMPARED.last().map(|text| text.repeat(self.spec.max_tokens)));
        let (here, there) = (local.embed_passages(texts.clone()).await?, self.embed_passages(texts).await?);
        let similarities = here.iter().zip(&there).map(|(here, there)| {
            let product: f32 = here.iter().zip(there).map(|(here, there)| here * there).sum();
            if here.len() == there.len() { product } else { 0.0 }
        });
        let similarity = similarities.fold(1.0, f32::min);
        if similarity >= SAME_WEIGHTS {
            return Ok(());
        }
        let (url, model) = (self.server.url().to_owned(), local.spec().model.clone());
        Err(EmbedError::from(RemoteError::Disagrees { url, model, similarity }).into())
    }

    async fn fit(&self, texts: Vec<String>) -> Result<Vec<Fitted>, RemoteError> {
        let counter = Arc::clone(&self.counter);
        let fitted = spawn_blocking(move || counter.fit(texts)).await;
        let failed = |source| RemoteError::Preparation { url: self.server.url().to_owned(), source };
        fitted.map_err(|source| failed(source.into()))?.map_err(failed)
    }

    /// The vectors of a batch, by position. What is too large for the server is sent in halves.
    async fn embed_batch(&self, texts: &[Fitted], batch: Vec<usize>) -> Result<Vec<(usize, Vec<f32>)>, RemoteError> {
        let mut left = vec![batch];
        let mut embedded = Vec::new();
        while let Some(mut part) = left.pop() {
            let sent: Vec<&str> = part.iter().filter_map(|position| texts.get(*position)).map(|text| text.text.as_str()).collect();
            match self.server.passages(&sent, self.spec.dimension).await {
                Ok(vectors) => embedded.extend(part.into_iter().zip(vectors)),
                Err(RemoteError::TooLarge { .. }) if part.len() > 1 => {
                    left.push(part.split_off(part.len() / 2));
                    left.push(part);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(embedded)
    }

    async fn embed_fitted(&self, fitted: &[Fitted]) -> Result<Vec<Vec<f32>>, RemoteError> {
        let lengths: Vec<usize> = fitted.iter().map(|text| text.tokens).collect();
        let requests: Vec<_> = plan(&lengths, self.budget).into_iter().map(|batch| self.embed_batch(fitted, batch)).collect();
        let mut replies = stream::iter(requests).buffer_unordered(self.concurrent_requests);
        let mut vectors = vec![Vec::new(); fitted.len()];
        while let Some(embedded) = replies.try_next().await? {
            for (position, vector) in embedded {
                if let Some(place) = vectors.get_mut(position) {
                    *place = vector;
                }
            }
        }
        Ok(vectors)
    }
}

#[async_trait]
impl Embedder for RemoteEmbedder {
    fn spec(&self) -> &EmbeddingSpec {
        &self.spec
    }

    /// Exact with a tokenizer. Without one an estimate that is meant to be too high: chunks come out smaller than asked for.
    fn count_tokens(&self, text: &str) -> usize {
        self.counter.count(text)
    }

    /// As with a local model if there is a tokenizer. Without one by script for models that the registry knows, and 1 for others:
    /// their vectors are then trusted for every language, also where the model does not read it.
    fn readable_share(&self, text: &str) -> f32 {
        self.counter.readable_share(text, &self.readability)
    }

    fn similarity_threshold(&self) -> f32 {
        self.similarity_threshold
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let embedding = async {
            let fitted = self.fit(prefixed(&self.spec.passage_prefix, texts)).await?;
            self.embed_fitted(&fitted).await
        };
        Ok(embedding.await.map_err(EmbedError::from)?)
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        let embedding = async {
            let fitted = self.fit(prefixed(&self.spec.query_prefix, vec![text.to_owned()])).await?;
            let text = fitted.first().map_or("", |fitted| fitted.text.as_str());
            self.server.query(text, self.spec.dimension).await
        };
        Ok(embedding.await.map_err(EmbedError::from)?)
    }
}

/// Without the key, and without a vocabulary.
impl fmt::Debug for RemoteEmbedder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RemoteEmbedder").field("url", &self.server.url()).field("spec", &self.spec).finish_non_exhaustive()
    }
}
