//! The SQL of documents that cannot be ingested: a table of its own, so that no listing has to look through all jobs.

use ragstone_core::{CollectionName, DeadLetter, DocumentProgress, JobDocument, JobId};

use super::super::dialect::{Connection, IDS_PER_STATEMENT, Pool, QueryBuilder, write};
use super::super::{push_list, rows};
use super::documents::{self, ROWS_PER_STATEMENT};

/// Puts those on the list that failed, and takes those off that are stored.
pub(super) async fn follow(transaction: &mut Connection, collection: &str, job: JobId, documents: &[&JobDocument]) -> sqlx::Result<()> {
    let in_state = |state| documents.iter().copied().filter(move |document| document.state == state);
    let failed: Vec<_> = in_state(DocumentProgress::Failed).collect();
    for some in failed.chunks(ROWS_PER_STATEMENT) {
        upsert(transaction, collection, job, some).await?;
    }
    let stored: Vec<_> = in_state(DocumentProgress::Stored).map(|document| document.source.as_str()).collect();
    remove(transaction, collection, &stored).await
}

pub(super) async fn page(readers: &Pool, collection: &CollectionName, offset: u64, limit: u64) -> sqlx::Result<Vec<DeadLetter>> {
    let found = sqlx::query("SELECT * FROM dead_letters WHERE collection = $1 ORDER BY source LIMIT $2 OFFSET $3")
        .bind(collection.as_str())
        .bind(rows::signed(limit))
        .bind(rows::signed(offset))
        .fetch_all(readers)
        .await?;
    let letter = |row| Ok(DeadLetter { job: rows::parsed(row, "job")?, document: documents::document(row, DocumentProgress::Failed)? });
    found.iter().map(letter).collect()
}

pub(super) async fn resolve(writer: &Pool, collection: &CollectionName, sources: &[String]) -> sqlx::Result<()> {
    let sources: Vec<_> = sources.iter().map(String::as_str).collect();
    let mut transaction = write(writer).await?;
    remove(&mut transaction, collection.as_str(), &sources).await?;
    transaction.commit().await
}

/// For a collection that is being removed.
pub(in super::super) async fn forget_collection(transaction: &mut Connection, collection: &CollectionName) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM dead_letters WHERE collection = $1").bind(collection.as_str()).execute(transaction).await?;
    Ok(())
}

async fn upsert(transaction: &mut Connection, collection: &str, job: JobId, documents: &[&JobDocument]) -> sqlx::Result<()> {
    let job = job.to_string();
    let mut insert = QueryBuilder::new("INSERT INTO dead_letters (collection, source, job, attempts, stage, reason, updated_at) ");
    insert.push_values(documents, |mut row, document| {
        row.push_bind(collection).push_bind(&document.source).push_bind(&job).push_bind(rows::signed(document.attempts));
        row.push_bind(&document.stage).push_bind(&document.reason).push_bind(rows::time(document.updated_at));
    });
    insert.push(
        " ON CONFLICT (collection, source) DO UPDATE SET job = excluded.job, attempts = excluded.attempts,
          stage = excluded.stage, reason = excluded.reason, updated_at = excluded.updated_at",
    );
    insert.build().persistent(documents.len() == ROWS_PER_STATEMENT).execute(transaction).await?;
    Ok(())
}

async fn remove(transaction: &mut Connection, collection: &str, sources: &[&str]) -> sqlx::Result<()> {
    for some in sources.chunks(IDS_PER_STATEMENT) {
        let mut delete = QueryBuilder::new("DELETE FROM dead_letters WHERE collection = ");
        push_list(delete.push_bind(collection).push(" AND source IN "), some);
        delete.build().persistent(some.len() == ROWS_PER_STATEMENT).execute(&mut *transaction).await?;
    }
    Ok(())
}
