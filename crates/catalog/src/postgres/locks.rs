//! Locks over collections between processes: PostgreSQL's advisory locks, each held by a connection of its own.
//!
//! A lock ends with its connection, so whatever ends the process ends the lock: a crash at once, the loss of its machine after half a
//! minute. The server queues who waits, first come first served, so nobody is overtaken forever.
//!
//! When the connection breaks, or the server is started again, the lock is lost while its holder goes on. Therefore every write into
//! the collection asks first: a lost lock is taken again, and if nobody can have disturbed its holder in between, all is well.

mod turns;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use ragstone_core::{CollectionLocks, CollectionName, LockGuard, Locked, Result, Sharing};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, Row};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{PostgresCatalog, SESSION};
use crate::{CatalogError, ServerAddress};
use turns::Turns;

/// How many locks a process may hold and wait for.
const MOST_LOCKS: usize = 32;

/// A lock is waited for as long as it takes, whatever the server's defaults are.
const NO_TIMEOUTS: &str = "SET statement_timeout = 0; SET lock_timeout = 0";

/// Makes the server notice within a second that nobody waits any more. Not every system can.
const NOTICE_THE_GONE: &str = "SET client_connection_check_interval = '1s'";

/// Who waits looks so often whether the server still knows.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// How long a connection that holds a lock may take to show that it is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// The locks that this process holds.
pub(super) struct Locks {
    options: PgConnectOptions,
    server: Arc<ServerAddress>,
    queries: PgPool,
    connect_timeout: Duration,
    connections: Arc<Semaphore>,
    held: StdMutex<HashMap<CollectionName, Vec<Weak<Session>>>>,
}

/// A connection that holds a lock.
struct Holder {
    connection: PgConnection,
    process: Process,
}

/// The server's process at the other end of a connection.
#[derive(Debug, Clone, Copy)]
struct Process {
    id: i32,
    /// In microseconds: a number comes again, but not at the same time.
    started: i64,
}

/// A lock that is held: dropped, its connection is closed, which frees it.
struct Session {
    key: String,
    sharing: Sharing,
    turns: Turns,
    holder: Mutex<Holder>,
    _counted: OwnedSemaphorePermit,
}

impl Locks {
    pub(super) fn new(options: PgConnectOptions, server: Arc<ServerAddress>, queries: PgPool, connect_timeout: Duration) -> Self {
        let connections = Arc::new(Semaphore::new(MOST_LOCKS));
        Self { options, server, queries, connect_timeout, connections, held: StdMutex::default() }
    }

    /// Refuses when one of the locks over the collection is lost, and another may have been at work since.
    pub(super) async fn ensure_held(&self, collection: &CollectionName) -> Result<(), CatalogError> {
        for session in self.sessions(collection) {
            let mut holder = session.holder.lock().await;
            let answered = tokio::time::timeout(PATIENCE, holder.connection.ping()).await;
            if matches!(answered, Ok(Ok(()))) {
                continue;
            }
            match self.regain(&session, holder.process).await? {
                Some(regained) => *holder = regained,
                None => return Err(CatalogError::LockLost { collection: collection.clone(), server: self.server.as_ref().clone() }),
            }
            tracing::warn!(collection = collection.as_str(), "a lock was lost with its connection, and taken again undisturbed");
        }
        Ok(())
    }

    async fn regain(&self, lost: &Session, former: Process) -> Result<Option<Holder>, CatalogError> {
        let mut connection = self.connect().await?;
        self.named(former.end(&mut connection).await)?;
        if !self.named(take(&mut connection, &lost.key, lost.sharing).await)? {
            return Ok(None);
        }
        let turns = self.named(Turns::read(&mut connection, &lost.key).await)?;
        let process = self.named(Process::of(&mut connection).await)?;
        Ok(lost.turns.is_undisturbed(turns, lost.sharing).then_some(Holder { connection, process }))
    }

