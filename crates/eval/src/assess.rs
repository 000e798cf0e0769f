//! From what became of the questions to figures.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evaluate::measure;
use crate::metrics::Judged;
use crate::spans::best_alternative;
use crate::{
    AskedQuestion, Difference, Estimate, EvalError, Examined, GivenAnswer, Judgements, RankedDocument, Resampling, Run, compare_answers,
    documents_from_chunks, span_scores,
};

/// Passages looked at where passages are compared with what answers, as in the chunking evaluation.
const PASSAGES: usize = 5;

/// What metrics are cut at.
pub const CUTOFFS: [usize; 4] = [1, 5, 10, 100];

/// The figures of one examination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Assessment {
    /// By measure: its mean over the questions that it applies to, with a 95 % interval.
    pub measures: BTreeMap<String, Estimate>,
    /// Each question with its own figures, in the order of the file.
    pub questions: Vec<QuestionScores>,
    /// How long searches took.
    pub latency: Latency,
}

/// One question's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuestionScores {
    /// What the file calls it.
    pub id: String,
    /// The question.
    pub question: String,
    /// By measure, those that apply.
    pub scores: BTreeMap<String, f64>,
    /// Why it was not searched for or not answered; what is missing counts as 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// How long searches took, several going on at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Latency {
    /// Half of them at most, in milliseconds.
    pub p50_ms: f64,
    /// 95 of 100.
    pub p95_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
    /// Questions by the time that all of them took, answers included.
    pub questions_per_second: f64,
}

/// What was asked and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Examination<'all> {
    /// The questions.
    pub asked: &'all [AskedQuestion],
    /// What became of each, in the same order.
    pub examined: &'all [Examined],
    /// The time that all of them took.
    pub elapsed: Duration,
}

impl Examination<'_> {
    /// Computes all figures.
    pub fn assess(&self, resampling: &Resampling) -> Result<Assessment, EvalError> {
        let has_answers = self.examined.iter().any(|examined| examined.answer.is_some());
        let mut questions = Vec::with_capacity(self.asked.len());
        for (asked, examined) in self.asked.iter().zip(self.examined) {
            let mut scores = scores(asked, examined)?;
            if has_answers && examined.answer.is_none() {
                scores.extend(no_answer_scores(asked));
            }
            questions.push(QuestionScores {
                id: asked.id.clone(),
                question: asked.question.clone(),
                scores,
                failure: examined.failure.clone(),
            });
        }
        let measures = estimates(&questions, resampling);
        Ok(Assessment { measures, questions, latency: self.latency() })
    }

    /// What was found, as a run over documents, for files in TREC's format.
    pub fn run(&self) -> Result<Run, EvalError> {
        let mut run = Run::default();
        for (asked, examined) in self.asked.iter().zip(self.examined) {
            run.insert(&asked.id, documents(examined))?;
        }
        Ok(run)
    }

    /// What is relevant, for files in TREC's format.
    pub fn judgements(&self) -> Judgements {
        let judged = self.asked.iter().filter(|asked| !asked.relevant.is_empty());
        judged.map(|asked| (asked.id.clone(), asked.relevant.clone())).collect()
    }

    fn latency(&self) -> Latency {
        let mut times: Vec<f64> = self.examined.iter().map(|examined| examined.search_time.as_secs_f64() * 1_000.0).collect();
        times.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * times.len() as f64).ceil() as usize;
            times.get(place.saturating_sub(1)).copied().unwrap_or_default()
        };
        let seconds = self.elapsed.as_secs_f64();
        let questions_per_second = if seconds > 0.0 { times.len() as f64 / seconds } else { 0.0 };
        Latency { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), questions_per_second }
    }
}

impl Assessment {
    /// How its figures differ from those of another examination of the same questions, by measure.
    pub fn differences(&self, baseline: &Self, resampling: &Resampling) -> BTreeMap<String, Difference> {
        let before: BTreeMap<&str, &QuestionScores> = baseline.questions.iter().map(|question| (question.id.as_str(), question)).collect();
        let mut pairs: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for question in &self.questions {
            let Some(old) = before.get(question.id.as_str()) else { continue };
            for (name, figure) in &question.scores {
                if let Some(old) = old.scores.get(name) {
                    let (new_figures, old_figures) = pairs.entry(name).or_default();
                    new_figures.push(*figure);
                    old_figures.push(*old);
                }
            }
        }
        pairs.into_iter().map(|(name, (new, old))| (name.to_owned(), resampling.difference(&new, &old))).collect()
    }

    /// The questions that could not be searched for or answered.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.questions.iter().filter_map(|question| Some((question.id.as_str(), question.failure.as_deref()?)))
    }
}

/// The mean and interval of every measure, over the questions that have it.
fn estimates(questions: &[QuestionScores], resampling: &Resampling) -> BTreeMap<String, Estimate> {
    let mut columns: BTreeMap<&str, (Vec<usize>, Vec<f64>)> = BTreeMap::new();
    for (place, question) in questions.iter().enumerate() {
        for (name, figure) in &question.scores {
            let (places, figures) = columns.entry(name).or_default();
            places.push(place);
            figures.push(*figure);
        }
    }
    let mut together: BTreeMap<Vec<usize>, Columns<'_>> = BTreeMap::new();
    for (name, (places, figures)) in columns {
        let group = together.entry(places).or_default();
        group.names.push(name);
        group.figures.push(figures);
    }
    let estimated = |group: Columns<'_>| {
        let estimates = resampling.estimates(&group.figures);
        group.names.into_iter().map(str::to_owned).zip(estimates).collect::<Vec<_>>()
    };
    together.into_values().flat_map(estimated).collect()
}

