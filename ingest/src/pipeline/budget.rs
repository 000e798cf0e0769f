//! Bytes on their way: what bounds the memory of a run, whether its documents are small or large.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a run's documents may hold together; one larger document still passes, alone. Their chunks and what is embedded are copies: all together
/// takes three to four times as much.
const RUN_BYTES: usize = 64 << 20;

/// What an archive's members may hold in addition. They have a budget of their own: the documents after the archive may have
/// used up the run's, and wait for the archive.
const ARCHIVE_BYTES: usize = 32 << 20;

/// Permits are counted in these, as a semaphore counts at most 2^32.
const UNIT: usize = 1 << 10;

/// Room for so many bytes.
#[derive(Clone)]
pub(super) struct ByteBudget {
    units: Arc<Semaphore>,
    limit: u32,
}

/// A document's share of the budget; given back when dropped.
pub(super) struct Weight {
    permit: OwnedSemaphorePermit,
}

impl ByteBudget {
    pub(super) fn of_a_run() -> Self {
        Self::new(RUN_BYTES)
    }

    pub(super) fn of_an_archive() -> Self {
        Self::new(ARCHIVE_BYTES)
    }

    fn new(bytes: usize) -> Self {
        let units = bytes / UNIT;
        Self { units: Arc::new(Semaphore::new(units)), limit: u32::try_from(units).unwrap_or(u32::MAX) }
    }

    /// Waits until there is room.
    pub(super) async fn weigh(&self, bytes: usize) -> Option<Weight> {
        let units = units_of(bytes).min(self.limit);
        // The semaphore is never closed.
        let permit = Arc::clone(&self.units).acquire_many_owned(units).await.ok()?;
        Some(Weight { permit })
    }
}

impl Weight {
    /// Takes more or gives back, as a document grows or shrinks. Where there is no room for more, it grows all the same: what waits
    /// would wait for those that come after it.
    pub(super) fn adjust(&mut self, bytes: usize) {
        let (wanted, held) = (units_of(bytes), u32::try_from(self.permit.num_permits()).unwrap_or(u32::MAX));
        if wanted < held {
            drop(self.permit.split((held - wanted) as usize));
        } else if let Ok(more) = Arc::clone(self.permit.semaphore()).try_acquire_many_owned(wanted - held) {
            self.permit.merge(more);
        }
    }
}

fn units_of(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT).max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn one_that_is_too_large_passes_alone_and_others_wait_for_it() {
        let budget = ByteBudget::new(10 * UNIT);
        let huge = budget.weigh(1_000 * UNIT).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(20), budget.weigh(1)).await.is_err());
        drop(huge);
        let mut small = budget.weigh(UNIT).await.unwrap();
        small.adjust(8 * UNIT);
        assert!(tokio::time::timeout(Duration::from_millis(20), budget.weigh(3 * UNIT)).await.is_err());
        small.adjust(100 * UNIT);
        small.adjust(2 * UNIT);
        assert!(budget.weigh(8 * UNIT).await.is_some());
    }
}
