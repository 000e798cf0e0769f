//! `ragstone collections model NAME compare`

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Instant;

use ragstone_core::{CollectionName, Hit};
use ragstone_eval::{Evaluation, Judgements, RankedDocument, Run, documents_from_chunks, evaluate};
use ragstone_retrieve::WhichModel;
use ragstone_server::api::SearchBody;
use serde::Serialize;

use super::questions::{self, Question};
use crate::arguments::{Global, Mode};
use crate::backend::Backend;
use crate::output::{table, terminal};

/// So many documents are compared.
const DEPTH: usize = 10;

/// Several chunks may be of one document.
const CHUNKS: usize = 50;

/// So many questions on which the models differ are shown.
const SHOWN: usize = 10;

/// What both models found for the same questions.
#[derive(Debug, Serialize)]
struct Comparison {
    questions: usize,
    /// Those whose documents are known.
    judged: usize,
    /// The mean share of the first ten documents that both models found.
    overlap_at_10: f64,
    current: Side,
    other: Side,
    /// Judged questions that only the other model answers with its first ten documents.
    won: Vec<String>,
    /// Judged questions that only the collection's own model does.
    lost: Vec<String>,
}

/// What one model found.
#[derive(Debug, Default, Serialize)]
struct Side {
    model: String,
    /// Nothing where no question is judged.
    hit_rate_at_10: Option<f64>,
    ndcg_at_10: Option<f64>,
    query_ms: f64,
    #[serde(skip)]
    evaluation: Option<Evaluation>,
    #[serde(skip)]
    found: BTreeMap<String, Vec<String>>,
}

/// A collection that is asked by one of its models.
struct Asked<'run> {
    backend: &'run Backend,
    collection: &'run CollectionName,
    mode: Mode,
    model: WhichModel,
}

pub(super) async fn run(global: &Global, backend: &Backend, collection: &CollectionName, file: &Path, mode: Mode) -> anyhow::Result<()> {
    let questions = questions::read(file)?;
    let asked = |model| Asked { backend, collection, mode, model };
    let (current, other) = (asked(WhichModel::Current).ask_all(&questions).await?, asked(WhichModel::Other).ask_all(&questions).await?);
    let comparison = compare(&questions, current, other);
    if global.json {
        return terminal::say_json(&comparison);
    }
    show(&comparison);
    Ok(())
}

impl Asked<'_> {
    async fn ask_all(&self, questions: &[Question]) -> anyhow::Result<Side> {
        let mut side = Side::default();
        let (mut run, mut judgements) = (Run::default(), Judgements::default());
        let started = Instant::now();
        for (number, question) in questions.iter().enumerate() {
            let body = SearchBody {
                query: question.question.clone(),
                limit: Some(CHUNKS),
                mode: self.mode.into(),
                model: self.model,
                ..SearchBody::default()
            };
            let response = self.backend.search(self.collection, body).await?;
            side.model = response.model.name;
            let documents = documents(&response.hits, &question.documents);
            let id = number.to_string();
            side.found.insert(id.clone(), documents.iter().map(|document| document.id.clone()).collect());
            if !question.documents.is_empty() {
                judgements.insert(id.clone(), question.documents.iter().map(|document| (document.clone(), 1)).collect());
                run.insert(&id, documents)?;
            }
        }
        side.query_ms = started.elapsed().as_secs_f64() * 1_000.0 / questions.len().max(1) as f64;
        if !judgements.is_empty() {
            let evaluation = evaluate(&run, &judgements, &[DEPTH]);
            side.hit_rate_at_10 = evaluation.metrics.get("hit_rate@10").copied();
            side.ndcg_at_10 = evaluation.metrics.get("ndcg@10").copied();
            side.evaluation = Some(evaluation);
        }
        Ok(side)
    }
}

/// The first documents that were found; what is expected goes by the name it is expected under.
fn documents(hits: &[Hit], expected: &[String]) -> Vec<RankedDocument> {
    let named = hits.iter().map(|hit| {
        let (id, source) = (hit.document.id.to_string(), &hit.document.source);
        let is_meant =
            |name: &&String| **name == id || *name == source || source.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('/'));
        RankedDocument { id: expected.iter().find(is_meant).unwrap_or(source).clone(), score: hit.score }
    });
    let mut documents = documents_from_chunks(named);
    documents.truncate(DEPTH);
    documents
}

fn compare(questions: &[Question], current: Side, other: Side) -> Comparison {
    let overlaps = current.found.iter().map(|(id, found)| overlap(found, other.found.get(id).map_or(&[], Vec::as_slice)));
    let overlap_at_10 = overlaps.sum::<f64>() / questions.len().max(1) as f64;
    let only = |one: &Side, than: &Side| {
        let is_hit = |side: &Side, id: &str| {
            side.evaluation.as_ref().is_some_and(|figures| {
                figures.per_query.get(id).and_then(|figures| figures.get("hit_rate@10")).is_some_and(|hit| *hit > 0.0)
            })
        };
        let numbered = questions.iter().enumerate().map(|(number, question)| (number.to_string(), question));
        let differing = numbered.filter(|(id, _)| is_hit(one, id) && !is_hit(than, id));
        differing.map(|(_, question)| question.question.clone()).collect::<Vec<_>>()
    };
    Comparison {
        questions: questions.len(),
        judged: questions.iter().filter(|question| !question.documents.is_empty()).count(),
        overlap_at_10,
        won: only(&other, &current),
        lost: only(&current, &other),
        current,
        other,
    }
}

/// The share of documents that are in both lists; of two empty ones, all.
fn overlap(left: &[String], right: &[String]) -> f64 {
    let most = left.len().max(right.len());
    let right: HashSet<&String> = right.iter().collect();
    let shared = left.iter().filter(|document| right.contains(document)).count();
    if most == 0 { 1.0 } else { shared as f64 / most as f64 }
}

fn show(comparison: &Comparison) {
    let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"));
    let row = |role: &str, side: &Side| {
        [role.to_owned(), side.model.clone(), figure(side.hit_rate_at_10), figure(side.ndcg_at_10), format!("{:.1}", side.query_ms)]
    };
    let rows = [row("searched", &comparison.current), row("other", &comparison.other)];
    table::show(["", "Model", "Hit rate@10", "nDCG@10", "ms a question"], &rows);
    terminal::say(format!(
        "{} questions, {} of them judged; {:.0} % of the first ten documents are the same",
        comparison.questions,
        comparison.judged,
        comparison.overlap_at_10 * 100.0
    ));
    for (what, questions) in [("only the other model finds", &comparison.won), ("only the present model finds", &comparison.lost)] {
        if questions.is_empty() {
            continue;
        }
        terminal::say(format!("{what} what answers {}:", questions.len()));
        for question in questions.iter().take(SHOWN) {
            terminal::say(format!("  {question}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(overlap(&list(&["a", "b"]), &list(&["b", "c"])), 0.5);
        assert_eq!(overlap(&list(&["a"]), &list(&["a", "b", "c", "d"])), 0.25);
        assert_eq!(overlap(&[], &[]), 1.0);
        assert_eq!(overlap(&list(&["a"]), &[]), 0.0);
    }
}
