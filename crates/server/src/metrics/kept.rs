//! A value that is costly to read and may be a little old.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ragstone_core::Result;
use tokio::sync::Mutex as Turn;

/// A value younger than this is not read again.
const SHORTEST_REST: Duration = Duration::from_secs(5);

/// Reading takes at most this share of the time: what is slow to read is read less often.
const REST_PER_READING: u32 = 20;

/// Whoever asks waits no longer for a reading, and takes what was read before. The reading goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A value that could not be read again for so long is not shown any more.
const OLDEST: Duration = Duration::from_secs(120);

/// What was read last. Clones keep it together; one of them reads at a time.
#[derive(Debug)]
pub(super) struct Kept<T> {
    latest: Arc<Mutex<Option<Reading<T>>>>,
    turn: Arc<Turn<()>>,
}

#[derive(Debug)]
struct Reading<T> {
    /// Nothing, if it could not be read.
    value: Option<Arc<T>>,
    read_at: Instant,
    fresh_until: Instant,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { latest: Arc::clone(&self.latest), turn: Arc::clone(&self.turn) }
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { latest: Arc::default(), turn: Arc::default() }
    }
}

impl<T: Send + Sync + 'static> Kept<T> {
    /// The value; nothing if it cannot be read now.
    pub(super) async fn get(&self, what: &'static str, read: impl Future<Output = Result<T>> + Send + 'static) -> Option<Arc<T>> {
        if let Ok(turn) = Arc::clone(&self.turn).try_lock_owned()
            && !self.is_fresh()
        {
            let kept = self.clone();
            let reading = tokio::spawn(async move {
                let _turn = turn;
                kept.read(what, read).await;
            });
            if let Ok(Err(error)) = tokio::time::timeout(LONGEST_WAIT, reading).await {
                tracing::error!(%error, "{what} could not be read for `/metrics`");
            }
        }
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = latest.as_ref().filter(|reading| reading.read_at.elapsed() < OLDEST.max(reading.fresh_until - reading.read_at))?;
        reading.value.clone()
    }

    /// Whether it could not be read the last time.
    pub(super) fn has_failed(&self) -> bool {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.as_ref().is_some_and(|reading| reading.value.is_none())
    }

    async fn read(&self, what: &'static str, read: impl Future<Output = Result<T>>) {
        let started = Instant::now();
        let outcome = read.await;
        let read_at = Instant::now();
        let fresh_until = read_at + SHORTEST_REST.max((read_at - started) * REST_PER_READING);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = &outcome
            && latest.as_ref().is_none_or(|before| before.value.is_some())
        {
            tracing::warn!(%error, "{what} cannot be read: `/metrics` goes without until they can");
        }
        *latest = Some(Reading { value: outcome.ok().map(Arc::new), read_at, fresh_until });
    }

    fn is_fresh(&self) -> bool {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.as_ref().is_some_and(|reading| Instant::now() < reading.fresh_until)
    }
}

#[cfg(test)]
mod tests {
    use ragstone_core::{Error, ErrorKind, Stage};

    use super::*;

    async fn reading(value: u32) -> Result<u32> {
        Ok(value)
    }

    async fn failing() -> Result<u32> {
        Err(Error::new(ErrorKind::Storage, Stage::Catalog, "`catalog.db` cannot be read"))
    }

    #[tokio::test]
    async fn what_was_just_read_is_not_read_again() {
        let kept = Kept::default();
        assert_eq!(kept.get("numbers", reading(1)).await.as_deref(), Some(&1));
        assert_eq!(kept.get("numbers", reading(2)).await.as_deref(), Some(&1));
    }

    #[tokio::test]
    async fn a_failure_shows_nothing_and_is_not_asked_for_at_once_again() {
        let kept = Kept::default();
        assert_eq!(kept.get("numbers", failing()).await, None);
        assert_eq!(kept.get("numbers", reading(1)).await, None);
    }

    #[tokio::test]
    async fn nobody_waits_long_and_nobody_reads_beside_another() {
        let kept = Kept::default();
        let started = Instant::now();
        assert_eq!(kept.get("numbers", std::future::pending()).await, None);
        assert_eq!(kept.get("numbers", reading(1)).await, None, "the first has not ended");
        assert!(started.elapsed() < LONGEST_WAIT * 2, "the second did not wait");
    }

    #[tokio::test]
    async fn what_is_slow_to_read_is_read_less_often() {
        let kept = Kept::default();
        let slow = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok(1)
        };
        kept.get("numbers", slow).await;
        let latest = kept.latest.lock().unwrap();
        let rest = latest.as_ref().map(|reading| reading.fresh_until - reading.read_at).unwrap();
        assert!(rest >= Duration::from_secs(8), "{rest:?}");
    }
}
