//! Filling the index of another model from the catalog's texts, as often as needed, from wherever it was cut off.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use ragstone_core::{
    CollectionModels, CollectionName, CollectionSpec, DocumentId, Embedder, LockGuard, Locked, ModelPlace, Result, Sharing,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::pipeline::plan::Planned;
use crate::pipeline::recover::{Difference, Gap, repaired};
use crate::pipeline::run::{Purpose, Run, Target};
use crate::pipeline::{Ingestor, PLAN_AHEAD};
use crate::{IngestError, IngestEvent, IngestReport, Observer};

/// What changed while the index was filled is filled in after it, so many times; the rest is left to the switch.
const MOST_PASSES: usize = 5;

impl Ingestor {
    /// Computes the vectors of the model in `folder` for all chunks that have none, in an index beside the one that is searched.
    ///
    /// Searches and ingests go on. When it is cut off, by a crash or on request, the same call goes on with it.
    pub async fn prepare_model(
        &self,
        collection: &CollectionName,
        folder: &Path,
        observer: Arc<dyn Observer>,
        cancel: CancellationToken,
    ) -> Result<IngestReport> {
        let started = Instant::now();
        let _filling = self.filling(collection).await?;
        let (spec, embedder) = self.remember_model(collection, folder).await?;
        let target = Target { index: spec.index(), embedder, purpose: Purpose::OtherModel };
        self.store.create(&target.index, target.embedder.spec().dimension).await?;
        let run = Arc::new(Run::new(target, observer, cancel));
        for _ in 0..MOST_PASSES {
            let gap = self.compare(&run.target.index, &HashSet::new()).await?;
            if gap.is_closed() || run.cancel.is_cancelled() {
                break;
            }
            self.close_gap(gap, &run).await?;
        }
        if run.cancel.is_cancelled() {
            run.update(|report| report.interrupted = true);
        }
        self.finish(&run, started).await
    }

    /// Refuses a model that cannot be prepared: it is not in the folder, or is the collection's own, or there is a third one.
    pub async fn check_other_model(&self, collection: &CollectionName, folder: &Path) -> Result<()> {
        let spec = self.existing(collection).await?;
        let embedder = self.open_other(&spec, folder).await?;
        let models = CollectionModels::read(&*self.catalog, collection).await?;
        ensure_not_a_third(&spec, &models, &*embedder)
    }

    /// The model that a client of a server means: one of those beside the configured model, by its folder's name or whole path.
    pub async fn model_of_client(&self, named: &Path) -> Result<PathBuf> {
        let beside = self.models.configured_folder().and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
        let (named, asked) = (named.to_owned(), beside.join(named));
        let resolved = tokio::task::spawn_blocking(move || {
            // What does not exist and what must not be named look alike from outside.
            let inside = fs_err::canonicalize(&beside).and_then(|beside| Ok((fs_err::canonicalize(&asked)?, beside)));
            match inside {
                Ok((folder, beside)) if folder.parent() == Some(beside.as_path()) => Ok(folder),
                _ => Err(IngestError::ModelOutOfReach { folder: named, within: beside }),
            }
        });
        Ok(resolved.await.map_err(IngestError::Task)??)
    }

    /// The right to fill a collection's other index.
    pub(super) async fn filling(&self, collection: &CollectionName) -> Result<LockGuard> {
        let taken = self.locks.try_lock(collection, Locked::OtherModel, Sharing::Alone).await?;
        Ok(taken.ok_or_else(|| IngestError::ModelBusy { collection: collection.clone() })?)
    }

    /// Opens the model and notes it down as the collection's other one. Returns the collection as it is with that model.
    async fn remember_model(&self, collection: &CollectionName, folder: &Path) -> Result<(CollectionSpec, Arc<dyn Embedder>)> {
        let spec = self.existing(collection).await?;
        let embedder = self.open_other(&spec, folder).await?;
        let mut models = CollectionModels::read(&*self.catalog, collection).await?;
        ensure_not_a_third(&spec, &models, &*embedder)?;
        if let Some(place) = models.beside(&spec) {
            return Ok((spec.with_model(place), embedder));
        }
        if models.models.is_empty() {
            models.models.push(self.present_place(&spec)?);
        }
        let taken =
            self.store.indexes().await?.into_iter().filter(|index| index.collection() == collection).map(|index| index.generation());
        let generation = taken.max().unwrap_or_default().max(spec.generation) + 1;
        let place = ModelPlace { embedding: embedder.spec().clone(), folder: folder.to_owned(), generation };
        let beside = spec.with_model(&place);
        models.models.push(place);
        models.write(&*self.catalog, collection).await?;
        Ok((beside, embedder))
    }

    /// Opens a model that is another than the collection's.
    pub(super) async fn open_other(&self, spec: &CollectionSpec, folder: &Path) -> Result<Arc<dyn Embedder>> {
        if !folder.is_absolute() {
            return Err(IngestError::RelativeFolder { folder: folder.to_owned() }.into());
        }
        let embedder = self.models.open(folder).await?;
        if embedder.spec() == &spec.embedding {
            return Err(IngestError::ModelInUse { collection: spec.name.clone(), model: spec.embedding.to_string() }.into());
        }
        Ok(embedder)
    }

    /// Where the model of a collection is that never had another: it is the configured one.
    fn present_place(&self, spec: &CollectionSpec) -> Result<ModelPlace> {
        spec.ensure_embedded_by(self.models.configured().spec())?;
        let folder = self.models.configured_folder().ok_or_else(|| IngestError::FolderUnknown { collection: spec.name.clone() })?;
        Ok(ModelPlace { embedding: spec.embedding.clone(), folder: folder.to_owned(), generation: spec.generation })
    }

    /// Brings an index in step with what the catalog had when the gap was found.
    pub(super) async fn close_gap(&self, gap: Gap, run: &Arc<Run>) -> Result<()> {
        let Gap { documents, orphans, .. } = gap;
        self.delete_orphans(&run.target.index, &orphans).await?;
        run.observer.on(&IngestEvent::Reembedding { documents: documents.len() as u64 });
        let (sender, planned) = mpsc::channel(PLAN_AHEAD);
        let reader = AbortOnDropHandle::new(tokio::spawn({
            let (ingestor, run) = (self.clone(), Arc::clone(run));
            async move { ingestor.plan_refill(documents, sender, &run).await }
        }));
        self.store_all(planned, run).await?;
        reader.await.map_err(IngestError::Task)?
    }

    /// Reads documents as the catalog has them; their chunks stay as they are.
    async fn plan_refill(&self, documents: HashMap<DocumentId, Difference>, planned: mpsc::Sender<Planned>, run: &Run) -> Result<()> {
        for (document, difference) in documents {
            let Some(record) = self.catalog.document(&run.collection, document).await? else { continue };
            if planned.send(vec![repaired(record, difference)]).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

fn ensure_not_a_third(spec: &CollectionSpec, models: &CollectionModels, embedder: &dyn Embedder) -> Result<()> {
    match models.beside(spec) {
        Some(place) if &place.embedding != embedder.spec() => {
            Err(IngestError::AnotherModel { collection: spec.name.clone(), model: place.embedding.to_string() }.into())
        }
        _ => Ok(()),
    }
}

impl Gap {
    /// Whether there is none.
    pub(super) fn is_closed(&self) -> bool {
        self.documents.is_empty() && self.orphans.is_empty()
    }
}
