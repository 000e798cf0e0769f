//! The SQL of whole documents: head, text and chunks, from one snapshot.

use ragstone_core::{ChunkRecord, CollectionName, DocumentId, DocumentRecord};

use super::dialect::{Connection, IDS_PER_STATEMENT, Pool, QueryBuilder, Row, snapshot};
use super::texts::{self, KeptText};
use super::{push_ids, rows};

/// What is not being removed, with its text; a condition on `d` follows.
const SELECT: &str = "SELECT d.*, t.text, t.packed, t.pages, t.quality
    FROM documents d JOIN document_texts t ON t.collection = d.collection AND t.document = d.id
    WHERE d.state <> 'removing' AND d.collection = ";

pub(super) async fn document(readers: &Pool, collection: &CollectionName, document: DocumentId) -> sqlx::Result<Option<DocumentRecord>> {
    let mut snapshot = snapshot(readers).await?;
    let mut select = QueryBuilder::new(SELECT);
    select.push_bind(collection.as_str()).push(" AND d.id = ").push_bind(document.to_string());
    let found = select.build().fetch_all(&mut *snapshot).await?;
    Ok(records(&mut snapshot, collection, &found).await?.pop())
}

pub(super) async fn duplicates_of(
    readers: &Pool,
    collection: &CollectionName,
    documents: &[DocumentId],
) -> sqlx::Result<Vec<DocumentRecord>> {
    let mut duplicates = Vec::new();
    let mut snapshot = snapshot(readers).await?;
    for some in documents.chunks(IDS_PER_STATEMENT) {
        let mut select = QueryBuilder::new(SELECT);
        push_ids(select.push_bind(collection.as_str()).push(" AND d.same_as IN "), some);
        let found = select.build().persistent(false).fetch_all(&mut *snapshot).await?;
        duplicates.extend(records(&mut snapshot, collection, &found).await?);
    }
    duplicates.sort_by(|left, right| left.document.head.source.cmp(&right.document.head.source));
    Ok(duplicates)
}

async fn records(snapshot: &mut Connection, collection: &CollectionName, found: &[Row]) -> sqlx::Result<Vec<DocumentRecord>> {
    let kept = found.iter().map(KeptText::from_row).collect::<sqlx::Result<Vec<_>>>()?;
    let texts = texts::unpack(kept).await?;
    let mut records = Vec::with_capacity(found.len());
    for (row, text) in found.iter().zip(texts) {
        let chunks = chunks(snapshot, collection, rows::document_id(row, "id")?).await?;
        records.push(rows::record(row, text, chunks)?);
    }
    Ok(records)
}

async fn chunks(snapshot: &mut Connection, collection: &CollectionName, document: DocumentId) -> sqlx::Result<Vec<ChunkRecord>> {
    let found = sqlx::query(
        "SELECT id, span_start, span_end, heading_path, table_header_start, table_header_end
         FROM chunks WHERE collection = $1 AND document = $2 ORDER BY ordinal",
    )
    .bind(collection.as_str())
    .bind(document.to_string())
    .fetch_all(snapshot)
    .await?;
    found.iter().map(rows::chunk).collect()
}
