//! The port, in terms of requests to the server.

use std::collections::HashMap;

use async_trait::async_trait;
use prost::Message as _;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::points_update_operation::{Operation, OverwritePayload};
use qdrant_client::qdrant::with_payload_selector::SelectorOptions as PayloadOptions;
use qdrant_client::qdrant::with_vectors_selector::SelectorOptions as VectorOptions;
use qdrant_client::qdrant::{
    DeletePoints, Filter as QdrantFilter, GetPoints, PayloadIncludeSelector, PointStruct, PointsIdsList, PointsSelector,
    PointsUpdateOperation, RetrievedPoint, ScrollPoints, UpdateBatchPoints, UpsertPoints, VectorsSelector, WithPayloadSelector,
    WithVectorsSelector,
};
use ragstone_core::{
    Chunk, ChunkId, DocumentHead, DocumentId, EmbeddedChunk, Filter, IndexName, Result, Scored, ScoredChunk, StoredChunk, VectorQuery,
    VectorStore,
};

use super::filter::{key, to_qdrant};
use super::payload::{self, chunk_id, point_id};
use super::retry::Effort;
use super::{Collection, QdrantStore, completed, ensure_completed, points, schema};
use crate::StoreError;
use crate::payload::{DENSE, LISTED};
use crate::vectors::{check_dense, check_sparse, sort};

/// What is written in one request: up to so many chunks, and so many bytes unless one chunk alone has more. The server takes 32 MiB.
const WRITE_BATCH: usize = 256;
const WRITE_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// How many ids a request may name.
const ID_BATCH: usize = 4096;
/// How many chunks are read in full at once.
const READ_BATCH: usize = 512;
/// How many chunks are listed at once.
const LIST_BATCH: u32 = 4096;

#[async_trait]
impl VectorStore for QdrantStore {
    async fn create(&self, index: &IndexName, dimension: usize) -> Result<()> {
        Ok(self.make(index, dimension).await?)
    }

    async fn remove(&self, index: &IndexName) -> Result<()> {
        Ok(self.discard(index).await?)
    }

    async fn indexes(&self) -> Result<Vec<IndexName>> {
        Ok(self.list().await?)
    }

    async fn upsert(&self, index: &IndexName, chunks: Vec<EmbeddedChunk>) -> Result<()> {
        Ok(self.insert(index, chunks).await?)
    }

