//! Points and payloads in the library's terms.

use qdrant_edge::{JsonPath, NamedVectors, Payload, PointId, PointStruct, SparseVector as EdgeSparse, Vector, Vectors};
use ragstone_core::{Chunk, ChunkId, DocumentHead, EmbeddedChunk, ScoredChunk, StoredChunk};
use serde_json::Value;

use crate::payload::{self, DENSE, LEXICAL};

pub(super) fn point_id(id: ChunkId) -> PointId {
    PointId::Uuid(id.as_uuid())
}

/// `None` for a number, which only another program could have put there.
pub(super) fn chunk_id(id: &PointId) -> Option<ChunkId> {
    match id {
        PointId::Uuid(uuid) => Some(ChunkId::from_uuid(*uuid)),
        PointId::NumId(_) => None,
    }
}

/// A key inside the payload; its parts may hold any characters.
pub(super) fn path(parts: &[impl AsRef<str>]) -> Option<JsonPath> {
    let mut path: Option<JsonPath> = None;
    for part in parts {
        let key = JsonPath { first_key: part.as_ref().to_owned(), rest: Vec::new() };
        path = Some(match path {
            Some(path) => path.extend(&key),
            None => key,
        });
    }
    path
}

pub(super) fn to_point(embedded: EmbeddedChunk) -> Result<PointStruct, serde_json::Error> {
    let payload = payload::to_payload(&embedded.chunk, &embedded.head)?;
    let mut vectors = NamedVectors::default().add_vector(DENSE, embedded.dense);
    if !embedded.lexical.is_empty() {
        let sparse = EdgeSparse { indices: embedded.lexical.indices, values: embedded.lexical.values };
        vectors = vectors.add_vector(LEXICAL, Vector::from(sparse));
    }
    Ok(PointStruct::new(point_id(embedded.chunk.id), Vectors::from(vectors), Value::Object(payload)))
}

pub(super) fn to_payload(chunk: &Chunk, head: &DocumentHead) -> Result<Payload, serde_json::Error> {
    payload::to_payload(chunk, head).map(Payload)
}

pub(super) fn to_scored(payload: Payload) -> Result<ScoredChunk, serde_json::Error> {
    payload::to_scored(payload.0)
}

pub(super) fn to_stored(id: ChunkId, payload: Payload) -> Result<StoredChunk, serde_json::Error> {
    payload::to_stored(id, payload.0)
}
