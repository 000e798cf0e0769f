//! Points and payloads in the server's terms.

use std::collections::HashMap;
use std::sync::Arc;

use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::vector_output::Vector as Output;
use qdrant_client::qdrant::vectors::VectorsOptions;
use qdrant_client::qdrant::vectors_output::VectorsOptions as OutputOptions;
use qdrant_client::qdrant::{
    DenseVector, NamedVectors, PointId, PointStruct, RetrievedPoint, SparseVector as QdrantSparse, Value, Vector, Vectors, vector,
};
use ragstone_core::{Chunk, ChunkId, DocumentHead, EmbeddedChunk, ScoredChunk, SparseVector, StoredChunk};
use serde_json::Map;

use crate::payload::{self, DENSE, LEXICAL};

pub(super) fn point_id(id: ChunkId) -> PointId {
    PointId { point_id_options: Some(PointIdOptions::Uuid(id.to_string())) }
}

/// `None` for a number, which only another program could have put there.
pub(super) fn chunk_id(id: Option<&PointId>) -> Option<ChunkId> {
    match id?.point_id_options.as_ref()? {
        PointIdOptions::Uuid(uuid) => uuid.parse().ok(),
        PointIdOptions::Num(_) => None,
    }
}

pub(super) fn to_point(embedded: EmbeddedChunk) -> Result<PointStruct, serde_json::Error> {
    let payload = to_payload(&embedded.chunk, &embedded.head)?;
    let mut vectors = HashMap::from([(DENSE.to_owned(), named(dense(embedded.dense)))]);
    if !embedded.lexical.is_empty() {
        vectors.insert(LEXICAL.to_owned(), named(vector::Vector::Sparse(sparse(embedded.lexical))));
    }
    let vectors = Vectors { vectors_options: Some(VectorsOptions::Vectors(NamedVectors { vectors })) };
    Ok(PointStruct { id: Some(point_id(embedded.chunk.id)), payload, vectors: Some(vectors) })
}

pub(super) fn to_payload(chunk: &Chunk, head: &DocumentHead) -> Result<HashMap<String, Value>, serde_json::Error> {
    let payload = payload::to_payload(chunk, head)?;
    Ok(payload.into_iter().map(|(key, value)| (key, Value::from(value))).collect())
}

pub(super) fn to_scored(payload: HashMap<String, Value>) -> Result<ScoredChunk, serde_json::Error> {
    payload::to_scored(to_json(payload))
}

pub(super) fn to_stored(id: ChunkId, payload: HashMap<String, Value>) -> Result<StoredChunk, serde_json::Error> {
    payload::to_stored(id, to_json(payload))
}

/// A chunk with both vectors; nothing if the point has no dense one, which only another program could have made.
pub(super) fn to_embedded(mut point: RetrievedPoint) -> Result<Option<EmbeddedChunk>, serde_json::Error> {
    let Some(dense) = dense_of(&mut point) else { return Ok(None) };
    let lexical = match vector_of(&mut point, LEXICAL) {
        Some(Output::Sparse(QdrantSparse { indices, values })) => SparseVector { indices, values },
        _ => SparseVector::default(),
    };
    let ScoredChunk { chunk, head } = to_scored(point.payload)?;
    Ok(Some(EmbeddedChunk { chunk, head: Arc::new(head), dense, lexical }))
}

pub(super) fn dense_of(point: &mut RetrievedPoint) -> Option<Vec<f32>> {
    match vector_of(point, DENSE)? {
        Output::Dense(DenseVector { data }) => Some(data),
        _ => None,
    }
}

pub(super) fn sparse(vector: SparseVector) -> QdrantSparse {
    QdrantSparse { indices: vector.indices, values: vector.values }
}

fn vector_of(point: &mut RetrievedPoint, name: &str) -> Option<Output> {
    match point.vectors.as_mut()?.vectors_options.as_mut()? {
        OutputOptions::Vectors(named) => Some(named.vectors.remove(name)?.into_vector()),
        OutputOptions::Vector(_) => None,
    }
}

fn dense(data: Vec<f32>) -> vector::Vector {
    vector::Vector::Dense(DenseVector { data })
}

fn named(vector: vector::Vector) -> Vector {
    Vector { vector: Some(vector), ..Vector::default() }
}

fn to_json(payload: HashMap<String, Value>) -> Map<String, serde_json::Value> {
    payload.into_iter().map(|(key, value)| (key, value.into())).collect()
}
