//! What SQLite says, told apart by what the caller can do about it.

use std::path::Path;

use sqlx::migrate::MigrateError;

use super::{CatalogError, Place};

impl CatalogError {
    /// Names the file that a query failed on.
    pub(crate) fn from_query(path: &Path, source: sqlx::Error) -> Self {
        let place = Place::File(path.to_owned());
        match &source {
            sqlx::Error::PoolClosed => return Self::Closed { place },
            sqlx::Error::PoolTimedOut => return Self::Busy { place, source },
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => return Self::Damaged { place, source },
            _ => {}
        }
        match result_code(&source) {
            Some(5 | 6) => Self::Busy { place, source },
            Some(13) => Self::DiskFull { place, source },
            Some(11 | 26) => Self::Damaged { place, source },
            Some(3 | 8 | 10 | 14 | 23) => Self::Inaccessible { path: path.to_owned(), source },
            _ => Self::Query { place, source },
        }
    }

    /// Names the file whose schema could not be brought to the version `known`.
    pub(crate) fn from_migration(path: &Path, known: i64, source: MigrateError) -> Self {
        match source {
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => Self::from_query(path, source),
            source => Self::from_schema(Place::File(path.to_owned()), known, source),
        }
    }

    /// What is wrong with a schema, where its database did as it was told.
    pub(super) fn from_schema(place: Place, known: i64, source: MigrateError) -> Self {
        match source {
            MigrateError::VersionMissing(found) if found > known => Self::Newer { place, found, known },
            source => Self::Schema { place, source },
        }
    }
}

/// SQLite's primary result code (<https://www.sqlite.org/rescode.html>): the low byte of the extended one.
fn result_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    let extended: u32 = code.parse().ok()?;
    Some(extended & 0xff)
}
