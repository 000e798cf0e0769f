//! Times of the store's hot calls, over 10,000 random chunks.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ragstone_core::testing::vector_store::{document, embed, name};
use ragstone_core::{EmbeddedChunk, Language, LexicalEncoder, SparseVector, Thoroughness, VectorQuery, VectorStore, WhichVector};
use ragstone_store::{Bm25Encoder, EdgeStore, LexicalConfig, StoreConfig};
use tokio::runtime::Runtime;

const DIMENSION: usize = 384;
const ENGLISH: &str = "Ownership is a set of rules that govern how a Rust program manages memory. All programs have to manage the way they use a computer's memory while running. ";
const CHINESE: &str = "所有权是 Rust 用于管理内存的一组规则。所有程序都必须管理其运行时使用计算机内存的方式。";

fn store(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path(), StoreConfig::default()).unwrap();
    let docs = name("docs");
    runtime.block_on(store.create(&docs, DIMENSION)).unwrap();
    runtime.block_on(store.upsert(&docs, chunks(10_000))).unwrap();

    let mut group = criterion.benchmark_group("store");
    group.sample_size(10);
    group.bench_function("upsert 1,000", |bencher| {
        bencher.iter_batched(|| chunks(1000), |chunks| runtime.block_on(store.upsert(&docs, chunks)).unwrap(), BatchSize::LargeInput);
    });
    for (name, vector) in [("dense query", WhichVector::Dense(dense(5))), ("lexical query", WhichVector::Lexical(terms(5, 6)))] {
        let query = VectorQuery { vector, filter: None, among: None, limit: 100, thoroughness: Thoroughness::Configured };
        group.bench_function(name, |bencher| bencher.iter(|| runtime.block_on(store.search(&docs, vec![query.clone()])).unwrap()));
    }
    group.finish();
}

fn encoder(criterion: &mut Criterion) {
    let encoder = Bm25Encoder::new(&LexicalConfig::default()).unwrap();
    let languages = ["english", "chinese"].map(Language::new);
    let mut group = criterion.benchmark_group("encoder");
    for (text, language) in [(ENGLISH, &languages[0]), (CHINESE, &languages[1])] {
        let passage = text.repeat(6);
        group.bench_function(format!("encode_passage {}", language.as_str()), |bencher| {
            bencher.iter(|| encoder.encode_passage(&passage, language))
        });
    }
    group.bench_function("encode_query", |bencher| bencher.iter(|| encoder.encode_query("Rust 的所有权 rules", &languages)));
    group.finish();
}

fn chunks(count: u32) -> Vec<EmbeddedChunk> {
    let head = document("/bench");
    (0..count).map(|number| EmbeddedChunk { lexical: terms(number, 80), ..embed(&head, number, dense(number), &[]) }).collect()
}

fn dense(seed: u32) -> Vec<f32> {
    (0..DIMENSION as u32).map(|axis| (seed.wrapping_mul(2_654_435_761).wrapping_add(axis * 40_503) % 1000) as f32 - 500.0).collect()
}

fn terms(seed: u32, count: u32) -> SparseVector {
    let mut indices: Vec<u32> = (0..count).map(|number| (seed * 31 + number * number * 7) % 20_000).collect();
    indices.sort_unstable();
    indices.dedup();
    SparseVector { values: vec![1.0; indices.len()], indices }
}

criterion_group!(benches, store, encoder);
criterion_main!(benches);
