//! Evaluations that were asked for: one runs, a bounded number wait, the last results are kept in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::Utc;
use ragstone_core::{CollectionName, JobId, JobState, Result};
use ragstone_eval::{Examination, Question, Report, ReportedSubject, Resampling, check_questions, examine, resolve};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::ServerError;
use crate::api::{EvaluationBody, EvaluationDetail, EvaluationStatus};
use crate::examinee::{Answering, Examinee};
use crate::state::ServerState;

/// One evaluation asks no more questions than this.
const MOST_QUESTIONS: usize = 2_000;

/// So many may wait for their turn.
const MOST_WAITING: usize = 8;

/// So many that have ended are kept; the oldest give way.
const MOST_KEPT: usize = 20;

/// Questions asked at once: an evaluation leaves room for those who wait for an answer.
const ASKED_AT_ONCE: usize = 2;

/// Passages found for a question.
const DEPTHS: std::ops::RangeInclusive<usize> = 10..=1_000;

/// The evaluations of one running server. They do not survive it.
#[derive(Debug, Clone)]
pub(crate) struct Evaluations {
    known: Arc<Mutex<BTreeMap<JobId, Arc<Entry>>>>,
    turn: Arc<Semaphore>,
}

#[derive(Debug)]
struct Entry {
    asked: Arc<AtomicUsize>,
    stop: CancellationToken,
    /// How far it is, and what came of it.
    detail: Mutex<EvaluationDetail>,
}

impl Default for Evaluations {
    fn default() -> Self {
        Self { known: Arc::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Evaluations {
    /// Checks what is asked for, and begins as soon as no other runs.
    pub(crate) async fn start(&self, state: &ServerState, body: EvaluationBody) -> Result<EvaluationStatus> {
        if body.questions.len() > MOST_QUESTIONS {
            return Err(ServerError::TooManyQuestions { questions: body.questions.len(), most: MOST_QUESTIONS }.into());
        }
        if !DEPTHS.contains(&body.depth) {
            return Err(ServerError::Depth { depth: body.depth, least: *DEPTHS.start(), most: *DEPTHS.end() }.into());
        }
        let EvaluationBody { collection, questions, mode, depth, answers } = body;
        let questions = check_questions(questions)?;
        state.collection(&collection).await?;
        let entry = Arc::new(Entry::new(&collection, questions.len(), state.stopping.child_token()));
        self.admit(Arc::clone(&entry))?;
        let answering = answers.then(|| Answering { answerer: Arc::clone(&state.app.answerer), examiner: Arc::clone(&state.app.examiner) });
        let examinee = Examinee { retriever: Arc::clone(&state.app.retriever), answering, collection, mode, depth };
        let status = entry.status();
        let (catalog, turn) = (Arc::clone(&state.app.catalog), Arc::clone(&self.turn));
        state.tasks.spawn(async move {
            let work = async {
                // Closed never; if it were, the evaluation would simply begin.
                let _turn = turn.acquire().await.ok();
                entry.set_state(JobState::Running);
                evaluate(catalog, &examinee, questions, &entry.asked).await
            };
            match entry.stop.run_until_cancelled(work).await {
                None => entry.end(JobState::Cancelled, None, None),
                Some(Ok(report)) => entry.end(JobState::Done, Some(report), None),
                Some(Err(error)) => entry.end(JobState::Failed, None, Some(error.to_string())),
            }
        });
        Ok(status)
    }

    /// All that are known, the newest first.
    pub(crate) fn list(&self) -> Vec<EvaluationStatus> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<EvaluationStatus> = known.values().map(|entry| entry.status()).collect();
        all.sort_by_key(|status| std::cmp::Reverse((status.created_at, status.id.to_string())));
        all
    }

    /// One, with its figures.
    pub(crate) fn show(&self, id: JobId) -> Result<EvaluationDetail, ServerError> {
        Ok(self.entry(id)?.detail())
    }

    /// Stops one; what it has found so far is dropped. One that has ended is a conflict.
    pub(crate) fn cancel(&self, id: JobId) -> Result<EvaluationStatus, ServerError> {
        let entry = self.entry(id)?;
        let state = entry.status().state;
        if state.is_final() {
            return Err(ServerError::EvaluationEnded { id, state });
        }
        entry.stop.cancel();
        entry.end(JobState::Cancelled, None, None);
        Ok(entry.status())
    }

    /// Stops one if it has not ended, and forgets it.
    pub(crate) fn delete(&self, id: JobId) -> Result<(), ServerError> {
        self.entry(id)?.stop.cancel();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        Ok(())
    }

    fn entry(&self, id: JobId) -> Result<Arc<Entry>, ServerError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&id).cloned().ok_or(ServerError::NoEvaluation { id })
    }

