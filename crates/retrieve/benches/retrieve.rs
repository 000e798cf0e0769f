//! What a search computes itself, the store and the model apart.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ragstone_core::{ChunkId, DocumentId, Language, LexicalEncoder, Scored, SparseVector, words};
use ragstone_retrieve::{Contender, Fusion, Highlighter, LegScores, Overrides, RetrieveConfig, diversify, fuse, parse_filter};

/// Words as they are, numbered by their bytes.
struct PlainEncoder;

impl LexicalEncoder for PlainEncoder {
    fn encode_passage(&self, text: &str, _language: &Language) -> SparseVector {
        let number = |word: &String| word.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let indices: Vec<u32> = words(text).iter().map(number).collect();
        let values = vec![1.0; indices.len()];
        SparseVector { indices, values }
    }

    fn encode_query(&self, text: &str, _languages: &[Language]) -> SparseVector {
        self.encode_passage(text, &Language::unknown())
    }
}

fn leg(numbers: std::ops::Range<u32>) -> LegScores {
    let document = DocumentId::from_source("/a");
    let scored = |number: u32| Scored { id: ChunkId::from_content(document, "text", number), score: 1.0 / (number as f32 + 1.0) };
    LegScores { listed: numbers.map(scored).collect(), learned: Vec::new(), floor: 0.0, weight: 0.5 }
}

fn fusion(criterion: &mut Criterion) {
    let (dense, lexical) = (leg(0..200), leg(100..300));
    criterion.bench_function("fuse two lists of 200", |bencher| {
        bencher.iter(|| fuse(Fusion::ZScore, Some(black_box(&dense)), Some(black_box(&lexical))));
    });
}

fn filter(criterion: &mut Criterion) {
    let text = "tags in (guide, reference) and not (source ~ draft or language = german) and modified > 2026-01-01 and fields.year >= 2020";
    criterion.bench_function("parse a filter", |bencher| bencher.iter(|| parse_filter(black_box(text))));
}

fn highlights(criterion: &mut Criterion) {
    let query = "how are search results ordered";
    let terms = PlainEncoder.encode_query(query, &[]);
    let passage = "Search results are ordered by the sum of two scores, one by meaning and one by words. ".repeat(15);
    criterion.bench_function("highlight a passage of 250 words", |bencher| {
        bencher.iter(|| Highlighter::new(&PlainEncoder, Language::unknown(), query, &terms).highlight(black_box(&passage)));
    });
}

fn diversity(criterion: &mut Criterion) {
    let vector = |seed: usize| (0..384).map(|place| ((seed * 31 + place * 17) % 97) as f32 / 970.0).collect();
    let contenders: Vec<Contender> = (0..50).map(|place| Contender { score: 1.0 / (place + 1) as f32, vector: vector(place) }).collect();
    criterion.bench_function("diversify 50 passages of 384 dimensions", |bencher| {
        bencher.iter(|| diversify(black_box(&contenders), 0.3));
    });
}

fn settings(criterion: &mut Criterion) {
    let (config, overrides) = (RetrieveConfig::default(), Overrides::default().with("limit", 5).with("expand", "section"));
    criterion.bench_function("apply two settings of a request", |bencher| bencher.iter(|| black_box(&overrides).apply(black_box(&config))));
}

criterion_group!(benches, fusion, filter, highlights, diversity, settings);
criterion_main!(benches);
