//! What is kept of jobs that have ended, so that a schedule can run for years.

use super::super::dialect::Connection;

/// So many of the newest ended jobs keep a row for every document; older ones only for those that failed.
pub(super) const WITH_ALL_DOCUMENTS: i64 = 20;

/// So many of the newest ended jobs are kept at all, besides those that a dead letter names.
pub(super) const KEPT: i64 = 500;

pub(super) async fn forget(transaction: &mut Connection) -> sqlx::Result<()> {
    sqlx::query(
        "DELETE FROM job_documents WHERE state <> 'failed' AND job IN (
            SELECT id FROM jobs WHERE state NOT IN ('queued', 'running') ORDER BY finished_at DESC, id LIMIT $1 OFFSET $2)",
    )
    .bind(i64::MAX)
    .bind(WITH_ALL_DOCUMENTS)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "DELETE FROM jobs WHERE NOT EXISTS (SELECT 1 FROM dead_letters WHERE dead_letters.job = jobs.id) AND id IN (
            SELECT id FROM jobs WHERE state NOT IN ('queued', 'running') ORDER BY finished_at DESC, id LIMIT $1 OFFSET $2)",
    )
    .bind(i64::MAX)
    .bind(KEPT)
    .execute(transaction)
    .await?;
    Ok(())
}
