//! The write path through its public surface, over ports in memory.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod archives;
mod changes;
mod chunking;
mod duplicates;
mod estimate;
mod failures;
mod jobs;
mod migrate;
mod models;
mod pipeline;
mod prune;
mod quality;
mod recovery;
mod reindex;
mod support;
