//! What requests are answered with.

use std::sync::Arc;

use ragstone_core::{Catalog, CollectionName, CollectionSpec, CollectionSummary, DocumentId, DocumentRecord, Result};
use ragstone_generate::Answerer;
use ragstone_ingest::Ingestor;
use ragstone_retrieve::Retriever;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::permits::PermitPool;
use crate::{ServerConfig, ServerError};

/// The parts of Ragstone that the server is an entrance to.
#[derive(Clone)]
pub struct AppState {
    /// The write path.
    pub ingestor: Arc<Ingestor>,
    /// The first half of the read path.
    pub retriever: Arc<Retriever>,
    /// The second half.
    pub answerer: Arc<Answerer>,
    /// What there is.
    pub catalog: Arc<dyn Catalog>,
}

/// [`AppState`] and what one running server needs besides.
#[derive(Clone)]
pub(crate) struct ServerState {
    pub(crate) app: AppState,
    pub(crate) config: Arc<ServerConfig>,
    /// For searches and questions.
    pub(crate) questions: PermitPool,
    /// For uploads; apart, so that a long ingest holds up no search.
    pub(crate) ingests: PermitPool,
    /// Cancelled when the server was told to stop.
    pub(crate) stopping: CancellationToken,
    /// Work that goes on when its client is gone.
    pub(crate) tasks: TaskTracker,
}

impl ServerState {
    pub(crate) fn new(app: AppState, config: ServerConfig) -> Self {
        let pool = |size| PermitPool::new(size, config.max_queued_requests, config.request_timeout);
        Self {
            app,
            questions: pool(config.max_concurrent_requests),
            ingests: pool(config.max_concurrent_ingests),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            config: Arc::new(config),
        }
    }

    /// Runs what must not stop half way, even when the client hangs up; a shutdown waits for it.
    pub(crate) async fn complete<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let finished = self.tasks.spawn(work).await;
        finished.map_err(|source| ServerError::TaskFailed { source })?
    }

    pub(crate) async fn collection(&self, name: &CollectionName) -> Result<CollectionSpec> {
        let found = self.app.catalog.collection(name).await?;
        Ok(found.ok_or_else(|| ServerError::NoCollection { name: name.clone() })?)
    }

    pub(crate) async fn collection_summary(&self, name: &CollectionName) -> Result<CollectionSummary> {
        let all = self.app.catalog.collections().await?;
        let found = all.into_iter().find(|summary| &summary.spec.name == name);
        Ok(found.ok_or_else(|| ServerError::NoCollection { name: name.clone() })?)
    }

    pub(crate) async fn document(&self, collection: &CollectionName, id: DocumentId) -> Result<DocumentRecord> {
        self.collection(collection).await?;
        let found = self.app.catalog.document(collection, id).await?;
        Ok(found.ok_or_else(|| ServerError::NoDocument { collection: collection.clone(), id })?)
    }
}
