//! What happens to a job's documents, as its progress and to be written down.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::Utc;
use ragstone_core::{DocumentProgress, JobDocument, JobProgress};
use tokio::sync::Notify;

use super::pace::Pace;
use crate::{FailedDocument, IngestEvent, Observer, Outcome};

/// From so many unwritten entries on, they are written without waiting for the time to come.
const CROWDED: usize = 1_000;

/// Sees an ingest, counts, and keeps what became of each document until it is written down.
pub(super) struct Journal {
    observer: Arc<dyn Observer>,
    started: Instant,
    state: Mutex<State>,
    /// Tells that there is much to write.
    pub(super) crowded: Notify,
}

#[derive(Default)]
struct State {
    progress: JobProgress,
    pace: Pace,
    /// The latest of each document that is not written yet.
    unwritten: HashMap<String, JobDocument>,
    /// How often documents were tried that were tried more than once.
    attempts: HashMap<String, u32>,
    /// What a former run of the same job had begun, as it is written.
    begun_before: HashSet<String>,
    /// The collection's dead letters when the job began.
    dead: HashSet<String>,
    /// Those of them that were stored, or found as they are stored.
    revived: Vec<String>,
    /// Those of them that failed again.
    failed_again: HashSet<String>,
}

impl Journal {
    pub(super) fn new(observer: Arc<dyn Observer>) -> Self {
        Self { observer, started: Instant::now(), state: Mutex::default(), crowded: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known from before the job began.
    pub(super) fn remember(&self, dead: HashSet<String>, begun_before: HashSet<String>) {
        let mut state = self.state();
        (state.dead, state.begun_before) = (dead, begun_before);
    }

    /// A run of the job begins, of so many documents; what a former run has counted is forgotten, what it has written is not.
    pub(super) fn begin(&self, documents_total: Option<u64>) {
        {
            let mut state = self.state();
            state.progress = JobProgress { documents_total, ..JobProgress::default() };
            state.pace = Pace::default();
        }
        if let Some(documents) = documents_total {
            self.observer.on(&IngestEvent::Opened { documents });
        }
    }

    /// How far the job is now.
    pub(super) fn progress(&self) -> JobProgress {
        let state = self.state();
        let left = state.progress.documents_total.map(|total| total.saturating_sub(state.progress.documents_done));
        JobProgress {
            seconds: self.started.elapsed().as_secs_f64(),
            seconds_left: left.and_then(|left| state.pace.seconds_for(left)),
            ..state.progress.clone()
        }
    }

    /// Looks at the pace; to be called at regular times.
    pub(super) fn observe_pace(&self) {
        let seconds = self.started.elapsed().as_secs_f64();
        let mut state = self.state();
        let done = state.progress.documents_done;
        state.pace.observe(seconds, done);
    }

    /// What is to be written down since the last call.
    pub(super) fn take_unwritten(&self) -> Vec<JobDocument> {
        mem::take(&mut self.state().unwritten).into_values().collect()
    }

    /// Takes back what could not be written down; what has become of a document since goes before it.
    pub(super) fn put_back(&self, documents: Vec<JobDocument>) {
        let mut state = self.state();
        for document in documents {
            state.unwritten.entry(document.source.clone()).or_insert(document);
        }
    }

    /// The dead letters that are none any more, and those of which nothing was seen.
    pub(super) fn take_dead_letters(&self) -> (Vec<String>, Vec<String>) {
        let mut state = self.state();
        let revived = mem::take(&mut state.revived);
        let seen: HashSet<&String> = revived.iter().chain(&state.failed_again).collect();
        let unseen = state.dead.iter().filter(|source| !seen.contains(source)).cloned().collect();
        (revived, unseen)
    }
}

impl Observer for Journal {
    fn on(&self, event: &IngestEvent) {
        self.observer.on(event);
        let is_crowded = {
            let mut state = self.state();
            state.take_note(event);
            state.unwritten.len() >= CROWDED
        };
        if is_crowded {
            self.crowded.notify_one();
        }
    }
}

impl State {
    fn take_note(&mut self, event: &IngestEvent) {
        match event {
            IngestEvent::Opened { .. } => {}
            IngestEvent::Read { bytes } => self.progress.bytes_read += bytes,
            IngestEvent::Extracting { source } => self.write(source, DocumentProgress::Extracting),
            IngestEvent::Retried(failed) => {
                self.attempts.insert(failed.source.clone(), failed.attempts + 1);
                self.write_failure(failed, DocumentProgress::Queued);
            }
            IngestEvent::Unpacked { source } => {
                self.progress.documents_done += 1;
                self.revive(source);
                self.write(source, DocumentProgress::Stored);
            }
            IngestEvent::Member => {
                if let Some(total) = &mut self.progress.documents_total {
                    *total += 1;
                }
            }
            IngestEvent::Embedding { source, pages } => {
                self.progress.pages += pages;
                self.write(source, DocumentProgress::Embedding);
            }
            IngestEvent::Done { source, outcome, .. } => self.done(source, *outcome),
            IngestEvent::Failed(failed) => {
                self.progress.documents_done += 1;
                self.progress.failed += 1;
                if self.dead.contains(&failed.source) {
                    self.failed_again.insert(failed.source.clone());
                }
                self.write_failure(failed, DocumentProgress::Failed);
            }
            IngestEvent::Skipped(_) => {
                self.progress.documents_done += 1;
                self.progress.skipped += 1;
            }
            IngestEvent::ChunksStored(count) => self.progress.chunks_embedded += count,
            IngestEvent::ChunksKept(count) => self.progress.chunks_kept += count,
            IngestEvent::Reembedding { documents } => *self.progress.documents_total.get_or_insert(0) += documents,
            IngestEvent::Reembedded => {
                self.progress.documents_done += 1;
                self.progress.replaced += 1;
            }
        }
    }

    fn done(&mut self, source: &String, outcome: Outcome) {
        self.revive(source);
        let progress = &mut self.progress;
        progress.documents_done += u64::from(outcome != Outcome::Removed);
        match outcome {
            Outcome::Indexed => progress.indexed += 1,
            Outcome::Replaced => progress.replaced += 1,
            Outcome::Unchanged => progress.unchanged += 1,
            Outcome::Removed => progress.removed += 1,
        }
        let is_new = matches!(outcome, Outcome::Indexed | Outcome::Replaced);
        // What a former run has stored last is unchanged now, and still written as begun.
        if is_new || self.begun_before.contains(source) {
            self.write(source, DocumentProgress::Stored);
        }
    }

    fn revive(&mut self, source: &String) {
        if self.dead.contains(source) {
            self.revived.push(source.clone());
        }
    }

    fn write(&mut self, source: &str, state: DocumentProgress) {
        let attempts = if state == DocumentProgress::Stored { self.attempts.remove(source) } else { self.attempts.get(source).copied() };
        let source = source.to_owned();
        let entry = JobDocument { source, state, attempts: attempts.unwrap_or(1), stage: None, reason: None, updated_at: Utc::now() };
        self.unwritten.insert(entry.source.clone(), entry);
    }

    fn write_failure(&mut self, failed: &FailedDocument, state: DocumentProgress) {
        let FailedDocument { source, stage, reason, attempts } = failed.clone();
        let entry = JobDocument { source, state, attempts, stage: Some(stage), reason: Some(reason), updated_at: Utc::now() };
        self.unwritten.insert(entry.source.clone(), entry);
    }
}
