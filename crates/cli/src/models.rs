//! The embedding models that are open: those that collections need, a few at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ragstone_core::{Embedder, Error, ErrorKind, ModelOpener, Models, Result, Stage};
use ragstone_embed::{EmbedConfig, LocalEmbedder, LocalReranker, Located, RemoteEmbedder, locate};
use tokio::sync::OnceCell;

use crate::places;
use crate::settings::Settings;

/// The configured model: of a server, if `[embed.remote]` names one, else in this process. The folder is known only of the latter.
pub(crate) async fn open_configured(settings: &Settings) -> anyhow::Result<Models> {
    if settings.embed.remote.is_some() {
        return Ok(Models::from(Arc::new(connect(settings).await?)));
    }
    let located = locate_runtime(settings)?;
    let (config, files) = (settings.embed.clone(), located.clone());
    let embedder = tokio::task::spawn_blocking(move || LocalEmbedder::open(&config, &files)).await??;
    let others = Arc::new(LocalModels::new(&settings.embed, &located));
    Ok(Models::new(Arc::new(embedder), std::path::absolute(&located.model_dir)?, others))
}

/// The model on the server that `[embed.remote]` names.
pub(crate) async fn connect(settings: &Settings) -> anyhow::Result<RemoteEmbedder> {
    Ok(RemoteEmbedder::connect(&settings.embed, settings.embed_key.clone()).await?)
}

/// The reranking model, if one is configured; it runs in this process.
pub(crate) fn open_reranker(settings: &Settings) -> anyhow::Result<Option<LocalReranker>> {
    if settings.rerank.model_dir.is_none() {
        return Ok(None);
    }
    Ok(LocalReranker::open(&settings.rerank, &locate_runtime(settings)?.runtime_library)?)
}

/// Model and runtime, wherever they are.
pub(crate) fn locate_runtime(settings: &Settings) -> anyhow::Result<Located> {
    let mut embed = settings.embed.clone();
    embed.runtime_library = places::named_runtime_library().or(embed.runtime_library);
    Ok(locate(&embed, &places::runtime_folders())?)
}

/// So many models are kept open beside the configured one; the one that was not asked for longest is closed first.
const MOST_OPEN: usize = 3;

/// Opens models when they are first needed, and shares them.
pub(crate) struct LocalModels {
    config: EmbedConfig,
    runtime_library: PathBuf,
    /// The latest asked for is last.
    open: Mutex<Vec<(Key, Slot)>>,
}

/// Two collections may cut the texts of one model at different lengths.
type Key = (PathBuf, Option<usize>);

/// Filled once, by the first who asks; the others wait for it.
type Slot = Arc<OnceCell<Arc<dyn Embedder>>>;

impl LocalModels {
    /// Models that run as the configuration says, whichever folder it names.
    pub(crate) fn new(config: &EmbedConfig, located: &Located) -> Self {
        Self { config: config.clone(), runtime_library: located.runtime_library.clone(), open: Mutex::default() }
    }

    fn slot(&self, key: Key) -> Slot {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.iter().position(|(other, slot)| *other == key || is_same(other, slot, &key));
        let entry = found.map_or_else(|| (key, Slot::default()), |position| open.remove(position));
        let slot = Arc::clone(&entry.1);
        open.push(entry);
        if open.len() > MOST_OPEN {
            open.remove(0);
        }
        slot
    }
}

/// Whether a model that was opened as it is cuts texts at the length that is asked for.
fn is_same((folder, _): &Key, slot: &Slot, (wanted, max_tokens): &Key) -> bool {
    folder == wanted && slot.get().map(|embedder| embedder.spec().max_tokens) == *max_tokens && max_tokens.is_some()
}

#[async_trait]
impl ModelOpener for LocalModels {
    async fn open(&self, folder: &Path, max_tokens: Option<usize>) -> Result<Arc<dyn Embedder>> {
        let slot = self.slot((folder.to_owned(), max_tokens));
        let opened = slot.get_or_try_init(|| async {
            let config = EmbedConfig { max_tokens, ..self.config.clone() };
            let located = Located { model_dir: folder.to_owned(), runtime_library: self.runtime_library.clone() };
            let opened = tokio::task::spawn_blocking(move || LocalEmbedder::open(&config, &located));
            let embedder = opened.await.map_err(|source| Error::new(ErrorKind::Internal, Stage::Embed, source))??;
            Ok::<_, Error>(Arc::new(embedder) as Arc<dyn Embedder>)
        });
        opened.await.cloned()
    }
}
