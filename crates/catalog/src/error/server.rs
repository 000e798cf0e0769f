//! What a PostgreSQL server can refuse, told apart by what to do about it.

use std::fmt;

use ragstone_core::ErrorKind;

/// Which database of which server; nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// A name, an address, or the folder of a socket.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}/{}", self.host, self.port, self.database)
    }
}

/// Why a server does not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerFault {
    /// Nobody answers there, the connection broke, or the server is starting or stopping.
    Unreachable,
    /// No connection became free, or could be made, in the time that is allowed.
    NoConnection,
    /// The server has as many connections as it may have.
    TooManyConnections,
    /// No encrypted connection could be made as `sslmode` wants it.
    Encryption,
    /// It answers in another protocol.
    NotPostgres,
    /// The user or the password is wrong, or the server lets nobody in from here.
    Login,
    /// There is no database of this name.
    NoDatabase,
    /// The schema that the URL's `search_path` names is not there.
    NoSchema,
    /// The user may not do this.
    NotPermitted,
    /// The server, or the database, only answers reads: it may be a standby.
    ReadOnly,
    /// The server is older than what we need.
    TooOld,
    /// The database keeps texts in another encoding than UTF-8.
    Encoding,
    /// It ended a statement that took longer than it allows.
    StatementTimeout,
}

impl fmt::Display for ServerFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unreachable => "cannot be reached: check that it runs, and that `catalog.url` names its host and port",
            Self::NoConnection => {
                "gave no connection in time: check that it runs and answers, else raise `catalog.connections` or `catalog.connect_timeout`"
            }
            Self::TooManyConnections => "accepts no more connections: lower `catalog.connections`, or raise its `max_connections`",
            Self::Encryption => {
                "cannot be spoken to over TLS as `catalog.url` wants: check `sslmode` and `sslrootcert` there, and the server's certificate"
            }
            Self::NotPostgres => "does not answer as PostgreSQL does: check the host and the port in `catalog.url`",
            Self::Login => "refuses the login: check the user and the password in `catalog.url`, and the server's pg_hba.conf",
            Self::NoDatabase => "has no such database: create it (`createdb`), or correct `catalog.url`",
            Self::NoSchema => "has no schema to write to: create the one that `search_path` in `catalog.url` names",
            Self::NotPermitted => "forbids this to the user in `catalog.url`: make it the owner of the database or of the schema",
            Self::ReadOnly => "is read-only, perhaps a standby: name the primary in `catalog.url`",
            Self::TooOld => "is too old: Ragstone needs PostgreSQL 14 or later",
            Self::Encoding => "does not keep texts in UTF-8: create the database with `ENCODING 'UTF8'`",
            Self::StatementTimeout => "ended a statement that took too long: try again, or raise the user's `statement_timeout`",
        })
    }
}

impl ServerFault {
    pub(super) fn kind(self) -> ErrorKind {
        match self {
            Self::Unreachable | Self::NoConnection => ErrorKind::Unavailable,
            Self::TooManyConnections => ErrorKind::Overloaded,
            Self::StatementTimeout => ErrorKind::Timeout,
            // Settings, here or there: the same call does not pass later.
            Self::Encryption
            | Self::NotPostgres
            | Self::Login
            | Self::NoDatabase
            | Self::NoSchema
            | Self::NotPermitted
            | Self::ReadOnly
            | Self::TooOld
            | Self::Encoding => ErrorKind::Storage,
        }
    }
}
