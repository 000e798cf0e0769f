//! A store in memory whose n-th write fails.

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use ragstone_core::testing::MemoryStore;
use ragstone_core::{
    Chunk, ChunkId, CollectionName, DocumentHead, EmbeddedChunk, Error, ErrorKind, Result, Scored, ScoredChunk, Stage, StoredChunk,
    VectorQuery, VectorStore,
};

#[derive(Default)]
pub(crate) struct FailingStore {
    inner: MemoryStore,
    /// Writes until one fails; none does when this is not positive.
    fails_in: AtomicI64,
}

impl FailingStore {
    /// Makes the `number`-th write from now on fail, counted from 1.
    pub(crate) fn fail_at(&self, number: i64) {
        self.fails_in.store(number, Ordering::SeqCst);
    }

    /// Whether the write that should fail has come.
    pub(crate) fn has_failed(&self) -> bool {
        self.fails_in.load(Ordering::SeqCst) <= 0
    }

    fn write(&self) -> Result<()> {
        if self.fails_in.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Err(Error::new(ErrorKind::Storage, Stage::Store, "the disk is full"));
        }
        Ok(())
    }
}

#[async_trait]
impl VectorStore for FailingStore {
    async fn create(&self, collection: &CollectionName, dimension: usize) -> Result<()> {
        self.inner.create(collection, dimension).await
    }

    async fn remove(&self, collection: &CollectionName) -> Result<()> {
        self.inner.remove(collection).await
    }

    async fn upsert(&self, collection: &CollectionName, chunks: Vec<EmbeddedChunk>) -> Result<()> {
        self.write()?;
        self.inner.upsert(collection, chunks).await
    }

    async fn set_payloads(&self, collection: &CollectionName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()> {
        self.write()?;
        self.inner.set_payloads(collection, chunks, head).await
    }

    async fn delete(&self, collection: &CollectionName, chunks: &[ChunkId]) -> Result<()> {
        self.write()?;
        self.inner.delete(collection, chunks).await
    }

    async fn flush(&self, collection: &CollectionName) -> Result<()> {
        self.write()?;
        self.inner.flush(collection).await
    }

    async fn optimize(&self, collection: &CollectionName) -> Result<()> {
        self.inner.optimize(collection).await
    }

    async fn stored(&self, collection: &CollectionName) -> Result<Vec<StoredChunk>> {
        self.inner.stored(collection).await
    }

    async fn search(&self, collection: &CollectionName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
        self.inner.search(collection, queries).await
    }

    async fn fetch(&self, collection: &CollectionName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>> {
        self.inner.fetch(collection, ids).await
    }
}
