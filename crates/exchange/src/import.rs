//! Files to a collection.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;
use ragstone_core::{
    CollectionModels, CollectionName, CollectionSpec, DocumentId, DocumentRecord, DocumentState, EmbeddedChunk, IndexName, ModelPlace,
    Place, Result,
};

use crate::blocking::blocking;
use crate::contents::{Contents, ReadDocument};
use crate::error::ExchangeError;
use crate::manifest::{MANIFEST, Manifest, verify};
use crate::progress::{ExchangeEvent, ImportReport, Observer, Phase};

/// So many chunks are given to the store at once.
const UPSERT_CHUNKS: usize = 512;

/// What is imported, and as what.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The folder of an export.
    pub folder: PathBuf,
    /// The collection it becomes; `None` for the name it had.
    pub collection: Option<CollectionName>,
}

/// The name of the collection that was exported to a folder.
pub async fn collection_in(folder: &Path) -> Result<CollectionName> {
    let read = folder.to_owned();
    Ok(blocking(folder, move || Manifest::read(&read)).await?.collection.name)
}

/// Reads a folder that was [exported](crate::export) into a collection, which is made if it is not there.
///
/// All of it is checked before anything is written. What is there already, as it was exported, stays; what is there otherwise
/// refuses the import. One that was cut off goes on where it was when it is asked for again. Nobody else should write to the
/// collection meanwhile: hold its lock.
pub async fn import(request: &ImportRequest, into: &Place, observer: &dyn Observer) -> Result<ImportReport> {
    let folder = request.folder.clone();
    let manifest = blocking(&request.folder, move || Manifest::read(&folder)).await?;
    let name = request.collection.clone().unwrap_or_else(|| manifest.collection.name.clone());
    let before = into.catalog.collection(&name).await?;
    if let Some(there) = &before {
        ensure_same_model(there, &manifest.collection)?;
    }
    let run = Run { request, manifest, into, name, observer };
    run.verify().await?;
    run.check(before.is_some()).await?;
    let is_new = before.is_none();
    let spec = before.unwrap_or_else(|| run.new_collection());
    let settings = run.settings_for(&spec)?;
    if is_new {
        run.sweep().await?;
        into.catalog.create_collection(&spec).await?;
    }
    let settings = run.decide(settings).await?;
    run.store(&spec.index(), settings).await
}

/// An import in progress.
struct Run<'a> {
    request: &'a ImportRequest,
    manifest: Manifest,
    into: &'a Place,
    name: CollectionName,
    observer: &'a dyn Observer,
}

