//! The port, in terms of shards.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use qdrant_edge::{
    Filter as EdgeFilter, NamedQuery, PayloadOps, PayloadSelector, PayloadSelectorInclude, PointId, PointInsertOperations, PointOperations,
    QueryEnum, ScrollRequest, SearchParams, SearchRequest, SetPayloadOp, SparseVector as EdgeSparse, UpdateOperation, VectorInternal,
    VectorStructInternal, WithPayloadInterface, WithVector,
};
use ragstone_core::{
    Chunk, ChunkId, DocumentHead, DocumentId, EmbeddedChunk, Filter, IndexName, Result, Scored, ScoredChunk, SparseVector, StoredChunk,
    Thoroughness, VectorQuery, VectorStore, WhichVector,
};

use super::filter::to_edge;
use super::payload::{self, path, point_id};
use super::shard::Shard;
use super::{EdgeStore, Inner, blocking};
use crate::StoreError;
use crate::payload::{DENSE, LEXICAL, LISTED};
use crate::vectors::{check_dense, check_sparse, sort};

/// Searches wait for the write of one batch at most.
const WRITE_BATCH: usize = 64;
/// How many chunks are listed at once.
const LIST_BATCH: usize = 4096;

#[async_trait]
impl VectorStore for EdgeStore {
    async fn create(&self, index: &IndexName, dimension: usize) -> Result<()> {
        let (inner, index) = (Arc::clone(&self.inner), index.clone());
        Ok(blocking(move || inner.create(&index, dimension)).await?)
    }

    async fn remove(&self, index: &IndexName) -> Result<()> {
        let (inner, index) = (Arc::clone(&self.inner), index.clone());
        Ok(blocking(move || inner.remove(&index)).await?)
    }

    async fn indexes(&self) -> Result<Vec<IndexName>> {
        Ok(self.inner.indexes())
    }

    async fn upsert(&self, index: &IndexName, chunks: Vec<EmbeddedChunk>) -> Result<()> {
        Ok(self.write(index, move |shard| upsert(shard, chunks)).await?)
    }

