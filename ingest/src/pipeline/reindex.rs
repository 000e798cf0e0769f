//! Everything again, from the texts the catalog keeps: after the chunk settings or the model have changed.

use std::sync::Arc;

use ragstone_core::{CollectionModels, CollectionName, Result, Sharing};
use tokio_util::sync::CancellationToken;

use super::run::{Purpose, Run, Target};
use super::{Ingestor, Recovery};
use crate::Observer;

impl Ingestor {
    /// Splits every document by the present settings and embeds it anew: with the model that the collection was given, or with
    /// the configured one, whichever it had before.
    ///
    /// What is cut off, by a crash or on request, is gone on with by the next [`recover`](Self::recover) or ingest. Until
    /// a document has its turn it is not found by searches.
    pub async fn reindex(&self, collection: &CollectionName, observer: Arc<dyn Observer>, cancel: CancellationToken) -> Result<Recovery> {
        let _alone = self.lock(collection, Sharing::Alone).await?;
        let spec = self.existing(collection).await?;
        let was_given = CollectionModels::read(&*self.catalog, collection).await?.of_generation(spec.generation).is_some();
        let embedder = if was_given { self.models.of(&*self.catalog, &spec).await? } else { Arc::clone(self.models.configured()) };
        // Whenever it is cut off, what the catalog calls stored is stored, and by the model that it names: so everything is marked
        // before the store is emptied, and the model is changed when nothing of the former one is left.
        self.catalog.restart_collection(collection, &spec.embedding).await?;
        self.store.remove(&spec.index()).await?;
        self.catalog.restart_collection(collection, embedder.spec()).await?;
        let target = Target { index: spec.index(), embedder, purpose: Purpose::Documents };
        self.mend(&Arc::new(Run::new(target, observer, cancel))).await
    }
}
