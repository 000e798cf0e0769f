//! The SQL of what the catalog knows of its documents. What belongs together is read from one snapshot.

use std::collections::HashMap;

use ragstone_core::{
    CollectionName, ContentHash, DocumentHead, DocumentId, DocumentPage, DocumentState, Language, PendingDocument, SourceVersion,
    StoredChunk,
};
use sqlx::Row as _;

use super::dialect::{IDS_PER_STATEMENT, Pool, QueryBuilder, Row, snapshot};
use super::{push_ids, push_list, rows};

pub(super) async fn states(
    readers: &Pool,
    collection: &CollectionName,
    documents: &[DocumentId],
) -> sqlx::Result<HashMap<DocumentId, DocumentState>> {
    let mut states = HashMap::with_capacity(documents.len());
    let mut snapshot = snapshot(readers).await?;
    for some in documents.chunks(IDS_PER_STATEMENT) {
        let mut heads = QueryBuilder::new("SELECT id, revision, same_as, indexed_at FROM documents WHERE collection = ");
        push_ids(heads.push_bind(collection.as_str()).push(" AND id IN "), some);
        let mut having_chunks = Vec::with_capacity(some.len());
        for row in heads.build().persistent(false).fetch_all(&mut *snapshot).await? {
            let state = DocumentState { revision: rows::revision(&row)?, chunks: Vec::new(), indexed_at: rows::indexed_at(&row)? };
            let id = rows::document_id(&row, "id")?;
            states.insert(id, state);
            if row.try_get::<Option<&str>, _>("same_as")?.is_none() {
                having_chunks.push(id);
            }
        }

        let mut chunks = QueryBuilder::new("SELECT document, id FROM chunks WHERE collection = ");
        push_ids(chunks.push_bind(collection.as_str()).push(" AND document IN "), &having_chunks);
        chunks.push(" ORDER BY document, ordinal");
        for row in chunks.build().persistent(false).fetch_all(&mut *snapshot).await? {
            if let Some(state) = states.get_mut(&rows::document_id(&row, "document")?) {
                state.chunks.push(rows::chunk_id(&row)?);
            }
        }
    }
    Ok(states)
}

pub(super) async fn pending(readers: &Pool, collection: &CollectionName) -> sqlx::Result<Vec<PendingDocument>> {
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

pub(super) async fn expected(readers: &Pool, collection: &CollectionName) -> sqlx::Result<Vec<StoredChunk>> {
    let found = sqlx::query(
        "SELECT c.id, c.document, d.revision FROM documents d JOIN chunks c ON c.collection = d.collection AND c.document = d.id
         WHERE d.collection = $1 AND d.state <> 'removing' AND d.same_as IS NULL",
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

pub(super) async fn page(readers: &Pool, collection: &CollectionName, offset: u64, limit: u64) -> sqlx::Result<DocumentPage> {
    let mut snapshot = snapshot(readers).await?;
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

pub(super) async fn heads(
    readers: &Pool,
    collection: &CollectionName,
    after: Option<DocumentId>,
    limit: u64,
) -> sqlx::Result<Vec<DocumentHead>> {
    let found = sqlx::query(
        "SELECT id, source, title, media_type, language, tags, modified_at, fields, revision FROM documents
         WHERE collection = $1 AND id > $2 AND state = 'stored' AND same_as IS NULL ORDER BY id LIMIT $3",
    )
    .bind(collection.as_str())
    .bind(after.map(|after| after.to_string()).unwrap_or_default())
    .bind(rows::signed(limit))
    .fetch_all(readers)
    .await?;
    found.iter().map(rows::head).collect()
}

pub(super) async fn under(readers: &Pool, collection: &CollectionName, prefix: &str) -> sqlx::Result<Vec<(DocumentId, String)>> {
    let mut select = QueryBuilder::new("SELECT id, source FROM documents WHERE state <> 'removing' AND collection = ");
    push_prefix(select.push_bind(collection.as_str()), prefix);
    let found = select.push(" ORDER BY source, id").build().fetch_all(readers).await?;
    found.iter().map(|row| Ok((rows::document_id(row, "id")?, row.try_get("source")?))).collect()
}

pub(super) async fn languages(readers: &Pool, collection: &CollectionName) -> sqlx::Result<Vec<Language>> {
    // From one language to the next on the index: every search asks, and there may be millions of documents.
    let found: Vec<String> = sqlx::query_scalar(
        "WITH RECURSIVE found (language) AS (
             SELECT MIN(language) FROM documents WHERE collection = $1
             UNION ALL
             SELECT (SELECT MIN(documents.language) FROM documents WHERE collection = $1 AND documents.language > found.language)
             FROM found WHERE found.language IS NOT NULL
         )
         SELECT language FROM found
         WHERE EXISTS (SELECT 1 FROM documents WHERE collection = $1 AND documents.language = found.language AND state <> 'removing')
         ORDER BY language",
    )
    .bind(collection.as_str())
    .fetch_all(readers)
    .await?;
    Ok(found.into_iter().map(Language::new).collect())
}

pub(super) async fn by_content(
    readers: &Pool,
    collection: &CollectionName,
    contents: &[ContentHash],
) -> sqlx::Result<HashMap<ContentHash, DocumentId>> {
    let mut documents = HashMap::with_capacity(contents.len());
    let mut snapshot = snapshot(readers).await?;
    for some in contents.chunks(IDS_PER_STATEMENT) {
        let mut select =
            QueryBuilder::new("SELECT content, id FROM documents WHERE same_as IS NULL AND state = 'stored' AND collection = ");
        push_list(select.push_bind(collection.as_str()).push(" AND content IN "), some.iter().map(ContentHash::as_str));
        // In the index's order: ordered by source alone, SQLite would rather walk through all sources.
        select.push(" ORDER BY content, source, id");
        for row in select.build().persistent(some.len() == 1).fetch_all(&mut *snapshot).await? {
            documents.entry(rows::content(&row)?).or_insert(rows::document_id(&row, "id")?);
        }
    }
    Ok(documents)
}

pub(super) async fn validators(readers: &Pool, collection: &CollectionName, prefix: &str) -> sqlx::Result<HashMap<String, SourceVersion>> {
    let mut select = QueryBuilder::new(
        "SELECT source, validator, revision, content FROM documents WHERE validator IS NOT NULL AND state = 'stored' AND collection = ",
    );
    push_prefix(select.push_bind(collection.as_str()), prefix);
    let found = select.build().fetch_all(readers).await?;
    let version = |row: &Row| {
        let version = SourceVersion { validator: row.try_get("validator")?, revision: rows::revision(row)?, content: rows::content(row)? };
        Ok((row.try_get("source")?, version))
    };
    found.iter().map(version).collect()
}

/// Writes the condition that a source starts with `prefix`.
///
/// `substr` counts characters and compares literally, where LIKE has wildcards and ignores case; the comparisons
/// before it let the index find them. U+10FFFF is no character, so no source has it.
fn push_prefix(query: &mut QueryBuilder, prefix: &str) {
    query.push(" AND source >= ").push_bind(prefix.to_owned());
    query.push(" AND source < ").push_bind(format!("{prefix}{}", char::MAX));
    query.push(" AND substr(source, 1, CAST(").push_bind(rows::signed(prefix.chars().count())).push(" AS INTEGER)) = ");
    query.push_bind(prefix.to_owned());
}
