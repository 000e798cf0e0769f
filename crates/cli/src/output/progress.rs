//! The progress of an ingest: a bar on a terminal, and a line for each document that failed.

mod questions;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytesize::ByteSize;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use ragstone_ingest::{FailedDocument, IngestEvent, IngestReport, Observer, Outcome};

use super::terminal::{self, WRONG};
use crate::places;

pub(crate) use questions::QuestionProgress;

/// A bar with documents, pages, bytes, chunks a second and the time left.
pub(crate) struct IngestProgress {
    bar: ProgressBar,
    chunks: Arc<AtomicU64>,
    pages: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
    show_failures: bool,
}

impl IngestProgress {
    /// A bar on standard error; invisible where that is no terminal.
    pub(crate) fn new(show_failures: bool) -> Self {
        let [chunks, pages, bytes] = [(); 3].map(|()| Arc::new(AtomicU64::new(0)));
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style(Arc::clone(&chunks), Arc::clone(&pages), Arc::clone(&bytes)));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, chunks, pages, bytes, show_failures }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Says something above the bar.
    pub(crate) fn say(&self, text: &str) {
        self.bar.suspend(|| terminal::note(text));
    }

    /// Takes note of what a server has done.
    pub(crate) fn uploaded(&self, report: &IngestReport) {
        self.bar.inc(report.searchable() + report.failed_total);
        self.chunks.fetch_add(report.chunks_embedded, Ordering::Relaxed);
        for failed in &report.failed {
            self.name_failed(failed);
        }
    }

    fn name_failed(&self, failed: &FailedDocument) {
        if self.show_failures {
            self.say(&format!("{WRONG}failed{WRONG:#} {}: {}", places::displayed(&failed.source), failed.reason));
        }
    }
}

impl Observer for IngestProgress {
    fn on(&self, event: &IngestEvent) {
        match event {
            IngestEvent::Opened { documents } => self.bar.set_length(self.bar.length().unwrap_or_default() + documents),
            IngestEvent::Reembedding { documents } => self.bar.set_length(self.bar.length().unwrap_or_default() + documents),
            IngestEvent::Done { outcome: Outcome::Removed, .. } => {}
            IngestEvent::Done { .. } | IngestEvent::Skipped(_) | IngestEvent::Unpacked { .. } | IngestEvent::Reembedded => self.bar.inc(1),
            IngestEvent::Failed(failed) => {
                self.bar.inc(1);
                self.name_failed(failed);
            }
            IngestEvent::Retried(failed) if self.show_failures => {
                self.say(&format!("{}: {}; it is tried again", places::displayed(&failed.source), failed.reason));
            }
            IngestEvent::Member => self.bar.inc_length(1),
            IngestEvent::ChunksStored(count) => {
                self.chunks.fetch_add(*count, Ordering::Relaxed);
            }
            IngestEvent::Embedding { pages, .. } => {
                self.pages.fetch_add(*pages, Ordering::Relaxed);
            }
            IngestEvent::Read { bytes } => {
                self.bytes.fetch_add(*bytes, Ordering::Relaxed);
            }
            IngestEvent::Retried(_) | IngestEvent::Extracting { .. } | IngestEvent::ChunksKept(_) => {}
        }
    }
}

fn style(chunks: Arc<AtomicU64>, pages: Arc<AtomicU64>, bytes: Arc<AtomicU64>) -> ProgressStyle {
    let template = "{spinner} {pos}/{len} documents{read} {wide_bar} {docs_per_second}, {chunks_per_second}, {time_left} left";
    let per_second = |count: u64, state: &ProgressState| count as f64 / state.elapsed().as_secs_f64().max(0.001);
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("docs_per_second", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A bar that cannot be written is not worth an error.
            write!(out, "{:.1} documents/s", per_second(state.pos(), state)).ok();
        })
        .with_key("read", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let (pages, bytes) = (pages.load(Ordering::Relaxed), ByteSize(bytes.load(Ordering::Relaxed)));
            let written = if pages > 0 { write!(out, ", {pages} pages, {bytes}") } else { write!(out, ", {bytes}") };
            written.ok();
        })
        .with_key("time_left", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // Nothing is known before the first documents are done.
            let left = if state.pos() > 0 { format!("{:#}", HumanDuration(state.eta())) } else { "–".to_owned() };
            out.write_str(&left).ok();
        })
        .with_key("chunks_per_second", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            write!(out, "{:.1} chunks/s", per_second(chunks.load(Ordering::Relaxed), state)).ok();
        })
}
