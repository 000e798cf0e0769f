//! The SQL of the two-step life of a document: `storing` → `stored` → `removing` → gone.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ragstone_core::{CollectionName, Document, DocumentId, DocumentRecord};

use super::dialect::{Connection, IDS_PER_STATEMENT, KEEPING, Pool, QueryBuilder, SHORT_STATEMENT, take_turns, write};
use super::{rows, texts};

/// Nine columns each; SQLite takes 32,766 parameters, PostgreSQL 65,535, and longer statements were not faster.
const CHUNKS_PER_STATEMENT: usize = 500;

/// Whether the collection that a write goes to was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Found,
    Missing,
}

pub(super) async fn begin(writer: &Pool, collection: &CollectionName, documents: &[Arc<DocumentRecord>]) -> sqlx::Result<Target> {
    // Before the write lock is taken: others write meanwhile.
    let packed = texts::pack(documents).await?;
    let mut transaction = write(writer).await?;
    if target(&mut transaction, collection).await? == Target::Missing {
        return Ok(Target::Missing);
    }
    // In one order always: who writes the same documents at the same time waits, but nobody for each other.
    let mut ordered: Vec<_> = documents.iter().zip(packed).collect();
    ordered.sort_by_key(|(record, _)| record.document.head.id);
    for (record, packed) in ordered {
        upsert_head(&mut transaction, collection, record).await?;
        upsert_text(&mut transaction, collection, &record.document, packed).await?;
        replace_chunks(&mut transaction, collection, record).await?;
    }
    transaction.commit().await?;
    Ok(Target::Found)
}

pub(super) async fn complete(
    writer: &Pool,
    collection: &CollectionName,
    documents: &[DocumentId],
    at: DateTime<Utc>,
) -> sqlx::Result<Target> {
    let mut transaction = write(writer).await?;
    if target(&mut transaction, collection).await? == Target::Missing {
        return Ok(Target::Missing);
    }
    for some in documents.chunks(IDS_PER_STATEMENT) {
        let mut update = QueryBuilder::new("UPDATE documents SET state = 'stored', indexed_at = ");
        update.push_bind(rows::time(at)).push(" WHERE state = 'storing' AND collection = ").push_bind(collection.as_str());
        execute(&mut transaction, collection, update, some).await?;
    }
    transaction.commit().await?;
    Ok(Target::Found)
}

pub(super) async fn begin_removal(writer: &Pool, collection: &CollectionName, documents: &[DocumentId]) -> sqlx::Result<()> {
    let mut transaction = write(writer).await?;
    for some in documents.chunks(IDS_PER_STATEMENT) {
        let mut update = QueryBuilder::new("UPDATE documents SET state = 'removing', indexed_at = NULL WHERE collection = ");
        update.push_bind(collection.as_str());
        execute(&mut transaction, collection, update, some).await?;
    }
    transaction.commit().await
}

/// Leaves alone what was begun again after its removal was.
pub(super) async fn complete_removal(writer: &Pool, collection: &CollectionName, documents: &[DocumentId]) -> sqlx::Result<()> {
    let mut transaction = write(writer).await?;
    for some in documents.chunks(IDS_PER_STATEMENT) {
        let mut delete = QueryBuilder::new("DELETE FROM documents WHERE state = 'removing' AND collection = ");
        delete.push_bind(collection.as_str());
        execute(&mut transaction, collection, delete, some).await?;
    }
    transaction.commit().await
}

/// Looks whether the collection is there, and keeps it there until the transaction ends.
pub(super) async fn target(transaction: &mut Connection, collection: &CollectionName) -> sqlx::Result<Target> {
    let mut select = QueryBuilder::new("SELECT 1 FROM collections WHERE name = ");
    let found = select.push_bind(collection.as_str()).push(KEEPING).build().fetch_optional(transaction).await?;
    Ok(if found.is_some() { Target::Found } else { Target::Missing })
}

