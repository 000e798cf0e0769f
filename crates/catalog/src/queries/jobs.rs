//! The SQL of ingest jobs: who works on which, and until when.
//!
//! A lease is a row's `owner` and `leased_until`. Two that claim get two jobs: either there is one writer at a time, or the `SELECT`
//! inside the claim locks what it finds and skips what is locked.

mod dead_letters;
mod documents;
mod forgetting;
mod port;

use chrono::{DateTime, Utc};
use ragstone_core::{CollectionName, Job, JobCounts, JobId, JobProgress, JobState, Lease};
use sqlx::Row as _;

use super::dialect::{CLAIMING, Pool, QueryBuilder, Row, write};
use super::rows;

pub(super) use dead_letters::forget_collection;

/// How a job is given back.
#[derive(Clone, Copy)]
struct Release<'a> {
    owner: &'a str,
    state: JobState,
    progress: &'a JobProgress,
    error: Option<&'a str>,
    at: DateTime<Utc>,
}

/// Says whether the id was new.
async fn add(writer: &Pool, job: &Job) -> sqlx::Result<bool> {
    let added = sqlx::query(
        "INSERT INTO jobs (id, collection, title, request, state, cancel_requested, progress, error, created_at, started_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
    )
    .bind(job.id.to_string())
    .bind(job.collection.as_str())
    .bind(&job.title)
    .bind(rows::to_json(&job.request)?)
    .bind(job.state.name())
    .bind(job.cancel_requested)
    .bind(progress_json(&job.progress)?)
    .bind(&job.error)
    .bind(rows::time(job.created_at))
    .bind(job.started_at.map(rows::time))
    .bind(job.finished_at.map(rows::time))
    .execute(writer)
    .await?;
    Ok(added.rows_affected() > 0)
}

async fn find(readers: &Pool, id: JobId) -> sqlx::Result<Option<Job>> {
    let found = sqlx::query("SELECT * FROM jobs WHERE id = $1").bind(id.to_string()).fetch_optional(readers).await?;
    found.as_ref().map(job).transpose()
}

async fn list(readers: &Pool, collection: Option<&CollectionName>, limit: u64) -> sqlx::Result<Vec<Job>> {
    let mut select = QueryBuilder::new("SELECT * FROM jobs");
    if let Some(collection) = collection {
        select.push(" WHERE collection = ").push_bind(collection.as_str());
    }
    select.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(rows::signed(limit));
    select.build().fetch_all(readers).await?.iter().map(job).collect()
}

/// Reads the index of open jobs alone.
async fn counts(readers: &Pool) -> sqlx::Result<JobCounts> {
    let found = sqlx::query("SELECT state, COUNT(*) AS jobs FROM jobs WHERE state IN ('queued', 'running') GROUP BY state");
    let mut counts = JobCounts::default();
    for row in &found.fetch_all(readers).await? {
        match rows::named(row, "state")? {
            JobState::Queued => counts.queued = rows::count(row, "jobs")?,
            _ => counts.running = rows::count(row, "jobs")?,
        }
    }
    Ok(counts)
}

