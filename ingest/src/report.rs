//! What an ingest did, as it happens and at the end.

use ragstone_core::{DocumentId, Stage};
use serde::{Deserialize, Serialize};

/// What became of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was new.
    Indexed,
    /// It was there and had changed.
    Replaced,
    /// It was there and had not changed.
    Unchanged,
    /// Its source is gone.
    Removed,
}

/// A document that could not be ingested; a former version of it stays searchable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FailedDocument {
    /// Where it came from.
    pub source: String,
    /// The part of the flow that refused it.
    pub stage: String,
    /// Why, in words.
    pub reason: String,
}

impl FailedDocument {
    pub(crate) fn new(source: impl Into<String>, error: &ragstone_core::Error) -> Self {
        Self { source: source.into(), stage: error.stage().to_string(), reason: reason(error) }
    }

    pub(crate) fn at(source: impl Into<String>, stage: Stage, reason: impl Into<String>) -> Self {
        Self { source: source.into(), stage: stage.to_string(), reason: reason.into() }
    }
}

/// An error with its causes, on one line.
fn reason(error: &ragstone_core::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

/// The sum of an ingest. `failed` lists every document that is not searchable in its present form, with the reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IngestReport {
    /// Documents that were new.
    pub indexed: u64,
    /// Documents that were there, unchanged.
    pub unchanged: u64,
    /// Documents that had changed.
    pub replaced: u64,
    /// Documents whose source is gone (only when asked for).
    pub removed: u64,
    /// Documents that could not be ingested.
    pub failed: Vec<FailedDocument>,
    /// Files that are no documents (images, programs, archives), by what they are.
    pub skipped: std::collections::BTreeMap<String, u64>,
    /// Chunks that were embedded.
    pub chunks_embedded: u64,
    /// Chunks of changed documents whose vectors could be kept.
    pub chunks_kept: u64,
    /// How long it took.
    pub seconds: f64,
    /// Whether it was stopped before the end; what is not counted above is done by the next ingest.
    #[serde(default)]
    pub interrupted: bool,
}

impl IngestReport {
    /// Documents that are searchable and up to date.
    pub fn searchable(&self) -> u64 {
        self.indexed + self.unchanged + self.replaced
    }

    /// Adds another report to this one.
    pub fn add(&mut self, other: Self) {
        self.indexed += other.indexed;
        self.unchanged += other.unchanged;
        self.replaced += other.replaced;
        self.removed += other.removed;
        self.failed.extend(other.failed);
        for (kind, count) in other.skipped {
            *self.skipped.entry(kind).or_default() += count;
        }
        self.chunks_embedded += other.chunks_embedded;
        self.chunks_kept += other.chunks_kept;
        self.seconds += other.seconds;
        self.interrupted |= other.interrupted;
    }

    pub(crate) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Indexed => self.indexed += 1,
            Outcome::Replaced => self.replaced += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Removed => self.removed += 1,
        }
    }
}

/// Something that happened during an ingest.
#[derive(Debug, Clone)]
pub enum IngestEvent {
    /// A document is durably done.
    Done {
        /// The document.
        document: DocumentId,
        /// What became of it.
        outcome: Outcome,
    },
    /// A document could not be ingested.
    Failed(FailedDocument),
    /// A file is no document.
    Skipped,
    /// So many more chunks are embedded and stored.
    ChunksStored(u64),
}

/// Sees an ingest happen. Called from several threads; must not block.
pub trait Observer: Send + Sync {
    /// Takes note of an event.
    fn on(&self, event: &IngestEvent);
}

impl Observer for () {
    fn on(&self, _event: &IngestEvent) {}
}
