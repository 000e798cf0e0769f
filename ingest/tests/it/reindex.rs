//! Everything again by other settings or another model, from the texts alone.

use std::sync::Arc;

use ragstone_core::Catalog;
use ragstone_ingest::Recovery;
use tokio_util::sync::CancellationToken;

use crate::support::{FakeEmbedder, Recorder, World, chunk, embedder, paragraphs};

async fn reindex(world: &World) -> Recovery {
    world.ingestor.reindex(&world.docs, Arc::new(()), CancellationToken::new()).await.unwrap()
}

async fn world() -> World {
    let world = World::new();
    let copy = paragraphs("b", 2);
    world.ingest(&[("/a.txt", &paragraphs("a", 3)), ("/b.txt", &copy), ("/c.txt", &copy)]).await;
    world.embedder.take_embedded();
    world
}

#[tokio::test]
async fn every_vector_is_computed_again() {
    let world = world().await;
    assert_eq!(reindex(&world).await, Recovery { repaired: 3, ..Recovery::default() });
    assert_eq!(world.embedder.take_embedded(), 5);
    world.assert_settled().await;
}

#[tokio::test]
async fn new_chunk_settings_split_the_kept_texts_again() {
    let world = world().await.restarted(FakeEmbedder::default(), chunk(200));
    assert_eq!(reindex(&world).await.repaired, 3);
    assert_eq!(world.stored_texts("/a.txt").await.len(), 1, "three paragraphs fit one chunk now");
    world.assert_settled().await;
    let copy = paragraphs("b", 2);
    let report = world.ingest(&[("/a.txt", &paragraphs("a", 3)), ("/b.txt", &copy), ("/c.txt", &copy)]).await;
    assert_eq!(report.unchanged, 3, "they are as the new settings make them");
}

#[tokio::test]
async fn a_collection_changes_its_model() {
    let world = world().await.restarted(FakeEmbedder::of_dimension(3), chunk(32));
    let refused = world.try_ingest(&[("/d.txt", "text")]).await.unwrap_err();
    assert!(refused.to_string().contains("was embedded by"), "{refused}");
    assert_eq!(reindex(&world).await.repaired, 3);
    assert_eq!(world.catalog.collection(&world.docs).await.unwrap().unwrap().embedding.dimension, 3);
    assert_eq!(world.ingest(&[("/d.txt", "text")]).await.indexed, 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn what_was_cut_off_is_gone_on_with() {
    let world = World::new();
    let texts: Vec<(String, String)> = (0..300).map(|number| (format!("/{number}.txt"), format!("text {number}"))).collect();
    let documents: Vec<(&str, &str)> = texts.iter().map(|(source, text)| (source.as_str(), text.as_str())).collect();
    world.ingest(&documents).await;
    let world = world.restarted(FakeEmbedder::of_dimension(3), chunk(64));

    let cancel = CancellationToken::new();
    let recorder = Recorder { cancel_when_stored: Some(cancel.clone()), ..Recorder::default() };
    let begun = world.ingestor.reindex(&world.docs, Arc::new(recorder), cancel).await.unwrap();
    assert!(begun.interrupted);
    assert_eq!(begun.repaired, 96);
    let rest = world.ingestor.recover(&world.docs, CancellationToken::new()).await.unwrap();
    assert_eq!((rest.repaired, rest.interrupted), (204, false));
    assert_eq!(world.ingest(&documents).await.unchanged, 300);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_document_that_cannot_be_split_any_more_is_named_and_stops_nobody() {
    let world = world().await;
    let world = world.restarted(FakeEmbedder { panics_on: Some("a 1"), ..FakeEmbedder::default() }, chunk(200));
    let recovery = reindex(&world).await;
    assert_eq!((recovery.repaired, recovery.failed.len()), (2, 1));
    assert_eq!(recovery.failed[0].source, "/a.txt");
    assert!(recovery.failed[0].reason.contains(embedder::BUG), "{:?}", recovery.failed);
}

#[tokio::test]
async fn whichever_write_fails_it_can_be_finished() {
    for number in 1.. {
        let world = world().await.restarted(FakeEmbedder::of_dimension(3), chunk(200));
        world.faults().fail_at(number);
        let outcome = world.ingestor.reindex(&world.docs, Arc::new(()), CancellationToken::new()).await;
        if !world.faults().has_failed() {
            assert!(number > 2);
            return;
        }
        assert!(outcome.unwrap_err().to_string().contains("the disk is full"));
        world.assert_acknowledged_is_stored().await;
        reindex(&world).await;
        world.assert_settled().await;
    }
}
