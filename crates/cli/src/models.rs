//! The embedding models that are open: those that collections need, a few at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ragstone_core::{Embedder, Error, ErrorKind, ModelOpener, Result, Stage};
use ragstone_embed::{EmbedConfig, LocalEmbedder, Located};
use tokio::sync::OnceCell;

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
