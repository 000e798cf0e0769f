//! Writes that fail when a test says so.

use std::sync::atomic::{AtomicI64, Ordering};

use ragstone_core::{Error, ErrorKind, Result, Stage};

/// Counts the writes of a catalog and a store together.
#[derive(Default)]
pub(crate) struct Faults {
    /// Writes until one fails; none does when this is not positive.
    fails_in: AtomicI64,
}

impl Faults {
    /// Makes the `number`-th write from now on fail, counted from 1.
    pub(crate) fn fail_at(&self, number: i64) {
        self.fails_in.store(number, Ordering::SeqCst);
    }

    /// Whether the write that should fail has come.
    pub(crate) fn has_failed(&self) -> bool {
        self.fails_in.load(Ordering::SeqCst) <= 0
    }

    pub(super) fn write(&self) -> Result<()> {
        if self.fails_in.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Err(Error::new(ErrorKind::Storage, Stage::Store, "the disk is full"));
        }
        Ok(())
    }
}
