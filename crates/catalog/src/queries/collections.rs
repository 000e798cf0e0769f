//! The SQL of collections.

use std::collections::BTreeMap;

use ragstone_core::{CollectionName, CollectionSpec, CollectionSummary, EmbeddingSpec};
use sqlx::Row as _;

use super::dialect::{Pool, write};
use super::writes::{Target, target};
use super::{jobs, rows};

pub(super) async fn create(writer: &Pool, spec: &CollectionSpec) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO collections (name, embedding, generation, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING")
        .bind(spec.name.as_str())
        .bind(rows::to_json(&spec.embedding)?)
        .bind(i64::from(spec.generation))
        .bind(rows::time(spec.created_at))
        .execute(writer)
        .await?;
    Ok(())
}

pub(super) async fn find(readers: &Pool, name: &CollectionName) -> sqlx::Result<Option<CollectionSpec>> {
    let row = sqlx::query("SELECT name, embedding, generation, created_at FROM collections WHERE name = $1")
        .bind(name.as_str())
        .fetch_optional(readers)
        .await?;
    row.as_ref().map(rows::collection).transpose()
}

pub(super) async fn list(readers: &Pool) -> sqlx::Result<Vec<CollectionSummary>> {
    // PostgreSQL sums BIGINTs into a NUMERIC: hence the cast.
    let found = sqlx::query(
        "SELECT c.name, c.embedding, c.generation, c.created_at, COUNT(d.id) AS documents,
                CAST(COALESCE(SUM(CASE WHEN d.same_as IS NULL THEN d.chunk_count END), 0) AS BIGINT) AS chunks
         FROM collections c LEFT JOIN documents d ON d.collection = c.name AND d.state <> 'removing'
         GROUP BY c.name, c.embedding, c.generation, c.created_at ORDER BY c.name",
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

pub(super) async fn settings(readers: &Pool, name: &CollectionName) -> sqlx::Result<BTreeMap<String, serde_json::Value>> {
    let found =
        sqlx::query("SELECT name, value FROM collection_settings WHERE collection = $1").bind(name.as_str()).fetch_all(readers).await?;
    found.iter().map(|row| Ok((row.try_get("name")?, rows::json(row, "value")?))).collect()
}

pub(super) async fn set_setting(
    writer: &Pool,
    name: &CollectionName,
    subject: &str,
    value: Option<&serde_json::Value>,
) -> sqlx::Result<Target> {
    let mut transaction = write(writer).await?;
    if target(&mut transaction, name).await? == Target::Missing {
        return Ok(Target::Missing);
    }
    let statement = match value {
        Some(value) => sqlx::query(
            "INSERT INTO collection_settings (collection, name, value) VALUES ($1, $2, $3)
             ON CONFLICT (collection, name) DO UPDATE SET value = excluded.value",
        )
        .bind(name.as_str())
        .bind(subject)
        .bind(rows::to_json(value)?),
        None => sqlx::query("DELETE FROM collection_settings WHERE collection = $1 AND name = $2").bind(name.as_str()).bind(subject),
    };
    statement.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Target::Found)
}

pub(super) async fn remove(writer: &Pool, name: &CollectionName) -> sqlx::Result<bool> {
    let mut transaction = write(writer).await?;
    let removed = sqlx::query("DELETE FROM collections WHERE name = $1").bind(name.as_str()).execute(&mut *transaction).await?;
    jobs::forget_collection(&mut transaction, name).await?;
    transaction.commit().await?;
    Ok(removed.rows_affected() > 0)
}

pub(super) async fn restart(writer: &Pool, name: &CollectionName, embedding: &EmbeddingSpec) -> sqlx::Result<Target> {
    let mut transaction = write(writer).await?;
    let found = sqlx::query("UPDATE collections SET embedding = $1 WHERE name = $2")
        .bind(rows::to_json(embedding)?)
        .bind(name.as_str())
        .execute(&mut *transaction)
        .await?;
    if found.rows_affected() == 0 {
        return Ok(Target::Missing);
    }
    sqlx::query("UPDATE documents SET state = 'storing', indexed_at = NULL WHERE collection = $1 AND state = 'stored'")
        .bind(name.as_str())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Target::Found)
}

pub(super) async fn switch(writer: &Pool, name: &CollectionName, embedding: &EmbeddingSpec, generation: u32) -> sqlx::Result<Target> {
    let found = sqlx::query("UPDATE collections SET embedding = $1, generation = $2 WHERE name = $3")
        .bind(rows::to_json(embedding)?)
        .bind(i64::from(generation))
        .bind(name.as_str())
        .execute(writer)
        .await?;
    Ok(if found.rows_affected() == 0 { Target::Missing } else { Target::Found })
}
