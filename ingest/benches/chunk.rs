//! Time to split 100 kB of Markdown, the tokenizer's own time left out.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../tests/it/support/embedder.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod embedder;

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use ragstone_core::Revision;
use ragstone_ingest::{ChunkConfig, Chunker, RawDocument, extract};

const BYTES: usize = 100_000;

fn chunk(criterion: &mut Criterion) {
    let section = "Ownership is a set of rules that govern how a Rust program manages memory. ".repeat(8);
    let text: String = (0..).map(|number| format!("## Section {number}\n\n{section}\n\n- one\n- two\n\n")).take(BYTES / 640).collect();
    let document = extract::extract(RawDocument::new("/a.md", text), Revision::of(&[])).unwrap();
    let chunker = Chunker::new(Arc::new(embedder::FakeEmbedder::default()), ChunkConfig::default());
    criterion.bench_function("split 100 kB of Markdown", |bencher| bencher.iter(|| chunker.split(&document).unwrap()));
}

criterion_group!(benches, chunk);
criterion_main!(benches);
