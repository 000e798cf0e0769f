//! The figures of Chroma's own scoring (`chunking_evaluation`, `_scores_from_dataset_and_retrievals`), for 60 random questions with
//! one to three passages that answer, and five chunks each that overlap and are partly of another text.

use ragstone_core::{DocumentId, Span};
use ragstone_eval::{Gold, Place, span_scores};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    references: Vec<(usize, usize)>,
    chunks: Vec<Chunk>,
    recall: f64,
    precision: f64,
    iou: f64,
}

#[derive(Deserialize)]
struct Chunk {
    corpus: String,
    start: usize,
    end: usize,
}

#[test]
fn agrees_with_the_published_scoring() {
    let fixture: Fixture = serde_json::from_str(include_str!("span_scores.json")).unwrap();
    assert_eq!(fixture.cases.len(), 60);
    for (number, case) in fixture.cases.iter().enumerate() {
        let place = |corpus: &str, start, end| Place { document: DocumentId::from_source(corpus), span: Span { start, end } };
        let gold: Vec<Gold> = case.references.iter().map(|(start, end)| vec![place("a", *start, *end)]).collect();
        let retrieved: Vec<Place> = case.chunks.iter().map(|chunk| place(&chunk.corpus, chunk.start, chunk.end)).collect();
        let scores = span_scores(&gold, &retrieved);
        for (name, ours, theirs) in
            [("recall", scores.recall, case.recall), ("precision", scores.precision, case.precision), ("iou", scores.iou, case.iou)]
        {
            assert!((ours - theirs).abs() < 1e-12, "{name} of case {number} is {ours}, the published scoring says {theirs}");
        }
    }
}
