//! The write path through its public surface, over ports in memory.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod chunking;
mod failures;
mod pipeline;
mod prune;
mod recovery;
mod support;
