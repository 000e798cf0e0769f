//! Time to split Markdown, a text without headings, a table and a program of 1, 4 and 16 MB, by a tokenizer that costs next to
//! nothing: the throughput must not fall with the length.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../tests/it/support/embedder.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod embedder;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ragstone_core::{Document, DocumentHead, DocumentId, Fields, Language, Markup, QualityReport, Revision};
use ragstone_ingest::{ChunkConfig, Chunker};

const MEGABYTE: usize = 1_000_000;

const PROSE: &str = "Ownership is a set of rules that govern how a Rust program manages memory. ";
const SECTION: &str =
    "## A section\n\nOwnership is a set of rules that govern how a Rust program manages memory, and it is checked.\n\n- one\n- two\n\n";
const ROW: &str = "| Amsterdam | 821,752 | Noord-Holland | founded in the twelfth century |\n";
const FUNCTION: &str =
    "/// Adds.\nfn add(left: u64, right: u64) -> u64 {\n    if left == 0 {\n        return right;\n    }\n\n    left + right\n}\n\n";

fn document(markup: Markup, start: &str, repeated: &str, bytes: usize) -> Document {
    let head = DocumentHead {
        id: DocumentId::from_source("/a"),
        source: "/a".to_owned(),
        title: "A title".to_owned(),
        media_type: "text/markdown".to_owned(),
        language: Language::unknown(),
        tags: Vec::new(),
        modified_at: DateTime::<Utc>::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[]),
    };
    let text = format!("{start}{}", repeated.repeat(bytes / repeated.len()));
    Document { head, text, markup, pages: Vec::new(), quality: QualityReport::by("text") }
}

fn chunk(criterion: &mut Criterion) {
    let chunker = Chunker::new(Arc::new(embedder::FakeEmbedder::default()), ChunkConfig::default());
    let texts = [
        ("sections", Markup::Markdown, "", SECTION),
        ("one paragraph", Markup::Markdown, "", PROSE),
        ("one line of one word", Markup::Plain, "", "x"),
        ("table", Markup::Markdown, "| a | b | c | d |\n|---|---|---|---|\n", ROW),
        ("program", Markup::Code, "", FUNCTION),
    ];
    for (name, markup, start, repeated) in texts {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(500));
        for megabytes in [1, 4, 16] {
            let document = document(markup, start, repeated, megabytes * MEGABYTE);
            group.throughput(Throughput::Bytes(document.text.len() as u64));
            group.bench_function(BenchmarkId::from_parameter(format!("{megabytes} MB")), |bencher| {
                bencher.iter(|| chunker.split(&document).unwrap());
            });
        }
    }
}

criterion_group!(benches, chunk);
criterion_main!(benches);
