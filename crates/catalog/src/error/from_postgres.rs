//! What PostgreSQL says, told apart by what the caller can do about it.

use sqlx::migrate::MigrateError;

use super::{CatalogError, Place, ServerAddress, ServerFault};

impl CatalogError {
    /// Names the server that a query failed on.
    pub(crate) fn from_server(server: &ServerAddress, source: sqlx::Error) -> Self {
        let place = || Place::Server(server.clone());
        let fault = match &source {
            sqlx::Error::PoolClosed => return Self::Closed { place: place() },
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => return Self::Damaged { place: place(), source },
            sqlx::Error::PoolTimedOut => ServerFault::NoConnection,
            sqlx::Error::Io(_) => ServerFault::Unreachable,
            sqlx::Error::Tls(_) => ServerFault::Encryption,
            sqlx::Error::Protocol(_) => ServerFault::NotPostgres,
            _ => match state(&source).as_str() {
                "40001" | "40P01" | "55P03" | "53200" => return Self::Busy { place: place(), source },
                "53100" => return Self::DiskFull { place: place(), source },
                "XX001" | "XX002" => return Self::Damaged { place: place(), source },
                "54000" => return Self::SourceTooLong { source },
                "22021" | "22P05" => return Self::NulCharacter { source },
                "57P01" | "57P02" | "57P03" => ServerFault::Unreachable,
                "53300" => ServerFault::TooManyConnections,
                "57014" => ServerFault::StatementTimeout,
                "3D000" => ServerFault::NoDatabase,
                "3F000" => ServerFault::NoSchema,
                "42501" => ServerFault::NotPermitted,
                "25006" => ServerFault::ReadOnly,
                // Classes of states: no connection, no authorisation.
                other if other.starts_with("08") => ServerFault::Unreachable,
                other if other.starts_with("28") => ServerFault::Login,
                _ => return Self::Query { place: place(), source },
            },
        };
        Self::Server { server: server.clone(), fault, source }
    }

    /// Names the server on which the schema could not be brought to the version `known`.
    pub(crate) fn from_server_migration(server: &ServerAddress, known: i64, source: MigrateError) -> Self {
        match source {
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => Self::from_server(server, source),
            source => Self::from_schema(Place::Server(server.clone()), known, source),
        }
    }
}

/// Whether the server gave up this transaction for another's sake, so that the same one may pass now.
pub(crate) fn gave_way(error: &sqlx::Error) -> bool {
    ["40001", "40P01"].contains(&state(error).as_str())
}

/// The SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn state(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned()).unwrap_or_default()
}
