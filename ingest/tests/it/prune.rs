//! Documents whose source is gone are removed; those that merely cannot be seen are not.

use ragstone_core::Catalog;
use ragstone_ingest::{FailedDocument, FileSource, IngestReport, IngestRequest, SourceConfig, SourceItem};

use crate::support::{World, items};

async fn prune(world: &World, found: Vec<SourceItem>, roots: &[&str]) -> IngestReport {
    let roots = roots.iter().map(|root| (*root).to_owned()).collect();
    world.ingestor.ingest(&world.docs, IngestRequest::of(found.into_iter()).prune_under(roots)).await.unwrap()
}

async fn sources(world: &World) -> Vec<String> {
    let page = world.catalog.documents(&world.docs, 0, 100).await.unwrap();
    page.documents.into_iter().map(|summary| summary.head.source).collect()
}

async fn world() -> World {
    let world = World::new();
    world.ingest(&[("/docs/a.md", "a"), ("/docs/closed/b.md", "b"), ("/docs2/c.md", "c")]).await;
    world
}

#[tokio::test]
async fn what_was_not_found_under_a_root_is_removed() {
    let world = world().await;
    let report = prune(&world, items(&[("/docs/a.md", "a")]), &["/docs"]).await;
    assert_eq!((report.removed, report.unchanged), (1, 1));
    assert_eq!(sources(&world).await, ["/docs/a.md", "/docs2/c.md"], "`/docs2` is not under `/docs`");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_root_may_be_a_file_or_end_with_a_slash() {
    let world = world().await;
    assert_eq!(prune(&world, Vec::new(), &["/docs/a.md", "/docs2/"]).await.removed, 2);
    assert_eq!(sources(&world).await, ["/docs/closed/b.md"]);
}

#[tokio::test]
async fn what_is_in_a_folder_that_cannot_be_read_stays() {
    let world = world().await;
    let closed = FailedDocument {
        source: "/docs/closed".to_owned(),
        stage: "source".to_owned(),
        reason: "permission denied".to_owned(),
        attempts: 1,
    };
    let report = prune(&world, vec![SourceItem::Failed(closed)], &["/docs"]).await;
    assert_eq!((report.removed, report.failed.len()), (1, 1));
    assert_eq!(sources(&world).await, ["/docs/closed/b.md", "/docs2/c.md"]);
}

#[tokio::test]
async fn a_document_that_fails_stays() {
    let world = world().await;
    let report = prune(&world, items(&[("/docs/a.md", ""), ("/docs/closed/b.md", "b")]), &["/docs"]).await;
    assert_eq!((report.removed, report.failed.len(), sources(&world).await.len()), (0, 1, 3));
}

#[tokio::test]
async fn without_roots_nothing_is_removed() {
    let world = world().await;
    assert_eq!(prune(&world, Vec::new(), &[]).await.removed, 0);
}

#[tokio::test]
async fn a_deleted_file_is_pruned() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.md", "b.md"] {
        fs_err::write(folder.path().join(name), name).unwrap();
    }
    let ingest = async || {
        let files = FileSource::new(&[folder.path().into()], &SourceConfig::default()).unwrap();
        let roots = files.prunable_roots();
        world.ingestor.ingest(&world.docs, IngestRequest::new(files).prune_under(roots)).await.unwrap()
    };
    assert_eq!(ingest().await.indexed, 2);
    fs_err::remove_file(folder.path().join("b.md")).unwrap();
    let report = ingest().await;
    assert_eq!((report.unchanged, report.removed), (1, 1));
    world.assert_settled().await;
}
