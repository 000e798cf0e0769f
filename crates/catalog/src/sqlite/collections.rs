//! The SQL of collections.

use ragstone_core::{CollectionName, CollectionSpec, CollectionSummary};
use sqlx::SqlitePool;

use super::rows;

pub(super) async fn create(writer: &SqlitePool, spec: &CollectionSpec) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO collections (name, embedding, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(spec.name.as_str())
        .bind(rows::to_json(&spec.embedding)?)
        .bind(rows::time(spec.created_at))
        .execute(writer)
        .await?;
    Ok(())
}

pub(super) async fn find(readers: &SqlitePool, name: &CollectionName) -> sqlx::Result<Option<CollectionSpec>> {
    let row = sqlx::query("SELECT name, embedding, created_at FROM collections WHERE name = $1")
        .bind(name.as_str())
        .fetch_optional(readers)
        .await?;
    row.as_ref().map(rows::collection).transpose()
}

pub(super) async fn list(readers: &SqlitePool) -> sqlx::Result<Vec<CollectionSummary>> {
    // PostgreSQL sums BIGINTs into a NUMERIC: hence the cast.
    let found = sqlx::query(
        "SELECT c.name, c.embedding, c.created_at, COUNT(d.id) AS documents, CAST(COALESCE(SUM(d.chunk_count), 0) AS BIGINT) AS chunks
         FROM collections c LEFT JOIN documents d ON d.collection = c.name AND d.state <> 'removing'
         GROUP BY c.name, c.embedding, c.created_at ORDER BY c.name",
    )
    .fetch_all(readers)
    .await?;
    found
        .iter()
        .map(|row| {
            let spec = rows::collection(row)?;
            Ok(CollectionSummary { spec, documents: rows::count(row, "documents")?, chunks: rows::count(row, "chunks")? })
        })
        .collect()
}

pub(super) async fn remove(writer: &SqlitePool, name: &CollectionName) -> sqlx::Result<bool> {
    let removed = sqlx::query("DELETE FROM collections WHERE name = $1").bind(name.as_str()).execute(writer).await?;
    Ok(removed.rows_affected() > 0)
}
