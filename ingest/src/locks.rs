//! Locks within one process, for a data folder that belongs to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ragstone_core::{CollectionLocks, CollectionName, LockGuard, Locked, Result, Sharing};

type Mutexes = HashMap<(CollectionName, Locked), Arc<tokio::sync::Mutex<()>>>;

/// Locks that nobody shares: two ingests of one process could not tell each other's chunks apart after a crash.
#[derive(Debug, Default)]
pub struct ProcessLocks {
    mutexes: Mutex<Mutexes>,
}

impl ProcessLocks {
    fn mutex(&self, collection: &CollectionName, locked: Locked) -> Arc<tokio::sync::Mutex<()>> {
        let mut mutexes = self.mutexes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(mutexes.entry((collection.clone(), locked)).or_default())
    }
}

#[async_trait]
impl CollectionLocks for ProcessLocks {
    async fn lock(&self, collection: &CollectionName, locked: Locked, _sharing: Sharing) -> Result<LockGuard> {
        Ok(LockGuard::new(self.mutex(collection, locked).lock_owned().await))
    }

    async fn try_lock(&self, collection: &CollectionName, locked: Locked, _sharing: Sharing) -> Result<Option<LockGuard>> {
        Ok(self.mutex(collection, locked).try_lock_owned().ok().map(LockGuard::new))
    }

    fn is_between_processes(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ragstone_core::testing::locks;

    use super::*;

    #[tokio::test]
    async fn conform() {
        let locks = ProcessLocks::default();
        locks::conforms(&locks, &locks, || tokio::time::sleep(Duration::from_millis(10))).await;
    }
}
