//! From a run and judgements to figures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::metrics::Judged;
use crate::{Estimate, Judgements, Resampling, Run};

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// The mean over all judged queries, by the measure's name: `ndcg@10`, `recall@100`, `precision@5`, `mrr@10`,
    /// `hit_rate@1`, `map`.
    pub metrics: BTreeMap<String, f64>,
    /// The same for each query, by its id.
    pub per_query: BTreeMap<String, BTreeMap<String, f64>>,
}

/// Measures a run at each cutoff, and `map` over all that was found.
///
/// The means are over all queries that were judged (`trec_eval -c`): one that the run does not have, and one to
/// which nothing is relevant, counts as 0. What the run has besides is not looked at, nor is a cutoff of 0.
pub fn evaluate(run: &Run, judgements: &Judgements, cutoffs: &[usize]) -> Evaluation {
    let mut per_query = BTreeMap::new();
    let mut metrics = BTreeMap::<String, f64>::new();
    for (query, relevance) in judgements {
        let found = run.ranking(query).iter().map(|document| relevance.get(&document.id).copied().unwrap_or(0));
        let figures = measure(&Judged::new(found, relevance.values().copied()), cutoffs);
        for (name, figure) in &figures {
            *metrics.entry(name.clone()).or_default() += figure;
        }
        per_query.insert(query.clone(), figures);
    }
    for sum in metrics.values_mut() {
        *sum /= judgements.len() as f64;
    }
    Evaluation { metrics, per_query }
}

impl Evaluation {
    /// The interval of each mean, over queries drawn anew.
    pub fn estimates(&self, resampling: &Resampling) -> BTreeMap<String, Estimate> {
        let names: Vec<&String> = self.metrics.keys().collect();
        let column = |name: &&String| self.per_query.values().map(|figures| figures.get(*name).copied().unwrap_or_default()).collect();
        let columns: Vec<Vec<f64>> = names.iter().map(column).collect();
        names.into_iter().cloned().zip(resampling.estimates(&columns)).collect()
    }
}

pub(crate) fn measure(judged: &Judged, cutoffs: &[usize]) -> BTreeMap<String, f64> {
    let mut figures = BTreeMap::from([("map".to_owned(), judged.average_precision())]);
    for &cutoff in cutoffs.iter().filter(|cutoff| **cutoff > 0) {
        figures.insert(format!("ndcg@{cutoff}"), judged.ndcg(cutoff));
        figures.insert(format!("recall@{cutoff}"), judged.recall(cutoff));
        figures.insert(format!("precision@{cutoff}"), judged.precision(cutoff));
        figures.insert(format!("mrr@{cutoff}"), judged.reciprocal_rank(cutoff));
        figures.insert(format!("hit_rate@{cutoff}"), judged.hit(cutoff));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RankedDocument;

    #[test]
    fn a_query_without_results_counts_as_nothing() {
        let judgements =
            Judgements::from([("found".to_owned(), [("d".to_owned(), 1)].into()), ("missed".to_owned(), [("d".to_owned(), 1)].into())]);
        let mut run = Run::default();
        run.insert("found", vec![RankedDocument { id: "d".to_owned(), score: 1.0 }]).unwrap();
        run.insert("not judged", vec![RankedDocument { id: "d".to_owned(), score: 1.0 }]).unwrap();
        let evaluation = evaluate(&run, &judgements, &[10, 0, 10]);
        assert!(evaluation.metrics.values().all(|mean| *mean == 0.5 || *mean == 0.05), "{:?}", evaluation.metrics);
        let names: Vec<_> = evaluation.metrics.keys().map(String::as_str).collect();
        assert_eq!(names, ["hit_rate@10", "map", "mrr@10", "ndcg@10", "precision@10", "recall@10"]);
        let queries: Vec<_> = evaluation.per_query.keys().map(String::as_str).collect();
        assert_eq!(queries, ["found", "missed"]);
    }

    #[test]
    fn without_judgements_there_are_no_figures() {
        let evaluation = evaluate(&Run::default(), &Judgements::new(), &[10]);
        assert!(evaluation.metrics.is_empty() && evaluation.per_query.is_empty());
    }
}