    /// Makes room for one more, if not too many wait.
    fn admit(&self, entry: Arc<Entry>) -> Result<(), ServerError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ended: Vec<EvaluationStatus> = known.values().map(|entry| entry.status()).collect();
        let all = ended.len();
        ended.retain(|status| status.state.is_final());
        if all - ended.len() > MOST_WAITING {
            return Err(ServerError::TooManyEvaluations { most: MOST_WAITING });
        }
        ended.sort_by_key(|status| status.finished_at);
        for oldest in ended.iter().take((ended.len() + 1).saturating_sub(MOST_KEPT)) {
            known.remove(&oldest.id);
        }
        known.insert(entry.status().id, entry);
        Ok(())
    }
}

impl Entry {
    fn new(collection: &CollectionName, questions: usize, stop: CancellationToken) -> Self {
        let status = EvaluationStatus {
            id: JobId::random(),
            collection: collection.clone(),
            state: JobState::Queued,
            questions,
            asked: 0,
            error: None,
            created_at: Utc::now(),
            finished_at: None,
        };
        Self { asked: Arc::default(), stop, detail: Mutex::new(EvaluationDetail { status, report: None }) }
    }

    fn detail(&self) -> EvaluationDetail {
        let mut detail = self.detail.lock().unwrap_or_else(PoisonError::into_inner).clone();
        detail.status.asked = self.asked.load(Ordering::Relaxed);
        detail
    }

    fn status(&self) -> EvaluationStatus {
        let mut status = self.detail.lock().unwrap_or_else(PoisonError::into_inner).status.clone();
        status.asked = self.asked.load(Ordering::Relaxed);
        status
    }

    fn set_state(&self, state: JobState) {
        let mut detail = self.detail.lock().unwrap_or_else(PoisonError::into_inner);
        if !detail.status.state.is_final() {
            detail.status.state = state;
        }
    }

    /// Once; what comes later does not count.
    fn end(&self, state: JobState, report: Option<Report>, error: Option<String>) {
        let mut detail = self.detail.lock().unwrap_or_else(PoisonError::into_inner);
        if detail.status.state.is_final() {
            return;
        }
        detail.status.state = state;
        detail.status.error = error;
        detail.status.finished_at = Some(Utc::now());
        detail.report = report;
    }
}

async fn evaluate(
    catalog: Arc<dyn ragstone_core::Catalog>,
    examinee: &Examinee,
    questions: Vec<Question>,
    asked: &AtomicUsize,
) -> Result<Report> {
    // Quotes are looked for in every text of the collection: on a blocking thread.
    let (handle, collection) = (Handle::current(), examinee.collection.clone());
    let resolving = move || handle.block_on(resolve(&*catalog, &collection, questions));
    let resolved = tokio::task::spawn_blocking(resolving).await.map_err(|source| ServerError::TaskFailed { source })??;
    let began = Instant::now();
    let examined = examine(examinee, &resolved.questions, ASKED_AT_ONCE, &|| {
        asked.fetch_add(1, Ordering::Relaxed);
    })
    .await;
    let elapsed = began.elapsed();
    let (collection, name) = (examinee.collection.clone(), examinee.mode.name());
    let assessed = tokio::task::spawn_blocking(move || {
        let examination = Examination { asked: &resolved.questions, examined: &examined, elapsed };
        let assessment = examination.assess(&Resampling::default())?;
        Ok(Report {
            title: format!("Evaluation of collection {collection}"),
            at: Utc::now(),
            questions: resolved.questions.len(),
            remarks: vec![format!("search mode {name}, {ASKED_AT_ONCE} questions at once, beside whatever else the server did")],
            subjects: vec![ReportedSubject { name: name.to_owned(), settings: BTreeMap::new(), assessment, compared: None }],
            unresolved: resolved.unresolved,
        })
    });
    assessed.await.map_err(|source| ServerError::TaskFailed { source })?
}
