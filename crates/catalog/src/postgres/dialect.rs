//! What of the shared queries is PostgreSQL's own.

use std::future::Future;
use std::time::Duration;

use ragstone_core::{CollectionName, DocumentId, Result};
use sqlx::Postgres;

pub(super) use super::PostgresCatalog as ThisCatalog;
use super::queries::push_ids;
use crate::error::{CatalogError, gave_way};

pub(super) type Connection = sqlx::PgConnection;
pub(super) type Pool = sqlx::PgPool;
pub(super) type QueryBuilder = sqlx::QueryBuilder<Postgres>;
pub(super) type Row = sqlx::postgres::PgRow;
pub(super) type Transaction = sqlx::Transaction<'static, Postgres>;

/// PostgreSQL takes 65,535 parameters in a statement; longer lists were not faster.
pub(super) const IDS_PER_STATEMENT: usize = 900;

/// An `INSERT` of fewer rows is kept prepared, whatever their number: preparing it is a question and an answer more. A connection keeps
/// 100 statements.
pub(super) const SHORT_STATEMENT: usize = 40;

/// Ends a `SELECT` of what must not be removed before the transaction ends, by others that write meanwhile.
pub(super) const KEEPING: &str = " FOR KEY SHARE";

/// Ends the `SELECT` of what is claimed: what another claims at this moment is passed over, what only has to stay is not.
pub(super) const CLAIMING: &str = " FOR NO KEY UPDATE SKIP LOCKED";

/// Where two still wait for each other the server ends one of them after a second; that one tries again.
const ATTEMPTS: u32 = 5;

/// Whatever the server's own default is.
pub(super) async fn write(pool: &Pool) -> sqlx::Result<Transaction> {
    pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await
}

/// Every read of a transaction sees the same.
pub(super) async fn snapshot(pool: &Pool) -> sqlx::Result<Transaction> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
}

/// Waits for others that change these documents. A statement that changes several takes their rows in any order; here it is one
/// order always, the one in which they are written: so nobody waits for somebody who waits for him.
pub(super) async fn take_turns(transaction: &mut Connection, collection: &CollectionName, documents: &[DocumentId]) -> sqlx::Result<()> {
    if documents.len() > 1 {
        let mut select = QueryBuilder::new("SELECT 1 FROM documents WHERE collection = ");
        push_ids(select.push_bind(collection.as_str()).push(" AND id IN "), documents);
        select.push(" ORDER BY id FOR UPDATE").build().persistent(false).execute(transaction).await?;
    }
    Ok(())
}

impl ThisCatalog {
    pub(super) fn writer(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn readers(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn named<T>(&self, outcome: sqlx::Result<T>) -> Result<T> {
        Ok(outcome.map_err(|source| CatalogError::from_server(&self.server, source))?)
    }

    /// Runs a write, again where the server ended it in favour of another.
    pub(super) async fn written<T, Written>(&self, write: impl Fn() -> Written + Send + Sync) -> Result<T>
    where
        Written: Future<Output = sqlx::Result<T>> + Send,
    {
        let mut attempt = 1;
        loop {
            match write().await {
                Err(error) if attempt < ATTEMPTS && gave_way(&error) => {
                    tokio::time::sleep(Duration::from_millis(10) * attempt).await;
                    attempt += 1;
                }
                outcome => return self.named(outcome),
            }
        }
    }

    /// Refuses to write into a collection when a lock over it that this process believes to hold is lost.
    pub(super) async fn ensure_locks_held(&self, collection: &CollectionName) -> Result<()> {
        Ok(self.locks.ensure_held(collection).await?)
    }

    pub(super) async fn wait_for_news(&self, at_most: Duration) {
        self.news.wait(at_most).await;
    }
}
