//! The queries, compiled once for each database: every `super::dialect` is another. What differs between databases stands there and
//! nowhere else.

pub(super) mod collections;
pub(super) mod jobs;
pub(super) mod port;
pub(super) mod reads;
pub(super) mod records;
pub(super) mod rows;
pub(super) mod texts;
pub(super) mod writes;

use ragstone_core::DocumentId;

use super::dialect::{self, QueryBuilder};

/// Writes `($3, $4, …)`, the right-hand side of an `IN`; without values `(NULL)`, which nothing is in.
fn push_list<T: ToString>(query: &mut QueryBuilder, values: impl IntoIterator<Item = T>) {
    let mut values = values.into_iter().peekable();
    let is_empty = values.peek().is_none();
    let mut list = query.push("(").separated(", ");
    for value in values {
        list.push_bind(value.to_string());
    }
    query.push(if is_empty { "NULL)" } else { ")" });
}

pub(super) fn push_ids(query: &mut QueryBuilder, documents: &[DocumentId]) {
    push_list(query, documents);
}
