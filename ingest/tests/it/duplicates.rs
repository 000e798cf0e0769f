//! The same content under several names: stored once, listed under each, and handed on when the one that keeps it goes.

use ragstone_core::{Catalog, DocumentId, DocumentSummary};
use ragstone_ingest::{IngestReport, IngestRequest};
use tokio_util::sync::CancellationToken;

use crate::support::{World, items, paragraphs};

async fn listed(world: &World) -> Vec<DocumentSummary> {
    world.catalog.documents(&world.docs, 0, 1_000).await.unwrap().documents
}

/// Each document and the one that keeps its chunks, by source.
async fn keepers(world: &World) -> Vec<(String, String)> {
    let all = listed(world).await;
    let name = |id: DocumentId| all.iter().find(|other| other.head.id == id).map_or("gone", |other| other.head.source.as_str());
    all.iter().map(|one| (one.head.source.clone(), name(one.same_as.unwrap_or(one.head.id)).to_owned())).collect()
}

async fn check_keepers(world: &World, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected.iter().map(|(source, keeper)| ((*source).to_owned(), (*keeper).to_owned())).collect();
    assert_eq!(keepers(world).await, expected);
    world.assert_settled().await;
}

/// Ingests exactly these documents, and removes all others.
async fn replace_all(world: &World, documents: &[(&str, &str)]) -> IngestReport {
    let request = IngestRequest::of(items(documents).into_iter()).prune_under(vec!["/".to_owned()]);
    world.ingestor.ingest(&world.docs, request).await.unwrap()
}

const TEXT: &str = "# Kettle\n\nIt boils water.";

#[tokio::test]
async fn identical_documents_are_embedded_once_and_listed_under_each_name() {
    let world = World::new();
    let report = world.ingest(&[("/a.md", TEXT), ("/b.md", TEXT), ("/c.md", "# Other\n\nText."), ("/d.md", TEXT)]).await;
    assert_eq!((report.indexed, report.duplicates, report.chunks_embedded), (4, 2, 2));
    check_keepers(&world, &[("/a.md", "/a.md"), ("/b.md", "/a.md"), ("/c.md", "/c.md"), ("/d.md", "/a.md")]).await;
    let record = world.catalog.document(&world.docs, DocumentId::from_source("/d.md")).await.unwrap().unwrap();
    assert_eq!((record.document.text.as_str(), record.chunks.len()), (TEXT, 1));
    assert_eq!(world.ingest(&[("/a.md", TEXT), ("/b.md", TEXT)]).await.unchanged, 2);
    world.ingest(&[("/0.md", TEXT)]).await;
    check_keepers(&world, &[("/0.md", "/a.md"), ("/a.md", "/a.md"), ("/b.md", "/a.md"), ("/c.md", "/c.md"), ("/d.md", "/a.md")]).await;
}

#[tokio::test]
async fn another_extension_or_tag_is_another_content() {
    let world = World::new();
    let report = world.ingest(&[("/a.md", TEXT), ("/a.txt", TEXT)]).await;
    assert_eq!((report.indexed, report.duplicates), (2, 0));
}

#[tokio::test]
async fn a_renamed_document_is_not_embedded_again() {
    let world = World::new();
    let long = format!("# Long\n\n{}", paragraphs("word", 300));
    replace_all(&world, &[("/old/a.md", &long), ("/old/b.md", TEXT)]).await;
    let before = world.stored_texts("/old/a.md").await;
    world.embedder.take_embedded();

    let report = replace_all(&world, &[("/new/a.md", &long), ("/new/b.md", TEXT)]).await;
    assert_eq!((report.indexed, report.removed, report.duplicates), (2, 2, 2));
    assert_eq!(world.embedder.take_embedded(), 0);
    assert_eq!(world.stored_texts("/new/a.md").await, before);
    check_keepers(&world, &[("/new/a.md", "/new/a.md"), ("/new/b.md", "/new/b.md")]).await;
}

#[tokio::test]
async fn a_title_that_comes_from_the_name_is_embedded_with_the_new_name() {
    let world = World::new();
    replace_all(&world, &[("/old/notes.txt", "text")]).await;
    replace_all(&world, &[("/new/notes.txt", "text")]).await;
    assert_eq!(world.embedder.take_embedded(), 1);
    replace_all(&world, &[("/new/other.txt", "text")]).await;
    assert_eq!(world.embedder.take_embedded(), 1, "its title is another, and a part of what is embedded");
    world.assert_settled().await;
}

#[tokio::test]
async fn when_the_kept_one_changes_the_first_duplicate_takes_over() {
    let world = World::new();
    world.ingest(&[("/a.md", TEXT), ("/b.md", TEXT), ("/c.md", TEXT)]).await;
    world.embedder.take_embedded();
    let report = world.ingest(&[("/a.md", "# Changed\n\nText.")]).await;
    assert_eq!((report.replaced, report.indexed, report.chunks_kept), (1, 0, 1));
    assert_eq!(world.embedder.take_embedded(), 1, "only what changed");
    check_keepers(&world, &[("/a.md", "/a.md"), ("/b.md", "/b.md"), ("/c.md", "/b.md")]).await;
    assert_eq!(world.stored_texts("/b.md").await, [TEXT]);

    world.ingest(&[("/b.md", "# Changed\n\nText.")]).await;
    check_keepers(&world, &[("/a.md", "/a.md"), ("/b.md", "/a.md"), ("/c.md", "/c.md")]).await;
}

