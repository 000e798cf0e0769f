//! The pipeline: reading, planning, embedding and storing overlap, with bounded queues between them.
//!
//! ```text
//! source ──4 documents──▶ plan (extract, chunk, compare) ──8 documents──▶ group ──▶ embed (3 groups) ──▶ commit
//! ```

mod commit;
mod embed;
mod plan;
mod recover;
mod remove;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::Utc;
use futures::StreamExt;
use ragstone_core::{Catalog, CollectionName, CollectionSpec, Embedder, Error, ErrorKind, LexicalEncoder, Result, Stage, VectorStore};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use recover::Recovery;

use self::plan::PlannedDocument;
use self::run::Run;
use crate::{ChunkConfig, Chunker, FileSource, IngestError, IngestReport, Observer, RawDocument, SourceItem};

/// Documents read ahead of planning, and planned ahead of embedding.
const READ_AHEAD: usize = 4;
const PLAN_AHEAD: usize = 8;

/// Groups being embedded while another is stored.
const GROUPS_IN_FLIGHT: usize = 3;

/// After so many new chunks the store rebuilds its indexes.
const OPTIMIZE_AFTER_CHUNKS: u64 = 2_000;

/// Makes documents searchable, and keeps store and catalog together.
#[derive(Clone)]
pub struct Ingestor {
    catalog: Arc<dyn Catalog>,
    store: Arc<dyn VectorStore>,
    embedder: Arc<dyn Embedder>,
    lexical: Arc<dyn LexicalEncoder>,
    chunker: Chunker,
    /// One ingest at a time in a collection: two could not tell each other's chunks apart.
    running: Arc<Mutex<HashMap<CollectionName, Arc<tokio::sync::Mutex<()>>>>>,
}

/// What to ingest, and how to watch and stop it.
pub struct IngestRequest {
    items: Box<dyn Iterator<Item = SourceItem> + Send>,
    prune_under: Vec<String>,
    observer: Arc<dyn Observer>,
    cancel: CancellationToken,
}

impl IngestRequest {
    /// Everything that some paths hold.
    pub fn new(files: FileSource) -> Self {
        Self::of(files.into_items())
    }

    /// Anything that yields documents. It is read on a thread of its own and may block.
    pub fn of(items: impl Iterator<Item = SourceItem> + Send + 'static) -> Self {
        Self { items: Box::new(items), prune_under: Vec::new(), observer: Arc::new(()), cancel: CancellationToken::new() }
    }

    /// Afterwards removes the documents whose source is one of these paths or under it, and was not found.
    pub fn prune_under(mut self, roots: Vec<String>) -> Self {
        self.prune_under = roots;
        self
    }

    /// Shows the ingest to an observer.
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Stops after the commit under way when the token is cancelled. What was not yet stored is left for the next ingest.
    pub fn cancelled_by(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }
}

impl Ingestor {
    /// Wires the write path.
    pub fn new(
        catalog: Arc<dyn Catalog>,
        store: Arc<dyn VectorStore>,
        embedder: Arc<dyn Embedder>,
        lexical: Arc<dyn LexicalEncoder>,
        chunk: ChunkConfig,
    ) -> Self {
        let chunker = Chunker::new(Arc::clone(&embedder), chunk);
        Self { catalog, store, embedder, lexical, chunker, running: Arc::default() }
    }

    /// The collection of this name, made for the configured model if there is none.
    pub async fn ensure_collection(&self, name: &CollectionName) -> Result<CollectionSpec> {
        if let Some(spec) = self.catalog.collection(name).await? {
            spec.ensure_embedded_by(self.embedder.spec())?;
            return Ok(spec);
        }
        let _exclusive = self.lock(name).await;
        self.ensure_collection_exclusively(name).await
    }

    /// Two that both found nothing must not both make room: the second would sweep up what the first has stored.
    async fn ensure_collection_exclusively(&self, name: &CollectionName) -> Result<CollectionSpec> {
        let embedding = self.embedder.spec();
        if let Some(spec) = self.catalog.collection(name).await? {
            spec.ensure_embedded_by(embedding)?;
            return Ok(spec);
        }
        let spec = CollectionSpec { name: name.clone(), embedding: embedding.clone(), created_at: Utc::now() };
        // What a removal left behind when it was cut off belongs to no collection any more.
        self.store.remove(name).await?;
        self.store.create(name, embedding.dimension).await?;
        self.catalog.create_collection(&spec).await?;
        Ok(spec)
    }

