//! Which parts of the payload are indexed, so that filters need not read every payload.

use qdrant_edge::{CreateIndex, FieldIndexOperations, JsonPath, PayloadFieldSchema, PayloadSchemaType, UpdateOperation};
use ragstone_core::{DocumentHead, FieldValue};

use super::payload::path;

/// Custom fields beyond this many are filtered without an index: documents must not be able to make indexes without end.
const MAX_CUSTOM_INDEXES: usize = 128;

/// An index on one key of the payload.
#[derive(Debug, Clone)]
pub(super) struct PayloadIndex {
    pub(super) key: JsonPath,
    kind: PayloadSchemaType,
}

impl PayloadIndex {
    pub(super) fn operation(&self) -> UpdateOperation {
        UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(CreateIndex {
            field_name: self.key.clone(),
            field_schema: Some(PayloadFieldSchema::FieldType(self.kind)),
        }))
    }
}

/// The indexes that every collection has.
pub(super) fn standard() -> Vec<PayloadIndex> {
    let keywords = [
        ["head", "id"],
        ["head", "source"],
        ["head", "media_type"],
        ["head", "language"],
        ["head", "tags"],
        ["words", "source"],
        ["words", "title"],
    ];
    let keywords = keywords.iter().map(|parts| (path(parts), PayloadSchemaType::Keyword));
    let times = [(path(&["head", "modified_at"]), PayloadSchemaType::Datetime)];
    keywords.chain(times).filter_map(|(key, kind)| Some(PayloadIndex { key: key?, kind })).collect()
}

/// The indexes that the custom fields of a document need and `has` does not know yet.
pub(super) fn missing_for(head: &DocumentHead, has: &std::collections::HashSet<JsonPath>) -> Vec<PayloadIndex> {
    let mut missing = Vec::new();
    for (name, value) in &head.fields {
        // The library cannot write such a key down and read it again.
        if name.contains(['"', '\\']) {
            continue;
        }
        let kind = match value {
            FieldValue::Boolean(_) => PayloadSchemaType::Bool,
            FieldValue::Number(_) => PayloadSchemaType::Float,
            FieldValue::Text(_) | FieldValue::List(_) => PayloadSchemaType::Keyword,
        };
        let words = (kind == PayloadSchemaType::Keyword).then(|| path(&["words", "fields", name])).flatten();
        let wanted = [path(&["head", "fields", name]).map(|key| (key, kind)), words.map(|key| (key, PayloadSchemaType::Keyword))];
        for (key, kind) in wanted.into_iter().flatten() {
            if !has.contains(&key) && has.len() + missing.len() < standard().len() + MAX_CUSTOM_INDEXES {
                missing.push(PayloadIndex { key, kind });
            }
        }
    }
    missing
}
