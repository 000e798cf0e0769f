//! What is stored with a vector: the chunk, the head of its document, and the words that `Contains` compares.

use qdrant_edge::{JsonPath, NamedVectors, Payload, PointId, PointStruct, SparseVector as EdgeSparse, Vector, Vectors};
use ragstone_core::{Chunk, ChunkId, DocumentHead, DocumentId, EmbeddedChunk, FieldValue, Revision, ScoredChunk, StoredChunk, words};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The name of the dense vectors.
pub(super) const DENSE: &str = "dense";
/// The name of the sparse vectors.
pub(super) const LEXICAL: &str = "lexical";

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
pub(super) fn path(parts: &[&str]) -> Option<JsonPath> {
    let mut path: Option<JsonPath> = None;
    for part in parts {
        let key = JsonPath { first_key: (*part).to_owned(), rest: Vec::new() };
        path = Some(match path {
            Some(path) => path.extend(&key),
            None => key,
        });
    }
    path
}

pub(super) fn to_point(embedded: EmbeddedChunk) -> Result<PointStruct, serde_json::Error> {
    let payload = to_payload(&embedded.chunk, &embedded.head)?;
    let mut vectors = NamedVectors::default().add_vector(DENSE, embedded.dense);
    if !embedded.lexical.is_empty() {
        let sparse = EdgeSparse { indices: embedded.lexical.indices, values: embedded.lexical.values };
        vectors = vectors.add_vector(LEXICAL, Vector::from(sparse));
    }
    Ok(PointStruct::new(point_id(embedded.chunk.id), Vectors::from(vectors), Value::Object(payload.0)))
}

pub(super) fn to_payload(chunk: &Chunk, head: &DocumentHead) -> Result<Payload, serde_json::Error> {
    let mut stored_head = serde_json::to_value(head)?;
    // JSON has no infinite numbers: such a field becomes null, which could not be read back.
    if let Some(fields) = stored_head.get_mut("fields").and_then(Value::as_object_mut) {
        fields.retain(|_, value| !value.is_null());
    }
    let mut payload = Map::new();
    payload.insert("chunk".to_owned(), serde_json::to_value(chunk)?);
    payload.insert("head".to_owned(), stored_head);
    payload.insert("words".to_owned(), words_of(head));
    Ok(Payload(payload))
}

pub(super) fn to_scored(payload: Payload) -> Result<ScoredChunk, serde_json::Error> {
    #[derive(Deserialize)]
    struct Stored {
        chunk: Chunk,
        head: DocumentHead,
    }
    let Stored { chunk, head } = serde_json::from_value(Value::Object(payload.0))?;
    Ok(ScoredChunk { chunk, head })
}

pub(super) fn to_stored(id: ChunkId, payload: Payload) -> Result<StoredChunk, serde_json::Error> {
    #[derive(Deserialize)]
    struct Stored {
        head: Head,
    }
    #[derive(Deserialize)]
    struct Head {
        id: DocumentId,
        revision: Revision,
    }
    let Stored { head } = serde_json::from_value(Value::Object(payload.0))?;
    Ok(StoredChunk { id, document: head.id, revision: head.revision })
}

fn words_of(head: &DocumentHead) -> Value {
    let mut fields = Map::new();
    for (name, value) in &head.fields {
        match value {
            FieldValue::Text(text) => fields.insert(name.clone(), json!(words(text))),
            FieldValue::List(texts) => fields.insert(name.clone(), json!(words(&texts.join(" ")))),
            FieldValue::Boolean(_) | FieldValue::Number(_) => None,
        };
    }
    json!({
        "source": words(&head.source),
        "title": words(&head.title),
        "media_type": words(&head.media_type),
        "language": words(head.language.as_str()),
        "tags": words(&head.tags.join(" ")),
        "fields": fields,
    })
}
