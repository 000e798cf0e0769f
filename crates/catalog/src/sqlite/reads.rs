//! The SQL of what the catalog knows of its documents. What belongs together is read from one snapshot.

use std::collections::HashMap;

use ragstone_core::{
    CollectionName, Document, DocumentId, DocumentPage, DocumentRecord, DocumentState, Language, PendingDocument, StoredChunk,
};
use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool};

use super::{IDS_PER_STATEMENT, push_ids, rows};

pub(super) async fn states(
    readers: &SqlitePool,
    collection: &CollectionName,
    documents: &[DocumentId],
) -> sqlx::Result<HashMap<DocumentId, DocumentState>> {
    let mut states = HashMap::with_capacity(documents.len());
    let mut snapshot = readers.begin().await?;
    for some in documents.chunks(IDS_PER_STATEMENT) {
        let mut heads = QueryBuilder::<Sqlite>::new("SELECT id, revision, indexed_at FROM documents WHERE collection = ");
        push_ids(heads.push_bind(collection.as_str()).push(" AND id IN "), some);
        for row in heads.build().persistent(false).fetch_all(&mut *snapshot).await? {
            let state = DocumentState { revision: rows::revision(&row)?, chunks: Vec::new(), indexed_at: rows::indexed_at(&row)? };
            states.insert(rows::document_id(&row, "id")?, state);
        }

        let mut chunks = QueryBuilder::<Sqlite>::new("SELECT document, id FROM chunks WHERE collection = ");
        push_ids(chunks.push_bind(collection.as_str()).push(" AND document IN "), some);
        chunks.push(" ORDER BY document, ordinal");
        for row in chunks.build().persistent(false).fetch_all(&mut *snapshot).await? {
            if let Some(state) = states.get_mut(&rows::document_id(&row, "document")?) {
                state.chunks.push(rows::chunk_id(&row)?);
            }
        }
    }
    Ok(states)
}

pub(super) async fn pending(readers: &SqlitePool, collection: &CollectionName) -> sqlx::Result<Vec<PendingDocument>> {
    let found = sqlx::query("SELECT id, state FROM documents WHERE collection = $1 AND state <> 'stored' ORDER BY id")
        .bind(collection.as_str())
        .fetch_all(readers)
        .await?;
    found
        .iter()
        .map(|row| {
            let id = rows::document_id(row, "id")?;
            let is_removing = row.try_get::<&str, _>("state")? == "removing";
            Ok(if is_removing { PendingDocument::Removing(id) } else { PendingDocument::Storing(id) })
        })
        .collect()
}

pub(super) async fn expected(readers: &SqlitePool, collection: &CollectionName) -> sqlx::Result<Vec<StoredChunk>> {
    let found = sqlx::query(
        "SELECT c.id, c.document, d.revision FROM documents d JOIN chunks c ON c.collection = d.collection AND c.document = d.id
         WHERE d.collection = $1 AND d.state <> 'removing'",
    )
    .bind(collection.as_str())
    .fetch_all(readers)
    .await?;
    found
        .iter()
        .map(|row| {
            let document = rows::document_id(row, "document")?;
            Ok(StoredChunk { id: rows::chunk_id(row)?, document, revision: rows::revision(row)? })
        })
        .collect()
}

pub(super) async fn document(
    readers: &SqlitePool,
    collection: &CollectionName,
    document: DocumentId,
) -> sqlx::Result<Option<DocumentRecord>> {
    let mut snapshot = readers.begin().await?;
    let found = sqlx::query(
        "SELECT d.*, t.text FROM documents d JOIN document_texts t ON t.collection = d.collection AND t.document = d.id
         WHERE d.collection = $1 AND d.id = $2 AND d.state <> 'removing'",
    )
    .bind(collection.as_str())
    .bind(document.to_string())
    .fetch_optional(&mut *snapshot)
    .await?;
    let Some(row) = found else { return Ok(None) };

    let chunks =
        sqlx::query("SELECT id, span_start, span_end, heading_path FROM chunks WHERE collection = $1 AND document = $2 ORDER BY ordinal")
            .bind(collection.as_str())
            .bind(document.to_string())
            .fetch_all(&mut *snapshot)
            .await?;
    let chunks = chunks.iter().map(rows::chunk).collect::<sqlx::Result<Vec<_>>>()?;
    let document = Document { head: rows::head(&row)?, text: row.try_get("text")? };
    Ok(Some(DocumentRecord { document, chunks, indexed_at: rows::indexed_at(&row)? }))
}

pub(super) async fn page(readers: &SqlitePool, collection: &CollectionName, offset: u64, limit: u64) -> sqlx::Result<DocumentPage> {
    let mut snapshot = readers.begin().await?;
    let total = sqlx::query("SELECT COUNT(*) AS total FROM documents WHERE collection = $1 AND state <> 'removing'")
        .bind(collection.as_str())
        .fetch_one(&mut *snapshot)
        .await?;
    let found = sqlx::query("SELECT * FROM documents WHERE collection = $1 AND state <> 'removing' ORDER BY source, id LIMIT $2 OFFSET $3")
        .bind(collection.as_str())
        .bind(rows::signed(limit))
        .bind(rows::signed(offset))
        .fetch_all(&mut *snapshot)
        .await?;
    let documents = found.iter().map(rows::summary).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(DocumentPage { documents, total: rows::count(&total, "total")? })
}

pub(super) async fn under(readers: &SqlitePool, collection: &CollectionName, prefix: &str) -> sqlx::Result<Vec<(DocumentId, String)>> {
    // `substr` counts characters and compares literally, where LIKE has wildcards and ignores case; the
    // comparisons before it let the index find them. U+10FFFF is no character, so no source has it.
    let found = sqlx::query(
        "SELECT id, source FROM documents
         WHERE collection = $1 AND source >= $2 AND source < $3 AND substr(source, 1, $4) = $2 AND state <> 'removing'
         ORDER BY source, id",
    )
    .bind(collection.as_str())
    .bind(prefix)
    .bind(format!("{prefix}{}", char::MAX))
    .bind(rows::signed(prefix.chars().count()))
    .fetch_all(readers)
    .await?;
    found.iter().map(|row| Ok((rows::document_id(row, "id")?, row.try_get("source")?))).collect()
}

pub(super) async fn languages(readers: &SqlitePool, collection: &CollectionName) -> sqlx::Result<Vec<Language>> {
    let found: Vec<String> = sqlx::query_scalar(
        "SELECT language FROM documents WHERE collection = $1 AND state <> 'removing'
         GROUP BY language ORDER BY COUNT(*) DESC, language",
    )
    .bind(collection.as_str())
    .fetch_all(readers)
    .await?;
    Ok(found.into_iter().map(Language::new).collect())
}
