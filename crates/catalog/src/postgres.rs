//! The catalog in a PostgreSQL database, for many processes at once.

mod dialect;
mod locks;
mod migrations;
mod news;
#[path = "queries/all.rs"]
mod queries;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use ragstone_core::Result;
use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool, Row};

use crate::{CatalogConfig, CatalogError, ServerAddress, ServerFault};
use locks::Locks;
use news::News;

/// How long the schema may be brought up to date by another process before this one gives up waiting.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(60);

/// A connection that was not used for so long is asked for a sign of life first: the server may have been started again. No server is
/// back sooner, and under load no connection rests so long.
const TRUSTED_FOR: Duration = Duration::from_millis(100);

/// Nobody needs so many connections for long: what a burst has opened is closed again after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

/// The oldest server that can tell when a waiting client is gone, `server_version_num`.
const OLDEST_SERVER: i32 = 140_000;

/// What a session needs whatever the server's defaults are: to be there when it was idle, and to be ended half a minute after its
/// client vanished, with its locks.
const SESSION: &str =
    "SET idle_session_timeout = 0; SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// A [`Catalog`](ragstone_core::Catalog) with its [`Jobs`](ragstone_core::Jobs) and
/// [`CollectionLocks`](ragstone_core::CollectionLocks) in a PostgreSQL database; clones share their connections.
///
/// Every method is one transaction, on disk when it returns. Any number of processes work on the same database: a job is claimed by
/// one of them, and [waiting for one](ragstone_core::Jobs::wait_for_job) is listening (`LISTEN`), not asking again and again. When the
/// server goes away, calls fail as unavailable; when it is back, they pass again.
///
/// A lock is lost with its connection, as when the server is started again. At the next write into its collection it is taken again; if
/// another had it in between, that write and all that follow are refused ([`CatalogError::LockLost`]) until the guard is dropped.
///
/// Besides `catalog.connections` for queries, a process has one connection to listen and one for each lock that it holds or waits
/// for, 32 at most.
#[derive(Debug, Clone)]
pub struct PostgresCatalog {
    server: Arc<ServerAddress>,
    pool: PgPool,
    news: Arc<News>,
    locks: Arc<Locks>,
}

impl PostgresCatalog {
    /// Connects to the database that `url` names and brings its schema up to date; of many processes that do so at once, one does and
    /// the others wait for it.
    ///
    /// Refuses a schema from a newer version, and a server that cannot be worked with.
    pub async fn connect(config: &CatalogConfig) -> Result<Self, CatalogError> {
        let options = options(config)?;
        let server = Arc::new(address(&options));
        let opening = tokio::time::timeout(config.connect_timeout, PgConnection::connect_with(&options)).await;
        let opened = opening.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        let mut first = opened.map_err(|source| CatalogError::from_server(&server, source))?;
        ensure_usable(&server, &mut first).await?;
        migrate(&server, &mut first).await?;
        // Best effort: the server is done with it in any case.
        drop(first.close().await);

        let pool = pool(config).connect_lazy_with(options.clone());
        let news = Arc::new(News::new(options.clone()));
        let locks = Arc::new(Locks::new(options, Arc::clone(&server), pool.clone(), config.connect_timeout));
        tracing::debug!(catalog.server = %server, catalog.schema = migrations::NEWEST, "opened the catalog");
        Ok(Self { server, pool, news, locks })
    }

    /// Waits for running calls and closes the connections; a second call does nothing. Locks that are held stay so until their guards
    /// are dropped.
    pub async fn close(&self) -> Result<()> {
        self.news.stop();
        self.pool.close().await;
        Ok(())
    }
}

fn options(config: &CatalogConfig) -> Result<PgConnectOptions, CatalogError> {
    let url = config.url.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let options = PgConnectOptions::from_str(url).map_err(|source| CatalogError::Url { source })?;
    let named = if options.get_application_name().is_some() { options } else { options.application_name("ragstone") };
    Ok(named.disable_statement_logging())
}

fn address(options: &PgConnectOptions) -> ServerAddress {
    let socket = options.get_socket().map(|folder| folder.display().to_string());
    ServerAddress {
        host: socket.unwrap_or_else(|| options.get_host().to_owned()),
        port: options.get_port(),
        database: options.get_database().unwrap_or(options.get_username()).to_owned(),
    }
}

fn pool(config: &CatalogConfig) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(config.connections)
        .acquire_timeout(config.connect_timeout)
        .idle_timeout(IDLE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, age| {
            Box::pin(async move {
                if age.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| Box::pin(async move { connection.execute(SESSION).await.map(drop) }))
}

async fn ensure_usable(server: &ServerAddress, connection: &mut PgConnection) -> Result<(), CatalogError> {
    let about = sqlx::query(
        "SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
                current_schema()::text AS schema",
    );
    let row = connection.fetch_one(about).await.map_err(|source| CatalogError::from_server(server, source))?;
    let read = || -> sqlx::Result<_> { Ok((row.try_get::<i32, _>("version")?, row.try_get::<String, _>("encoding")?)) };
    let (version, encoding) = read().map_err(|source| CatalogError::from_server(server, source))?;
    let schema: Option<String> = row.try_get("schema").map_err(|source| CatalogError::from_server(server, source))?;
    let (fault, found) = if version < OLDEST_SERVER {
        (ServerFault::TooOld, format!("its `server_version_num` is {version}"))
    } else if encoding != "UTF8" {
        (ServerFault::Encoding, format!("its `server_encoding` is {encoding}"))
    } else if schema.is_none() {
        (ServerFault::NoSchema, "its `current_schema()` is NULL".to_owned())
    } else {
        return Ok(());
    };
    Err(CatalogError::Server { server: server.clone(), fault, source: sqlx::Error::Configuration(found.into()) })
}

async fn migrate(server: &ServerAddress, connection: &mut PgConnection) -> Result<(), CatalogError> {
    let patience = format!("SET lock_timeout = {}; SET statement_timeout = 0", MIGRATION_TIMEOUT.as_millis());
    connection.execute(sqlx::AssertSqlSafe(patience)).await.map_err(|source| CatalogError::from_server(server, source))?;
    let migrated = migrations::migrator().run_direct(None, connection, false).await;
    migrated.map_err(|source| CatalogError::from_server_migration(server, migrations::NEWEST, source))
}

#[cfg(test)]
mod tests;