    fn sessions(&self, collection: &CollectionName) -> Vec<Arc<Session>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(collection).into_iter().flatten().filter_map(Weak::upgrade).collect()
    }

    fn guard(&self, collection: &CollectionName, session: Session) -> LockGuard {
        let session = Arc::new(session);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, sessions| {
            sessions.retain(|session| session.strong_count() > 0);
            !sessions.is_empty()
        });
        held.entry(collection.clone()).or_default().push(Arc::downgrade(&session));
        LockGuard::new(session)
    }

    /// Of a connection that has just taken the lock.
    async fn session(
        &self,
        key: String,
        sharing: Sharing,
        mut connection: PgConnection,
        counted: OwnedSemaphorePermit,
    ) -> Result<Session, CatalogError> {
        let turns = self.named(Turns::take(&mut connection, &key, sharing).await)?;
        let process = self.named(Process::of(&mut connection).await)?;
        Ok(Session { key, sharing, turns, holder: Mutex::new(Holder { connection, process }), _counted: counted })
    }

    async fn counted(&self) -> Result<OwnedSemaphorePermit, CatalogError> {
        let permit = tokio::time::timeout(self.connect_timeout, Arc::clone(&self.connections).acquire_owned()).await;
        permit.ok().and_then(std::result::Result::ok).ok_or(CatalogError::TooManyLocks { limit: MOST_LOCKS })
    }

    async fn connect(&self) -> Result<PgConnection, CatalogError> {
        let opening = tokio::time::timeout(self.connect_timeout, async {
            let mut connection = PgConnection::connect_with(&self.options).await?;
            connection.execute(SESSION).await?;
            connection.execute(NO_TIMEOUTS).await?;
            if let Err(error) = connection.execute(NOTICE_THE_GONE).await {
                tracing::debug!(%error, "the server notices only later when somebody stops waiting for a lock");
            }
            Ok(connection)
        });
        self.named(opening.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)))
    }

    /// Waits for the lock as long as the server knows of it. Dropped, it closes the connection, and the server waits no longer.
    async fn wait(&self, connection: &mut PgConnection, key: &str, sharing: Sharing) -> sqlx::Result<()> {
        let process = Process::of(connection).await?.id;
        let statement = match sharing {
            Sharing::Shared => "SELECT pg_advisory_lock_shared(hashtextextended($1, 0))",
            Sharing::Alone => "SELECT pg_advisory_lock(hashtextextended($1, 0))",
        };
        let waiting = sqlx::query(statement).bind(key).execute(connection);
        tokio::pin!(waiting);
        loop {
            tokio::select! {
                outcome = &mut waiting => return outcome.map(drop),
                () = tokio::time::sleep(SIGN_OF_LIFE) => self.ensure_known(process).await?,
            }
        }
    }

    async fn ensure_known(&self, process: i32) -> sqlx::Result<()> {
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = $1 AND locktype = 'advisory')")
            .bind(process)
            .fetch_one(&self.queries)
            .await?;
        if known { Ok(()) } else { Err(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())) }
    }

    fn named<T>(&self, outcome: sqlx::Result<T>) -> Result<T, CatalogError> {
        outcome.map_err(|source| CatalogError::from_server(&self.server, source))
    }
}

#[async_trait]
impl CollectionLocks for PostgresCatalog {
    async fn lock(&self, collection: &CollectionName, locked: Locked, sharing: Sharing) -> Result<LockGuard> {
        let (locks, key) = (&self.locks, key(collection, locked));
        let counted = locks.counted().await?;
        let mut connection = locks.connect().await?;
        locks.named(locks.wait(&mut connection, &key, sharing).await)?;
        Ok(locks.guard(collection, locks.session(key, sharing, connection, counted).await?))
    }

    async fn try_lock(&self, collection: &CollectionName, locked: Locked, sharing: Sharing) -> Result<Option<LockGuard>> {
        let (locks, key) = (&self.locks, key(collection, locked));
        let counted = locks.counted().await?;
        let mut connection = locks.connect().await?;
        if !locks.named(take(&mut connection, &key, sharing).await)? {
            return Ok(None);
        }
        Ok(Some(locks.guard(collection, locks.session(key, sharing, connection, counted).await?)))
    }

    fn is_between_processes(&self) -> bool {
        true
    }
}

impl Process {
    async fn of(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let about = "SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let row = sqlx::query(about).fetch_one(connection).await?;
        Ok(Self { id: row.try_get("pid")?, started: row.try_get("started")? })
    }

    /// Ends it, and with it its locks: where only the way to it is broken, they are still held.
    async fn end(self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let there = " FROM pg_stat_activity WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2";
        let end = AssertSqlSafe(format!("SELECT pg_terminate_backend(pid){there}"));
        sqlx::query(end).bind(self.id).bind(self.started).execute(&mut *connection).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let is_there = AssertSqlSafe(format!("SELECT EXISTS (SELECT 1{there})"));
            let is_there: bool = sqlx::query_scalar(is_there).bind(self.id).bind(self.started).fetch_one(&mut *connection).await?;
            if !is_there || Instant::now() > deadline {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Takes a lock if nobody is in the way.
async fn take(connection: &mut PgConnection, key: &str, sharing: Sharing) -> sqlx::Result<bool> {
    let statement = match sharing {
        Sharing::Shared => "SELECT pg_try_advisory_lock_shared(hashtextextended($1, 0))",
        Sharing::Alone => "SELECT pg_try_advisory_lock(hashtextextended($1, 0))",
    };
    sqlx::query_scalar(statement).bind(key).fetch_one(connection).await
}

/// The same for every schema of a database: two catalogs in one only wait for each other more than they must, whereas one catalog
/// that is reached by two spellings of its `search_path` must not have two locks. The server makes a number of it.
fn key(collection: &CollectionName, locked: Locked) -> String {
    let what = match locked {
        Locked::Documents => "documents",
        Locked::OtherModel => "other model",
    };
    format!("ragstone: {what} of {}", collection.as_str())
}

impl fmt::Debug for Locks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Locks").field("server", &self.server).finish_non_exhaustive()
    }
}
