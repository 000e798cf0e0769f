//! What an export or an import says while it runs and when it is done.

use ragstone_core::CollectionName;

/// What an export or an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Documents and chunks are written to files.
    Exporting,
    /// The files are compared with their fingerprints.
    Verifying,
    /// Every row is looked at, and nothing is written.
    Checking,
    /// Documents and chunks are stored.
    Importing,
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeEvent {
    /// A phase begins.
    Began {
        /// Which.
        phase: Phase,
        /// How many documents it has before it; while exporting, those that are not completely stored are counted too.
        documents: u64,
    },
    /// So many more are done in this phase.
    Moved {
        /// Documents.
        documents: u64,
        /// Chunks.
        chunks: u64,
    },
}

/// Sees an export or an import happen. Must not block.
pub trait Observer: Send + Sync {
    /// Takes note of an event.
    fn on(&self, event: &ExchangeEvent);
}

impl Observer for () {
    fn on(&self, _event: &ExchangeEvent) {}
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReport {
    /// The collection.
    pub collection: CollectionName,
    /// How many documents, copies of others included.
    pub documents: u64,
    /// How many of them are copies, which have no chunks of their own.
    pub copies: u64,
    /// How many chunks.
    pub chunks: u64,
    /// How many documents were left out because they were not completely stored.
    pub unfinished: u64,
    /// How long the files are, together.
    pub bytes: u64,
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The collection it is now.
    pub collection: CollectionName,
    /// How many documents were stored.
    pub documents: u64,
    /// How many chunks were stored.
    pub chunks: u64,
    /// How many documents were there already.
    pub present: u64,
    /// The subjects of settings that the collection took over.
    pub settings: Vec<String>,
}
