//! The progress of an ingest: a bar on a terminal, and a line for each document that failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use ragstone_ingest::{FailedDocument, IngestEvent, IngestReport, Observer, Outcome};

use super::terminal::{self, WRONG};
use crate::places;

/// A bar with documents, chunks a second and the time left.
pub(crate) struct IngestProgress {
    bar: ProgressBar,
    chunks: Arc<AtomicU64>,
    show_failures: bool,
}

impl IngestProgress {
    /// A bar on standard error for so many documents; invisible where that is no terminal.
    pub(crate) fn new(documents: u64, show_failures: bool) -> Self {
        let chunks = Arc::new(AtomicU64::new(0));
        let bar = ProgressBar::with_draw_target(Some(documents), ProgressDrawTarget::stderr());
        bar.set_style(style(Arc::clone(&chunks)));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, chunks, show_failures }
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
        self.bar.inc(report.searchable());
        self.chunks.fetch_add(report.chunks_embedded, Ordering::Relaxed);
        for failed in &report.failed {
            self.failed(failed);
        }
    }

    fn failed(&self, failed: &FailedDocument) {
        self.bar.inc(1);
        if self.show_failures {
            self.say(&format!("{WRONG}failed{WRONG:#} {}: {}", places::displayed(&failed.source), failed.reason));
        }
    }
}

impl Observer for IngestProgress {
    fn on(&self, event: &IngestEvent) {
        match event {
            IngestEvent::Done { outcome: Outcome::Removed, .. } => {}
            IngestEvent::Done { .. } | IngestEvent::Skipped => self.bar.inc(1),
            IngestEvent::Failed(failed) => self.failed(failed),
            IngestEvent::ChunksStored(count) => {
                self.chunks.fetch_add(*count, Ordering::Relaxed);
            }
        }
    }
}

fn style(chunks: Arc<AtomicU64>) -> ProgressStyle {
    let template = "{spinner} {pos}/{len} documents {wide_bar} {docs_per_second}, {chunks_per_second}, {time_left} left";
    let per_second = |count: u64, state: &ProgressState| count as f64 / state.elapsed().as_secs_f64().max(0.001);
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("docs_per_second", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A bar that cannot be written is not worth an error.
            write!(out, "{:.1} documents/s", per_second(state.pos(), state)).ok();
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
