//! The report's figures as the cells of tables.

use serde::Serialize;

use super::{ChangedQuestion, Report, ReportedSubject};
use crate::{Difference, Estimate, EvalError};

/// All measures at their usual cutoffs, in the order in which people want to see them. Other cutoffs come after.
pub const MEASURES: [&str; 20] = [
    "ndcg@10",
    "recall@10",
    "precision@10",
    "mrr@10",
    "hit_rate@10",
    "map",
    "recall@100",
    "token_recall@5",
    "token_precision@5",
    "token_iou@5",
    "answered",
    "abstained",
    "citation_precision",
    "citation_recall",
    "exact_match",
    "token_f1",
    "answer_contained",
    "faithfulness_by_sentence_support",
    "faithfulness_by_model",
    "hit_rate@1",
];

/// So many questions are shown in each list of a page.
const QUESTIONS_SHOWN: usize = 25;

/// What the templates can use.
#[derive(Debug, Serialize)]
pub(super) struct Variables {
    title: String,
    at: String,
    questions: usize,
    remarks: Vec<String>,
    unresolved: Vec<[String; 2]>,
    subjects: Vec<Subject>,
    rows: Vec<Row>,
    compared: Vec<Compared>,
    failures: Vec<[String; 2]>,
    worst: Vec<[String; 3]>,
    worst_measure: String,
    plot: String,
}

#[derive(Debug, Serialize)]
struct Subject {
    name: String,
    settings: Vec<[String; 2]>,
    latency: String,
}

#[derive(Debug, Serialize)]
struct Row {
    measure: String,
    cells: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Compared {
    name: String,
    rows: Vec<ComparedRow>,
    decided_by: String,
    won: Vec<[String; 4]>,
    lost: Vec<[String; 4]>,
    won_total: usize,
    lost_total: usize,
}

#[derive(Debug, Serialize)]
struct ComparedRow {
    measure: String,
    difference: String,
    interval: String,
    p_value: String,
    won: usize,
    lost: usize,
    is_sure: bool,
}

/// The names of a subject's measures, the most wanted first.
pub fn ordered_measures(subject: &ReportedSubject) -> Vec<&str> {
    let mut names: Vec<&str> = subject.assessment.measures.keys().map(String::as_str).collect();
    names.sort_by_key(|name| MEASURES.iter().position(|ordered| ordered == name).unwrap_or(MEASURES.len()));
    names
}

impl Variables {
    pub(super) fn of(report: &Report) -> Result<Self, EvalError> {
        let first = report.subjects.first();
        let measures = first.map(ordered_measures).unwrap_or_default();
        let cell = |subject: &ReportedSubject, measure: &str| subject.assessment.measures.get(measure).map_or("–".to_owned(), estimate);
        let row = |measure: &str| Row {
            measure: measure.to_owned(),
            cells: report.subjects.iter().map(|subject| cell(subject, measure)).collect(),
        };
        let failures = report.subjects.iter().flat_map(|subject| subject.assessment.failures());
        let worst_measure = measures.first().copied().unwrap_or_default();
        Ok(Self {
            title: report.title.clone(),
            at: report.at.format("%Y-%m-%d %H:%M UTC").to_string(),
            questions: report.questions,
            remarks: report.remarks.clone(),
            unresolved: report.unresolved.iter().map(|unresolved| [unresolved.id.clone(), unresolved.problem.clone()]).collect(),
            subjects: report.subjects.iter().map(Subject::of).collect(),
            rows: measures.iter().map(|measure| row(measure)).collect(),
            compared: report.subjects.iter().filter_map(Compared::of).collect(),
            failures: failures.take(QUESTIONS_SHOWN).map(|(id, reason)| [id.to_owned(), reason.to_owned()]).collect(),
            worst: first.map(|subject| worst(subject, worst_measure)).unwrap_or_default(),
            worst_measure: worst_measure.to_owned(),
            plot: if report.subjects.len() > 1 { report.plot()?.unwrap_or_default() } else { String::new() },
        })
    }
}

impl Subject {
    fn of(subject: &ReportedSubject) -> Self {
        let latency = subject.assessment.latency;
        Self {
            name: subject.name.clone(),
            settings: subject.settings.iter().map(|(key, value)| [key.clone(), value.clone()]).collect(),
            latency: format!(
                "p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, {:.0} questions/s",
                latency.p50_ms, latency.p95_ms, latency.p99_ms, latency.questions_per_second
            ),
        }
    }
}

impl Compared {
    fn of(subject: &ReportedSubject) -> Option<Self> {
        let compared = subject.compared.as_ref()?;
        let row = |measure: &str| Some(ComparedRow::of(measure, compared.differences.get(measure)?));
        let shown = |questions: &[ChangedQuestion]| questions.iter().take(QUESTIONS_SHOWN).map(changed).collect();
        Some(Self {
            name: subject.name.clone(),
            rows: ordered_measures(subject).into_iter().filter_map(row).collect(),
            decided_by: compared.decided_by.clone(),
            won: shown(&compared.won),
            lost: shown(&compared.lost),
            won_total: compared.won.len(),
            lost_total: compared.lost.len(),
        })
    }
}

impl ComparedRow {
    fn of(measure: &str, difference: &Difference) -> Self {
        Self {
            measure: measure.to_owned(),
            difference: format!("{:+.4}", difference.mean),
            interval: format!("{:+.4} to {:+.4}", difference.low, difference.high),
            p_value: format!("{:.4}", difference.p_value),
            won: difference.won,
            lost: difference.lost,
            is_sure: difference.p_value < 0.05,
        }
    }
}

fn estimate(estimate: &Estimate) -> String {
    format!("{:.4} ({:.3}–{:.3})", estimate.mean, estimate.low, estimate.high)
}

fn changed(question: &ChangedQuestion) -> [String; 4] {
    [question.id.clone(), question.question.clone(), format!("{:.3}", question.before), format!("{:.3}", question.after)]
}

/// The questions with the lowest figures, which are where something can be gained.
fn worst(subject: &ReportedSubject, measure: &str) -> Vec<[String; 3]> {
    let scored = subject.assessment.questions.iter().filter_map(|question| Some((*question.scores.get(measure)?, question)));
    let mut scored: Vec<_> = scored.filter(|(figure, _)| *figure < 1.0).collect();
    scored.sort_by(|left, right| left.0.total_cmp(&right.0));
    let shown = scored.into_iter().take(QUESTIONS_SHOWN);
    shown.map(|(figure, question)| [question.id.clone(), question.question.clone(), format!("{figure:.3}")]).collect()
}
