//! What can go wrong with a catalog, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use ragstone_core::{CollectionName, Error, ErrorKind, JobId, Stage};
use sqlx::migrate::MigrateError;

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
    /// The file has migrations that this version does not know.
    #[error(
        "catalog `{}` was written by a newer version of Ragstone (its schema is {found}, this version knows {known}): upgrade Ragstone, or use another data folder",
        path.display()
    )]
    Newer {
        /// The catalog's file.
        path: PathBuf,
        /// The newest migration in it.
        found: i64,
        /// The newest migration that this version has.
        known: i64,
    },
    /// The file's schema cannot be brought up to date.
    #[error("the schema of catalog `{}` cannot be brought up to date: restore the file from a backup, or move it away and ingest again", path.display())]
    Schema {
        /// The catalog's file.
        path: PathBuf,
        /// Which migration, and why.
        source: MigrateError,
    },
    /// The file is no database, or parts of it do not make sense.
    #[error("catalog `{}` is damaged or not a catalog: restore the file from a backup, or move it away and ingest again", path.display())]
    Damaged {
        /// The catalog's file.
        path: PathBuf,
        /// What was found.
        source: sqlx::Error,
    },
    /// The disk is full.
    #[error("no space is left to write catalog `{}`: free some and repeat what you did, nothing was half written", path.display())]
    DiskFull {
        /// The catalog's file.
        path: PathBuf,
        /// What SQLite said.
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
    /// Another process, or a long write of this one, holds the file.
    #[error("catalog `{}` is busy with another write: try again, and see whether another process uses the file", path.display())]
    Busy {
        /// The catalog's file.
        path: PathBuf,
        /// What SQLite or the pool said.
        source: sqlx::Error,
    },
    /// The catalog was closed before.
    #[error("catalog `{}` is closed: the program is shutting down", path.display())]
    Closed {
        /// The catalog's file.
        path: PathBuf,
    },
    /// Anything else that the database refuses.
    #[error("catalog `{}` refused a query", path.display())]
    Query {
        /// The catalog's file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
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

impl CatalogError {
    /// Names the file that a query failed on, and tells apart what the caller can do something about.
    pub(crate) fn from_query(path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        match &source {
            sqlx::Error::PoolClosed => return Self::Closed { path },
            sqlx::Error::PoolTimedOut => return Self::Busy { path, source },
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => return Self::Damaged { path, source },
            _ => {}
        }
        match sqlite_result_code(&source) {
            Some(5 | 6) => Self::Busy { path, source },
            Some(13) => Self::DiskFull { path, source },
            Some(11 | 26) => Self::Damaged { path, source },
            Some(3 | 8 | 10 | 14 | 23) => Self::Inaccessible { path, source },
            _ => Self::Query { path, source },
        }
    }

    /// Names the file whose schema could not be brought to the version `known`.
    pub(crate) fn from_migration(path: &Path, known: i64, source: MigrateError) -> Self {
        match source {
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => Self::from_query(path, source),
            MigrateError::VersionMissing(found) if found > known => Self::Newer { path: path.to_owned(), found, known },
            source => Self::Schema { path: path.to_owned(), source },
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Newer { .. } | Self::JobExists { .. } => ErrorKind::Conflict,
            Self::Folder { .. } | Self::Schema { .. } | Self::Damaged { .. } | Self::DiskFull { .. } | Self::Inaccessible { .. } => {
                ErrorKind::Storage
            }
            Self::Busy { .. } => ErrorKind::Overloaded,
            Self::Closed { .. } => ErrorKind::Unavailable,
            Self::Query { .. } | Self::ReleasedAsRunning { .. } => ErrorKind::Internal,
            Self::UnknownCollection { .. } | Self::UnknownJob { .. } => ErrorKind::NotFound,
            Self::NumberNotFinite { .. } => ErrorKind::InvalidInput,
        }
    }
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Self {
        Self::new(error.kind(), Stage::Catalog, error)
    }
}

/// SQLite's primary result code (<https://www.sqlite.org/rescode.html>): the low byte of the extended one.
fn sqlite_result_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    let extended: u32 = code.parse().ok()?;
    Some(extended & 0xff)
}