async fn claim(writer: &Pool, only: Option<JobId>, owner: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> sqlx::Result<Option<Job>> {
    let mut update = QueryBuilder::new("UPDATE jobs SET state = 'running', error = NULL, owner = ");
    update.push_bind(owner).push(", leased_until = ").push_bind(rows::time(until)).push(", started_at = ").push_bind(rows::time(now));
    // The first condition is the index's.
    update.push(
        " WHERE id = (SELECT id FROM jobs WHERE state IN ('queued', 'running')
                      AND (state = 'queued' OR leased_until IS NULL OR leased_until < ",
    );
    update.push_bind(rows::time(now)).push(")");
    if let Some(only) = only {
        update.push(" AND id = ").push_bind(only.to_string());
    }
    update.push(" ORDER BY created_at, id LIMIT 1").push(CLAIMING).push(") RETURNING *");

    let mut transaction = write(writer).await?;
    let claimed = update.build().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    claimed.first().map(job).transpose()
}

async fn renew(writer: &Pool, id: JobId, owner: &str, until: DateTime<Utc>, progress: &JobProgress) -> sqlx::Result<Lease> {
    let mut transaction = write(writer).await?;
    let renewed = sqlx::query(
        "UPDATE jobs SET leased_until = $1, progress = $2 WHERE id = $3 AND owner = $4 AND state = 'running' RETURNING cancel_requested",
    )
    .bind(rows::time(until))
    .bind(progress_json(progress)?)
    .bind(id.to_string())
    .bind(owner)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let Some(row) = renewed.first() else { return Ok(Lease::Lost) };
    Ok(if row.try_get("cancel_requested")? { Lease::CancelRequested } else { Lease::Held })
}

/// A job that is put back and was asked to stop meanwhile is cancelled, as a queued one would have been.
async fn release(writer: &Pool, id: JobId, release: Release<'_>) -> sqlx::Result<()> {
    let Release { owner, state, progress, error, at } = release;
    let mut transaction = write(writer).await?;
    let released = sqlx::query(
        "UPDATE jobs SET
            state = CASE WHEN $1 = 'queued' AND cancel_requested THEN 'cancelled' ELSE $1 END,
            finished_at = CASE WHEN $1 = 'queued' AND NOT cancel_requested THEN NULL ELSE $2 END,
            progress = $3, error = $4, owner = NULL, leased_until = NULL
         WHERE id = $5 AND owner = $6 AND state = 'running'",
    )
    .bind(state.name())
    .bind(rows::time(at))
    .bind(progress_json(progress)?)
    .bind(error)
    .bind(id.to_string())
    .bind(owner)
    .execute(&mut *transaction)
    .await?;
    if released.rows_affected() > 0 && state.is_final() {
        forgetting::forget(&mut transaction).await?;
    }
    transaction.commit().await
}

/// A running job that nobody holds any more is cancelled at once, like one that waits.
async fn cancel(writer: &Pool, id: JobId, at: DateTime<Utc>) -> sqlx::Result<bool> {
    let mut transaction = write(writer).await?;
    let asked = sqlx::query("UPDATE jobs SET cancel_requested = TRUE WHERE id = $1 AND state IN ('queued', 'running')")
        .bind(id.to_string())
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "UPDATE jobs SET state = 'cancelled', finished_at = $1, owner = NULL, leased_until = NULL
         WHERE id = $2 AND (state = 'queued' OR (state = 'running' AND (leased_until IS NULL OR leased_until < $1)))",
    )
    .bind(rows::time(at))
    .bind(id.to_string())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(asked.rows_affected() > 0)
}

async fn requeue(writer: &Pool, id: JobId) -> sqlx::Result<bool> {
    let queued = sqlx::query(
        "UPDATE jobs SET state = 'queued', cancel_requested = FALSE, progress = $1, error = NULL, started_at = NULL, finished_at = NULL
         WHERE id = $2 AND state NOT IN ('queued', 'running')",
    )
    .bind(progress_json(&JobProgress::default())?)
    .bind(id.to_string())
    .execute(writer)
    .await?;
    Ok(queued.rows_affected() > 0)
}

/// JSON has no infinity: what is written as `null` could not be read back. Without an end in sight, `null` says just that.
fn progress_json(progress: &JobProgress) -> sqlx::Result<String> {
    if !progress.seconds.is_finite() {
        return Err(sqlx::Error::Encode(format!("a job has worked for {} seconds, which is no number", progress.seconds).into()));
    }
    rows::to_json(progress)
}

fn job(row: &Row) -> sqlx::Result<Job> {
    Ok(Job {
        id: rows::parsed(row, "id")?,
        collection: rows::parsed(row, "collection")?,
        title: row.try_get("title")?,
        request: rows::json(row, "request")?,
        state: rows::named(row, "state")?,
        cancel_requested: row.try_get("cancel_requested")?,
        progress: rows::json(row, "progress")?,
        error: row.try_get("error")?,
        created_at: rows::parsed(row, "created_at")?,
        started_at: rows::optional(row, "started_at")?,
        finished_at: rows::optional(row, "finished_at")?,
    })
}
