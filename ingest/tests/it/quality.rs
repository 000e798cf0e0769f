//! What a report says of how well documents could be read, and of files that are none.

use std::sync::atomic::Ordering;

use ragstone_core::{Catalog, DocumentId, WarningCode};
use ragstone_ingest::{IngestRequest, SkippedFile, SourceItem};

use crate::support::{World, items};

#[tokio::test]
async fn a_language_that_the_model_hardly_reads_is_warned_of() {
    let world = World::new();
    world.embedder.readable_percent.store(10, Ordering::Relaxed);
    let report = world.ingest(&[("/docs/a.txt", "хлеб"), ("/docs/b.txt", "вода")]).await;
    let lines = ["2 documents are in a language that the embedding model hardly reads (a.txt, b.txt)"];
    assert_eq!(report.quality.lines(), lines);
    let record = world.catalog.document(&world.docs, DocumentId::from_source("/docs/a.txt")).await.unwrap().unwrap();
    let warning = &record.document.quality.warnings[0];
    assert_eq!(warning.code, WarningCode::LanguageNotRead);
    assert!(warning.message.contains("reads 10 % of its words"), "{}", warning.message);
    assert!(world.ingest(&[("/docs/a.txt", "хлеб")]).await.quality.lines().is_empty(), "it was said when it was stored");
}

#[tokio::test]
async fn skipped_files_are_counted_and_the_first_thousand_named() {
    let world = World::new();
    let skipped = (0..1_500).map(|number| SourceItem::Skipped(SkippedFile { source: format!("/{number:04}.png"), kind: "image" }));
    let report = world.ingestor.ingest(&world.docs, IngestRequest::of(skipped)).await.unwrap();
    assert_eq!(report.skipped["image"], 1_500);
    assert_eq!(report.skipped_files["image"].len(), 1_000);
    assert_eq!(report.skipped_files["image"][7], "/0007.png");
}

#[tokio::test]
async fn what_the_source_calls_unchanged_is_neither_read_nor_pruned() {
    let world = World::new();
    world.ingest(&[("/a.txt", "a"), ("/b.txt", "b"), ("/c.txt", "c")]).await;
    let mut found = items(&[("/b.txt", "b")]);
    found.push(SourceItem::Unchanged { source: "/a.txt".to_owned() });
    let request = IngestRequest::of(found.into_iter()).prune_under(vec!["/".to_owned()]);
    let report = world.ingestor.ingest(&world.docs, request).await.unwrap();
    assert_eq!((report.unchanged, report.removed, report.bytes_read), (2, 1, 1));
}
