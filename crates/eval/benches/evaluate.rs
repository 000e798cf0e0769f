//! How long it takes to measure a run, and to say how sure its figures are: 300 queries with 100 documents each.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ragstone_eval::{Judgements, RankedDocument, Resampling, Run, evaluate};

fn measure(criterion: &mut Criterion) {
    let (run, judgements) = sample();
    criterion.bench_function("evaluate 300 queries × 100 documents", |bencher| {
        bencher.iter(|| evaluate(black_box(&run), black_box(&judgements), &[1, 5, 10, 100]));
    });
    let evaluation = evaluate(&run, &judgements, &[1, 5, 10, 100]);
    criterion.bench_function("intervals of 21 measures, 5,000 resamples", |bencher| {
        bencher.iter(|| black_box(&evaluation).estimates(&Resampling::default()));
    });
}

fn sample() -> (Run, Judgements) {
    let (mut run, mut judgements) = (Run::default(), Judgements::new());
    for query in 0..300 {
        let id = |place: usize| format!("document-{}", (query * 31 + place * 7) % 5_000);
        let documents = (0..100).map(|place| RankedDocument { id: id(place), score: 1.0 / (place + 1) as f32 });
        run.insert(&format!("query-{query}"), documents.collect()).ok();
        judgements.insert(format!("query-{query}"), (0..10).map(|place| (id(place * 13), (place % 3) as i64)).collect());
    }
    (run, judgements)
}

criterion_group!(benches, measure);
criterion_main!(benches);
