//! The pipeline: reading, extracting, embedding and storing overlap, with bounded queues between them.
//!
//! ```text
//! source ──▶ sift ──▶ prepare (several at once, order kept) ──▶ settle ──▶ group ──▶ embed (3 groups) ──▶ commit
//!            unchanged end here   text and chunks                duplicates, former versions
//! ```
//!
//! What is on its way is bounded by number and by [bytes](budget). Up to `settle` documents may fail one by one; from there on only
//! the run as a whole can, and what it has begun is mended by the next.

mod budget;
mod commit;
mod embed;
mod flights;
mod members;
mod model;
mod plan;
mod prepare;
mod read;
mod recover;
mod reindex;
mod remove;
mod request;
mod run;
mod settle;
mod succession;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::Utc;
use futures::StreamExt;
use ragstone_core::{
    Catalog, CollectionLocks, CollectionName, CollectionSpec, Error, ErrorKind, Labeller, LexicalEncoder, LockGuard, Locked, Models,
    Result, Sharing, Stage, VectorStore,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use model::{ModelEstimate, ModelStatus, OtherModel};
pub(crate) use prepare::may_pass;
pub use recover::Recovery;
pub use request::{Attempts, IngestRequest};
pub(crate) use run::is_under;
pub(crate) use settle::own_chunks;

use self::budget::ByteBudget;
use self::plan::{Planned, Planner};
use self::read::{Reader, Readers};
use self::run::{Purpose, Run, Target};
use crate::extract::Extractor;
use crate::{Chunkers, IngestError, IngestReport, KnownVersions, RawDocument, SourceItem};

/// Documents that were read and not yet compared with the catalog. They are compared together, as many as there are.
const READ_AHEAD: usize = 256;

/// Documents that were planned and not yet embedded.
const PLAN_AHEAD: usize = 32;

/// Groups being embedded while another is stored.
const GROUPS_IN_FLIGHT: usize = 3;

/// After so many new chunks the store rebuilds its indexes.
const OPTIMIZE_AFTER_CHUNKS: u64 = 2_000;

/// What the write path works with.
#[derive(Clone)]
pub struct Ports {
    /// Documents, texts and how far they are.
    pub catalog: Arc<dyn Catalog>,
    /// Vectors and payloads.
    pub store: Arc<dyn VectorStore>,
    /// The embedding models.
    pub models: Models,
    /// BM25 term weights.
    pub lexical: Arc<dyn LexicalEncoder>,
    /// Who may work in a collection.
    pub locks: Arc<dyn CollectionLocks>,
}

/// Makes documents searchable, and keeps store and catalog together.
#[derive(Clone)]
pub struct Ingestor {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) store: Arc<dyn VectorStore>,
    pub(crate) models: Models,
    pub(crate) lexical: Arc<dyn LexicalEncoder>,
    pub(crate) extractor: Extractor,
    pub(crate) readers: Readers,
    pub(crate) chunkers: Arc<Chunkers>,
    pub(crate) labeller: Option<Arc<dyn Labeller>>,
    pub(crate) locks: Arc<dyn CollectionLocks>,
    chunks_embedded: Arc<AtomicU64>,
}

impl Ingestor {
    /// Wires the write path.
    pub fn new(ports: Ports, extractor: Extractor, chunkers: Chunkers) -> Self {
        let Ports { catalog, store, models, lexical, locks } = ports;
        let readers = Readers::new(extractor.config());
        let (chunkers, chunks_embedded) = (Arc::new(chunkers), Arc::default());
        Self { catalog, store, models, lexical, extractor, readers, chunkers, labeller: None, locks, chunks_embedded }
    }

    /// Has documents labelled on their way.
    #[must_use]
    pub fn labelled_by(self, labeller: Arc<dyn Labeller>) -> Self {
        Self { labeller: Some(labeller), ..self }
    }

    /// How many chunks this process has embedded and stored since it began, this ingestor and its clones together.
    pub fn chunks_embedded(&self) -> u64 {
        self.chunks_embedded.load(Ordering::Relaxed)
    }

    /// The collection of this name, made for the configured model if there is none.
    pub async fn ensure_collection(&self, name: &CollectionName) -> Result<CollectionSpec> {
        if let Some(spec) = self.catalog.collection(name).await? {
            self.models.of(&*self.catalog, &spec).await?;
            return Ok(spec);
        }
        let _alone = self.lock(name, Sharing::Alone).await?;
        self.ensure_collection_exclusively(name).await
    }

    /// Two that both found nothing must not both make room: the second would sweep up what the first has stored.
    async fn ensure_collection_exclusively(&self, name: &CollectionName) -> Result<CollectionSpec> {
        if let Some(spec) = self.catalog.collection(name).await? {
            return Ok(spec);
        }
        let embedding = self.models.configured().spec().clone();
        let spec = CollectionSpec { name: name.clone(), embedding, generation: 0, created_at: Utc::now() };
        // What a removal left behind when it was cut off belongs to no collection any more.
        self.remove_indexes(name).await?;
        self.store.create(&spec.index(), spec.embedding.dimension).await?;
        self.catalog.create_collection(&spec).await?;
        Ok(spec)
    }

