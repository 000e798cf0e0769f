//! The chunk settings of each collection.

use std::collections::BTreeMap;
use std::sync::Arc;

use ragstone_core::{CollectionName, Embedder};

use super::Chunker;
use crate::ChunkConfig;

/// Chunkers by collection.
#[derive(Clone)]
pub struct Chunkers {
    embedder: Arc<dyn Embedder>,
    default: ChunkConfig,
    by_collection: BTreeMap<CollectionName, ChunkConfig>,
}

impl Chunkers {
    /// Chunkers for a model: with settings of their own for some collections (`[collections.NAME.chunk]`), with the
    /// default ones (`[chunk]`) for the others.
    pub fn new(embedder: Arc<dyn Embedder>, default: ChunkConfig, by_collection: BTreeMap<CollectionName, ChunkConfig>) -> Self {
        Self { embedder, default, by_collection }
    }

    /// The chunker of a collection.
    pub fn for_collection(&self, name: &CollectionName) -> Chunker {
        let config = self.by_collection.get(name).unwrap_or(&self.default);
        Chunker::new(Arc::clone(&self.embedder), config.clone())
    }
}
