//! Tests of the whole program, through its command line and its HTTP server.
//!
//! * [`architecture`] — which crate may depend on which, how long a file may be, words that do not belong here.
//! * [`ask`] — answers: quoted, written by a model, refused; citations checked; a model server that misbehaves.
//! * [`bad_input`] — files, paths, settings and folders that are wrong: each with its message.
//! * [`classify`] — labels: learned, kept, corrected, served; wrong examples named with their lines.
//! * [`cluster`] — several processes on a Qdrant server and PostgreSQL; moving there and back.
//! * [`crash`] — `kill -9` at any moment loses nothing.
//! * [`crash_mixed`] — `kill -9` of a server and its workers, while the documents change, loses nothing.
//! * [`deployment`] — the compose file, the manifests, the dashboard and the alerts: bounded, pinned, and naming what there is.
//! * [`evaluation`] — questions with known answers: measured, compared, tuned, drafted.
//! * [`exchange`] — a collection to Parquet files and back.
//! * [`explain`] — why a search does not show a document.
//! * [`facets`] — documents counted by the values of their fields.
//! * [`formats`] — documents that are no text, through the worker.
//! * [`ingest`] — new, unchanged, changed and removed files.
//! * [`jobs`] — ingests as jobs: listed, stopped, gone on with, what failed.
//! * [`model_change`] — another embedding model under a load of searches; cut off at any moment.
//! * [`quality`] — retrieval stays as good as it was.
//! * [`search`] — filters, languages, phrases, what is shown and how much of it, settings of a collection.
//! * [`serve`] — the same over HTTP, with `--url`, and a shutdown that finishes what it accepted.
//! * [`sources`] — standard input, tables, repositories, sites, watched folders; metadata; estimates.
//! * [`understand`] — questions that a model helps to understand; what is done where the documents do not answer.
//!
//! All of it runs the real embedding model, store and catalog; nothing needs a network.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests: what is unexpected should stop them, and what is skipped is said"
)]

mod architecture;
mod ask;
mod bad_input;
mod classify;
mod cluster;
mod crash;
mod crash_mixed;
mod deployment;
mod evaluation;
mod exchange;
mod explain;
mod facets;
mod formats;
mod ingest;
mod jobs;
mod model_change;
mod quality;
mod search;
mod serve;
mod sources;
mod support;
mod understand;
