//! What of the shared queries is SQLite's own.

use std::future::Future;
use std::time::Duration;

use ragstone_core::{CollectionName, DocumentId, Result};
use sqlx::Sqlite;

pub(super) use super::SqliteCatalog as ThisCatalog;

pub(super) type Connection = sqlx::SqliteConnection;
pub(super) type Pool = sqlx::SqlitePool;
pub(super) type QueryBuilder = sqlx::QueryBuilder<Sqlite>;
pub(super) type Row = sqlx::sqlite::SqliteRow;
pub(super) type Transaction = sqlx::Transaction<'static, Sqlite>;

/// SQLite takes 32,766 parameters in a statement, older ones 999.
pub(super) const IDS_PER_STATEMENT: usize = 900;

/// An `INSERT` of fewer rows is kept prepared, whatever their number: preparing it costs next to nothing here.
pub(super) const SHORT_STATEMENT: usize = 1;

/// Ends a `SELECT` of what must not be removed before the transaction ends: there is only one writer.
pub(super) const KEEPING: &str = "";

/// Ends the `SELECT` of what is claimed: there is only one writer.
pub(super) const CLAIMING: &str = "";

/// Takes the write lock at once: a transaction that only finds out later that it must write can be refused.
pub(super) async fn write(writer: &Pool) -> sqlx::Result<Transaction> {
    writer.begin_with("BEGIN IMMEDIATE").await
}

/// Every read of a transaction sees the same.
pub(super) async fn snapshot(readers: &Pool) -> sqlx::Result<Transaction> {
    readers.begin().await
}

/// There is only one writer: nobody else changes these documents.
pub(super) async fn take_turns(_: &mut Connection, _: &CollectionName, _: &[DocumentId]) -> sqlx::Result<()> {
    Ok(())
}

impl ThisCatalog {
    pub(super) fn writer(&self) -> &Pool {
        &self.writer
    }

    pub(super) fn readers(&self) -> &Pool {
        &self.readers
    }

    pub(super) fn named<T>(&self, outcome: sqlx::Result<T>) -> Result<T> {
        Ok(outcome.map_err(|source| self.failure(source))?)
    }

    /// Runs a write; there is only one at a time, so none is in another's way.
    pub(super) async fn written<T, Written>(&self, write: impl Fn() -> Written + Send + Sync) -> Result<T>
    where
        Written: Future<Output = sqlx::Result<T>> + Send,
    {
        self.named(write().await)
    }

    /// The locks over a file's collections are its process's own, and are not lost.
    pub(super) async fn ensure_locks_held(&self, _collection: &CollectionName) -> Result<()> {
        Ok(())
    }

    /// The file belongs to one process, which knows what it has put into the queue itself; only a lease can run out unnoticed.
    pub(super) async fn wait_for_news(&self, at_most: Duration) {
        tokio::time::sleep(at_most).await;
    }
}
