//! What an ingest did, as it happens and at the end.

mod quality;

use std::collections::BTreeMap;

use ragstone_core::{DocumentId, Stage};
use serde::{Deserialize, Serialize};

pub use quality::{QualitySummary, WarningSummary};

use crate::SkippedFile;

/// So many failed documents and skipped files are named in a report; all are counted.
const MAX_NAMED: usize = 1_000;

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
    /// How often it was tried; what may pass is tried again.
    #[serde(default = "once")]
    pub attempts: u32,
}

impl FailedDocument {
    pub(crate) fn new(source: impl Into<String>, error: &ragstone_core::Error) -> Self {
        Self::of(source.into(), error.stage().to_string(), &reason(error))
    }

    pub(crate) fn at(source: impl Into<String>, stage: Stage, reason: impl Into<String>) -> Self {
        Self::of(source.into(), stage.to_string(), &reason.into())
    }

    /// Such that every database can keep it.
    fn of(source: String, stage: String, reason: &str) -> Self {
        Self { source: keepable(source), stage, reason: without_nul(reason), attempts: 1 }
    }
}

/// PostgreSQL keeps sources in indexes, which take no longer ones.
pub(crate) const MAX_SOURCE_BYTES: usize = 2_000;

/// Whether every database can keep a document of this source.
pub(crate) fn is_keepable(source: &str) -> bool {
    source.len() <= MAX_SOURCE_BYTES && !source.contains('\0')
}

/// NUL characters, which PostgreSQL does not keep in texts, are shown as unreadable.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn keepable(source: String) -> String {
    let shown = without_nul(&source);
    if shown.len() <= MAX_SOURCE_BYTES {
        return shown;
    }
    let end = shown.floor_char_boundary(MAX_SOURCE_BYTES - '…'.len_utf8());
    format!("{}…", shown.get(..end).unwrap_or_default())
}

fn once() -> u32 {
    1
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

/// The sum of an ingest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct IngestReport {
    /// Documents that were new.
    pub indexed: u64,
    /// Documents that were there, unchanged.
    pub unchanged: u64,
    /// Documents that had changed.
    pub replaced: u64,
    /// Documents whose source is gone (only when asked for).
    pub removed: u64,
    /// Of the new and the changed ones, those whose content is stored under another name already; they are listed under both.
    pub duplicates: u64,
    /// Documents that could not be ingested, with the reason: the first thousand.
    pub failed: Vec<FailedDocument>,
    /// How many could not be ingested.
    pub failed_total: u64,
    /// Files that are no documents (images, programs), by what they are.
    pub skipped: BTreeMap<String, u64>,
    /// Their names, by what they are: the first thousand.
    pub skipped_files: BTreeMap<String, Vec<String>>,
    /// Bytes that were read, of unchanged documents too.
    pub bytes_read: u64,
    /// Pages of the new and the changed documents.
    pub pages: u64,
    /// Chunks that were embedded.
    pub chunks_embedded: u64,
    /// Chunks whose vectors could be kept, or copied from a duplicate.
    pub chunks_kept: u64,
    /// What is to be known of how well the new and the changed documents could be read.
    pub quality: QualitySummary,
    /// How long it took.
    pub seconds: f64,
    /// For how long of it the embedding model was at work.
    pub model_busy_seconds: f64,
    /// Whether it was stopped before the end; what is not counted above is done by the next ingest.
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
        self.duplicates += other.duplicates;
        self.failed_total += other.failed_total;
        let room = MAX_NAMED.saturating_sub(self.failed.len());
        self.failed.extend(other.failed.into_iter().take(room));
        for (kind, count) in other.skipped {
            *self.skipped.entry(kind).or_default() += count;
        }
        for (kind, sources) in other.skipped_files {
            for source in sources {
                self.name_skipped(&kind, source);
            }
        }
        self.bytes_read += other.bytes_read;
        self.pages += other.pages;
        self.chunks_embedded += other.chunks_embedded;
        self.chunks_kept += other.chunks_kept;
        self.quality.add(other.quality);
        self.seconds += other.seconds;
        self.model_busy_seconds += other.model_busy_seconds;
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

    pub(crate) fn fail(&mut self, failed: FailedDocument) {
        self.failed_total += 1;
        if self.failed.len() < MAX_NAMED {
            self.failed.push(failed);
        }
    }

    pub(crate) fn skip(&mut self, skipped: SkippedFile) {
        *self.skipped.entry(skipped.kind.to_owned()).or_default() += 1;
        self.name_skipped(skipped.kind, skipped.source);
    }

    fn name_skipped(&mut self, kind: &str, source: String) {
        if self.skipped_files.values().map(Vec::len).sum::<usize>() < MAX_NAMED {
            self.skipped_files.entry(kind.to_owned()).or_default().push(source);
        }
    }
}

/// Something that happened during an ingest.
#[derive(Debug, Clone)]
pub enum IngestEvent {
    /// A source was opened that holds so many documents.
    Opened {
        /// How many there are, archives counted as one.
        documents: u64,
    },
    /// A document was read, changed or not.
    Read {
        /// Its size.
        bytes: u64,
    },
    /// A document is not as it is stored, and is being turned into text and chunks.
    Extracting {
        /// Where it comes from.
        source: String,
    },
    /// A document failed in a way that may pass, and waits for another attempt.
    Retried(FailedDocument),
    /// An archive was opened and is dealt with; its members follow, as documents of their own.
    Unpacked {
        /// Where it comes from.
        source: String,
    },
    /// There is one document more than the source has announced, in an archive.
    Member,
    /// A document is text and chunks, and waits for the model and the store.
    Embedding {
        /// Where it comes from.
        source: String,
        /// How many pages it has.
        pages: u64,
    },
    /// A document is durably done.
    Done {
        /// The document.
        document: DocumentId,
        /// Where it comes from.
        source: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// A document could not be ingested.
    Failed(FailedDocument),
    /// A file is no document.
    Skipped(SkippedFile),
    /// So many more chunks are embedded and stored.
    ChunksStored(u64),
    /// So many more chunks kept their vectors.
    ChunksKept(u64),
    /// So many more documents lack vectors of the model that is prepared.
    Reembedding {
        /// How many.
        documents: u64,
    },
    /// One of them has all of its vectors now.
    Reembedded,
}

/// Sees an ingest happen. Called from several threads; must not block.
pub trait Observer: Send + Sync {
    /// Takes note of an event.
    fn on(&self, event: &IngestEvent);
}

impl Observer for () {
    fn on(&self, _event: &IngestEvent) {}
}
