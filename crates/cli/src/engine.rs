//! The one place where adapters meet ports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use ragstone_classify::{ClassifierStore, Classifiers, DocumentLabeller};
use ragstone_core::{Catalog, CollectionModels, CollectionSpec, Embedder, IndexName, Jobs, LexicalEncoder, Models, Reranker};
use ragstone_embed::{LocalEmbedder, LocalReranker, Located, locate};
use ragstone_generate::{Answerer, Examiner, Understander};
use ragstone_ingest::extract::{Extractor, WorkerLocation};
use ragstone_ingest::{Chunkers, Ingestor, JobRunner, Ports, SourceConfig};
use ragstone_retrieve::Retriever;
use ragstone_server::{AppState, Role, ScheduledSource};
use ragstone_store::Bm25Encoder;
use tokio_util::sync::CancellationToken;

use crate::models::LocalModels;
use crate::output::terminal;
use crate::places;
use crate::settings::Settings;
use crate::storage::Storage;

/// Copies of remote repositories in the data folder.
const CACHE_FOLDER: &str = "cache";

/// Classifiers in the data folder.
const CLASSIFIERS_FOLDER: &str = "classifiers";

/// Uploads that wait for their job in the data folder.
const UPLOADS_FOLDER: &str = "uploads";

/// Everything, wired, on a data folder that this process owns.
pub(crate) struct Engine {
    pub(crate) ingestor: Arc<Ingestor>,
    pub(crate) understander: Understander,
    pub(crate) retriever: Arc<Retriever>,
    pub(crate) answerer: Arc<Answerer>,
    pub(crate) examiner: Arc<Examiner>,
    pub(crate) classifiers: Classifiers,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) runner: JobRunner,
    pub(crate) jobs: Arc<dyn Jobs>,
    pub(crate) sources: SourceConfig,
    scheduled: Vec<ScheduledSource>,
    data_dir: PathBuf,
    models: Models,
    storage: Storage,
}

impl Engine {
    /// Opens the data folder and, after an unclean stop, mends it.
    pub(crate) async fn open(settings: Settings) -> anyhow::Result<Self> {
        let data_dir = settings.data_dir()?;
        // The model first: without it nothing else is worth waiting for.
        let located = locate_runtime(&settings)?;
        let embedder: Arc<dyn Embedder> = Arc::new(LocalEmbedder::open(&settings.embed, &located)?);
        let reranker = LocalReranker::open(&settings.rerank, &located.runtime_library)?;
        let storage = Storage::open(&settings).await?;
        let (catalog, vectors) = (storage.database.catalog(), Arc::clone(&storage.store));
        let lexical: Arc<dyn LexicalEncoder> = Arc::new(Bm25Encoder::new(&settings.lexical)?);

        let others = Arc::new(LocalModels::new(&settings.embed, &located));
        let models = Models::new(Arc::clone(&embedder), std::path::absolute(&located.model_dir)?, others);
        let ports = Ports {
            catalog: Arc::clone(&catalog),
            store: Arc::clone(&vectors),
            models: models.clone(),
            lexical: Arc::clone(&lexical),
            locks: Arc::clone(&storage.locks),
        };
        let own_chunks = settings.collections.iter().map(|(name, own)| (name.clone(), own.chunk.clone())).collect();
        let chunkers = Chunkers::new(settings.chunk.clone(), own_chunks);
        let classifiers = Classifiers::new(ClassifierStore::new(classifier_folder(&data_dir)), Arc::clone(&embedder));
        let mut ingestor = Ingestor::new(ports, Extractor::new(settings.extract.clone(), worker(&settings)), chunkers);
        if !settings.classify.is_empty() {
            ingestor = ingestor.labelled_by(Arc::new(DocumentLabeller::new(classifiers.clone(), settings.classify.clone())));
        }
        let jobs = storage.database.jobs();
        let sources = SourceConfig { cache_dir: Some(data_dir.join(CACHE_FOLDER)), ..settings.source.clone() };
        let runner = JobRunner::new(ingestor.clone(), Arc::clone(&jobs), sources.clone(), settings.jobs.clone());
        let retriever = Retriever::new(vectors, Arc::clone(&catalog), models.clone(), lexical, settings.retrieve.clone())
            .with_settings(settings.searches())
            .with_reranker(reranker.map(|reranker| Arc::new(reranker) as Arc<dyn Reranker>));
        let understander = Understander::new(settings.understand.clone(), settings.generate.clone(), &settings.prompt)?;
        let examiner = Examiner::new(settings.generate.clone(), Arc::clone(&embedder))?;
        let answerer = Answerer::new(settings.generate.clone(), settings.prompt.clone(), Arc::clone(&embedder))?;
        let engine = Self {
            ingestor: Arc::new(ingestor),
            understander,
            retriever: Arc::new(retriever),
            answerer: Arc::new(answerer),
            examiner: Arc::new(examiner),
            classifiers,
            catalog,
            embedder,
            runner,
            jobs,
            sources,
            scheduled: settings.sources,
            data_dir,
            models,
            storage,
        };
        engine.mend().await?;
        Ok(engine)
    }

