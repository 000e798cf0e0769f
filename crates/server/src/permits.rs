//! Who may start now, who waits, and who is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ServerError;

/// A bounded number of permits and a bounded queue for them. A full queue refuses at once, and says when to come back.
#[derive(Debug, Clone)]
pub(crate) struct PermitPool {
    permits: Arc<Semaphore>,
    /// One for each permit and one for each that waits.
    places: Arc<Semaphore>,
    size: usize,
    places_in_all: usize,
    longest_wait: Duration,
    typical_hold_ms: Arc<AtomicU64>,
}

/// The right to do something costly, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    _permit: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
    since: Instant,
    typical_hold_ms: Arc<AtomicU64>,
}

impl PermitPool {
    pub(crate) fn new(size: usize, queue: usize, longest_wait: Duration) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(size)),
            places: Arc::new(Semaphore::new(size + queue)),
            size,
            places_in_all: size + queue,
            longest_wait,
            typical_hold_ms: Arc::default(),
        }
    }

    /// Takes a permit, after waiting in the queue if there is room in it.
    pub(crate) async fn acquire(&self) -> Result<Permit, ServerError> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return Err(self.overloaded());
        };
        let permit = tokio::time::timeout(self.longest_wait, Arc::clone(&self.permits).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            return Err(self.overloaded());
        };
        Ok(Permit { _permit: permit, _place: place, since: Instant::now(), typical_hold_ms: Arc::clone(&self.typical_hold_ms) })
    }

    /// How many have a permit.
    pub(crate) fn running(&self) -> usize {
        self.size.saturating_sub(self.permits.available_permits())
    }

    /// How many wait for one.
    pub(crate) fn waiting(&self) -> usize {
        let here = self.places_in_all.saturating_sub(self.places.available_permits());
        here.saturating_sub(self.running())
    }

    /// How many permits there are.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// How long it takes until those who are here now are done, by how long others took; from one second to a minute.
    fn overloaded(&self) -> ServerError {
        let ahead = self.places_in_all - self.places.available_permits().min(self.places_in_all);
        let rounds = ahead.div_ceil(self.size.max(1)) as u64;
        let wait_ms = self.typical_hold_ms.load(Ordering::Relaxed).saturating_mul(rounds);
        ServerError::Overloaded { retry_after_seconds: wait_ms.div_ceil(1000).clamp(1, 60) }
    }
}

impl Drop for Permit {
    /// Lets the typical time follow the last eight or so.
    fn drop(&mut self) {
        let held_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let typical_ms = self.typical_hold_ms.load(Ordering::Relaxed);
        let next_ms = if typical_ms == 0 { held_ms } else { typical_ms - typical_ms / 8 + held_ms / 8 };
        self.typical_hold_ms.store(next_ms, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(refused: Result<Permit, ServerError>) -> Option<u64> {
        match refused {
            Err(ServerError::Overloaded { retry_after_seconds }) => Some(retry_after_seconds),
            _ => None,
        }
    }

    #[tokio::test]
    async fn serves_queues_and_refuses() {
        let pool = PermitPool::new(1, 1, Duration::from_secs(9));
        let first = pool.acquire().await.unwrap();
        let second = tokio::spawn({
            let pool = pool.clone();
            async move { pool.acquire().await }
        });
        tokio::task::yield_now().await;
        assert_eq!(seconds(pool.acquire().await), Some(1), "no place is left: refused at once");

        drop(first);
        assert!(second.await.unwrap().is_ok(), "the one in the queue has its turn");
        assert!(pool.acquire().await.is_ok(), "all is free again");
    }

    #[tokio::test]
    async fn does_not_wait_for_ever() {
        let pool = PermitPool::new(1, 1, Duration::from_millis(20));
        let _held = pool.acquire().await.unwrap();
        assert!(seconds(pool.acquire().await).is_some());
        assert_eq!(pool.places.available_permits(), 1, "who gave up left the queue");
    }

    #[tokio::test]
    async fn retry_after_follows_what_others_took_rounded_up() {
        let pool = PermitPool::new(2, 2, Duration::ZERO);
        pool.typical_hold_ms.store(2_100, Ordering::Relaxed);
        let _held = [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()];
        assert_eq!(seconds(pool.acquire().await), Some(5), "one round and the one who waits: 2 x 2.1 s");
    }
}