/// Measures over the same questions, which are resampled together.
#[derive(Default)]
struct Columns<'all> {
    names: Vec<&'all str>,
    figures: Vec<Vec<f64>>,
}

fn scores(asked: &AskedQuestion, examined: &Examined) -> Result<BTreeMap<String, f64>, EvalError> {
    let mut scores = BTreeMap::new();
    if !asked.relevant.is_empty() {
        let mut run = Run::default();
        run.insert(&asked.id, documents(examined))?;
        let relevance = |document: &RankedDocument| asked.relevant.get(&document.id).copied().unwrap_or(0);
        let judged = Judged::new(run.ranking(&asked.id).iter().map(relevance), asked.relevant.values().copied());
        scores.extend(measure(&judged, &CUTOFFS));
    }
    if !asked.gold.is_empty() {
        let first: Vec<_> = examined.found.iter().take(PASSAGES).map(|found| found.place).collect();
        let spans = span_scores(&asked.gold, &first);
        scores.insert(format!("token_recall@{PASSAGES}"), spans.recall);
        scores.insert(format!("token_precision@{PASSAGES}"), spans.precision);
        scores.insert(format!("token_iou@{PASSAGES}"), spans.iou);
    }
    if let Some(answer) = &examined.answer {
        scores.extend(answer_scores(asked, answer).into_iter().map(|(name, figure)| (name.to_owned(), figure)));
    }
    Ok(scores)
}

/// Where the order is not that of the scores, as after diversity, places stand for them.
fn documents(examined: &Examined) -> Vec<RankedDocument> {
    let found = &examined.found;
    let goes_by_score = found.is_sorted_by(|better, worse| better.score >= worse.score || worse.score.is_nan());
    let score = |place: usize, score: f32| if goes_by_score { score } else { -(place as f32) };
    let ranked = found.iter().enumerate().map(|(place, found)| (found, score(place, found.score)));
    documents_from_chunks(ranked.map(|(found, score)| RankedDocument { id: found.source.clone(), score }))
}

/// What a question counts for that failed while others were answered: as much as the worst answer.
fn no_answer_scores(asked: &AskedQuestion) -> Vec<(String, f64)> {
    let nothing = GivenAnswer { abstained: asked.is_answerable != Some(false), ..GivenAnswer::default() };
    answer_scores(asked, &nothing).into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect()
}

fn answer_scores(asked: &AskedQuestion, answer: &GivenAnswer) -> Vec<(&'static str, f64)> {
    let one_if = |holds: bool| f64::from(u8::from(holds));
    let mut scores = Vec::new();
    match asked.is_answerable {
        Some(true) => scores.push(("answered", one_if(!answer.abstained))),
        Some(false) => scores.push(("abstained", one_if(answer.abstained))),
        None => {}
    }
    if asked.is_answerable == Some(false) {
        return scores;
    }
    if let Some(wanted) = &asked.answer {
        let compared = if answer.abstained { Default::default() } else { compare_answers(&answer.text, wanted) };
        scores.extend([("exact_match", compared.exact_match), ("token_f1", compared.token_f1), ("answer_contained", compared.contained)]);
    }
    if !asked.relevant.is_empty() {
        let (precision, recall) = citation_scores(asked, answer);
        scores.push(("citation_recall", recall));
        if !answer.abstained {
            scores.push(("citation_precision", precision));
        }
    }
    if !answer.abstained {
        scores.extend(answer.faithfulness.map(|share| ("faithfulness_by_sentence_support", share)));
        scores.extend(answer.judged_faithfulness.map(|share| ("faithfulness_by_model", share)));
    }
    scores
}

/// The share of citations that are right, and of what should be cited that is. Where passages are known, a citation is right if it has at least half
/// of one; where only documents are known, if it is of one of them.
fn citation_scores(asked: &AskedQuestion, answer: &GivenAnswer) -> (f64, f64) {
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let cited: Vec<_> = answer.cited.iter().map(|cited| cited.place).collect();
    if asked.gold.is_empty() {
        let is_right = |source: &String| asked.relevant.get(source).is_some_and(|relevance| *relevance > 0);
        let right = answer.cited.iter().filter(|cited| is_right(&cited.source)).count();
        return (share(right, cited.len()), if right > 0 { 1.0 } else { 0.0 });
    }
    let gold: Vec<_> = asked.gold.iter().filter_map(|places| best_alternative(places, &cited)).collect();
    let has = |cited: &crate::Place, gold: &crate::Place| 2 * cited.shared(gold) >= gold.span.len();
    let right = cited.iter().filter(|cited| asked.gold.iter().flatten().any(|gold| has(cited, gold))).count();
    let covered = gold.iter().filter(|gold| cited.iter().any(|cited| has(cited, gold))).count();
    (share(right, cited.len()), share(covered, gold.len()))
}

#[cfg(test)]
mod tests;
