//! Cross-encoders: a model that reads query and passage together, and says how well they go together.

mod config;
mod folder;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fastembed::{RerankInitOptionsUserDefined, TextRerank, UserDefinedRerankingModel};
use ort::environment::Environment;
use ragstone_core::{Reranker, Result};
use tokenizers::Tokenizer;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

pub use self::config::RerankConfig;
use self::folder::{CrossEncoder, Source};
use crate::pool::{EXTERNAL_DATA_FOLDER, smallest_tokenizer};
use crate::{EmbedError, runtime};

/// Pairs that are computed together. More would leave the processor's cache, as with embedding.
const PAIRS_PER_BATCH: usize = 4;

/// So many bytes of a passage are looked at for each token that the model reads: no language has longer words on average.
const BYTES_PER_TOKEN: usize = 32;

/// A cross-encoder of this machine. One search at a time has it, on all its threads; the others wait.
///
/// The folder has `tokenizer.json` and either an ONNX export (`model.onnx`, also in `onnx/`) or, for the BERT family,
/// `config.json` and `model.safetensors` with the weights of a head for one label, as cross-encoders are published.
pub struct LocalReranker {
    shared: Arc<Shared>,
    turn: Arc<Semaphore>,
}

struct Shared {
    model: String,
    source: Source,
    tokenizer: Tokenizer,
    max_tokens: usize,
    threads: usize,
    environment: Environment,
    /// Gone after a panic, until the next call.
    session: Mutex<Option<TextRerank>>,
}

impl LocalReranker {
    /// Loads the model, so that one that cannot be run is known at once; nothing if none is configured. Blocks.
    pub fn open(config: &RerankConfig, runtime_library: &Path) -> Result<Option<Self>, EmbedError> {
        let Some(model_dir) = &config.model_dir else { return Ok(None) };
        let CrossEncoder { model, source, tokenizer, max_tokens } = CrossEncoder::open(model_dir, config.max_tokens)?;
        let shared = Shared {
            model,
            source,
            tokenizer,
            max_tokens,
            threads: config.threads(),
            environment: runtime::load(runtime_library)?,
            session: Mutex::new(None),
        };
        let session = shared.open_session()?;
        shared.put_back(session);
        Ok(Some(Self { shared: Arc::new(shared), turn: Arc::new(Semaphore::new(1)) }))
    }
}

impl fmt::Debug for LocalReranker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalReranker").field("model", &self.shared.model).finish_non_exhaustive()
    }
}

#[async_trait]
impl Reranker for LocalReranker {
    fn name(&self) -> &str {
        &self.shared.model
    }

    async fn score(&self, query: &str, passages: Vec<String>) -> Result<Vec<f32>> {
        if passages.is_empty() {
            return Ok(Vec::new());
        }
        // The semaphore is never closed; without a permit the turn is taken all the same.
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok();
        let (shared, query) = (Arc::clone(&self.shared), query.to_owned());
        let scored = spawn_blocking(move || {
            let _turn = turn;
            shared.score(query, passages)
        });
        Ok(scored.await.map_err(|source| self.shared.failed(source))??)
    }
}

impl Shared {
    fn score(&self, query: String, passages: Vec<String>) -> Result<Vec<f32>, EmbedError> {
        let limit = self.max_tokens.saturating_mul(BYTES_PER_TOKEN);
        let cut = |mut text: String| {
            text.truncate(text.floor_char_boundary(limit));
            text
        };
        let mut passages: Vec<(usize, String)> = passages.into_iter().map(cut).enumerate().collect();
        // Passages of like length go together: a batch is padded to its longest.
        passages.sort_by_key(|(_, passage)| passage.len());
        let (places, passages): (Vec<usize>, Vec<String>) = passages.into_iter().unzip();

        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut session = session.map_or_else(|| self.open_session(), Ok)?;
        let ranked = session.rerank(cut(query), &passages, false, Some(PAIRS_PER_BATCH));
        self.put_back(session);

        let mut scores = vec![f32::NAN; passages.len()];
        for result in ranked.map_err(|source| self.failed(source))? {
            let place = places.get(result.index).and_then(|place| scores.get_mut(*place));
            if let Some(score) = place {
                *score = result.score;
            }
        }
        if scores.iter().all(|score| score.is_finite()) { Ok(scores) } else { Err(EmbedError::Score { model: self.model.clone() }) }
    }

    fn open_session(&self) -> Result<TextRerank, EmbedError> {
        let options = RerankInitOptionsUserDefined::new()
            .with_environment(self.environment.clone())
            .with_intra_threads(self.threads)
            .with_max_length(self.max_tokens);
        let (model, options) = match &self.source {
            Source::Export(file) => (UserDefinedRerankingModel::new(file.clone(), smallest_tokenizer()), options),
            Source::Written(graph) => {
                let folder = graph.weights_folder.to_string_lossy();
                let options = options.with_session_config(EXTERNAL_DATA_FOLDER, folder);
                (UserDefinedRerankingModel::new(graph.bytes.clone(), smallest_tokenizer()), options)
            }
        };
        let mut session = TextRerank::try_new_from_user_defined(model, options)
            .map_err(|source| EmbedError::Session { model: self.model.clone(), source })?;
        session.tokenizer = self.tokenizer.clone();
        Ok(session)
    }

    fn put_back(&self, session: TextRerank) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }

    fn failed(&self, source: impl Into<ragstone_core::BoxError>) -> EmbedError {
        EmbedError::Reranking { model: self.model.clone(), source: source.into() }
    }
}