    /// What the server needs.
    pub(crate) fn app_state(&self) -> AppState {
        AppState {
            role: Role::Everything,
            ingestor: Arc::clone(&self.ingestor),
            retriever: Arc::new(Retriever::clone(&self.retriever).calibrating()),
            understander: self.understander.clone(),
            answerer: Arc::clone(&self.answerer),
            examiner: Arc::clone(&self.examiner),
            classifiers: self.classifiers.clone(),
            catalog: Arc::clone(&self.catalog),
            jobs: Arc::clone(&self.jobs),
            runner: self.runner.clone(),
            uploads: self.data_dir.join(UPLOADS_FOLDER).into(),
            sources: self.scheduled.clone().into(),
        }
    }

    /// Flushes and lets go of the data folder.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.storage.close().await
    }

    /// Makes the store equal the catalog where the last stop may have left them apart.
    async fn mend(&self) -> anyhow::Result<()> {
        for collection in self.catalog.collections().await? {
            let (name, index) = (collection.spec.name.clone(), collection.spec.index());
            self.sweep(&collection.spec).await?;
            if self.storage.is_damaged(&index) {
                terminal::note(format!("the index of collection `{name}` was damaged: it was put aside and is computed again"));
            }
            if !(self.storage.is_in_doubt(&index) || self.ingestor.has_pending(&name).await?) {
                continue;
            }
            if let Err(error) = self.models.of(&*self.catalog, &collection.spec).await {
                terminal::note(format!("collection `{name}` was not closed properly and cannot be repaired now: {error}"));
                continue;
            }
            let recovery = self
                .ingestor
                .recover(&name, CancellationToken::new())
                .await
                .with_context(|| format!("collection `{name}` cannot be repaired"))?;
            if !recovery.is_clean() {
                terminal::note(format!(
                    "collection `{name}` was not closed properly: {} documents repaired, {} removals finished, {} stray chunks deleted",
                    recovery.repaired, recovery.removed, recovery.orphans
                ));
            }
        }
        Ok(())
    }
}

impl Engine {
    /// Frees indexes of a collection that a change of its model has left behind when it was cut off.
    async fn sweep(&self, collection: &CollectionSpec) -> anyhow::Result<()> {
        let models = CollectionModels::read(&*self.catalog, &collection.name).await?;
        let is_known =
            |index: &IndexName| index.generation() == collection.generation || models.of_generation(index.generation()).is_some();
        for index in self.storage.store.indexes().await? {
            if index.collection() == &collection.name && !is_known(&index) {
                self.storage.store.remove(&index).await?;
            }
        }
        Ok(())
    }
}

/// Where the program is that reads what is not text.
pub(crate) fn worker(settings: &Settings) -> WorkerLocation {
    let program = settings.extract.worker.clone().filter(|named| !named.as_os_str().is_empty()).or_else(places::worker);
    WorkerLocation { program, pdfium: places::pdfium() }
}

/// Model and runtime, wherever they are.
pub(crate) fn locate_runtime(settings: &Settings) -> anyhow::Result<Located> {
    let mut embed = settings.embed.clone();
    embed.runtime_library = places::named_runtime_library().or(embed.runtime_library);
    Ok(locate(&embed, &places::runtime_folders())?)
}

/// Where the classifiers of a data folder are.
pub(crate) fn classifier_folder(data_dir: &Path) -> PathBuf {
    data_dir.join(CLASSIFIERS_FOLDER)
}