    /// Ingests all that the request yields. Returns when every counted document is durably stored; a document that fails
    /// is reported and does not stop the others, a store or model that fails does.
    pub async fn ingest(&self, collection: &CollectionName, request: IngestRequest) -> Result<IngestReport> {
        let started = Instant::now();
        let IngestRequest { items, prune_under, observer, cancel } = request;
        let _exclusive = self.lock(collection).await;
        self.ensure_collection_exclusively(collection).await?;
        if self.has_pending(collection).await? {
            // What was cut off before is mended first: a replaced version's chunks are known to nobody else.
            self.mend(collection, cancel.clone()).await?;
        }
        let run = Arc::new(Run::new(collection, observer, cancel));
        let (read_sender, read) = mpsc::channel(READ_AHEAD);
        let (plan_sender, planned) = mpsc::channel(PLAN_AHEAD);
        let reader = tokio::task::spawn_blocking({
            let run = Arc::clone(&run);
            move || read_all(items, &read_sender, &run)
        });
        let planner = AbortOnDropHandle::new(tokio::spawn({
            let (ingestor, run) = (self.clone(), Arc::clone(&run));
            async move { ingestor.plan_all(read, plan_sender, &run).await }
        }));

        self.store_all(planned, &run).await?;
        planner.await.map_err(IngestError::Task)??;
        reader.await.map_err(IngestError::Task)?;
        if run.cancel.is_cancelled() {
            run.update(|report| report.interrupted = true);
        } else {
            self.prune(&prune_under, &run).await?;
        }
        self.finish(&run, started).await
    }

    /// Ingests documents that are in memory.
    pub async fn ingest_documents(&self, collection: &CollectionName, documents: Vec<RawDocument>) -> Result<IngestReport> {
        self.ingest(collection, IngestRequest::of(documents.into_iter().map(SourceItem::Document))).await
    }

    async fn existing(&self, collection: &CollectionName) -> Result<CollectionSpec> {
        let found = self.catalog.collection(collection).await?;
        found.ok_or_else(|| Error::new(ErrorKind::NotFound, Stage::Catalog, format!("collection `{collection}` does not exist")))
    }

    async fn lock(&self, collection: &CollectionName) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(running.entry(collection.clone()).or_default())
        };
        lock.lock_owned().await
    }

    /// Embeds and commits what is planned, group by group, until there is no more or the run is cancelled.
    async fn store_all(&self, planned: mpsc::Receiver<PlannedDocument>, run: &Arc<Run>) -> Result<()> {
        let embedded = embed::groups(planned)
            .map(|group| {
                let ingestor = self.clone();
                AbortOnDropHandle::new(tokio::spawn(async move { ingestor.embed(group).await }))
            })
            .buffered(GROUPS_IN_FLIGHT);
        let mut embedded = std::pin::pin!(embedded);
        loop {
            let next = tokio::select! {
                biased;
                () = run.cancel.cancelled() => return Ok(()),
                next = embedded.next() => next,
            };
            let Some(group) = next else { return Ok(()) };
            self.commit(group.map_err(IngestError::Task)??, run).await?;
        }
    }

    async fn finish(&self, run: &Run, started: Instant) -> Result<IngestReport> {
        let mut report = std::mem::take(&mut *run.report.lock().unwrap_or_else(PoisonError::into_inner));
        if report.chunks_embedded >= OPTIMIZE_AFTER_CHUNKS && !report.interrupted {
            self.store.optimize(&run.collection).await?;
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }
}

/// Reads until the source ends, nobody listens any more, or the run is cancelled.
fn read_all(items: Box<dyn Iterator<Item = SourceItem> + Send>, sender: &mpsc::Sender<SourceItem>, run: &Run) {
    for item in items {
        if run.cancel.is_cancelled() || sender.blocking_send(item).is_err() {
            return;
        }
    }
}
