//! Calibrations as they are kept with their collections, read seldom.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ragstone_core::{Catalog, CollectionName, Result};

use super::Calibration;

/// What calibrations are kept under in the catalog.
const SUBJECT: &str = "relevance";

/// A calibration that another process has made is seen after so long.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(15);

/// A collection's size is compared with that of its calibration so often at most.
const LOOKED_AFTER: Duration = Duration::from_secs(120);

/// More collections than this are not remembered at once.
const MOST_REMEMBERED: usize = 1_024;

/// What was read of the catalog lately, and which collections are being calibrated.
#[derive(Debug, Default)]
pub(crate) struct Calibrations {
    known: Mutex<HashMap<CollectionName, Known>>,
    running: Mutex<HashSet<CollectionName>>,
    /// Held by what calibrates in the background.
    background: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    read: Option<(Instant, Option<Arc<Calibration>>)>,
    looked_after: Option<Instant>,
}

impl Calibration {
    /// What was found out for a collection; `None` if nothing was, or it cannot be read any more.
    pub async fn of(catalog: &dyn Catalog, collection: &CollectionName) -> Result<Option<Self>> {
        let Some(kept) = catalog.settings(collection).await?.remove(SUBJECT) else { return Ok(None) };
        let calibration = serde_json::from_value(kept);
        Ok(calibration
            .inspect_err(|error| tracing::warn!(collection.name = %collection, %error, "the collection's calibration cannot be read: it is made again"))
            .ok())
    }
}

impl Calibrations {
    /// A collection's calibration; `None` if there is none, or it cannot be read any more.
    pub(crate) async fn of(&self, catalog: &dyn Catalog, collection: &CollectionName) -> Result<Option<Arc<Calibration>>> {
        if let Some((at, calibration)) = self.known().get(collection).and_then(|known| known.read.clone())
            && at.elapsed() < READ_AGAIN_AFTER
        {
            return Ok(calibration);
        }
        let calibration = Calibration::of(catalog, collection).await?.map(Arc::new);
        self.remember(collection, calibration.clone());
        Ok(calibration)
    }

    /// Keeps a calibration with its collection.
    pub(crate) async fn keep(&self, catalog: &dyn Catalog, collection: &CollectionName, calibration: &Calibration) -> Result<()> {
        let value = serde_json::to_value(calibration).map_err(|error| crate::RetrieveError::Unwritable(error.into()))?;
        catalog.set_setting(collection, SUBJECT, Some(&value)).await?;
        self.remember(collection, Some(Arc::new(calibration.clone())));
        Ok(())
    }

    /// Whether it is time to see if a collection has outgrown its calibration; asked again soon, it is not.
    pub(crate) fn is_to_be_looked_after(&self, collection: &CollectionName) -> bool {
        let mut known = self.known();
        let Some(known) = known.get_mut(collection) else { return false };
        let is_time = known.looked_after.is_none_or(|at| at.elapsed() >= LOOKED_AFTER);
        if is_time {
            known.looked_after = Some(Instant::now());
        }
        is_time
    }

    /// The right to calibrate a collection; `None` while another has it.
    pub(crate) fn begin(self: &Arc<Self>, collection: &CollectionName) -> Option<Running> {
        let is_first = self.running().insert(collection.clone());
        is_first.then(|| Running { of: Arc::clone(self), collection: collection.clone() })
    }

    /// Waits until no other collection is calibrated in the background: embedding the sample takes all processors already.
    pub(crate) async fn background_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.background.lock().await
    }

    fn remember(&self, collection: &CollectionName, calibration: Option<Arc<Calibration>>) {
        let mut known = self.known();
        if known.len() >= MOST_REMEMBERED && !known.contains_key(collection) {
            known.clear();
        }
        known.entry(collection.clone()).or_default().read = Some((Instant::now(), calibration));
    }

    fn known(&self) -> MutexGuard<'_, HashMap<CollectionName, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, HashSet<CollectionName>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to calibrate a collection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    of: Arc<Calibrations>,
    collection: CollectionName,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.of.running().remove(&self.collection);
    }
}