impl Run<'_> {
    /// Compares the files with their fingerprints.
    async fn verify(&self) -> Result<()> {
        self.began(Phase::Verifying);
        let (folder, manifest) = (self.request.folder.clone(), self.manifest.clone());
        blocking(&self.request.folder, move || verify(&folder, &manifest)).await?;
        Ok(())
    }

    /// Reads everything, and writes nothing.
    async fn check(&self, is_there: bool) -> Result<()> {
        self.began(Phase::Checking);
        let mut contents = Contents::open(&self.request.folder, &self.manifest);
        loop {
            let group;
            (contents, group) = next_group(contents).await?;
            if group.is_empty() {
                return Ok(());
            }
            if is_there {
                let states = self.states(&group).await?;
                for document in &group {
                    self.ensure_not_otherwise(document, &states)?;
                }
            }
            self.moved(&group);
        }
    }

    /// The collection to be made.
    fn new_collection(&self) -> CollectionSpec {
        CollectionSpec { name: self.name.clone(), generation: 0, ..self.manifest.collection.clone() }
    }

    /// Frees what a removal has left behind when it was cut off: it belongs to no collection, and would be found in the new one.
    async fn sweep(&self) -> Result<()> {
        for index in self.into.store.indexes().await? {
            if index.collection() == &self.name {
                self.into.store.remove(&index).await?;
            }
        }
        Ok(())
    }

    /// Takes over what was decided for the collection, but for what has been decided here.
    async fn decide(&self, settings: BTreeMap<String, serde_json::Value>) -> Result<Vec<String>> {
        let catalog = &*self.into.catalog;
        let here = catalog.settings(&self.name).await?;
        let mut taken = Vec::new();
        for (subject, value) in settings {
            if !here.contains_key(&subject) {
                catalog.set_setting(&self.name, &subject, Some(&value)).await?;
                taken.push(subject);
            }
        }
        Ok(taken)
    }

    /// What was decided, as it holds here: of the models, only the one whose vectors were exported, for the index they come into.
    fn settings_for(&self, spec: &CollectionSpec) -> Result<BTreeMap<String, serde_json::Value>, ExchangeError> {
        let wrong = |source| ExchangeError::Manifest { path: self.request.folder.join(MANIFEST), source };
        let mut settings = self.manifest.settings.clone();
        let Some(models) = settings.remove(CollectionModels::SUBJECT) else { return Ok(settings) };
        let models: CollectionModels = serde_json::from_value(models).map_err(wrong)?;
        if let Some(place) = models.of_generation(self.manifest.collection.generation) {
            let here = CollectionModels { models: vec![ModelPlace { generation: spec.generation, ..place.clone() }] };
            settings.insert(CollectionModels::SUBJECT.to_owned(), serde_json::to_value(&here).map_err(wrong)?);
        }
        Ok(settings)
    }

    /// Stores what is not there yet.
    async fn store(&self, index: &IndexName, settings: Vec<String>) -> Result<ImportReport> {
        self.began(Phase::Importing);
        self.into.store.create(index, self.manifest.collection.embedding.dimension).await?;
        let mut report = ImportReport { collection: self.name.clone(), documents: 0, chunks: 0, present: 0, settings };
        let mut contents = Contents::open(&self.request.folder, &self.manifest);
        loop {
            let mut group;
            (contents, group) = next_group(contents).await?;
            if group.is_empty() {
                break;
            }
            let states = self.states(&group).await?;
            for document in &group {
                self.ensure_not_otherwise(document, &states)?;
            }
            let all = group.len();
            self.moved(&group);
            group.retain(|document| states.get(&document.id()).is_none_or(|state| state.indexed_at.is_none()));
            report.present += (all - group.len()) as u64;
            report.documents += group.len() as u64;
            report.chunks += group.iter().map(|document| document.chunks.len() as u64).sum::<u64>();
            self.commit(index, group).await?;
        }
        if report.chunks > 0 {
            self.into.store.optimize(index).await?;
        }
        Ok(report)
    }

    /// Makes a group durable, in the order that a crash can be mended from.
    async fn commit(&self, index: &IndexName, group: Vec<ReadDocument>) -> Result<()> {
        let (records, chunks): (Vec<Arc<DocumentRecord>>, Vec<Vec<EmbeddedChunk>>) =
            group.into_iter().map(|document| (document.record, document.chunks)).unzip();
        if records.is_empty() {
            return Ok(());
        }
        self.into.catalog.begin(&self.name, &records).await?;
        let mut chunks = chunks.into_iter().flatten().peekable();
        let is_touched = chunks.peek().is_some();
        while chunks.peek().is_some() {
            self.into.store.upsert(index, chunks.by_ref().take(UPSERT_CHUNKS).collect()).await?;
        }
        if is_touched {
            self.into.store.flush(index).await?;
        }
        let ids: Vec<DocumentId> = records.iter().map(|record| record.document.head.id).collect();
        self.into.catalog.complete(&self.name, &ids, Utc::now()).await
    }

    async fn states(&self, group: &[ReadDocument]) -> Result<HashMap<DocumentId, DocumentState>> {
        let ids: Vec<DocumentId> = group.iter().map(ReadDocument::id).collect();
        self.into.catalog.states(&self.name, &ids).await
    }

    /// Nothing is overwritten: what is there must be what was exported.
    fn ensure_not_otherwise(&self, document: &ReadDocument, states: &HashMap<DocumentId, DocumentState>) -> Result<(), ExchangeError> {
        let Some(state) = states.get(&document.id()) else { return Ok(()) };
        let head = &document.record.document.head;
        let chunks = document.chunks.iter().map(|chunk| chunk.chunk.id);
        if state.revision == head.revision && state.chunks.iter().copied().eq(chunks) {
            return Ok(());
        }
        Err(ExchangeError::Differs { collection: self.name.clone(), source_name: head.source.clone() })
    }

    fn began(&self, phase: Phase) {
        self.observer.on(&ExchangeEvent::Began { phase, documents: self.manifest.documents.rows });
    }

    fn moved(&self, group: &[ReadDocument]) {
        let chunks = group.iter().map(|document| document.chunks.len() as u64).sum();
        self.observer.on(&ExchangeEvent::Moved { documents: group.len() as u64, chunks });
    }
}

impl ReadDocument {
    fn id(&self) -> DocumentId {
        self.record.document.head.id
    }
}

async fn next_group(mut contents: Contents) -> Result<(Contents, Vec<ReadDocument>), ExchangeError> {
    let folder = contents.folder.clone();
    let read = move || {
        let group = contents.next_group()?;
        Ok((contents, group))
    };
    blocking(&folder, read).await
}

fn ensure_same_model(there: &CollectionSpec, exported: &CollectionSpec) -> Result<(), ExchangeError> {
    if there.embedding == exported.embedding {
        return Ok(());
    }
    let (collection, here) = (there.name.clone(), Box::new(exported.embedding.clone()));
    Err(ExchangeError::OtherModel { collection, there: Box::new(there.embedding.clone()), here })
}