    async fn set_payloads(&self, index: &IndexName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()> {
        let head = head.clone();
        Ok(self.write(index, move |shard| set_payloads(shard, chunks, &head)).await?)
    }

    /// They come back as unit vectors: the store normalises what it is given.
    async fn vectors(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<HashMap<ChunkId, Vec<f32>>> {
        let ids: Vec<PointId> = chunks.iter().copied().map(point_id).collect();
        Ok(self.read(index, move |shard| vectors(shard, &ids)).await?)
    }

    async fn embedded(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<Vec<EmbeddedChunk>> {
        let ids: Vec<PointId> = chunks.iter().copied().map(point_id).collect();
        Ok(self.read(index, move |shard| embedded(shard, &ids)).await?)
    }

    async fn delete(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<()> {
        let ids: Vec<PointId> = chunks.iter().copied().map(point_id).collect();
        let delete = |ids| UpdateOperation::PointOperation(PointOperations::DeletePoints { ids });
        Ok(self.write(index, move |shard| if ids.is_empty() { Ok(()) } else { shard.write([delete(ids)]) }).await?)
    }

    async fn flush(&self, index: &IndexName) -> Result<()> {
        let shard = self.inner.shard(index)?;
        Ok(blocking(move || shard.flush()).await?)
    }

    /// Worth it after every 10,000 written or deleted chunks, and after an ingest. Writers wait until it is done; searches go on,
    /// slower while graphs are built, and wait for the shard to be opened again if more than 64 MiB of log are given back.
    async fn optimize(&self, index: &IndexName) -> Result<()> {
        let config = self.inner.config.clone();
        Ok(self.write(index, move |shard| shard.optimize(&config)).await?)
    }

    async fn stored(&self, index: &IndexName) -> Result<Vec<StoredChunk>> {
        Ok(self.read(index, |shard| stored(shard, None)).await?)
    }

    async fn stored_of(&self, index: &IndexName, documents: &[DocumentId]) -> Result<Vec<StoredChunk>> {
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        let of = to_edge(Some(&Filter::of_documents(documents)), None);
        Ok(self.read(index, move |shard| stored(shard, of)).await?)
    }

    async fn search(&self, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
        Ok(self.read(index, move |shard| queries.into_iter().map(|query| search(shard, query)).collect()).await?)
    }

    async fn fetch(&self, index: &IndexName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>> {
        let ids: Vec<PointId> = ids.iter().copied().map(point_id).collect();
        Ok(self.read(index, move |shard| fetch(shard, &ids)).await?)
    }
}

impl EdgeStore {
    async fn write(
        &self,
        index: &IndexName,
        work: impl FnOnce(&Shard) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let (inner, shard) = (Arc::clone(&self.inner), self.inner.shard(index)?);
        blocking(move || {
            inner.marker.raise()?;
            work(&shard)
        })
        .await
    }

    /// At most so many at once as the configuration says; the permit goes with the work, which outlives a caller who gives up.
    async fn read<T: Send + 'static>(
        &self,
        index: &IndexName,
        work: impl FnOnce(&Shard) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shard = self.inner.shard(index)?;
        self.inner.readers.acquire().await.map_err(|_| StoreError::Closed)?.forget();
        let permit = Permit(Arc::clone(&self.inner));
        blocking(move || {
            let _permit = permit;
            work(&shard)
        })
        .await
    }
}

/// Gives a reader's place back, also when the reader panics.
struct Permit(Arc<Inner>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.readers.add_permits(1);
    }
}

fn upsert(shard: &Shard, chunks: Vec<EmbeddedChunk>) -> Result<(), StoreError> {
    for chunk in &chunks {
        check_dense(shard.index(), shard.dimension(), &chunk.dense)?;
        check_sparse(shard.index(), &chunk.lexical)?;
    }
    let mut chunks = chunks.into_iter().peekable();
    while chunks.peek().is_some() {
        let mut points = Vec::with_capacity(WRITE_BATCH);
        for mut chunk in chunks.by_ref().take(WRITE_BATCH) {
            shard.index_fields(&chunk.head)?;
            sort(&mut chunk.lexical);
            let id = chunk.chunk.id;
            points.push(payload::to_point(chunk).map_err(|source| payload_error(shard, id, source))?.into());
        }
        let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
        shard.write([UpdateOperation::PointOperation(insert)])?;
    }
    Ok(())
}

fn set_payloads(shard: &Shard, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<(), StoreError> {
    let ids: Vec<PointId> = chunks.iter().map(|chunk| point_id(chunk.id)).collect();
    let stored = shard.read("look up chunks", |edge| edge.retrieve(&ids, Some(false.into()), None))?;
    let stored: HashSet<PointId> = stored.into_iter().map(|record| record.id).collect();
    let mut operations = Vec::new();
    for chunk in chunks {
        let id = point_id(chunk.id);
        if !stored.contains(&id) {
            continue;
        }
        let payload = payload::to_payload(&chunk, head).map_err(|source| payload_error(shard, chunk.id, source))?;
        let overwrite = PayloadOps::OverwritePayload(SetPayloadOp { payload, points: Some(vec![id]), filter: None, key: None });
        operations.push(UpdateOperation::PayloadOperation(overwrite));
    }
    shard.index_fields(head)?;
    shard.write(operations)
}

fn vectors(shard: &Shard, ids: &[PointId]) -> Result<HashMap<ChunkId, Vec<f32>>, StoreError> {
    let wanted = WithVector::Selector(vec![DENSE.into()]);
    let records = shard.read("read vectors", |edge| edge.retrieve(ids, Some(false.into()), Some(wanted)))?;
    let mut vectors = HashMap::with_capacity(records.len());
    for record in records {
        let Some(id) = payload::chunk_id(&record.id) else { continue };
        let Some(VectorStructInternal::Named(mut named)) = record.vector else { continue };
        if let Some(VectorInternal::Dense(dense)) = named.remove(DENSE) {
            vectors.insert(id, dense);
        }
    }
    Ok(vectors)
}

fn embedded(shard: &Shard, ids: &[PointId]) -> Result<Vec<EmbeddedChunk>, StoreError> {
    let records = shard.read("read chunks", |edge| edge.retrieve(ids, Some(true.into()), Some(WithVector::Bool(true))))?;
    let mut chunks = Vec::with_capacity(records.len());
    for record in records {
        let Some(id) = payload::chunk_id(&record.id) else { continue };
        let Some(VectorStructInternal::Named(mut named)) = record.vector else { continue };
        let Some(VectorInternal::Dense(dense)) = named.remove(DENSE) else { continue };
        let lexical = match named.remove(LEXICAL) {
            Some(VectorInternal::Sparse(EdgeSparse { indices, values })) => SparseVector { indices, values },
            _ => SparseVector::default(),
        };
        let found = payload::to_scored(record.payload.unwrap_or_default()).map_err(|source| payload_error(shard, id, source))?;
        chunks.push(EmbeddedChunk { chunk: found.chunk, head: Arc::new(found.head), dense, lexical });
    }
    Ok(chunks)
}

fn stored(shard: &Shard, of: Option<EdgeFilter>) -> Result<Vec<StoredChunk>, StoreError> {
    let keys = LISTED.iter().filter_map(|parts| path(parts)).collect();
    let wanted = WithPayloadInterface::Selector(PayloadSelector::Include(PayloadSelectorInclude::new(keys)));
    let mut stored = Vec::new();
    let mut offset = None;
    loop {
        let request = ScrollRequest {
            offset,
            limit: Some(LIST_BATCH),
            filter: of.clone(),
            with_payload: Some(wanted.clone()),
            with_vector: WithVector::Bool(false),
            order_by: None,
        };
        let (records, next) = shard.read("list chunks", |edge| edge.scroll(request))?;
        for record in records {
            let Some(id) = payload::chunk_id(&record.id) else { continue };
            let payload = record.payload.unwrap_or_default();
            stored.push(payload::to_stored(id, payload).map_err(|source| payload_error(shard, id, source))?);
        }
        offset = next;
        if offset.is_none() {
            return Ok(stored);
        }
    }
}

fn search(shard: &Shard, query: VectorQuery) -> Result<Vec<Scored>, StoreError> {
    let VectorQuery { vector, filter, among, limit, thoroughness } = query;
    let (vector, name) = match vector {
        WhichVector::Dense(vector) => {
            check_dense(shard.index(), shard.dimension(), &vector)?;
            (VectorInternal::Dense(vector), DENSE)
        }
        WhichVector::Lexical(mut vector) => {
            check_sparse(shard.index(), &vector)?;
            if vector.is_empty() {
                return Ok(Vec::new());
            }
            sort(&mut vector);
            (VectorInternal::Sparse(EdgeSparse { indices: vector.indices, values: vector.values }), LEXICAL)
        }
    };
    if limit == 0 {
        return Ok(Vec::new());
    }
    let request = SearchRequest {
        query: QueryEnum::Nearest(NamedQuery::new(vector, name)),
        filter: to_edge(filter.as_ref(), among.as_deref()),
        params: Some(SearchParams {
            // Who names chunks wants the scores of just these; a graph may miss some.
            exact: among.is_some() || thoroughness == Thoroughness::Exact,
            hnsw_ef: match thoroughness {
                Thoroughness::Neighbours(count) => Some(count),
                Thoroughness::Configured | Thoroughness::Exact => None,
            },
            ..SearchParams::default()
        }),
        limit,
        offset: 0,
        with_payload: None,
        with_vector: None,
        score_threshold: None,
    };
    let points = shard.read("search", |edge| edge.search(request))?;
    let scored = points.iter().filter_map(|point| Some(Scored { id: payload::chunk_id(&point.id)?, score: point.score }));
    let mut scored: Vec<Scored> = scored.collect();
    scored.sort_by(|left, right| right.score.total_cmp(&left.score).then(left.id.cmp(&right.id)));
    Ok(scored)
}

fn fetch(shard: &Shard, ids: &[PointId]) -> Result<Vec<ScoredChunk>, StoreError> {
    let records = shard.read("read chunks", |edge| edge.retrieve(ids, Some(true.into()), None))?;
    let mut chunks = Vec::with_capacity(records.len());
    for record in records {
        let Some(id) = payload::chunk_id(&record.id) else { continue };
        let payload = record.payload.unwrap_or_default();
        chunks.push(payload::to_scored(payload).map_err(|source| payload_error(shard, id, source))?);
    }
    Ok(chunks)
}

fn payload_error(shard: &Shard, id: ChunkId, source: serde_json::Error) -> StoreError {
    StoreError::Payload { id: id.to_string(), place: shard.folder().display().to_string(), source }
}
