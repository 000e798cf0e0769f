//! Which parts of the payload are indexed, in the library's terms.

use std::collections::HashSet;

use qdrant_edge::{CreateIndex, FieldIndexOperations, JsonPath, PayloadFieldSchema, PayloadSchemaType, UpdateOperation};
use ragstone_core::DocumentHead;

use super::payload::path;
use crate::payload::{self, IndexKind};

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
    payload::standard_indexes().iter().filter_map(to_edge).collect()
}

/// The indexes that the custom fields of a document need and `has` does not know yet.
pub(super) fn missing_for(head: &DocumentHead, has: &HashSet<JsonPath>) -> Vec<PayloadIndex> {
    let is_there = |index: &payload::PayloadIndex| path(&index.path).is_some_and(|key| has.contains(&key));
    payload::missing_indexes(head, has.len(), is_there).iter().filter_map(to_edge).collect()
}

fn to_edge(index: &payload::PayloadIndex) -> Option<PayloadIndex> {
    let kind = match index.kind {
        IndexKind::Keyword => PayloadSchemaType::Keyword,
        IndexKind::Number => PayloadSchemaType::Float,
        IndexKind::Flag => PayloadSchemaType::Bool,
        IndexKind::Time => PayloadSchemaType::Datetime,
    };
    Some(PayloadIndex { key: path(&index.path)?, kind })
}