    /// Ingests all that the request yields. Returns when every counted document is durably stored; a document that fails
    /// is reported and does not stop the others, a store or model that fails does.
    pub async fn ingest(&self, collection: &CollectionName, request: IngestRequest) -> Result<IngestReport> {
        let started = Instant::now();
        let IngestRequest { items, prune_under, observer, cancel, attempts } = request;
        // Whoever was stopped makes no collection: it may have been stopped because that is being removed.
        match cancel.run_until_cancelled(self.ensure_collection(collection)).await {
            Some(ensured) => drop(ensured?),
            None => return Ok(IngestReport { interrupted: true, ..IngestReport::default() }),
        }
        if self.locks.is_between_processes() {
            self.finish_abandoned(collection, &cancel).await?;
        }
        let Some(locked) = cancel.run_until_cancelled(self.lock(collection, Sharing::Shared)).await else {
            return Ok(IngestReport { interrupted: true, ..IngestReport::default() });
        };
        let _locked = locked?;
        let target = self.target(collection).await?;
        if !self.locks.is_between_processes() && self.has_pending(collection).await? {
            // What was cut off before is mended first: a replaced version's chunks are known to nobody else.
            self.mend(&Arc::new(Run::new(target.clone(), Arc::new(()), cancel.clone()))).await?;
        }
        let chunker = self.chunkers.for_collection(collection, &target.embedder);
        let run = Arc::new(Run::new(target, observer, cancel));
        let (read_sender, read) = mpsc::channel(READ_AHEAD);
        let (plan_sender, planned) = mpsc::channel(PLAN_AHEAD);
        let reader = Reader {
            items,
            read: read_sender,
            budget: ByteBudget::of_a_run(),
            readers: self.readers.clone(),
            run: Arc::clone(&run),
            handle: tokio::runtime::Handle::current(),
        };
        let reader = tokio::task::spawn_blocking(move || reader.read_all());
        let planner = Arc::new(Planner { ingestor: self.clone(), chunker, run: Arc::clone(&run), attempts });
        let planner = AbortOnDropHandle::new(tokio::spawn(planner.plan_all(read, plan_sender)));

        self.store_all(planned, &run).await?;
        planner.await.map_err(IngestError::Task)??;
        if run.cancel.is_cancelled() {
            // The reader may hang in a slow source: it stops by itself, before its next document.
            run.update(|report| report.interrupted = true);
        } else {
            reader.await.map_err(IngestError::Task)?;
            self.prune(&prune_under, &run).await?;
        }
        self.finish(&run, started).await
    }

    /// Ingests documents that are in memory.
    pub async fn ingest_documents(&self, collection: &CollectionName, documents: Vec<RawDocument>) -> Result<IngestReport> {
        self.ingest(collection, IngestRequest::of(documents.into_iter().map(SourceItem::Document))).await
    }

    /// What the sources under `scope` said of the versions that are stored, where these are as the present settings would make them: with it
    /// a source can ask only for what is newer.
    pub async fn validators(&self, collection: &CollectionName, scope: &[String]) -> Result<KnownVersions> {
        let config = self.chunkers.config_of(collection);
        let mut known = KnownVersions::new();
        for prefix in scope {
            let versions = self.catalog.validators(collection, prefix).await?;
            let current = versions.into_iter().filter(|(_, version)| version.revision == config.revision_of(&version.content));
            known.extend(current.filter_map(|(source, version)| Some((source, self.readers.verify(&version.validator)?))));
        }
        Ok(known)
    }

    async fn existing(&self, collection: &CollectionName) -> Result<CollectionSpec> {
        let found = self.catalog.collection(collection).await?;
        found.ok_or_else(|| Error::new(ErrorKind::NotFound, Stage::Catalog, format!("collection `{collection}` does not exist")))
    }

    /// What is written into a collection now. To be asked for under its lock: a change of its model takes the lock too.
    async fn target(&self, collection: &CollectionName) -> Result<Target> {
        self.target_of(&self.existing(collection).await?).await
    }

    async fn target_of(&self, collection: &CollectionSpec) -> Result<Target> {
        let embedder = self.models.of(&*self.catalog, collection).await?;
        Ok(Target { index: collection.index(), embedder, purpose: Purpose::Documents })
    }

    /// Removes whatever the store has of a collection.
    async fn remove_indexes(&self, collection: &CollectionName) -> Result<()> {
        for index in self.store.indexes().await? {
            if index.collection() == collection {
                self.store.remove(&index).await?;
            }
        }
        Ok(())
    }

    async fn lock(&self, collection: &CollectionName, sharing: Sharing) -> Result<LockGuard> {
        self.locks.lock(collection, Locked::Documents, sharing).await
    }

    /// Embeds and commits what is planned, group by group, until there is no more or the run is cancelled.
    async fn store_all(&self, planned: mpsc::Receiver<Planned>, run: &Arc<Run>) -> Result<()> {
        let embedded = embed::groups(planned)
            .map(|group| {
                let (ingestor, run) = (self.clone(), Arc::clone(run));
                AbortOnDropHandle::new(tokio::spawn(async move { ingestor.embed(group, &run).await }))
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
        let mut report = run.take_report();
        if report.chunks_embedded >= OPTIMIZE_AFTER_CHUNKS && !report.interrupted {
            self.store.optimize(&run.target.index).await?;
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }
}

/// A run that nobody watches and nobody stops.
fn silent_run(target: Target) -> Arc<Run> {
    Arc::new(Run::new(target, Arc::new(()), CancellationToken::new()))
}