#[tokio::test]
async fn all_copies_that_change_in_one_run_leave_nothing_behind() {
    let world = World::new();
    let long = format!("# Long\n\n{}", paragraphs("word", 200));
    world.ingest(&[("/a.md", TEXT), ("/b.md", TEXT), ("/c.md", TEXT), ("/d.md", TEXT)]).await;
    let report = world.ingest(&[("/a.md", &long), ("/b.md", "# B\n\nb"), ("/c.md", &long), ("/d.md", TEXT), ("/e.md", TEXT)]).await;
    assert_eq!((report.failed_total, report.searchable()), (0, 5));
    check_keepers(&world, &[("/a.md", "/a.md"), ("/b.md", "/b.md"), ("/c.md", "/a.md"), ("/d.md", "/d.md"), ("/e.md", "/d.md")]).await;
}

#[tokio::test]
async fn a_copy_that_comes_before_its_original_changes_counts_once() {
    let world = World::new();
    let long = format!("# Long\n\n{}", paragraphs("word", 130));
    world.ingest(&[("/b.md", &long)]).await;
    world.embedder.take_embedded();
    let report = world.ingest(&[("/a.md", &long), ("/b.md", TEXT)]).await;
    assert_eq!((report.indexed, report.replaced, report.duplicates), (1, 1, 0));
    assert_eq!(world.embedder.take_embedded(), 1);
    check_keepers(&world, &[("/a.md", "/a.md"), ("/b.md", "/b.md")]).await;
}

#[tokio::test]
async fn a_document_that_becomes_a_copy_gives_up_its_chunks() {
    let world = World::new();
    world.ingest(&[("/a.md", TEXT), ("/b.md", "# B\n\nb"), ("/c.md", "# B\n\nb")]).await;
    world.embedder.take_embedded();
    let report = world.ingest(&[("/b.md", TEXT)]).await;
    assert_eq!((report.replaced, report.duplicates, world.embedder.take_embedded()), (1, 1, 0));
    assert!(world.stored_texts("/b.md").await.is_empty());
    check_keepers(&world, &[("/a.md", "/a.md"), ("/b.md", "/a.md"), ("/c.md", "/c.md")]).await;
}

#[tokio::test]
async fn when_the_kept_one_is_removed_the_first_duplicate_takes_over() {
    let world = World::new();
    world.ingest(&[("/a.md", TEXT), ("/b.md", TEXT), ("/c.md", TEXT)]).await;
    world.embedder.take_embedded();
    let ids = ["/a.md", "/b.md"].map(DocumentId::from_source);
    assert_eq!(world.ingestor.remove_documents(&world.docs, &ids).await.unwrap(), 2);
    check_keepers(&world, &[("/c.md", "/c.md")]).await;
    assert_eq!(world.embedder.take_embedded(), 0);
    assert_eq!(world.stored_texts("/c.md").await, [TEXT]);
}

#[tokio::test]
async fn the_second_takes_the_place_of_a_first_that_fails() {
    let world = World::new();
    let broken = ragstone_ingest::RawDocument { media_type: Some("text/html".to_owned()), ..ragstone_ingest::RawDocument::new("/a", " ") };
    let report = world.ingestor.ingest_documents(&world.docs, vec![broken]).await.unwrap();
    assert_eq!(report.failed_total, 1);
    let documents = [("/a.md", crate::support::embedder::PANICS), ("/b.md", TEXT), ("/c.md", TEXT)];
    assert_eq!(world.ingest(&documents).await.duplicates, 1);
    check_keepers(&world, &[("/b.md", "/b.md"), ("/c.md", "/b.md")]).await;
}

#[tokio::test]
async fn whichever_write_fails_no_copy_is_lost() {
    let long = format!("# Long\n\n{}", paragraphs("word", 150));
    let former = [("/a.md", long.as_str()), ("/b.md", TEXT), ("/c.md", &long), ("/d.md", &long), ("/e.md", TEXT)];
    // The kept one of each content changes or goes, another copy comes.
    let latter = [("/a.md", "# New\n\nText."), ("/c.md", &long), ("/d.md", &long), ("/e.md", TEXT), ("/f.md", TEXT)];
    let mut failures = 0;
    for number in 1.. {
        let world = World::new();
        replace_all(&world, &former).await;
        world.faults().fail_at(number);
        let request = IngestRequest::of(items(&latter).into_iter()).prune_under(vec!["/".to_owned()]);
        let outcome = world.ingestor.ingest(&world.docs, request).await;
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
        replace_all(&world, &latter).await;
        check_keepers(&world, &[("/a.md", "/a.md"), ("/c.md", "/c.md"), ("/d.md", "/c.md"), ("/e.md", "/e.md"), ("/f.md", "/e.md")]).await;
        assert_eq!(world.stored_texts("/c.md").await.len(), 150);
    }
    assert!(failures > 6, "only {failures} writes were tried");
}
