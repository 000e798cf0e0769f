//! The embedded vector store.

mod contain;
mod filter;
mod index;
mod open;
mod payload;
mod port;
mod room;
mod shard;
mod wal;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ragstone_core::IndexName;
use tokio::sync::Semaphore;

use self::shard::Shard;
use crate::config::ensure_valid;
use crate::marker::UncleanMarker;
use crate::{DataDirLock, StoreConfig, StoreError};

/// Vectors and payloads on this machine's disk, in this process.
///
/// Each index is one folder under `collections/`. Within an index one call writes at a time while any number read.
/// End with [`close`](Self::close): without it the next start takes this one for a crash.
pub struct EdgeStore {
    inner: Arc<Inner>,
}

/// What blocking tasks share with the store. Shards are dropped before the folder's ownership is given up.
struct Inner {
    shards: RwLock<HashMap<IndexName, Arc<Shard>>>,
    /// Held while an index is made or removed.
    naming: Mutex<()>,
    collections_folder: PathBuf,
    config: StoreConfig,
    marker: UncleanMarker,
    opened_after_unclean_stop: bool,
    damaged: Vec<IndexName>,
    closed: AtomicBool,
    readers: Semaphore,
    lock: DataDirLock,
}

impl EdgeStore {
    /// Takes the data folder for this process and opens what is in it. Blocks: about 0.1 s per 10,000 chunks.
    pub fn open(data_dir: &Path, config: StoreConfig) -> Result<Self, StoreError> {
        Self::open_owned(DataDirLock::acquire(data_dir)?, config)
    }

    /// Opens the store in a data folder that this process already owns.
    pub fn open_owned(lock: DataDirLock, config: StoreConfig) -> Result<Self, StoreError> {
        ensure_valid(config.validate())?;
        let marker = UncleanMarker::find(lock.folder())?;
        let collections_folder = lock.folder().join("collections");
        let opened = open::open_collections(&collections_folder, &config)?;
        let inner = Inner {
            shards: RwLock::new(opened.shards),
            naming: Mutex::new(()),
            collections_folder,
            readers: Semaphore::new(config.concurrent_searches),
            config,
            opened_after_unclean_stop: marker.is_raised(),
            marker,
            damaged: opened.damaged,
            closed: AtomicBool::new(false),
            lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether the last owner of the folder ended without [`close`](Self::close), by a crash for example.
    ///
    /// What it had not flushed may be missing, so compare `stored` with the catalog and repair the difference. It is not
    /// remembered beyond the next `close`.
    pub fn opened_after_unclean_stop(&self) -> bool {
        self.inner.opened_after_unclean_stop
    }

    /// Indexes that could not be opened: they were moved aside to `<name>.damaged-<time>` and are empty or missing now.
    ///
    /// `create` them and store what the catalog has.
    pub fn damaged_indexes(&self) -> Vec<IndexName> {
        self.inner.damaged.clone()
    }

    /// The folder that the store works in.
    pub fn data_dir(&self) -> &Path {
        self.inner.lock.folder()
    }

    /// Makes all durable and closes the collections; later calls are refused.
    ///
    /// If it fails, the next start repairs as after a crash.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.closed.store(true, Ordering::Release);
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.close()).await
    }
}

impl fmt::Debug for EdgeStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EdgeStore").field("data_dir", &self.data_dir()).finish_non_exhaustive()
    }
}

impl Inner {
    fn shard(&self, index: &IndexName) -> Result<Arc<Shard>, StoreError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        let shards = self.shards.read().unwrap_or_else(PoisonError::into_inner);
        shards.get(index).cloned().ok_or_else(|| StoreError::UnknownCollection { index: index.clone() })
    }

    fn indexes(&self) -> Vec<IndexName> {
        let mut indexes: Vec<IndexName> = self.shards.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        indexes.sort();
        indexes
    }

    fn create(&self, index: &IndexName, dimension: usize) -> Result<(), StoreError> {
        let _naming = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        match self.shard(index) {
            Ok(shard) if shard.dimension() == dimension => return Ok(()),
            Ok(shard) => {
                return Err(StoreError::Dimension { index: index.clone(), expected: shard.dimension(), given: dimension });
            }
            Err(StoreError::UnknownCollection { .. }) => {}
            Err(error) => return Err(error),
        }
        self.marker.raise()?;
        let shard = Shard::create(index, &self.collections_folder.join(index.to_string()), dimension, &self.config)?;
        self.shards.write().unwrap_or_else(PoisonError::into_inner).insert(index.clone(), Arc::new(shard));
        Ok(())
    }

    fn remove(&self, index: &IndexName) -> Result<(), StoreError> {
        let _naming = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        let shard = match self.shard(index) {
            Ok(shard) => shard,
            Err(StoreError::UnknownCollection { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        self.marker.raise()?;
        self.shards.write().unwrap_or_else(PoisonError::into_inner).remove(index);
        if let Err(message) = shard.discard() {
            tracing::warn!(%index, message, "the collection could not be flushed before it was removed");
        }
        // Gone in one step; what a crash leaves of the deletion is cleared away at the next start.
        let removed = shard.folder().with_extension("removed");
        let io = |source| StoreError::Io { action: "remove", path: shard.folder().to_owned(), source };
        fs_err::rename(shard.folder(), &removed).map_err(io)?;
        crate::marker::sync_parent(&removed).map_err(io)?;
        fs_err::remove_dir_all(&removed).map_err(io)
    }

    fn close(&self) -> Result<(), StoreError> {
        let shards = std::mem::take(&mut *self.shards.write().unwrap_or_else(PoisonError::into_inner));
        let mut outcome = Ok(());
        for shard in shards.into_values() {
            // One that fails must not keep the others from being flushed.
            outcome = outcome.and(shard.close());
        }
        outcome?;
        self.marker.clear()
    }
}

/// Runs blocking work off the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(source) => Err(StoreError::Interrupted { source: source.into() }),
    }
}