    async fn set_payloads(&self, index: &IndexName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()> {
        Ok(self.overwrite(index, chunks, head).await?)
    }

    /// They come back as unit vectors: the server normalises what it is given.
    async fn vectors(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<HashMap<ChunkId, Vec<f32>>> {
        let wanted = Wanted {
            payload: PayloadOptions::Enable(false),
            vectors: VectorOptions::Include(VectorsSelector { names: vec![DENSE.to_owned()] }),
        };
        let mut found = self.retrieve(index, chunks, wanted).await?;
        let dense = found.iter_mut().filter_map(|(id, point)| Some((*id, payload::dense_of(point)?)));
        Ok(dense.collect())
    }

    async fn embedded(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<Vec<EmbeddedChunk>> {
        let wanted = Wanted { payload: PayloadOptions::Enable(true), vectors: VectorOptions::Enable(true) };
        let mut found = self.retrieve(index, chunks, wanted).await?;
        let mut embedded = Vec::with_capacity(found.len());
        for id in chunks {
            let Some(point) = found.remove(id) else { continue };
            embedded.extend(payload::to_embedded(point).map_err(|source| self.payload_error(index, *id, source))?);
        }
        Ok(embedded)
    }

    async fn delete(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<()> {
        Ok(self.erase(index, chunks).await?)
    }

    /// Does nothing: a write has returned only when the server had written it to its log and applied it. What the server's
    /// machine loses when its power fails, within seconds, is up to its disk and its replicas.
    async fn flush(&self, index: &IndexName) -> Result<()> {
        self.collection(index).await?;
        Ok(())
    }

    /// Does nothing: the server rebuilds its indexes by itself while it goes on answering.
    async fn optimize(&self, index: &IndexName) -> Result<()> {
        self.collection(index).await?;
        Ok(())
    }

    async fn stored(&self, index: &IndexName) -> Result<Vec<StoredChunk>> {
        Ok(self.list_chunks(index, None).await?)
    }

    async fn stored_of(&self, index: &IndexName, documents: &[DocumentId]) -> Result<Vec<StoredChunk>> {
        let mut stored = Vec::new();
        for documents in documents.chunks(ID_BATCH) {
            let of = to_qdrant(Some(&Filter::of_documents(documents)), None);
            stored.extend(self.list_chunks(index, of).await?);
        }
        Ok(stored)
    }

    async fn search(&self, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
        Ok(self.run(index, queries).await?)
    }

    async fn fetch(&self, index: &IndexName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>> {
        let wanted = Wanted { payload: PayloadOptions::Enable(true), vectors: VectorOptions::Enable(false) };
        let mut found = self.retrieve(index, ids, wanted).await?;
        let mut chunks = Vec::with_capacity(found.len());
        for id in ids {
            let Some(point) = found.remove(id) else { continue };
            let chunk = payload::to_scored(point.payload).map_err(|source| self.payload_error(index, *id, source))?;
            chunks.push(chunk);
        }
        Ok(chunks)
    }
}

/// What is read of points.
#[derive(Debug, Clone)]
struct Wanted {
    payload: PayloadOptions,
    vectors: VectorOptions,
}

impl QdrantStore {
    async fn insert(&self, index: &IndexName, chunks: Vec<EmbeddedChunk>) -> Result<(), StoreError> {
        let collection = self.collection(index).await?;
        for chunk in &chunks {
            check_dense(index, collection.dimension, &chunk.dense)?;
            check_sparse(index, &chunk.lexical)?;
        }
        let mut batch = Batch::default();
        for mut chunk in chunks {
            self.index_fields(&collection, &chunk.head).await?;
            sort(&mut chunk.lexical);
            let id = chunk.chunk.id;
            let point = payload::to_point(chunk).map_err(|source| self.payload_error(index, id, source))?;
            let bytes = point.encoded_len();
            if !batch.has_room_for(bytes) {
                self.insert_batch(index, &collection, batch.take()).await?;
            }
            batch.add(point, bytes);
        }
        self.insert_batch(index, &collection, batch.take()).await
    }

    async fn insert_batch(&self, index: &IndexName, collection: &Collection, batch: Vec<PointStruct>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let request = UpsertPoints {
            collection_name: collection.name.clone(),
            wait: Some(true),
            points: batch,
            ordering: schema::ordering(),
            ..UpsertPoints::default()
        };
        let send = |channel, request| async move { completed(points(channel).upsert(request).await?) };
        let outcome = self.connection.call(Effort::Write, "store chunks", &request, send).await;
        self.checked(index, collection, outcome).await.map(drop)
    }

    async fn overwrite(&self, index: &IndexName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<(), StoreError> {
        let collection = self.collection(index).await?;
        self.index_fields(&collection, head).await?;
        let mut batch = Batch::default();
        for chunk in chunks {
            let payload = payload::to_payload(&chunk, head).map_err(|source| self.payload_error(index, chunk.id, source))?;
            // The server refuses an id that it does not have; a filter that finds nothing is fine with it.
            let selector = to_qdrant(None, Some(&[chunk.id])).map(PointsSelectorOneOf::Filter);
            let points_selector = Some(PointsSelector { points_selector_one_of: selector });
            let overwrite = OverwritePayload { payload, points_selector, ..OverwritePayload::default() };
            let operation = PointsUpdateOperation { operation: Some(Operation::OverwritePayload(overwrite)) };
            let bytes = operation.encoded_len();
            if !batch.has_room_for(bytes) {
                self.overwrite_batch(index, &collection, batch.take()).await?;
            }
            batch.add(operation, bytes);
        }
        self.overwrite_batch(index, &collection, batch.take()).await
    }

    async fn overwrite_batch(
        &self,
        index: &IndexName,
        collection: &Collection,
        operations: Vec<PointsUpdateOperation>,
    ) -> Result<(), StoreError> {
        if operations.is_empty() {
            return Ok(());
        }
        let request = UpdateBatchPoints {
            collection_name: collection.name.clone(),
            wait: Some(true),
            operations,
            ordering: schema::ordering(),
            ..UpdateBatchPoints::default()
        };
        let send = |channel, request| async move {
            let response = points(channel).update_batch(request).await?;
            ensure_completed(&response.get_ref().result)?;
            Ok(response)
        };
        let outcome = self.connection.call(Effort::Write, "update chunks", &request, send).await;
        self.checked(index, collection, outcome).await.map(drop)
    }

    async fn erase(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<(), StoreError> {
        let collection = self.collection(index).await?;
        for ids in chunks.chunks(ID_BATCH) {
            let ids = PointsIdsList { ids: ids.iter().copied().map(point_id).collect() };
            let request = DeletePoints {
                collection_name: collection.name.clone(),
                wait: Some(true),
                points: Some(PointsSelector { points_selector_one_of: Some(PointsSelectorOneOf::Points(ids)) }),
                ordering: schema::ordering(),
                ..DeletePoints::default()
            };
            let send = |channel, request| async move { completed(points(channel).delete(request).await?) };
            let outcome = self.connection.call(Effort::Write, "delete chunks", &request, send).await;
            self.checked(index, &collection, outcome).await?;
        }
        Ok(())
    }

    async fn retrieve(&self, index: &IndexName, ids: &[ChunkId], wanted: Wanted) -> Result<HashMap<ChunkId, RetrievedPoint>, StoreError> {
        let collection = self.collection(index).await?;
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(READ_BATCH) {
            let request = GetPoints {
                collection_name: collection.name.clone(),
                ids: ids.iter().copied().map(point_id).collect(),
                with_payload: Some(WithPayloadSelector { selector_options: Some(wanted.payload.clone()) }),
                with_vectors: Some(WithVectorsSelector { selector_options: Some(wanted.vectors.clone()) }),
                read_consistency: self.read_consistency(),
                ..GetPoints::default()
            };
            let send = |channel, request| async move { points(channel).get(request).await };
            let outcome = self.connection.call(Effort::Read, "read chunks", &request, send).await;
            let read = self.checked(index, &collection, outcome).await?.result;
            found.extend(read.into_iter().filter_map(|point| Some((chunk_id(point.id.as_ref())?, point))));
        }
        Ok(found)
    }

    async fn list_chunks(&self, index: &IndexName, of: Option<QdrantFilter>) -> Result<Vec<StoredChunk>, StoreError> {
        let collection = self.collection(index).await?;
        let fields = LISTED.iter().map(|path| key(&path.map(str::to_owned))).collect();
        let mut request = ScrollPoints {
            collection_name: collection.name.clone(),
            filter: of,
            limit: Some(LIST_BATCH),
            with_payload: Some(WithPayloadSelector { selector_options: Some(PayloadOptions::Include(PayloadIncludeSelector { fields })) }),
            with_vectors: Some(WithVectorsSelector { selector_options: Some(VectorOptions::Enable(false)) }),
            read_consistency: self.read_consistency(),
            ..ScrollPoints::default()
        };
        let mut stored = Vec::new();
        loop {
            let send = |channel, request| async move { points(channel).scroll(request).await };
            let outcome = self.connection.call(Effort::Read, "list chunks", &request, send).await;
            let page = self.checked(index, &collection, outcome).await?;
            for point in page.result {
                let Some(id) = chunk_id(point.id.as_ref()) else { continue };
                stored.push(payload::to_stored(id, point.payload).map_err(|source| self.payload_error(index, id, source))?);
            }
            request.offset = page.next_page_offset;
            if request.offset.is_none() {
                return Ok(stored);
            }
        }
    }

    fn payload_error(&self, index: &IndexName, id: ChunkId, source: serde_json::Error) -> StoreError {
        StoreError::Payload { id: id.to_string(), place: format!("{}/{}", self.server(), self.name_of(index)), source }
    }
}

/// What goes to the server in one request.
#[derive(Debug)]
struct Batch<T> {
    items: Vec<T>,
    bytes: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { items: Vec::new(), bytes: 0 }
    }
}

impl<T> Batch<T> {
    fn has_room_for(&self, bytes: usize) -> bool {
        self.items.is_empty() || (self.items.len() < WRITE_BATCH && self.bytes + bytes <= WRITE_BATCH_BYTES)
    }

    fn add(&mut self, item: T, bytes: usize) {
        self.items.push(item);
        self.bytes += bytes;
    }

    fn take(&mut self) -> Vec<T> {
        self.bytes = 0;
        std::mem::take(&mut self.items)
    }
}
