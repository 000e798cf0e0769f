//! A catalog that forgets, for tests that must not depend on a database.

mod jobs;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    Catalog, ChunkRecord, CollectionName, CollectionSpec, CollectionSummary, ContentHash, DocumentHead, DocumentId, DocumentPage,
    DocumentRecord, DocumentState, DocumentSummary, EmbeddingSpec, Error, ErrorKind, FieldValue, Language, PendingDocument, Result,
    SourceVersion, Stage, StoredChunk,
};

/// Passes the same suites as a catalog on disk, but for [`survives_reopening`](super::catalog::survives_reopening), and
/// forgets no job.
#[derive(Debug, Default)]
pub struct MemoryCatalog {
    collections: Mutex<BTreeMap<CollectionName, Collection>>,
    jobs: Mutex<jobs::JobTable>,
}

#[derive(Debug)]
struct Collection {
    spec: CollectionSpec,
    settings: BTreeMap<String, serde_json::Value>,
    documents: BTreeMap<DocumentId, Entry>,
}

#[derive(Debug)]
struct Entry {
    record: DocumentRecord,
    is_removing: bool,
}

impl MemoryCatalog {
    fn all(&self) -> MutexGuard<'_, BTreeMap<CollectionName, Collection>> {
        self.collections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a collection's documents; those of an unknown collection are none.
    fn read<T>(&self, name: &CollectionName, read: impl FnOnce(&BTreeMap<DocumentId, Entry>) -> T) -> T {
        let none = BTreeMap::new();
        let all = self.all();
        read(all.get(name).map_or(&none, |collection| &collection.documents))
    }

    fn write<T>(&self, name: &CollectionName, write: impl FnOnce(&mut Collection) -> T) -> Result<T> {
        let mut all = self.all();
        let unknown = || Error::new(ErrorKind::NotFound, Stage::Catalog, format!("collection `{name}` does not exist"));
        Ok(write(all.get_mut(name).ok_or_else(unknown)?))
    }

    /// What is not being removed, by source.
    fn shown<T>(&self, name: &CollectionName, show: impl FnMut(&DocumentRecord) -> T) -> Vec<T> {
        self.read(name, |documents| {
            let mut shown: Vec<_> = documents.values().filter(|entry| !entry.is_removing).map(|entry| &entry.record).collect();
            shown.sort_by(|left, right| left.document.head.source.cmp(&right.document.head.source));
            shown.into_iter().map(show).collect()
        })
    }
}

#[async_trait]
impl Catalog for MemoryCatalog {
    async fn create_collection(&self, spec: &CollectionSpec) -> Result<()> {
        let collection = || Collection { spec: spec.clone(), settings: BTreeMap::new(), documents: BTreeMap::new() };
        self.all().entry(spec.name.clone()).or_insert_with(collection);
        Ok(())
    }

    async fn collection(&self, name: &CollectionName) -> Result<Option<CollectionSpec>> {
        Ok(self.all().get(name).map(|collection| collection.spec.clone()))
    }

    async fn collections(&self) -> Result<Vec<CollectionSummary>> {
        let specs: Vec<_> = self.all().values().map(|collection| collection.spec.clone()).collect();
        let summary = |spec: CollectionSpec| {
            let chunks = self.shown(&spec.name, |record| in_the_store(record).len() as u64);
            CollectionSummary { spec, documents: chunks.len() as u64, chunks: chunks.iter().sum() }
        };
        Ok(specs.into_iter().map(summary).collect())
    }

    async fn settings(&self, name: &CollectionName) -> Result<BTreeMap<String, serde_json::Value>> {
        Ok(self.all().get(name).map(|collection| collection.settings.clone()).unwrap_or_default())
    }

    async fn set_setting(&self, name: &CollectionName, subject: &str, value: Option<&serde_json::Value>) -> Result<()> {
        self.write(name, |collection| {
            match value {
                Some(value) => collection.settings.insert(subject.to_owned(), value.clone()),
                None => collection.settings.remove(subject),
            };
        })
    }

    async fn remove_collection(&self, name: &CollectionName) -> Result<bool> {
        self.table().forget_collection(name);
        Ok(self.all().remove(name).is_some())
    }

