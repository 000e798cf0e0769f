//! Which model a server runs, as far as its name, a folder, the configuration and the server itself say.

use std::path::{Path, PathBuf};

use ragstone_core::{EmbeddingSpec, Pooling};

use super::config::RemoteConfig;
use super::error::RemoteError;
use super::texts::Counter;
use super::wire::Info;
use crate::EmbedError;
use crate::folder::{CAUTIOUS_SIMILARITY, ModelFolder};
use crate::readable::Readability;
use crate::registry::{KnownModel, known};
use crate::tokens::Tokens;
use crate::weights::revision_of;

/// Used where nobody says how long a text may be.
const CAUTIOUS_MAX_TOKENS: usize = 512;
/// The revision of weights that nobody has seen.
const UNSEEN: &str = "remote";

/// What is known before a text is embedded.
pub(super) struct Identity {
    pub(super) spec: EmbeddingSpec,
    pub(super) similarity_threshold: f32,
    pub(super) counter: Counter,
    pub(super) readability: Readability,
}

/// What there is to go by.
pub(super) struct Sources<'sources> {
    pub(super) config: &'sources RemoteConfig,
    pub(super) info: Option<&'sources Info>,
    pub(super) dimension: usize,
}

impl Identity {
    /// Reads the folder and the tokenizer, where they are given. Blocks: hashing weights of 91 MB takes 30 ms.
    pub(super) fn find(sources: &Sources<'_>) -> Result<Self, EmbedError> {
        let config = sources.config;
        let folder = config.same_as.as_deref().map(ModelFolder::open).transpose()?;
        let name = sources.model()?;
        let known = known(name.rsplit('/').next().unwrap_or(&name));
        let max_tokens = sources.max_tokens(folder.as_ref(), known)?;
        let (query, passage) = (config.query_prefix.as_deref(), config.passage_prefix.as_deref());
        let revision = sources.info.and_then(|info| info.model_sha.clone()).unwrap_or_else(|| UNSEEN.to_owned());
        let (spec, similarity_threshold, reads) = match &folder {
            Some(folder) => {
                let spec = EmbeddingSpec {
                    model: folder.name().to_owned(),
                    revision: revision_of(folder.weights_file())?,
                    dimension: sources.dimension,
                    pooling: folder.pooling(),
                    query_prefix: query.unwrap_or(folder.query_prefix()).to_owned(),
                    passage_prefix: passage.unwrap_or(folder.passage_prefix()).to_owned(),
                    max_tokens,
                };
                (spec, folder.similarity_threshold(), folder.reads())
            }
            None => {
                let spec = EmbeddingSpec {
                    model: name,
                    revision,
                    dimension: sources.dimension,
                    pooling: sources.pooling(known),
                    query_prefix: query.unwrap_or(known.map_or("", |known| known.query_prefix)).to_owned(),
                    passage_prefix: passage.unwrap_or(known.map_or("", |known| known.passage_prefix)).to_owned(),
                    max_tokens,
                };
                (spec, known.map_or(CAUTIOUS_SIMILARITY, |known| known.similarity_threshold), known.map(|known| known.reads))
            }
        };
        let counter = match tokenizer_file(config, folder.as_ref())? {
            Some(file) => Counter::Exact(Box::new(Tokens::open(&file, max_tokens)?)),
            None => Counter::estimated(max_tokens, config.api),
        };
        let readability = match &counter {
            Counter::Exact(tokens) => Readability::new(reads, tokens.plain()),
            Counter::Estimated { .. } => Readability::without_tokenizer(reads),
        };
        let similarity_threshold = config.similarity_threshold.unwrap_or(similarity_threshold);
        Ok(Self { spec, similarity_threshold, counter, readability })
    }
}

impl Sources<'_> {
    /// The name that is configured, which must be the server's if it gives one.
    fn model(&self) -> Result<String, RemoteError> {
        let Some(info) = self.info else {
            return Ok(self.config.model.clone().unwrap_or_default());
        };
        let (url, served) = (self.config.url.clone(), info.model_id.clone());
        if info.pooling().is_none() {
            return Err(RemoteError::NoEmbeddings { url, served });
        }
        match &self.config.model {
            Some(wanted) if *wanted != served => Err(RemoteError::OtherModel { url, served, wanted: wanted.clone() }),
            _ => Ok(served),
        }
    }

    fn pooling(&self, known: Option<&KnownModel>) -> Pooling {
        match (self.info.and_then(Info::pooling), known) {
            (Some("mean"), _) => Pooling::Mean,
            (Some("cls"), _) => Pooling::Cls,
            (None, Some(known)) => known.pooling,
            _ => Pooling::Remote,
        }
    }

    fn max_tokens(&self, folder: Option<&ModelFolder>, known: Option<&KnownModel>) -> Result<usize, RemoteError> {
        let limit = self.info.map(|info| info.max_input_length);
        if let Some(wanted) = self.config.max_tokens {
            return match limit {
                Some(limit) if wanted > limit => Err(RemoteError::TooManyTokens { url: self.config.url.clone(), wanted, limit }),
                _ => Ok(wanted),
            };
        }
        let trained = folder.and_then(ModelFolder::max_tokens).or(known.map(|known| known.max_tokens));
        Ok(match (trained, limit) {
            (Some(trained), Some(limit)) => trained.min(limit),
            (trained, limit) => trained.or(limit).unwrap_or(CAUTIOUS_MAX_TOKENS),
        }
        .max(8))
    }
}

/// The configured one, else the one in the folder of the same weights.
fn tokenizer_file(config: &RemoteConfig, folder: Option<&ModelFolder>) -> Result<Option<PathBuf>, EmbedError> {
    match (&config.tokenizer, folder) {
        (Some(path), _) => Ok(Some(in_folder(path))),
        (None, Some(folder)) => folder.tokenizer_file().map(Some),
        (None, None) => Ok(None),
    }
}

fn in_folder(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("tokenizer.json") } else { path.to_path_buf() }
}
