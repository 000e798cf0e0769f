//! How long it takes to write documents durably, in batches as ingest does: 1,000 of 3 KB and 10 chunks each, then books
//! of 1 MB, where the time goes into their texts. In SQLite, and in PostgreSQL where its programs are installed.

mod databases;

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ragstone_core::{
    Catalog, ChunkId, ChunkRecord, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord, EmbeddingSpec,
    Language, Markup, Pooling, QualityReport, Result, Revision,
};
use tokio::runtime::Runtime;

use databases::Databases;

/// Its words, in any order, compress about as well as prose does.
const WORDS: &str = include_str!("../../../ARCHITECTURE.md");

fn begin_and_complete(criterion: &mut Criterion) {
    let documents: Vec<_> = (0..1_000).map(|number| document(number, 3_000)).collect();
    let books: Vec<_> = (0..10).map(|number| document(number, 1_000_000)).collect();
    let Ok(runtime) = Runtime::new() else { return };
    let Ok(databases) = runtime.block_on(Databases::open()) else { return };
    let mut group = criterion.benchmark_group("begin and complete 1,000 documents");
    group.throughput(Throughput::Elements(1_000)).sample_size(10);
    for (name, catalog) in databases.catalogs() {
        for batch in [1, 10, 100] {
            group.bench_function(format!("in batches of {batch}, {name}"), |bencher| {
                bencher.iter(|| runtime.block_on(write(catalog, &documents, batch)));
            });
        }
    }
    group.finish();

    let mut group = criterion.benchmark_group("begin and complete 10 books");
    group.throughput(Throughput::Bytes(10_000_000)).sample_size(10);
    for (name, catalog) in databases.catalogs() {
        group.bench_function(format!("in one batch, {name}"), |bencher| bencher.iter(|| runtime.block_on(write(catalog, &books, 10))));
    }
}

/// Replaces, from the second time on, what the first wrote.
async fn write(catalog: &dyn Catalog, documents: &[Arc<DocumentRecord>], batch: usize) -> Result<()> {
    let collection = collection()?;
    catalog.create_collection(&collection).await?;
    for some in documents.chunks(batch) {
        let ids: Vec<_> = some.iter().map(|record| record.document.head.id).collect();
        catalog.begin(&collection.name, some).await?;
        catalog.complete(&collection.name, &ids, collection.created_at).await?;
    }
    Ok(())
}

fn collection() -> Result<CollectionSpec> {
    let embedding = EmbeddingSpec {
        model: "model".to_owned(),
        revision: "1".to_owned(),
        dimension: 384,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 256,
    };
    Ok(CollectionSpec { name: "docs".parse()?, embedding, generation: 0, created_at: Default::default() })
}

fn document(number: u32, length: usize) -> Arc<DocumentRecord> {
    let source = format!("/documents/{number}.md");
    let id = DocumentId::from_source(&source);
    let head = DocumentHead {
        id,
        source,
        title: format!("Document {number}"),
        media_type: "text/markdown".to_owned(),
        language: Language::new("english"),
        tags: vec!["a tag".to_owned()],
        modified_at: Default::default(),
        fields: Default::default(),
        revision: Revision::of(&[&number.to_le_bytes()]),
    };
    let chunk = |ordinal: u32| ChunkRecord {
        id: ChunkId::from_content(id, "text", ordinal),
        span: (ordinal as usize * 300..(ordinal as usize + 1) * 300).into(),
        heading_path: vec!["A chapter".to_owned(), "A section".to_owned()],
        table_header: None,
    };
    let text = prose(number, length);
    Arc::new(DocumentRecord {
        document: Document { head, text, markup: Markup::Markdown, pages: Vec::new(), quality: QualityReport::by("text") },
        chunks: (0..10).map(chunk).collect(),
        content: ContentHash::of(&[&number.to_le_bytes()]),
        same_as: None,
        validator: None,
        indexed_at: None,
    })
}

/// Words by a linear congruential generator, so that nothing repeats that a compressor could take as a whole.
fn prose(seed: u32, length: usize) -> String {
    let words: Vec<&str> = WORDS.split_ascii_whitespace().filter(|word| word.is_ascii()).collect();
    let mut state = u64::from(seed);
    let mut text = String::new();
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.extend(words.get((state >> 33) as usize % words.len()).copied());
        text.push(' ');
    }
    text.truncate(length);
    text
}

criterion_group!(benches, begin_and_complete);
criterion_main!(benches);