    async fn states(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<HashMap<DocumentId, DocumentState>> {
        let state = |record: &DocumentRecord| DocumentState {
            revision: record.document.head.revision.clone(),
            chunks: in_the_store(record).iter().map(|chunk| chunk.id).collect(),
            indexed_at: record.indexed_at,
        };
        Ok(self.read(collection, |all| documents.iter().filter_map(|id| Some((*id, state(&all.get(id)?.record)))).collect()))
    }

    async fn begin(&self, collection: &CollectionName, documents: &[Arc<DocumentRecord>]) -> Result<()> {
        for (field, value) in documents.iter().flat_map(|record| &record.document.head.fields) {
            if matches!(value, FieldValue::Number(number) if !number.is_finite()) {
                return Err(Error::new(ErrorKind::InvalidInput, Stage::Catalog, format!("field `{field}` is not a finite number")));
            }
        }
        if documents.iter().any(|record| !record.document.quality.garbled_share.is_finite()) {
            return Err(Error::new(ErrorKind::InvalidInput, Stage::Catalog, "`garbled_share` is not a finite number"));
        }
        self.write(collection, |collection| {
            for record in documents {
                let record = DocumentRecord { indexed_at: None, ..DocumentRecord::clone(record) };
                collection.documents.insert(record.document.head.id, Entry { record, is_removing: false });
            }
        })
    }

    async fn complete(&self, collection: &CollectionName, documents: &[DocumentId], at: DateTime<Utc>) -> Result<()> {
        self.write(collection, |collection| {
            for id in documents {
                if let Some(entry) = collection.documents.get_mut(id).filter(|entry| !entry.is_removing) {
                    entry.record.indexed_at.get_or_insert(at);
                }
            }
        })
    }

    async fn begin_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()> {
        for entry in self.all().get_mut(collection).into_iter().flat_map(|collection| collection.documents.values_mut()) {
            if documents.contains(&entry.record.document.head.id) {
                (entry.is_removing, entry.record.indexed_at) = (true, None);
            }
        }
        Ok(())
    }

    async fn complete_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()> {
        if let Some(collection) = self.all().get_mut(collection) {
            collection.documents.retain(|id, entry| !(entry.is_removing && documents.contains(id)));
        }
        Ok(())
    }

    async fn pending(&self, collection: &CollectionName) -> Result<Vec<PendingDocument>> {
        let pending = |(id, entry): (&DocumentId, &Entry)| match entry {
            Entry { is_removing: true, .. } => Some(PendingDocument::Removing(*id)),
            Entry { record, .. } => record.indexed_at.is_none().then_some(PendingDocument::Storing(*id)),
        };
        Ok(self.read(collection, |all| all.iter().filter_map(pending).collect()))
    }

    async fn expected(&self, collection: &CollectionName) -> Result<Vec<StoredChunk>> {
        let expected = self.shown(collection, |record| {
            let head = &record.document.head;
            let stored = |chunk: &ChunkRecord| StoredChunk { id: chunk.id, document: head.id, revision: head.revision.clone() };
            in_the_store(record).iter().map(stored).collect::<Vec<_>>()
        });
        Ok(expected.concat())
    }

    async fn document(&self, collection: &CollectionName, document: DocumentId) -> Result<Option<DocumentRecord>> {
        Ok(self.read(collection, |all| all.get(&document).filter(|entry| !entry.is_removing).map(|entry| entry.record.clone())))
    }

    async fn documents(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<DocumentPage> {
        let all = self.shown(collection, |record| DocumentSummary {
            head: record.document.head.clone(),
            text_bytes: record.document.text.len() as u64,
            chunks: record.chunks.len() as u64,
            pages: record.document.pages.len() as u64,
            warnings: record.document.quality.warnings.len() as u64,
            same_as: record.same_as,
            indexed_at: record.indexed_at,
        });
        let total = all.len() as u64;
        Ok(DocumentPage { documents: jobs::page(all, offset, limit), total })
    }

    async fn heads(&self, collection: &CollectionName, after: Option<DocumentId>, limit: u64) -> Result<Vec<DocumentHead>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.read(collection, |all| {
            let found = all.iter().filter(|(id, entry)| {
                let is_searchable = entry.record.indexed_at.is_some() && entry.record.same_as.is_none() && !entry.is_removing;
                is_searchable && after.is_none_or(|after| **id > after)
            });
            found.map(|(_, entry)| entry.record.document.head.clone()).take(limit).collect()
        }))
    }

    async fn documents_under(&self, collection: &CollectionName, prefix: &str) -> Result<Vec<(DocumentId, String)>> {
        let mut sources = self.shown(collection, |record| (record.document.head.id, record.document.head.source.clone()));
        sources.retain(|(_, source)| source.starts_with(prefix));
        Ok(sources)
    }

    async fn by_content(&self, collection: &CollectionName, contents: &[ContentHash]) -> Result<HashMap<ContentHash, DocumentId>> {
        let mut found = HashMap::new();
        self.shown(collection, |record| {
            if record.same_as.is_none() && record.indexed_at.is_some() && contents.contains(&record.content) {
                found.entry(record.content.clone()).or_insert(record.document.head.id);
            }
        });
        Ok(found)
    }

    async fn duplicates_of(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<Vec<DocumentRecord>> {
        let duplicates = self.shown(collection, |record| {
            let is_wanted = record.same_as.is_some_and(|original| documents.contains(&original));
            is_wanted.then(|| record.clone())
        });
        Ok(duplicates.into_iter().flatten().collect())
    }

    async fn validators(&self, collection: &CollectionName, prefix: &str) -> Result<HashMap<String, SourceVersion>> {
        let versions = self.shown(collection, |record| {
            let head = &record.document.head;
            let validator = record.validator.clone().filter(|_| record.indexed_at.is_some() && head.source.starts_with(prefix))?;
            Some((head.source.clone(), SourceVersion { validator, revision: head.revision.clone(), content: record.content.clone() }))
        });
        Ok(versions.into_iter().flatten().collect())
    }

    async fn restart_collection(&self, collection: &CollectionName, embedding: &EmbeddingSpec) -> Result<()> {
        self.write(collection, |collection| {
            collection.spec.embedding = embedding.clone();
            for entry in collection.documents.values_mut() {
                entry.record.indexed_at = None;
            }
        })
    }

    async fn switch_collection(&self, name: &CollectionName, embedding: &EmbeddingSpec, generation: u32) -> Result<()> {
        self.write(name, |collection| {
            collection.spec.embedding = embedding.clone();
            collection.spec.generation = generation;
        })
    }

    async fn languages(&self, collection: &CollectionName) -> Result<Vec<Language>> {
        let languages: BTreeSet<Language> = self.shown(collection, |record| record.document.head.language.clone()).into_iter().collect();
        Ok(languages.into_iter().collect())
    }
}

/// A duplicate's chunks are not in the store: those of another document stand for them.
fn in_the_store(record: &DocumentRecord) -> &[ChunkRecord] {
    if record.same_as.is_some() { &[] } else { &record.chunks }
}
