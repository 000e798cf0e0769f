//! Word of jobs that others have put into the queue: `LISTEN`, on a connection of its own.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::SESSION;

/// The trigger on `jobs` speaks here.
const CHANNEL: &str = "ragstone_jobs";

/// After so long a silence the connection is asked for a sign of life.
const SILENCE: Duration = Duration::from_secs(30);

/// How long that, or a new connection, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait before connecting again; meanwhile the queue is looked at as often as the waiting say themselves.
const RECONNECT: Duration = Duration::from_secs(1);

/// Listens from the first time on that somebody waits.
pub(super) struct News {
    options: PgConnectOptions,
    wake: Arc<Notify>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl News {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options, wake: Arc::default(), listening: Mutex::default() }
    }

    /// Returns at news, one of those who wait for each, and at once if there was news since the last time; or after `at_most`.
    pub(super) async fn wait(&self, at_most: Duration) {
        self.start();
        // Silence is no error: whoever waits looks for himself then.
        drop(tokio::time::timeout(at_most, self.wake.notified()).await);
    }

    pub(super) fn stop(&self) {
        if let Some(listening) = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take() {
            listening.abort();
        }
    }

    fn start(&self) {
        let mut listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        // Its runtime may have ended before the catalog.
        if listening.as_ref().is_none_or(JoinHandle::is_finished) {
            *listening = Some(tokio::spawn(listen(self.options.clone(), Arc::clone(&self.wake))));
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for News {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("News")
    }
}

async fn listen(options: PgConnectOptions, wake: Arc<Notify>) {
    let mut is_first = true;
    loop {
        let lost = listen_once(&options, &wake).await;
        if std::mem::take(&mut is_first) {
            tracing::warn!(error = %lost, "the connection that listens for jobs is lost; connecting again, meanwhile the queue is polled");
        } else {
            tracing::debug!(error = %lost, "the connection that listens for jobs is lost again");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn listen_once(options: &PgConnectOptions, wake: &Notify) -> sqlx::Error {
    match hear(options, wake).await {
        Ok(()) => sqlx::Error::Io(std::io::ErrorKind::UnexpectedEof.into()),
        Err(error) => error,
    }
}

/// Returns when the connection is lost.
async fn hear(options: &PgConnectOptions, wake: &Notify) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    let pool = pool.after_connect(|connection, _| Box::pin(async move { connection.execute(SESSION).await.map(drop) }));
    let pool = pool.connect_with(options.clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // What was said before nobody heard.
    wake.notify_one();
    loop {
        match tokio::time::timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(_))) => wake.notify_one(),
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let sign_of_life = sqlx::query("SELECT 1").execute(&mut listener);
                tokio::time::timeout(PATIENCE, sign_of_life).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
            }
        }
    }
}
