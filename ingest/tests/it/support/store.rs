//! A store in memory whose n-th write fails, and which forgets what was not flushed when one does.

use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ragstone_core::testing::MemoryStore;
use ragstone_core::{
    Chunk, ChunkId, DocumentHead, DocumentId, EmbeddedChunk, Error, ErrorKind, IndexName, Result, Scored, ScoredChunk, Stage, StoredChunk,
    VectorQuery, VectorStore,
};

use super::faults::Faults;

/// Reads see what was flushed.
#[derive(Default)]
pub(crate) struct FailingStore {
    inner: MemoryStore,
    unflushed: Mutex<Vec<Write>>,
    is_too_slow: AtomicBool,
    pub(super) faults: Arc<Faults>,
}

enum Write {
    Upsert(Vec<EmbeddedChunk>),
    SetPayloads(Vec<Chunk>, DocumentHead),
    Delete(Vec<ChunkId>),
}

impl FailingStore {
    /// Searches take longer than they may from now on.
    pub(crate) fn become_too_slow(&self) {
        self.is_too_slow.store(true, Ordering::Relaxed);
    }

    /// All that is stored, sorted.
    pub(crate) async fn texts(&self, index: &IndexName) -> Vec<String> {
        let ids: Vec<ChunkId> = self.inner.stored(index).await.unwrap().into_iter().map(|chunk| chunk.id).collect();
        let fetched = self.inner.fetch(index, &ids).await.unwrap();
        let mut texts: Vec<String> = fetched.into_iter().map(|found| found.chunk.text).collect();
        texts.sort();
        texts
    }

    fn write(&self, write: Write) -> Result<()> {
        self.may_fail()?;
        self.unflushed.lock().unwrap().push(write);
        Ok(())
    }

    fn may_fail(&self) -> Result<()> {
        self.faults.write().inspect_err(|_| self.unflushed.lock().unwrap().clear())
    }
}

#[async_trait]
impl VectorStore for FailingStore {
    async fn create(&self, index: &IndexName, dimension: usize) -> Result<()> {
        self.inner.create(index, dimension).await
    }

    async fn remove(&self, index: &IndexName) -> Result<()> {
        self.unflushed.lock().unwrap().clear();
        self.inner.remove(index).await?;
        self.may_fail()
    }

    async fn indexes(&self) -> Result<Vec<IndexName>> {
        self.inner.indexes().await
    }

    async fn upsert(&self, _index: &IndexName, chunks: Vec<EmbeddedChunk>) -> Result<()> {
        self.write(Write::Upsert(chunks))
    }

    async fn set_payloads(&self, _index: &IndexName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()> {
        self.write(Write::SetPayloads(chunks, head.clone()))
    }

    async fn vectors(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<HashMap<ChunkId, Vec<f32>>> {
        self.inner.vectors(index, chunks).await
    }

    async fn embedded(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<Vec<EmbeddedChunk>> {
        self.inner.embedded(index, chunks).await
    }

    async fn delete(&self, _index: &IndexName, chunks: &[ChunkId]) -> Result<()> {
        self.write(Write::Delete(chunks.to_vec()))
    }

    async fn flush(&self, index: &IndexName) -> Result<()> {
        self.may_fail()?;
        let writes = mem::take(&mut *self.unflushed.lock().unwrap());
        for write in writes {
            match write {
                Write::Upsert(chunks) => self.inner.upsert(index, chunks).await?,
                Write::SetPayloads(chunks, head) => self.inner.set_payloads(index, chunks, &head).await?,
                Write::Delete(chunks) => self.inner.delete(index, &chunks).await?,
            }
        }
        self.inner.flush(index).await
    }

    async fn optimize(&self, index: &IndexName) -> Result<()> {
        self.inner.optimize(index).await
    }

    async fn stored(&self, index: &IndexName) -> Result<Vec<StoredChunk>> {
        self.inner.stored(index).await
    }

    async fn stored_of(&self, index: &IndexName, documents: &[DocumentId]) -> Result<Vec<StoredChunk>> {
        self.inner.stored_of(index, documents).await
    }

    async fn search(&self, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
        if self.is_too_slow.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Unavailable, Stage::Store, "the store did not answer within 5s"));
        }
        self.inner.search(index, queries).await
    }

    async fn fetch(&self, index: &IndexName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>> {
        self.inner.fetch(index, ids).await
    }
}
