//! An export or an import that ends in the middle.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use fs_err as fs;
use ragstone_core::testing::MemoryStore;
use ragstone_core::{
    Chunk, ChunkId, DocumentHead, DocumentId, EmbeddedChunk, Error, ErrorKind, IndexName, Place, Result, Scored, ScoredChunk, Stage,
    StoredChunk, VectorQuery, VectorStore,
};
use ragstone_exchange::Layout;

use crate::support::{document, everything, export_to, fill, import_from, name, place, spec};

/// A store that fails after some calls, as if its process had been killed: what was not flushed is gone.
struct MortalStore {
    inner: Arc<MemoryStore>,
    calls_left: AtomicI64,
    unflushed: std::sync::Mutex<BTreeMap<ChunkId, EmbeddedChunk>>,
}

impl MortalStore {
    fn new(inner: Arc<MemoryStore>, calls: i64) -> Self {
        Self { inner, calls_left: AtomicI64::new(calls), unflushed: std::sync::Mutex::default() }
    }

    fn live(&self) -> Result<()> {
        if self.calls_left.fetch_sub(1, Ordering::Relaxed) > 0 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Storage, Stage::Store, "the store is gone"))
    }
}

#[async_trait]
impl VectorStore for MortalStore {
    async fn create(&self, index: &IndexName, dimension: usize) -> Result<()> {
        self.inner.create(index, dimension).await
    }

    async fn remove(&self, index: &IndexName) -> Result<()> {
        self.inner.remove(index).await
    }

    async fn indexes(&self) -> Result<Vec<IndexName>> {
        self.inner.indexes().await
    }

    async fn upsert(&self, _index: &IndexName, chunks: Vec<EmbeddedChunk>) -> Result<()> {
        self.live()?;
        self.unflushed.lock().unwrap().extend(chunks.into_iter().map(|chunk| (chunk.chunk.id, chunk)));
        Ok(())
    }

    async fn set_payloads(&self, index: &IndexName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()> {
        self.inner.set_payloads(index, chunks, head).await
    }

    async fn vectors(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<HashMap<ChunkId, Vec<f32>>> {
        self.inner.vectors(index, chunks).await
    }

    async fn embedded(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<Vec<EmbeddedChunk>> {
        self.live()?;
        self.inner.embedded(index, chunks).await
    }

    async fn delete(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<()> {
        self.inner.delete(index, chunks).await
    }

    async fn flush(&self, index: &IndexName) -> Result<()> {
        self.live()?;
        let unflushed = std::mem::take(&mut *self.unflushed.lock().unwrap());
        self.inner.upsert(index, unflushed.into_values().collect()).await
    }

    async fn optimize(&self, index: &IndexName) -> Result<()> {
        self.live()?;
        self.inner.optimize(index).await
    }

    async fn stored(&self, index: &IndexName) -> Result<Vec<StoredChunk>> {
        self.inner.stored(index).await
    }

    async fn stored_of(&self, index: &IndexName, documents: &[DocumentId]) -> Result<Vec<StoredChunk>> {
        self.inner.stored_of(index, documents).await
    }

    async fn search(&self, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
        self.inner.search(index, queries).await
    }

    async fn fetch(&self, index: &IndexName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>> {
        self.inner.fetch(index, ids).await
    }
}

async fn long_collection(place: &Place) {
    let paragraphs: Vec<String> = (0..50).map(|number| format!("paragraph {number}")).collect();
    let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
    let records: Vec<_> = (0..150).map(|number| document(&format!("/{number}.md"), &paragraphs)).collect();
    fill(place, &spec("docs"), &records).await;
}

#[tokio::test]
async fn an_import_goes_on_where_it_was_cut_off() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let here = place();
    long_collection(&here).await;
    export_to(&folder, &here, Layout::default()).await.unwrap();

    let catalog = place().catalog;
    let inner = Arc::new(MemoryStore::default());
    let (mut attempts, mut present) = (0, 0);
    loop {
        attempts += 1;
        let mortal = MortalStore::new(Arc::clone(&inner), 8);
        let there = Place { catalog: Arc::clone(&catalog), store: Arc::new(mortal) };
        let imported = import_from(&folder, &there).await;
        // Whatever is marked as stored is stored.
        let stored = inner.stored(&spec("docs").index()).await.unwrap();
        for head in catalog.heads(&name("docs"), None, u64::MAX).await.unwrap() {
            assert_eq!(stored.iter().filter(|chunk| chunk.document == head.id).count(), 50);
        }
        match imported {
            Ok(report) => {
                assert_eq!(report.present + report.documents, 150);
                assert!(report.present >= present && report.present > 0);
                break;
            }
            Err(error) => assert_eq!(error.to_string(), "the store is gone"),
        }
        let now = catalog.heads(&name("docs"), None, u64::MAX).await.unwrap().len() as u64;
        assert!(now > present, "it gets further each time");
        present = now;
    }
    assert!(attempts > 2, "{attempts}");
    let there = Place { catalog, store: inner };
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

#[tokio::test]
async fn an_export_that_fails_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let inner = Arc::new(MemoryStore::default());
    let here = Place { catalog: place().catalog, store: Arc::clone(&inner) as Arc<dyn VectorStore> };
    long_collection(&here).await;
    let mortal = Place { catalog: Arc::clone(&here.catalog), store: Arc::new(MortalStore::new(inner, 3)) };
    let error = export_to(&folder, &mortal, Layout::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "the store is gone");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);

    // What a killed process has left is in nobody's way.
    let partial = temporary.path().join("docs.partial");
    fs::create_dir_all(partial.join("chunks")).unwrap();
    fs::write(partial.join("chunks/part-00001.parquet"), "half").unwrap();
    fs::write(partial.join("being-written"), "").unwrap();
    export_to(&folder, &here, Layout::default()).await.unwrap();
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1);
    let there = place();
    import_from(&folder, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}

#[tokio::test]
async fn two_exports_to_one_folder_do_not_mix() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("docs");
    let here = place();
    long_collection(&here).await;
    let (one, other) = tokio::join!(export_to(&folder, &here, Layout::default()), export_to(&folder, &here, Layout::default()));
    let refused = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].kind(), ErrorKind::Conflict);
    let there = place();
    import_from(&folder, &there).await.unwrap();
    assert_eq!(everything(&there, "docs").await, everything(&here, "docs").await);
}
