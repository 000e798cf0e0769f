//! What every store keeps with a vector: the chunk, the head of its document, and the words that `Contains` compares.

use std::borrow::Cow;

use ragstone_core::{Chunk, ChunkId, DocumentHead, DocumentId, FieldValue, Revision, ScoredChunk, StoredChunk, words};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The name of the dense vectors.
pub(crate) const DENSE: &str = "dense";
/// The name of the sparse vectors.
pub(crate) const LEXICAL: &str = "lexical";

/// Custom fields beyond this many are filtered without an index: documents must not be able to make indexes without end.
const MAX_CUSTOM_INDEXES: usize = 128;

/// What of a payload is read to list it.
pub(crate) const LISTED: [[&str; 2]; 2] = [["head", "id"], ["head", "revision"]];

/// How the values under a key are indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexKind {
    Keyword,
    Number,
    Flag,
    Time,
}

/// An index on one key of the payload, so that filters need not read every payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PayloadIndex {
    pub(crate) path: Vec<String>,
    pub(crate) kind: IndexKind,
}

impl PayloadIndex {
    fn new(path: &[&str], kind: IndexKind) -> Self {
        Self { path: path.iter().map(|part| (*part).to_owned()).collect(), kind }
    }
}

/// The indexes that every collection has.
pub(crate) fn standard_indexes() -> Vec<PayloadIndex> {
    let keywords = [
        ["head", "id"],
        ["head", "source"],
        ["head", "media_type"],
        ["head", "language"],
        ["head", "tags"],
        ["words", "source"],
        ["words", "title"],
    ];
    let times = [PayloadIndex::new(&["head", "modified_at"], IndexKind::Time)];
    keywords.iter().map(|path| PayloadIndex::new(path, IndexKind::Keyword)).chain(times).collect()
}

/// The indexes that the custom fields of a document need, as far as there is room beside the `count` that there are;
/// `is_there` says which of them that is.
pub(crate) fn missing_indexes(head: &DocumentHead, count: usize, is_there: impl Fn(&PayloadIndex) -> bool) -> Vec<PayloadIndex> {
    let most = standard_indexes().len() + MAX_CUSTOM_INDEXES;
    let mut missing = Vec::new();
    for (name, value) in &head.fields {
        // The library cannot write such a key down and read it again.
        if !is_plain(name) {
            continue;
        }
        let kind = match value {
            FieldValue::Boolean(_) => IndexKind::Flag,
            FieldValue::Number(_) => IndexKind::Number,
            FieldValue::Text(_) | FieldValue::List(_) => IndexKind::Keyword,
        };
        let mut wanted = vec![PayloadIndex::new(&["head", "fields", name], kind)];
        if kind == IndexKind::Keyword {
            wanted.push(PayloadIndex::new(&["words", "fields", name], IndexKind::Keyword));
        }
        for index in wanted {
            if !is_there(&index) && count + missing.len() < most {
                missing.push(index);
            }
        }
    }
    missing
}

/// Whether a field's name can stand in a key as Qdrant writes it, in quotes if need be: there is no way to escape.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.contains(['"', '\\'])
}

/// A name that can, for one that cannot: such fields are stored under both.
pub(crate) fn coded(name: &str) -> Cow<'_, str> {
    if is_plain(name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.replace('%', "%25").replace('"', "%22").replace('\\', "%5C"))
}

pub(crate) fn to_payload(chunk: &Chunk, head: &DocumentHead) -> Result<Map<String, Value>, serde_json::Error> {
    let mut stored_head = serde_json::to_value(head)?;
    // JSON has no infinite numbers: such a field becomes null, which could not be read back.
    if let Some(fields) = stored_head.get_mut("fields").and_then(Value::as_object_mut) {
        fields.retain(|_, value| !value.is_null());
    }
    let word_fields = word_fields(head);
    let mut payload = Map::new();
    if head.fields.keys().any(|name| !is_plain(name)) {
        let fields = stored_head.get("fields").and_then(Value::as_object);
        payload.insert("coded".to_owned(), json!({ "head": fields.map(only_coded), "words": only_coded(&word_fields) }));
    }
    payload.insert("chunk".to_owned(), serde_json::to_value(chunk)?);
    payload.insert("head".to_owned(), stored_head);
    let words = json!({
        "source": words(&head.source),
        "title": words(&head.title),
        "media_type": words(&head.media_type),
        "language": words(head.language.as_str()),
        "tags": words(&head.tags.join(" ")),
        "fields": word_fields,
    });
    payload.insert("words".to_owned(), words);
    Ok(payload)
}

pub(crate) fn to_scored(payload: Map<String, Value>) -> Result<ScoredChunk, serde_json::Error> {
    #[derive(Deserialize)]
    struct Stored {
        chunk: Chunk,
        head: DocumentHead,
    }
    let Stored { chunk, head } = serde_json::from_value(Value::Object(payload))?;
    Ok(ScoredChunk { chunk, head })
}

pub(crate) fn to_stored(id: ChunkId, payload: Map<String, Value>) -> Result<StoredChunk, serde_json::Error> {
    #[derive(Deserialize)]
    struct Stored {
        head: Head,
    }
    #[derive(Deserialize)]
    struct Head {
        id: DocumentId,
        revision: Revision,
    }
    let Stored { head } = serde_json::from_value(Value::Object(payload))?;
    Ok(StoredChunk { id, document: head.id, revision: head.revision })
}

fn word_fields(head: &DocumentHead) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in &head.fields {
        match value {
            FieldValue::Text(text) => fields.insert(name.clone(), json!(words(text))),
            FieldValue::List(texts) => fields.insert(name.clone(), json!(words(&texts.join(" ")))),
            FieldValue::Boolean(_) | FieldValue::Number(_) => None,
        };
    }
    fields
}

fn only_coded(fields: &Map<String, Value>) -> Map<String, Value> {
    let odd = fields.iter().filter(|(name, _)| !is_plain(name));
    odd.map(|(name, value)| (coded(name).into_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_quoted_are_coded_and_kept_apart() {
        assert_eq!(coded("a.b c%"), "a.b c%");
        assert_eq!(coded("a.b \"c\"\\"), "a.b %22c%22%5C");
        assert_ne!(coded("\"%22"), coded("%22\""));
    }
}
