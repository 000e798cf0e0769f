//! Locks as among several processes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ragstone_core::{CollectionLocks, CollectionName, LockGuard, Locked, Result, Sharing};
use tokio::sync::RwLock;

type Key = (CollectionName, Locked);

#[derive(Default)]
pub(crate) struct LocksAmongOthers(Mutex<HashMap<Key, Arc<RwLock<()>>>>);

impl LocksAmongOthers {
    fn of(&self, key: Key) -> Arc<RwLock<()>> {
        self.0.lock().unwrap().entry(key).or_default().clone()
    }
}

#[async_trait]
impl CollectionLocks for LocksAmongOthers {
    async fn lock(&self, collection: &CollectionName, locked: Locked, sharing: Sharing) -> Result<LockGuard> {
        let lock = self.of((collection.clone(), locked));
        Ok(match sharing {
            Sharing::Shared => LockGuard::new(lock.read_owned().await),
            Sharing::Alone => LockGuard::new(lock.write_owned().await),
        })
    }

    async fn try_lock(&self, collection: &CollectionName, locked: Locked, sharing: Sharing) -> Result<Option<LockGuard>> {
        let lock = self.of((collection.clone(), locked));
        Ok(match sharing {
            Sharing::Shared => lock.try_read_owned().ok().map(LockGuard::new),
            Sharing::Alone => lock.try_write_owned().ok().map(LockGuard::new),
        })
    }

    fn is_between_processes(&self) -> bool {
        true
    }
}
