//! The catalog in one SQLite file.

mod dialect;
mod migrations;
#[path = "queries/all.rs"]
mod queries;

use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err::File;
use ragstone_core::Result;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlitePool};

use crate::CatalogError;

/// Readers do not wait for the writer nor it for them; more of them than this would only share its disk.
const READERS: u32 = 4;

/// How long a write waits for one of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a caller waits for its turn; removing 50,000 documents takes a few seconds.
const TURN_TIMEOUT: Duration = Duration::from_secs(60);

/// The journal is cut back to this after it was longer.
const JOURNAL_SIZE_LIMIT_BYTES: &str = "67108864";

/// A [`Catalog`](ragstone_core::Catalog) with its [`Jobs`](ragstone_core::Jobs) in one SQLite file, with a write-ahead journal beside it.
///
/// Every method is one transaction, on disk when it returns (`synchronous = FULL`). There is one writing
/// connection, so writes queue here instead of failing in SQLite; reads go on meanwhile, each from one snapshot.
///
/// Jobs that have ended are forgotten in two steps: of all but the newest 20, the rows of documents that did not fail;
/// then, from the 501st on, the jobs themselves, unless a dead letter names them.
#[derive(Debug, Clone)]
pub struct SqliteCatalog {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteCatalog {
    /// Opens the file, makes it and its folder where they are missing, and brings its schema up to date.
    ///
    /// Refuses a file from a newer version, and one that is damaged.
    pub async fn open(path: &Path) -> Result<Self> {
        Ok(Self::try_open(path).await?)
    }

    /// Waits for running calls, moves the journal into the file and closes it; a second call does nothing.
    ///
    /// Without it nothing is lost: the next start reads the journal.
    pub async fn close(&self) -> Result<()> {
        if self.writer.is_closed() {
            return Ok(());
        }
        self.readers.close().await;
        let moved = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await;
        self.writer.close().await;
        moved.map_err(|source| self.failure(source))?;
        Ok(())
    }

    async fn try_open(path: &Path) -> Result<Self, CatalogError> {
        let folder = path.parent().unwrap_or(path).to_owned();
        fs_err::create_dir_all(&folder).map_err(|source| CatalogError::Folder { path: path.to_owned(), source })?;
        let _turn = opening_turn(folder).await;
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT).disable_statement_logging();
        let writing = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT_BYTES);

        let writer = pool().max_connections(1).connect_with(writing).await.map_err(|source| CatalogError::from_query(path, source))?;
        migrations::migrator().run(&writer).await.map_err(|source| CatalogError::from_migration(path, migrations::NEWEST, source))?;
        let readers = pool().max_connections(READERS).connect_lazy_with(options.read_only(true));
        tracing::debug!(catalog.path = %path.display(), catalog.schema = migrations::NEWEST, "opened the catalog");
        Ok(Self { path: path.to_owned(), writer, readers })
    }

    fn failure(&self, source: sqlx::Error) -> CatalogError {
        CatalogError::from_query(&self.path, source)
    }
}

/// Waits until no other process opens a catalog in the folder: two that make the same file disturb each other. The lock is
/// the folder's own and ends with the file; where a file system has none, nothing is waited for.
async fn opening_turn(folder: PathBuf) -> Option<File> {
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::open(folder).ok()?;
        file.file().lock().ok().map(|()| file)
    });
    locked.await.ok().flatten()
}

fn pool() -> SqlitePoolOptions {
    let pool = SqlitePoolOptions::new().acquire_timeout(TURN_TIMEOUT).test_before_acquire(false).idle_timeout(None).max_lifetime(None);
    // When the disk is full SQLite ends the transaction by itself, sqlx's own ROLLBACK then fails and sqlx goes on
    // believing in the transaction: such a connection could never begin another. The ping waits for the ROLLBACK.
    pool.after_release(|connection, _| {
        Box::pin(async move {
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

#[cfg(test)]
use queries::rows;

#[cfg(test)]
mod tests;
