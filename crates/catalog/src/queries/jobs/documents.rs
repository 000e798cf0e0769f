//! The SQL of what became of a job's documents.

use std::collections::HashMap;

use ragstone_core::{DocumentProgress, JobDocument, JobDocuments, JobId};
use sqlx::Row as _;

use super::super::dialect::{Connection, KEEPING, Pool, QueryBuilder, Row, snapshot, write};
use super::super::rows;
use super::dead_letters;

/// Seven columns each; the length of statement that comes again, and is kept prepared.
pub(super) const ROWS_PER_STATEMENT: usize = 500;

/// Says whether there is such a job.
pub(super) async fn record(writer: &Pool, job: JobId, documents: &[JobDocument]) -> sqlx::Result<bool> {
    let documents = last_of_each(documents);
    let mut transaction = write(writer).await?;
    let mut select = QueryBuilder::new("SELECT collection FROM jobs WHERE id = ");
    let found = select.push_bind(job.to_string()).push(KEEPING).build().fetch_optional(&mut *transaction).await?;
    let Some(row) = found else { return Ok(false) };
    let collection: String = row.try_get("collection")?;
    for some in documents.chunks(ROWS_PER_STATEMENT) {
        upsert(&mut transaction, job, some).await?;
    }
    dead_letters::follow(&mut transaction, &collection, job, &documents).await?;
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn page(
    readers: &Pool,
    job: JobId,
    state: Option<DocumentProgress>,
    offset: u64,
    limit: u64,
) -> sqlx::Result<JobDocuments> {
    let matching = |what: &str| {
        let mut query = QueryBuilder::new(format!("SELECT {what} FROM job_documents WHERE job = "));
        query.push_bind(job.to_string());
        match state {
            // Not a parameter: only so the index of failed documents is found.
            Some(DocumentProgress::Failed) => drop(query.push(" AND state = 'failed'")),
            Some(state) => drop(query.push(" AND state = ").push_bind(state.name())),
            None => {}
        }
        query
    };
    let mut snapshot = snapshot(readers).await?;
    let total = matching("COUNT(*) AS total").build().fetch_one(&mut *snapshot).await?;
    let mut select = matching("*");
    select.push(" ORDER BY source LIMIT ").push_bind(rows::signed(limit)).push(" OFFSET ").push_bind(rows::signed(offset));
    let found = select.build().fetch_all(&mut *snapshot).await?;
    let documents = found.iter().map(|row| document(row, rows::named(row, "state")?)).collect::<sqlx::Result<Vec<_>>>()?;
    Ok(JobDocuments { documents, total: rows::count(&total, "total")? })
}

pub(super) fn document(row: &Row, state: DocumentProgress) -> sqlx::Result<JobDocument> {
    Ok(JobDocument {
        source: row.try_get("source")?,
        state,
        attempts: rows::count(row, "attempts")?,
        stage: row.try_get("stage")?,
        reason: row.try_get("reason")?,
        updated_at: rows::parsed(row, "updated_at")?,
    })
}

/// One statement must not name a source twice.
fn last_of_each(documents: &[JobDocument]) -> Vec<&JobDocument> {
    let mut last = HashMap::with_capacity(documents.len());
    for (place, document) in documents.iter().enumerate() {
        last.insert(document.source.as_str(), place);
    }
    let is_last = |(place, document): &(usize, &JobDocument)| last.get(document.source.as_str()) == Some(place);
    documents.iter().enumerate().filter(is_last).map(|(_, document)| document).collect()
}

async fn upsert(transaction: &mut Connection, job: JobId, documents: &[&JobDocument]) -> sqlx::Result<()> {
    let job = job.to_string();
    let mut insert = QueryBuilder::new("INSERT INTO job_documents (job, source, state, attempts, stage, reason, updated_at) ");
    insert.push_values(documents, |mut row, document| {
        row.push_bind(&job).push_bind(&document.source).push_bind(document.state.name()).push_bind(rows::signed(document.attempts));
        row.push_bind(&document.stage).push_bind(&document.reason).push_bind(rows::time(document.updated_at));
    });
    insert.push(
        " ON CONFLICT (job, source) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
          stage = excluded.stage, reason = excluded.reason, updated_at = excluded.updated_at",
    );
    insert.build().persistent(documents.len() == ROWS_PER_STATEMENT).execute(transaction).await?;
    Ok(())
}
