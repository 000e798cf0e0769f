//! What becomes of documents that are new, unchanged, changed, repeated or long.

use std::sync::Arc;

use ragstone_core::{Catalog, DocumentId, VectorStore};
use ragstone_ingest::{Outcome, RawDocument};

use crate::support::{FakeEmbedder, Recorder, World, cancelled_after_first_commit, chunk, paragraphs, request};

#[tokio::test]
async fn new_documents_are_indexed_and_unchanged_ones_left_alone() {
    let world = World::new();
    let documents = [("/a.md", "# A\n\nOne."), ("/b.txt", "Two.")];
    let first = world.ingest(&documents).await;
    assert_eq!((first.indexed, first.chunks_embedded), (2, 2));
    world.embedder.take_embedded();

    let again = world.ingest(&documents).await;
    assert_eq!((again.unchanged, again.indexed, again.chunks_embedded), (2, 0, 0));
    assert_eq!(world.embedder.take_embedded(), 0);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_changed_document_keeps_the_vectors_of_unchanged_chunks() {
    let world = World::new();
    let former = paragraphs("p", 5);
    world.ingest(&[("/a.txt", &former)]).await;
    world.embedder.take_embedded();

    // The first paragraph goes, one is new at the end; the others move.
    let changed = format!("{}new {}", former.split_once("\n\n").unwrap().1, "word ".repeat(20));
    let report = world.ingest(&[("/a.txt", &changed)]).await;
    assert_eq!((report.replaced, report.chunks_kept, report.chunks_embedded), (1, 4, 1));
    assert_eq!(world.embedder.take_embedded(), 1);
    assert!(world.stored_texts("/a.txt").await[4].starts_with("new"));
    world.assert_settled().await;
}

#[tokio::test]
async fn repeated_chunks_are_all_kept() {
    let world = World::new();
    let repeated = format!("{}\n\n", "same ".repeat(20)).repeat(4);
    world.ingest(&[("/a.txt", &repeated)]).await;
    assert_eq!(world.stored_texts("/a.txt").await.len(), 4);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_source_that_comes_twice_is_taken_once() {
    let world = World::new();
    let report = world.ingest(&[("/a.txt", "first"), ("/a.txt", "second")]).await;
    assert_eq!(report.indexed, 1);
    assert!(report.failed[0].reason.contains("comes twice"), "{:?}", report.failed);
    assert_eq!(world.stored_texts("/a.txt").await, ["first"]);
}

#[tokio::test]
async fn documents_without_new_chunks_still_take_their_new_head() {
    let world = World::new();
    world.ingest(&[("/a.md", "# A\n\nText.")]).await;
    world.embedder.take_embedded();
    let report = world.ingest(&[("/a.md", "# A\n\nText.\n\n\n")]).await;
    assert_eq!((report.replaced, report.chunks_kept, world.embedder.take_embedded()), (1, 1, 0));
    world.assert_settled().await;
}

#[tokio::test]
async fn a_long_document_takes_several_commits_and_is_done_once() {
    let world = World::new();
    let recorder = Arc::new(Recorder::default());
    let text = paragraphs("long", 600);
    let report = world.ingestor.ingest(&world.docs, request(&[("/long.txt", &text)]).observed_by(recorder.clone())).await.unwrap();
    assert_eq!((report.indexed, report.chunks_embedded), (1, 600));
    assert_eq!(recorder.commits(), [96, 96, 96, 96, 96, 96, 24]);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_cancelled_ingest_says_so_and_the_next_completes_it() {
    let world = World::new();
    let texts: Vec<(String, String)> = (0..700).map(|number| (format!("/{number}.txt"), format!("text {number}"))).collect();
    let documents: Vec<(&str, &str)> = texts.iter().map(|(source, text)| (source.as_str(), text.as_str())).collect();

    let report = world.ingestor.ingest(&world.docs, cancelled_after_first_commit(request(&documents))).await.unwrap();
    assert!(report.interrupted);
    assert_eq!(report.indexed, 96, "the commit under way is finished, no other begun");
    world.assert_settled().await;

    let rest = world.ingest(&documents).await;
    assert_eq!((rest.unchanged, rest.indexed, rest.interrupted), (96, 604, false));
    world.assert_settled().await;
}

#[tokio::test]
async fn a_long_document_that_was_cut_off_leaves_nothing_of_its_former_version() {
    let world = World::new();
    world.ingest(&[("/a.txt", "former")]).await;
    let long = paragraphs("long", 600);
    let report = world.ingestor.ingest(&world.docs, cancelled_after_first_commit(request(&[("/a.txt", &long)]))).await.unwrap();
    assert!(report.interrupted);
    assert!(world.ingestor.has_pending(&world.docs).await.unwrap());
    world.embedder.take_embedded();

    let report = world.ingest(&[("/a.txt", "latter")]).await;
    assert_eq!((report.replaced, report.failed.len()), (1, 0));
    assert_eq!(world.stored_texts("/a.txt").await, ["latter"]);
    world.assert_settled().await;
}

#[tokio::test]
async fn removing_a_document_that_was_cut_off_removes_its_former_version_too() {
    let world = World::new();
    world.ingest(&[("/a.txt", "former"), ("/b.txt", "other")]).await;
    let long = paragraphs("long", 600);
    world.ingestor.ingest(&world.docs, cancelled_after_first_commit(request(&[("/a.txt", &long)]))).await.unwrap();

    let removed = world.ingestor.remove_documents(&world.docs, &[DocumentId::from_source("/a.txt")]).await.unwrap();
    assert_eq!(removed, 1);
    assert_eq!(world.store.stored(&world.index()).await.unwrap().len(), 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_document_whose_removal_was_cut_off_can_come_back() {
    let world = World::new();
    world.ingest(&[("/a.txt", "text")]).await;
    world.catalog.begin_removal(&world.docs, &[DocumentId::from_source("/a.txt")]).await.unwrap();
    let report = world.ingest(&[("/a.txt", "text")]).await;
    assert_eq!((report.indexed, report.unchanged), (1, 0));
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ingests_into_a_new_collection_at_the_same_time_lose_nothing() {
    let world = Arc::new(World::new());
    let ingests = (0..8).map(|number| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.ingest(&[(&format!("/{number}.txt"), &format!("text {number}"))]).await })
    });
    for ingest in ingests.collect::<Vec<_>>() {
        assert_eq!(ingest.await.unwrap().indexed, 1);
    }
    assert_eq!(world.store.stored(&world.index()).await.unwrap().len(), 8);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_removed_collection_is_gone_and_can_be_made_again() {
    let world = World::new();
    world.ingest(&[("/a.txt", "text")]).await;
    assert!(world.ingestor.remove_collection(&world.docs).await.unwrap());
    assert!(!world.ingestor.remove_collection(&world.docs).await.unwrap());
    assert_eq!(world.ingest(&[("/b.txt", "text")]).await.indexed, 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn an_observer_sees_every_document() {
    let world = World::new();
    let recorder = Arc::new(Recorder::default());
    let documents = request(&[("/a.txt", "text"), ("/empty.txt", "")]).observed_by(recorder.clone());
    world.ingestor.ingest(&world.docs, documents).await.unwrap();
    let events = format!("{:?}", recorder.events.lock().unwrap());
    assert!(events.contains(&format!("outcome: {:?}", Outcome::Indexed)), "{events}");
    assert!(events.contains("is empty"), "{events}");
}

#[tokio::test]
async fn versions_are_known_only_of_what_the_present_settings_have_made() {
    let world = World::new();
    let with_validator = |source: &str, validator: &str| RawDocument {
        validator: Some(validator.to_owned()),
        ..RawDocument::new(source, format!("text of {source}"))
    };
    let documents =
        vec![with_validator("https://x/a", "\"1\""), with_validator("https://x/b", "\"2\""), with_validator("https://y/c", "\"3\"")];
    world.ingestor.ingest_documents(&world.docs, documents).await.unwrap();
    let scope = ["https://x/".to_owned()];
    let known = world.ingestor.validators(&world.docs, &scope).await.unwrap();
    let expected =
        [("https://x/a", "\"1\""), ("https://x/b", "\"2\"")].map(|(source, validator)| (source.to_owned(), validator.to_owned()));
    assert_eq!(known, expected.into());
    let restarted = world.restarted(FakeEmbedder::default(), chunk(200));
    assert!(restarted.ingestor.validators(&world.docs, &scope).await.unwrap().is_empty(), "other settings want the documents again");
}
