//! The port's implementation.

use std::sync::Arc;

use async_trait::async_trait;
use ragstone_core::{Embedder, EmbeddingSpec, Result};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

use crate::folder::ModelFolder;
use crate::pool::{Opener, Pool};
use crate::readable::Readability;
use crate::tokens::{Fitted, Tokens};
use crate::weights::revision_of;
use crate::work::Work;
use crate::{EmbedConfig, EmbedError, Located, OnnxGraph, runtime};

/// Used where neither folder nor registry nor configuration say how long a text may be.
const CAUTIOUS_MAX_TOKENS: usize = 512;

/// A model of this machine, with a bounded pool of sessions that all callers share.
///
/// A call takes its turn batch by batch, so a query never waits for a whole ingest: for one batch of it at most, per
/// session. Opening takes about 0.2 s; further sessions are opened when batches first run side by side.
pub struct LocalEmbedder {
    spec: EmbeddingSpec,
    similarity_threshold: f32,
    batch_tokens: usize,
    tokens: Arc<Tokens>,
    readability: Readability,
    pool: Arc<Pool>,
    /// One call at a time tokenises its texts, on all cores.
    tokenising: Arc<Semaphore>,
}

impl LocalEmbedder {
    /// Loads runtime and model. Blocks.
    pub fn open(config: &EmbedConfig, located: &Located) -> Result<Self, EmbedError> {
        let folder = ModelFolder::open(&located.model_dir)?;
        let graph = OnnxGraph::generate(&folder)?;
        let spec = EmbeddingSpec {
            model: folder.name().to_owned(),
            revision: revision_of(folder.weights_file())?,
            dimension: graph.dimension,
            pooling: folder.pooling(),
            query_prefix: folder.query_prefix().to_owned(),
            passage_prefix: folder.passage_prefix().to_owned(),
            max_tokens: max_tokens(config, &folder, &graph)?,
        };
        let tokens = Tokens::open(&folder.tokenizer_file()?, spec.max_tokens)?;
        let tokenizer = tokens.batching(folder.padding_token()?, graph.vocabulary)?;
        let environment = runtime::load(&located.runtime_library)?;
        let parallelism = config.parallelism();
        let opener = Opener {
            model: spec.model.clone(),
            environment,
            graph,
            tokenizer,
            threads: parallelism.threads_per_session,
            device: config.device,
        };
        Ok(Self {
            readability: Readability::new(folder.reads(), tokens.plain()),
            similarity_threshold: folder.similarity_threshold(),
            batch_tokens: config.batch_tokens,
            tokens: Arc::new(tokens),
            pool: Arc::new(Pool::open(opener, parallelism.sessions)?),
            tokenising: Arc::new(Semaphore::new(1)),
            spec,
        })
    }

    /// Cuts and counts on a blocking thread.
    async fn fit(&self, texts: Vec<String>) -> Result<Vec<Fitted>, EmbedError> {
        let permit = Arc::clone(&self.tokenising).acquire_owned().await;
        let tokens = Arc::clone(&self.tokens);
        let fitted = spawn_blocking(move || {
            let _permit = permit;
            tokens.fit(texts)
        });
        fitted.await.map_err(|source| self.pool.failed(source))?.map_err(|source| self.pool.failed(source))
    }

    async fn embed_fitted(&self, fitted: Vec<Fitted>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors = vec![Vec::new(); fitted.len()];
        let work = Work::new(fitted, self.batch_tokens);
        let mut workers = JoinSet::new();
        for _ in 0..self.pool.sessions().min(work.batches_left()) {
            workers.spawn(work.worker(&self.pool));
        }
        while let Some(finished) = workers.join_next().await {
            for computed in finished.map_err(|source| self.pool.failed(source))?? {
                for (position, vector) in computed.batch.into_iter().zip(computed.embedded) {
                    if let Some(place) = vectors.get_mut(position) {
                        *place = vector;
                    }
                }
            }
        }
        Ok(vectors)
    }
}

#[async_trait]
impl Embedder for LocalEmbedder {
    fn spec(&self) -> &EmbeddingSpec {
        &self.spec
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.tokens.count(text)
    }

    fn readable_share(&self, text: &str) -> f32 {
        self.readability.share(text, self.tokens.plain())
    }

    fn similarity_threshold(&self) -> f32 {
        self.similarity_threshold
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let fitted = self.fit(prefixed(&self.spec.passage_prefix, texts)).await?;
        Ok(self.embed_fitted(fitted).await?)
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        // Not through `fit`: a query does not wait until an ingest has tokenised.
        let query = prefixed(&self.spec.query_prefix, vec![text.to_owned()]);
        let (tokens, pool, turn) = (Arc::clone(&self.tokens), Arc::clone(&self.pool), self.pool.turn().await);
        let embedded = spawn_blocking(move || {
            let fitted = tokens.fit(query).map_err(|source| pool.failed(source))?;
            let texts: Vec<&str> = fitted.iter().map(|fitted| fitted.text.as_str()).collect();
            turn.embed(&texts)
        });
        let vectors = embedded.await.map_err(|source| self.pool.failed(source))??;
        Ok(vectors.into_iter().next().ok_or_else(|| EmbedError::Vector { model: self.spec.model.clone() })?)
    }
}

/// Each text with what the model wants before it.
pub(crate) fn prefixed(prefix: &str, texts: Vec<String>) -> Vec<String> {
    if prefix.is_empty() {
        return texts;
    }
    texts.into_iter().map(|text| format!("{prefix}{text}")).collect()
}

fn max_tokens(config: &EmbedConfig, folder: &ModelFolder, graph: &OnnxGraph) -> Result<usize, EmbedError> {
    if let Some(wanted) = config.max_tokens {
        if wanted > graph.positions {
            return Err(EmbedError::TooManyTokens { model: folder.name().to_owned(), wanted, limit: graph.positions });
        }
        return Ok(wanted);
    }
    Ok(folder.max_tokens().unwrap_or(CAUTIOUS_MAX_TOKENS).min(graph.positions).max(8))
}
