//! A bounded number of sessions, opened when they are first needed, each used by one batch at a time.

use std::sync::{Arc, Mutex, PoisonError};

use fastembed::{InitOptionsUserDefined, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};
use ort::environment::Environment;
use ragstone_core::BoxError;
use tokenizers::Tokenizer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Device;
use crate::{EmbedError, OnnxGraph};

/// Where ONNX Runtime looks for external data of a graph that it gets as bytes.
pub(crate) const EXTERNAL_DATA_FOLDER: &str = "session.model_external_initializers_file_folder_path";
/// `fastembed` reads a tokenizer from JSON for every session. It gets the smallest one, and then a copy of ours.
const SMALLEST_TOKENIZER: &str = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":null,
"post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"[PAD]":0},"unk_token":"[PAD]"}}"#;
const SMALLEST_TOKENIZER_CONFIG: &str = r#"{"model_max_length":512,"pad_token":"[PAD]"}"#;

/// What `fastembed` is given to read, before the session gets its real tokenizer.
pub(crate) fn smallest_tokenizer() -> TokenizerFiles {
    TokenizerFiles {
        tokenizer_file: SMALLEST_TOKENIZER.into(),
        config_file: "{}".into(),
        special_tokens_map_file: "{}".into(),
        tokenizer_config_file: SMALLEST_TOKENIZER_CONFIG.into(),
    }
}

/// Sessions of one model.
pub(crate) struct Pool {
    opener: Opener,
    idle: Mutex<Vec<TextEmbedding>>,
    permits: Arc<Semaphore>,
    sessions: usize,
}

/// What a session is made from.
pub(crate) struct Opener {
    pub(crate) model: String,
    pub(crate) environment: Environment,
    pub(crate) graph: OnnxGraph,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) threads: usize,
    pub(crate) device: Device,
}

impl Pool {
    /// Opens the first session, so that a model that cannot be run is known at once.
    pub(crate) fn open(opener: Opener, sessions: usize) -> Result<Self, EmbedError> {
        let first = opener.session()?;
        Ok(Self { opener, idle: Mutex::new(vec![first]), permits: Arc::new(Semaphore::new(sessions)), sessions })
    }

    /// How many batches can be computed at the same time.
    pub(crate) fn sessions(&self) -> usize {
        self.sessions
    }

    /// Waits for a turn; turns are given in the order in which they were asked for.
    pub(crate) async fn turn(self: &Arc<Self>) -> Turn {
        // The semaphore is never closed; without a permit the turn is taken all the same.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        Turn { pool: Arc::clone(self), permit }
    }

    /// What went wrong with a text.
    pub(crate) fn failed(&self, source: impl Into<BoxError>) -> EmbedError {
        EmbedError::Inference { model: self.opener.model.clone(), source: source.into() }
    }

    fn take(&self) -> Result<TextEmbedding, EmbedError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.opener.session(), Ok)
    }

    fn put_back(&self, session: TextEmbedding) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}

/// The right to compute one batch.
pub(crate) struct Turn {
    pool: Arc<Pool>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// Computes a batch; blocks for 50 to 150 ms with the defaults. The texts must fit the model.
    ///
    /// A session that panics is not used again: it is dropped, and the next turn opens another.
    pub(crate) fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let opener = &self.pool.opener;
        let mut session = self.pool.take()?;
        let embedded = session.embed(texts, Some(texts.len()));
        self.pool.put_back(session);
        let vectors = embedded.map_err(|source| self.pool.failed(source))?;

        let dimension = opener.graph.dimension;
        let usable = vectors.iter().all(|vector| vector.len() == dimension && vector.iter().all(|number| number.is_finite()));
        if !usable || vectors.len() != texts.len() {
            return Err(EmbedError::Vector { model: opener.model.clone() });
        }
        Ok(vectors)
    }

    /// Gives the turn back, and takes another unless somebody waits: a permit that is given back goes to who waits first.
    pub(crate) fn again(mut self) -> Option<Self> {
        drop(self.permit.take());
        let permit = Arc::clone(&self.pool.permits).try_acquire_owned().ok()?;
        Some(Self { pool: self.pool, permit: Some(permit) })
    }
}

impl Opener {
    fn session(&self) -> Result<TextEmbedding, EmbedError> {
        let model = UserDefinedEmbeddingModel::new(self.graph.bytes.clone(), smallest_tokenizer());
        let options = InitOptionsUserDefined::new()
            .with_environment(self.environment.clone())
            .with_intra_threads(self.threads)
            .with_execution_providers(self.device.providers()?)
            .with_session_config(EXTERNAL_DATA_FOLDER, self.graph.weights_folder.to_string_lossy());
        let mut session = TextEmbedding::try_new_from_user_defined(model, options).map_err(|source| self.refused(source))?;
        session.tokenizer = self.tokenizer.clone();
        Ok(session)
    }

    fn refused(&self, source: fastembed::Error) -> EmbedError {
        let model = self.model.clone();
        match self.device {
            Device::Cpu => EmbedError::Session { model, source },
            Device::Cuda => EmbedError::Cuda { model, source: source.into() },
        }
    }
}
