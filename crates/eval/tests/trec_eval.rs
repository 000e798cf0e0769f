//! The figures of `trec_eval` itself, through `pytrec_eval-terrier` 0.5.11, for a random run with graded judgements,
//! ties, scores that differ only beyond `f32`, an empty ranking and a query to which nothing is relevant.

use std::collections::BTreeMap;

use ragstone_eval::{Judgements, RankedDocument, Run, evaluate};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cutoffs: Vec<usize>,
    qrels: Judgements,
    run: BTreeMap<String, BTreeMap<String, f32>>,
    metrics: BTreeMap<String, f64>,
    per_query: BTreeMap<String, BTreeMap<String, f64>>,
}

#[test]
fn agrees_with_trec_eval() {
    let fixture: Fixture = serde_json::from_str(include_str!("trec_eval.json")).unwrap();
    let mut run = Run::default();
    for (query, documents) in fixture.run {
        run.insert(&query, documents.into_iter().map(|(id, score)| RankedDocument { id, score }).collect()).unwrap();
    }
    let evaluation = evaluate(&run, &fixture.qrels, &fixture.cutoffs);
    check("all", &evaluation.metrics, &fixture.metrics);
    assert_eq!(evaluation.per_query.len(), fixture.per_query.len());
    for (query, expected) in &fixture.per_query {
        check(query, &evaluation.per_query[query], expected);
    }
}

fn check(of: &str, actual: &BTreeMap<String, f64>, expected: &BTreeMap<String, f64>) {
    assert!(actual.keys().eq(expected.keys()));
    for (name, value) in expected {
        assert!((actual[name] - value).abs() < 1e-9, "{name} of {of} is {}, trec_eval says {value}", actual[name]);
    }
}
