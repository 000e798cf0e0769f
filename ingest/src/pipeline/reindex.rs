//! Everything again, from the texts the catalog keeps: after the chunk settings or the model have changed.

use std::sync::Arc;

use ragstone_core::{CollectionName, Result};
use tokio_util::sync::CancellationToken;

use super::run::Run;
use super::{Ingestor, Recovery};
use crate::Observer;

impl Ingestor {
    /// Splits every document by the present settings and embeds it with the present model, whichever model the collection had before.
    ///
    /// What is cut off, by a crash or on request, is gone on with by the next [`recover`](Self::recover) or ingest. Until
    /// a document has its turn it is not found by searches.
    pub async fn reindex(&self, collection: &CollectionName, observer: Arc<dyn Observer>, cancel: CancellationToken) -> Result<Recovery> {
        let _exclusive = self.lock(collection).await;
        let former = self.existing(collection).await?.embedding;
        // Whenever it is cut off, what the catalog calls stored is stored, and by the model that it names: so everything is marked
        // before the store is emptied, and the model is changed when nothing of the former one is left.
        self.catalog.restart_collection(collection, &former).await?;
        self.store.remove(collection).await?;
        self.catalog.restart_collection(collection, self.embedder.spec()).await?;
        self.mend(collection, &Arc::new(Run::new(collection, observer, cancel))).await
    }
}
