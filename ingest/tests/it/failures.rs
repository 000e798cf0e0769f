//! A document that fails stops nobody; a port that fails stops the ingest, and nothing is lost by it.

use std::sync::atomic::Ordering;

use ragstone_core::{Catalog, FieldValue};
use ragstone_ingest::RawDocument;
use tokio_util::sync::CancellationToken;

use crate::support::{FakeEmbedder, World, embedder, paragraphs};

#[tokio::test]
async fn documents_that_cannot_be_ingested_are_named_with_the_reason() {
    let world = World::new();
    let documents = [("/empty.txt", ""), ("/good.txt", "text"), ("/zip", "PK\u{3}\u{4}\0\0\0\0"), ("/panics.txt", embedder::PANICS)];
    let report = world.ingest(&documents).await;
    assert_eq!((report.indexed, report.failed.len()), (1, 3));
    let reasons: Vec<(&str, &str)> = report.failed.iter().map(|failed| (failed.source.as_str(), failed.reason.as_str())).collect();
    let check = |number: usize, source: &str, reason: &str| {
        assert!(reasons[number].0 == source && reasons[number].1.contains(reason), "{:?}", reasons[number]);
    };
    check(0, "/empty.txt", "is empty");
    check(1, "/zip", "are read by `ragstone-extract`");
    check(2, "/panics.txt", "a bug in a library");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_document_that_fails_keeps_its_former_version() {
    let world = World::new();
    world.ingest(&[("/a.txt", "former")]).await;
    assert_eq!(world.ingest(&[("/a.txt", " ")]).await.failed.len(), 1);
    assert_eq!(world.stored_texts("/a.txt").await, ["former"]);
}

#[tokio::test]
async fn what_no_database_could_keep_fails_alone_or_is_kept_without_it() {
    let world = World::new();
    let long = format!("/{}.txt", "long".repeat(1_000));
    let mut titled = RawDocument::new("/titled.txt", "text");
    titled.title = Some("a\0b".to_owned());
    let documents = vec![RawDocument::new("/nul\0.txt", "text"), RawDocument::new(long, "text"), titled];
    let report = world.ingestor.ingest_documents(&world.docs, documents).await.unwrap();
    assert_eq!((report.indexed, report.failed_total), (1, 2));
    for failed in &report.failed {
        assert!(failed.reason.contains("at most 2000 bytes"), "{failed:?}");
        assert!(!failed.source.contains('\0') && failed.source.len() <= 2_000, "{failed:?}");
    }
    let kept = world.catalog.documents(&world.docs, 0, 10).await.unwrap().documents;
    assert_eq!(kept[0].head.title, "a\u{fffd}b");
}

#[tokio::test]
async fn a_field_that_is_no_number_fails_its_document_alone() {
    let world = World::new();
    let mut document = RawDocument::new("/a.txt", "text");
    document.fields.insert("share".to_owned(), FieldValue::Number(f64::NAN));
    let report = world.ingestor.ingest_documents(&world.docs, vec![document, RawDocument::new("/b.txt", "text")]).await.unwrap();
    assert_eq!(report.indexed, 1);
    assert!(report.failed[0].reason.contains("field `share`"), "{:?}", report.failed);
}

#[tokio::test]
async fn a_model_that_fails_stops_the_ingest_and_leaves_nothing_half_done() {
    let world = World::new();
    // Many more than the queues hold: no stage may wait for ever for another that is gone.
    let texts: Vec<(String, String)> = (0..900).map(|number| (format!("/{number}.txt"), format!("text {number}"))).collect();
    let mut documents: Vec<(&str, &str)> = texts.iter().map(|(source, text)| (source.as_str(), text.as_str())).collect();
    documents.insert(300, ("/fails.txt", embedder::FAILS));

    let error = world.try_ingest(&documents).await.unwrap_err();
    assert!(error.to_string().contains("the model is broken"), "{error}");
    world.assert_settled().await;
    documents.remove(300);
    assert_eq!(world.ingest(&documents).await.searchable(), 900);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_model_that_loses_a_vector_is_found_out() {
    let world = World::new();
    world.embedder.loses_a_vector.store(true, Ordering::Relaxed);
    let error = world.try_ingest(&[("/a.txt", "text")]).await.unwrap_err();
    assert!(error.to_string().contains("returned 0 vectors for 1 chunks"), "{error}");
}

#[tokio::test]
async fn whichever_write_fails_nothing_is_acknowledged_that_is_not_stored() {
    let (long, changed) = (paragraphs("long", 300), format!("{}{}", paragraphs("new", 280), paragraphs("long", 20)));
    let former = [("/a.txt", "former"), ("/long.txt", &long)];
    let latter = [("/a.txt", "latter"), ("/long.txt", &changed), ("/new.txt", "new")];
    let mut failures = 0;
    for number in 1.. {
        let world = World::new();
        world.ingest(&former).await;
        world.faults().fail_at(number);
        let outcome = world.try_ingest(&latter).await;
        if !world.faults().has_failed() {
            break;
        }
        failures += 1;
        assert!(outcome.unwrap_err().to_string().contains("the disk is full"));
        world.assert_acknowledged_is_stored().await;
        if number % 2 == 0 {
            world.ingestor.recover(&world.docs, CancellationToken::new()).await.unwrap();
            world.assert_settled().await;
        }
        assert_eq!(world.ingest(&latter).await.searchable(), 3);
        world.assert_settled().await;
        assert_eq!(world.stored_texts("/a.txt").await, ["latter"]);
    }
    assert!(failures > 4, "only {failures} writes were tried");
}

#[tokio::test]
async fn a_collection_of_another_model_is_refused() {
    let world = World::new();
    world.ingest(&[("/a.txt", "text")]).await;
    let mut spec = ragstone_core::Embedder::spec(&FakeEmbedder::default()).clone();
    spec.revision = "2".to_owned();
    let stored = world.ingestor.ensure_collection(&world.docs).await.unwrap();
    assert!(stored.ensure_embedded_by(&spec).unwrap_err().to_string().contains("was embedded by"));
}
