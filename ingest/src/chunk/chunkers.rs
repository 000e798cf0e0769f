//! The chunk settings of each collection.

use std::collections::BTreeMap;
use std::sync::Arc;

use ragstone_core::{CollectionName, Embedder};

use super::Chunker;
use crate::ChunkConfig;

/// Chunkers by collection.
#[derive(Clone)]
pub struct Chunkers {
    default: ChunkConfig,
    by_collection: BTreeMap<CollectionName, ChunkConfig>,
}

impl Chunkers {
    /// Chunkers with settings of their own for some collections (`[collections.NAME.chunk]`), with the default ones (`[chunk]`)
    /// for the others.
    pub fn new(default: ChunkConfig, by_collection: BTreeMap<CollectionName, ChunkConfig>) -> Self {
        Self { default, by_collection }
    }

    /// The settings of a collection.
    pub fn config_of(&self, name: &CollectionName) -> &ChunkConfig {
        self.by_collection.get(name).unwrap_or(&self.default)
    }

    /// The chunker of a collection that this model embeds.
    pub fn for_collection(&self, name: &CollectionName, embedder: &Arc<dyn Embedder>) -> Chunker {
        Chunker::new(Arc::clone(embedder), self.config_of(name).clone())
    }
}
