//! Who may work in a collection, when several want to: the port [`CollectionLocks`].

use std::any::Any;
use std::fmt;

use async_trait::async_trait;

use crate::{CollectionName, Result};

/// What of a collection is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locked {
    /// Its documents, and the index that is searched.
    Documents,
    /// The index of another model beside it.
    OtherModel,
}

/// Whom a lock keeps out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Only those who want to be alone: writers of different documents.
    Shared,
    /// Everybody.
    Alone,
}

/// Locks over collections, held by writers until they drop the guard or their process dies.
///
/// Who waits to be alone is not overtaken forever by those who share.
#[async_trait]
pub trait CollectionLocks: Send + Sync {
    /// Waits for the lock.
    async fn lock(&self, collection: &CollectionName, locked: Locked, sharing: Sharing) -> Result<LockGuard>;

    /// The lock, if nobody is in its way.
    async fn try_lock(&self, collection: &CollectionName, locked: Locked, sharing: Sharing) -> Result<Option<LockGuard>>;

    /// Whether other processes may work in the same collections. Then what is begun and not completed may be another's work in
    /// progress, unless one holds the lock alone.
    fn is_between_processes(&self) -> bool;
}

/// A lock that is held until this is dropped.
pub struct LockGuard(#[expect(dead_code, reason = "it only has to be dropped")] Box<dyn Any + Send + Sync>);

impl LockGuard {
    /// Holds whatever gives the lock back when it is dropped.
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self(Box::new(held))
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LockGuard")
    }
}
