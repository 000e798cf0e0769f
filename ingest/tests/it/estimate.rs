//! What a dry run says, and that it writes nothing.

use ragstone_core::Catalog;
use ragstone_ingest::{FailedDocument, SourceItem};
use tokio_util::sync::CancellationToken;

use crate::support::{World, items, paragraphs};

#[tokio::test]
async fn an_estimate_says_what_the_ingest_then_does() {
    let world = World::new();
    let long = paragraphs("word", 120);
    let documents = [("/a.md", long.as_str()), ("/b.txt", "short"), ("/empty.txt", "")];
    let estimate = world.ingestor.estimate(&world.docs, items(&documents).into_iter(), CancellationToken::new()).await.unwrap();
    assert!(world.catalog.collections().await.unwrap().is_empty(), "nothing is written");
    let embedded_for_the_rate = world.embedder.take_embedded();
    assert!(embedded_for_the_rate <= 64 + 4, "{embedded_for_the_rate}");

    let report = world.ingest(&documents).await;
    assert_eq!(estimate.chunks as usize, world.embedder.take_embedded());
    assert_eq!((estimate.documents, estimate.failed), (2, report.failed.len() as u64));
    assert_eq!(estimate.text_bytes as usize, long.len() + "short".len());
    assert_eq!(estimate.disk.vectors_bytes, estimate.chunks * 2 * 4);
    assert!(estimate.tokens > estimate.chunks && estimate.tokens_per_second > 0.0 && estimate.seconds > 0.0);
    assert!(estimate.disk.total_bytes() > estimate.text_bytes);

    let again = world.ingestor.estimate(&world.docs, items(&documents).into_iter(), CancellationToken::new()).await.unwrap();
    assert_eq!((again.documents, again.unchanged, again.chunks), (0, 2, 0));
}

#[tokio::test]
async fn what_cannot_be_ingested_is_named_up_to_a_limit() {
    let world = World::new();
    let failed = |number: usize| FailedDocument {
        source: format!("/{number}"),
        stage: "source".to_owned(),
        reason: "is locked".to_owned(),
        attempts: 1,
    };
    let items = (0..100).map(failed).map(SourceItem::Failed).collect::<Vec<_>>();
    let estimate = world.ingestor.estimate(&world.docs, items.into_iter(), CancellationToken::new()).await.unwrap();
    assert_eq!((estimate.failed, estimate.failed_documents.len()), (100, 20));
    assert_eq!(estimate.tokens_per_second, 0.0);
}

#[tokio::test]
async fn an_endless_estimate_can_be_cancelled() {
    let world = World::new();
    let cancel = CancellationToken::new();
    let canceller = cancel.clone();
    let endless = (0..).map(move |number: usize| {
        if number == 50 {
            canceller.cancel();
        }
        items(&[(format!("/{number}.txt").as_str(), "text")]).remove(0)
    });
    let estimate = world.ingestor.estimate(&world.docs, endless, cancel).await.unwrap();
    assert!(estimate.interrupted && estimate.documents <= 100, "{estimate:?}");
}
