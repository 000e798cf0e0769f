//! How long it takes to write 1,000 documents of 3 KB and 10 chunks each, durably, in batches as ingest does.

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ragstone_catalog::SqliteCatalog;
use ragstone_core::{
    Catalog, ChunkId, ChunkRecord, CollectionSpec, Document, DocumentHead, DocumentId, DocumentRecord, EmbeddingSpec, Language, Pooling,
    Result, Revision,
};
use tokio::runtime::Runtime;

fn begin_and_complete(criterion: &mut Criterion) {
    let documents: Vec<_> = (0..1_000).map(document).collect();
    let folder = tempfile::tempdir().ok();
    let (Some(folder), Ok(runtime)) = (folder, Runtime::new()) else { return };
    let mut group = criterion.benchmark_group("begin and complete 1,000 documents");
    group.throughput(Throughput::Elements(1_000)).sample_size(10);
    for batch in [1, 10, 100] {
        let path = folder.path().join(format!("{batch}.sqlite"));
        group.bench_function(format!("in batches of {batch}"), |bencher| {
            bencher.iter(|| runtime.block_on(write(&path, &documents, batch)));
        });
    }
}

/// Replaces, from the second time on, what the first wrote.
async fn write(path: &std::path::Path, documents: &[Arc<DocumentRecord>], batch: usize) -> Result<()> {
    let catalog = SqliteCatalog::open(path).await?;
    let collection = collection()?;
    catalog.create_collection(&collection).await?;
    for some in documents.chunks(batch) {
        let ids: Vec<_> = some.iter().map(|record| record.document.head.id).collect();
        catalog.begin(&collection.name, some).await?;
        catalog.complete(&collection.name, &ids, collection.created_at).await?;
    }
    catalog.close().await
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
    Ok(CollectionSpec { name: "docs".parse()?, embedding, created_at: Default::default() })
}

fn document(number: u32) -> Arc<DocumentRecord> {
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
    };
    let document = Document { head, text: "ten words, again and again. ".repeat(108) };
    Arc::new(DocumentRecord { document, chunks: (0..10).map(chunk).collect(), indexed_at: None })
}

criterion_group!(benches, begin_and_complete);
criterion_main!(benches);