async fn upsert_head(transaction: &mut Connection, collection: &CollectionName, record: &DocumentRecord) -> sqlx::Result<()> {
    let Document { head, text, markup, pages, quality } = &record.document;
    sqlx::query(
        "INSERT INTO documents (collection, id, source, title, media_type, language, tags, fields, modified_at, revision,
                                text_bytes, chunk_count, markup, page_count, warning_count, content, same_as, validator,
                                state, indexed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 'storing', NULL)
         ON CONFLICT (collection, id) DO UPDATE SET
            source = excluded.source, title = excluded.title, media_type = excluded.media_type, language = excluded.language,
            tags = excluded.tags, fields = excluded.fields, modified_at = excluded.modified_at, revision = excluded.revision,
            text_bytes = excluded.text_bytes, chunk_count = excluded.chunk_count, markup = excluded.markup,
            page_count = excluded.page_count, warning_count = excluded.warning_count, content = excluded.content,
            same_as = excluded.same_as, validator = excluded.validator, state = 'storing', indexed_at = NULL",
    )
    .bind(collection.as_str())
    .bind(head.id.to_string())
    .bind(&head.source)
    .bind(&head.title)
    .bind(&head.media_type)
    .bind(head.language.as_str())
    .bind(rows::to_json(&head.tags)?)
    .bind(rows::to_json(&head.fields)?)
    .bind(rows::time(head.modified_at))
    .bind(head.revision.as_str())
    .bind(rows::signed(text.len()))
    .bind(rows::signed(record.chunks.len()))
    .bind(rows::markup_name(*markup))
    .bind(rows::signed(pages.len()))
    .bind(rows::signed(quality.warnings.len()))
    .bind(record.content.as_str())
    .bind(record.same_as.map(|original| original.to_string()))
    .bind(&record.validator)
    .execute(transaction)
    .await?;
    Ok(())
}

async fn upsert_text(transaction: &mut Connection, collection: &CollectionName, document: &Document, packed: Vec<u8>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO document_texts (collection, document, text, packed, pages, quality) VALUES ($1, $2, '', $3, $4, $5)
         ON CONFLICT (collection, document) DO UPDATE SET
            text = excluded.text, packed = excluded.packed, pages = excluded.pages, quality = excluded.quality",
    )
    .bind(collection.as_str())
    .bind(document.head.id.to_string())
    .bind(packed)
    .bind(rows::pages_to_json(&document.pages)?)
    .bind(rows::to_json(&document.quality)?)
    .execute(transaction)
    .await?;
    Ok(())
}

async fn replace_chunks(transaction: &mut Connection, collection: &CollectionName, record: &DocumentRecord) -> sqlx::Result<()> {
    let document = record.document.head.id.to_string();
    sqlx::query("DELETE FROM chunks WHERE collection = $1 AND document = $2")
        .bind(collection.as_str())
        .bind(&document)
        .execute(&mut *transaction)
        .await?;

    let mut numbered = Vec::with_capacity(record.chunks.len());
    for (ordinal, chunk) in record.chunks.iter().enumerate() {
        numbered.push((rows::signed(ordinal), chunk, rows::to_json(&chunk.heading_path)?));
    }
    for some in numbered.chunks(CHUNKS_PER_STATEMENT) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO chunks (collection, document, ordinal, id, span_start, span_end, heading_path,
                                 table_header_start, table_header_end) ",
        );
        insert.push_values(some, |mut row, (ordinal, chunk, heading_path)| {
            row.push_bind(collection.as_str()).push_bind(&document).push_bind(*ordinal).push_bind(chunk.id.to_string());
            row.push_bind(rows::signed(chunk.span.start)).push_bind(rows::signed(chunk.span.end)).push_bind(heading_path);
            row.push_bind(chunk.table_header.map(|header| rows::signed(header.start)));
            row.push_bind(chunk.table_header.map(|header| rows::signed(header.end)));
        });
        // The full length comes again for sure, others only sometimes.
        let statement = insert.build().persistent(some.len() == CHUNKS_PER_STATEMENT || some.len() < SHORT_STATEMENT);
        statement.execute(&mut *transaction).await?;
    }
    Ok(())
}

/// Runs a statement that ends in a condition, for these documents only.
async fn execute(
    transaction: &mut Connection,
    collection: &CollectionName,
    mut statement: QueryBuilder,
    documents: &[DocumentId],
) -> sqlx::Result<()> {
    take_turns(transaction, collection, documents).await?;
    super::push_ids(statement.push(" AND id IN "), documents);
    statement.build().persistent(documents.len() == 1).execute(transaction).await?;
    Ok(())
}
