//! What can go wrong with a catalog, and what to do about it.

mod from_postgres;
mod from_sqlite;
mod server;

use std::fmt;
use std::io;
use std::path::PathBuf;

use ragstone_core::{CollectionName, Error, ErrorKind, JobId, Stage};
use sqlx::migrate::MigrateError;

pub(crate) use from_postgres::gave_way;
pub use server::{ServerAddress, ServerFault};

/// Where a catalog is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file of SQLite.
    File(PathBuf),
    /// In a database of PostgreSQL.
    Server(ServerAddress),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Server(server) => server.fmt(formatter),
        }
    }
}

/// Why the catalog could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The folder of the file is not there and cannot be made.
    #[error("cannot create the folder of catalog `{}`: check its path and its permissions", path.display())]
    Folder {
        /// The catalog's file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The catalog has migrations that this version does not know.
    #[error(
        "catalog `{place}` was written by a newer version of Ragstone (its schema is {found}, this version knows {known}): upgrade Ragstone, or use another {}",
        match place { Place::File(_) => "data folder", Place::Server(_) => "database" }
    )]
    Newer {
        /// Where it is.
        place: Place,
        /// The newest migration in it.
        found: i64,
        /// The newest migration that this version has.
        known: i64,
    },
    /// The schema cannot be brought up to date.
    #[error("the schema of catalog `{place}` cannot be brought up to date: {}", restoring(place))]
    Schema {
        /// Where it is.
        place: Place,
        /// Which migration, and why.
        source: MigrateError,
    },
    /// The file is no database, or parts of the catalog do not make sense.
    #[error("catalog `{place}` is damaged or not a catalog: {}", restoring(place))]
    Damaged {
        /// Where it is.
        place: Place,
        /// What was found.
        source: sqlx::Error,
    },
    /// The disk is full.
    #[error("no space is left to write catalog `{place}`: free some and repeat what you did, nothing was half written")]
    DiskFull {
        /// Where it is.
        place: Place,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The file cannot be opened, read or written.
    #[error("catalog `{}` cannot be opened or written: check that it is a file and that you may write it and its folder", path.display())]
    Inaccessible {
        /// The catalog's file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// Another process, or a long write of this one, is in the way.
    #[error("catalog `{place}` is busy with another write: try again, and see whether another process uses it")]
    Busy {
        /// Where it is.
        place: Place,
        /// What the database or the pool said.
        source: sqlx::Error,
    },
    /// The catalog was closed before.
    #[error("catalog `{place}` is closed: the program is shutting down")]
    Closed {
        /// Where it is.
        place: Place,
    },
    /// Anything else that the database refuses.
    #[error("catalog `{place}` refused a query")]
    Query {
        /// Where it is.
        place: Place,
        /// What the database said.
        source: sqlx::Error,
    },
    /// `catalog.url` cannot be read. What it says is not repeated: it may hold a password.
    #[error("`catalog.url` is no address of a PostgreSQL database: write postgres://USER:PASSWORD@HOST:5432/DATABASE")]
    Url {
        /// What is wrong with it.
        source: sqlx::Error,
    },
    /// The server does not do what it was asked.
    #[error("PostgreSQL at `{server}` {fault}")]
    Server {
        /// Which one.
        server: ServerAddress,
        /// What is wrong.
        fault: ServerFault,
        /// What was said.
        source: sqlx::Error,
    },
    /// PostgreSQL finds no text of more than 2,700 bytes by an index, compressed.
    #[error("a source is too long for PostgreSQL, which takes about 2,700 bytes: shorten the path or the URL of the document")]
    SourceTooLong {
        /// What the database said.
        source: sqlx::Error,
    },
    /// PostgreSQL cannot keep the character NUL in a text.
    #[error(
        "a title, a source or another short text contains the character NUL, which PostgreSQL cannot keep: remove it from the document"
    )]
    NulCharacter {
        /// What the database said.
        source: sqlx::Error,
    },
    /// The connection broke that held a lock over the collection, and another process has been at work in it since, or is.
    #[error(
        "the lock over collection `{collection}` was lost with its connection to `{server}`, and another process has had it since: nothing more was written, try again"
    )]
    LockLost {
        /// Which collection.
        collection: CollectionName,
        /// Which server.
        server: ServerAddress,
    },
    /// So many locks are held or waited for that there is no connection for another.
    #[error("{limit} locks over collections are held or waited for by this process, and there may be no more: try again later")]
    TooManyLocks {
        /// How many there may be.
        limit: usize,
    },
    /// A write into a collection that is not there.
    #[error("collection `{collection}` does not exist: create it first")]
    UnknownCollection {
        /// Its name.
        collection: CollectionName,
    },
    /// A number that JSON cannot hold, which could not be read back.
    #[error("field `{field}` of document `{document}` is {value}: use a finite number, or leave the field out")]
    NumberNotFinite {
        /// The document's source.
        document: String,
        /// The field's name.
        field: String,
        /// Not a number, or infinite.
        value: f64,
    },
    /// A job of an id that is not there.
    #[error("job `{job}` does not exist: `ragstone jobs` lists those that do")]
    UnknownJob {
        /// Its id.
        job: JobId,
    },
    /// A new job with the id of another.
    #[error("job `{job}` is there already: give the new one an id of its own")]
    JobExists {
        /// The id.
        job: JobId,
    },
    /// A lease was given up without saying what becomes of the job.
    #[error("job `{job}` cannot be given back as running: end it, or put it back into the queue")]
    ReleasedAsRunning {
        /// Its id.
        job: JobId,
    },
}

fn restoring(place: &Place) -> &'static str {
    match place {
        Place::File(_) => "restore the file from a backup, or move it away and ingest again",
        Place::Server(_) => "restore the database from a backup, or name an empty one and ingest again",
    }
}

impl CatalogError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Newer { .. } | Self::JobExists { .. } => ErrorKind::Conflict,
            Self::Folder { .. } | Self::Schema { .. } | Self::Damaged { .. } | Self::DiskFull { .. } | Self::Inaccessible { .. } => {
                ErrorKind::Storage
            }
            Self::Busy { .. } | Self::TooManyLocks { .. } => ErrorKind::Overloaded,
            Self::Closed { .. } | Self::LockLost { .. } => ErrorKind::Unavailable,
            Self::Server { fault, .. } => fault.kind(),
            Self::Query { .. } | Self::ReleasedAsRunning { .. } => ErrorKind::Internal,
            Self::UnknownCollection { .. } | Self::UnknownJob { .. } => ErrorKind::NotFound,
            Self::SourceTooLong { .. } => ErrorKind::TooLarge,
            Self::NumberNotFinite { .. } | Self::NulCharacter { .. } | Self::Url { .. } => ErrorKind::InvalidInput,
        }
    }
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Self {
        Self::new(error.kind(), Stage::Catalog, error)
    }
}
