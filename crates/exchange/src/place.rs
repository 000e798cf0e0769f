//! Where collections are.

use std::sync::Arc;

use ragstone_core::{Catalog, VectorStore};

/// A catalog and the store that is its index.
#[derive(Clone)]
pub struct Place {
    /// Documents, texts, settings.
    pub catalog: Arc<dyn Catalog>,
    /// Vectors.
    pub store: Arc<dyn VectorStore>,
}
