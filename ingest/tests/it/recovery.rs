//! After a crash: the store is made equal to the catalog, with as little work as it takes.

use std::sync::Arc;

use chrono::Utc;
use ragstone_core::{Catalog, ChunkId, CollectionLocks, DocumentId, DocumentRecord, EmbeddedChunk, Locked, Revision, Sharing, VectorStore};
use ragstone_ingest::Recovery;
use tokio_util::sync::CancellationToken;

use crate::support::locks::LocksAmongOthers;
use crate::support::{World, paragraphs};

async fn world() -> World {
    let world = World::new();
    world.ingest(&[("/a.txt", &paragraphs("a", 3)), ("/b.txt", &paragraphs("b", 2))]).await;
    world.embedder.take_embedded();
    world
}

async fn record(world: &World, source: &str) -> DocumentRecord {
    world.catalog.document(&world.docs, DocumentId::from_source(source)).await.unwrap().unwrap()
}

async fn check(world: &World, expected: Recovery, embedded: usize) {
    assert_eq!(world.ingestor.recover(&world.docs, CancellationToken::new()).await.unwrap(), expected);
    assert_eq!(world.embedder.take_embedded(), embedded);
    world.assert_settled().await;
    assert!(world.ingestor.recover(&world.docs, CancellationToken::new()).await.unwrap().is_clean());
}

#[tokio::test]
async fn nothing_is_done_where_nothing_is_wrong() {
    check(&world().await, Recovery::default(), 0).await;
}

#[tokio::test]
async fn a_document_that_was_being_stored_is_completed_from_the_catalogs_text() {
    let world = world().await;
    let record = record(&world, "/a.txt").await;
    world.catalog.begin(&world.docs, &[Arc::new(record.clone())]).await.unwrap();
    world.store.delete(&world.index(), &[record.chunks[1].id]).await.unwrap();
    world.store.flush(&world.index()).await.unwrap();
    check(&world, Recovery { repaired: 1, ..Recovery::default() }, 1).await;
}

#[tokio::test]
async fn a_document_that_was_being_removed_is_removed() {
    let world = world().await;
    world.catalog.begin_removal(&world.docs, &[DocumentId::from_source("/a.txt")]).await.unwrap();
    check(&world, Recovery { removed: 1, ..Recovery::default() }, 0).await;
    assert!(world.stored_texts("/a.txt").await.is_empty());
}

#[tokio::test]
async fn chunks_of_no_document_are_deleted() {
    let world = world().await;
    let DocumentRecord { document, chunks, .. } = record(&world, "/a.txt").await;
    let stored = world.store.fetch(&world.index(), &[chunks[0].id]).await.unwrap().remove(0);
    let mut chunk = stored.chunk;
    chunk.id = ChunkId::from_content(document.head.id, "of a former version", 0);
    let orphan = EmbeddedChunk { chunk, head: Arc::new(stored.head), dense: vec![1.0, 0.0], lexical: Default::default() };
    world.store.upsert(&world.index(), vec![orphan]).await.unwrap();
    world.store.flush(&world.index()).await.unwrap();
    check(&world, Recovery { orphans: 1, ..Recovery::default() }, 0).await;
}

#[tokio::test]
async fn chunks_that_are_missing_are_embedded_again_and_only_they() {
    let world = world().await;
    let record = record(&world, "/b.txt").await;
    world.store.delete(&world.index(), &[record.chunks[0].id]).await.unwrap();
    world.store.flush(&world.index()).await.unwrap();
    check(&world, Recovery { repaired: 1, ..Recovery::default() }, 1).await;
}

#[tokio::test]
async fn chunks_of_an_outdated_revision_take_the_present_head() {
    let world = world().await;
    let mut record = record(&world, "/b.txt").await;
    record.document.head.revision = Revision::of(&[b"changed"]);
    world.catalog.begin(&world.docs, &[Arc::new(record.clone())]).await.unwrap();
    world.catalog.complete(&world.docs, &[record.document.head.id], Utc::now()).await.unwrap();
    check(&world, Recovery { repaired: 1, ..Recovery::default() }, 0).await;
}

#[tokio::test]
async fn a_store_that_lost_everything_is_filled_again() {
    let world = world().await;
    world.store.remove(&world.index()).await.unwrap();
    check(&world, Recovery { repaired: 2, ..Recovery::default() }, 5).await;
}

#[tokio::test]
async fn a_collection_that_does_not_exist_is_named() {
    let world = World::new();
    let error = world.ingestor.recover(&world.docs, CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("collection `docs` does not exist"), "{error}");
    assert!(world.ingestor.remove_documents(&world.docs, &[]).await.is_err());
}

#[tokio::test]
async fn among_others_whoever_is_alone_finishes_what_one_has_left_that_is_gone() {
    let locks = Arc::<LocksAmongOthers>::default();
    let world = world().await.among_others(&locks);
    let half_stored = record(&world, "/a.txt").await;
    world.catalog.begin(&world.docs, &[Arc::new(half_stored.clone())]).await.unwrap();
    world.store.delete(&world.index(), &[half_stored.chunks[1].id]).await.unwrap();
    world.catalog.begin_removal(&world.docs, &[DocumentId::from_source("/b.txt")]).await.unwrap();

    let other = locks.lock(&world.docs, Locked::Documents, Sharing::Shared).await.unwrap();
    world.ingest(&[("/c.txt", "text")]).await;
    assert_eq!(world.catalog.pending(&world.docs).await.unwrap().len(), 2, "it may be the other's work");
    drop(other);
    world.embedder.take_embedded();
    world.ingest(&[("/c.txt", "text")]).await;
    assert_eq!(world.embedder.take_embedded(), 1, "only the chunk that was not there");
    assert!(world.stored_texts("/b.txt").await.is_empty());
    world.assert_settled().await;
}
