//! The members of archives are documents of their own.

use ragstone_core::Catalog;
use ragstone_ingest::{IngestReport, IngestRequest};
use tempfile::TempDir;

use crate::support::worker::{archive, extractor};
use crate::support::{World, items};

fn world() -> (World, TempDir) {
    let (extractor, folder) = extractor();
    (World::with_extractor(extractor), folder)
}

async fn ingest_all(world: &World, documents: &[(&str, &str)]) -> IngestReport {
    let request = IngestRequest::of(items(documents).into_iter()).prune_under(vec!["/".to_owned()]);
    world.ingestor.ingest(&world.docs, request).await.unwrap()
}

async fn sources(world: &World) -> Vec<String> {
    world.assert_settled().await;
    let page = world.catalog.documents(&world.docs, 0, 100).await.unwrap();
    page.documents.into_iter().map(|summary| summary.head.source).collect()
}

#[tokio::test]
async fn members_are_documents_and_one_that_is_damaged_fails_alone() {
    let (world, _folder) = world();
    let zip = archive(&["a.md\t# A\\n\\nOne.", "!b.md\tx", "deep/c.txt\tTwo.", "empty.txt\t"]);
    let report = ingest_all(&world, &[("/0.txt", "zero"), ("/x.zip", &zip), ("/z.txt", "last")]).await;
    assert_eq!((report.indexed, report.failed_total), (4, 2));
    let failed: Vec<&str> = report.failed.iter().map(|failed| failed.source.as_str()).collect();
    assert_eq!(failed, ["/x.zip/b.md", "/x.zip/empty.txt"]);
    assert_eq!(sources(&world).await, ["/0.txt", "/x.zip/a.md", "/x.zip/deep/c.txt", "/z.txt"]);
    assert_eq!(world.stored_texts("/x.zip/a.md").await, ["# A\n\nOne."]);
    assert_eq!(ingest_all(&world, &[("/x.zip", &zip)]).await.unchanged, 2);
}

#[tokio::test]
async fn members_that_are_gone_are_pruned_and_copies_take_over() {
    let (world, _folder) = world();
    let zip = archive(&["a.md\t# A\\n\\nOne.", "b.md\t# B\\n\\nTwo."]);
    let report = ingest_all(&world, &[("/a.md", "# A\n\nOne."), ("/x.zip", &zip)]).await;
    assert_eq!(report.duplicates, 1);
    world.embedder.take_embedded();
    let report = ingest_all(&world, &[("/x.zip", &archive(&["a.md\t# A\\n\\nOne."]))]).await;
    assert_eq!((report.removed, report.unchanged, world.embedder.take_embedded()), (2, 1, 0));
    assert_eq!(world.stored_texts("/x.zip/a.md").await, ["# A\n\nOne."]);
    assert_eq!(sources(&world).await, ["/x.zip/a.md"]);
}

#[tokio::test]
async fn an_archive_that_cannot_be_read_hides_its_members_from_pruning() {
    let (world, _folder) = world();
    ingest_all(&world, &[("/x.zip", &archive(&["a.md\t# A", "b/c.md\t# C"])), ("/y.md", "# Y")]).await;
    let report = ingest_all(&world, &[("/x.zip", &archive(&["damaged"]))]).await;
    assert_eq!((report.removed, report.failed_total), (1, 1));
    assert!(report.failed[0].reason.contains("is damaged: no end"), "{:?}", report.failed);
    assert_eq!(sources(&world).await, ["/x.zip/a.md", "/x.zip/b/c.md"]);
}

#[tokio::test]
async fn archives_in_archives_are_opened_to_a_depth() {
    let (world, _folder) = world();
    let inner = |content: &str| format!("PK\\0003\\0004\\n{content}\\n");
    let escape = |text: String| text.replace('\\', "\\\\");
    let third = inner("c.md\\t# C");
    let second = inner(&format!("b.md\\t# B\\nthird.zip\\t{}", escape(third)));
    let first = archive(&["a.md\t# A", &format!("second.zip\t{second}")]);
    let report = ingest_all(&world, &[("/first.zip", &first)]).await;
    assert_eq!(sources(&world).await, ["/first.zip/a.md", "/first.zip/second.zip/b.md"]);
    assert_eq!(report.failed_total, 1);
    assert!(report.failed[0].reason.contains("inside 2 others, the limit is 2"), "{:?}", report.failed);
}

#[tokio::test]
async fn a_file_that_becomes_an_archive_leaves_no_document_behind() {
    let (world, _folder) = world();
    ingest_all(&world, &[("/x", "text")]).await;
    let report = ingest_all(&world, &[("/x", &archive(&["a.md\t# A"]))]).await;
    assert_eq!((report.indexed, report.removed), (1, 1));
    assert_eq!(sources(&world).await, ["/x/a.md"]);
    assert_eq!(ingest_all(&world, &[("/x", "text")]).await.removed, 1);
    assert_eq!(sources(&world).await, ["/x"]);
}

#[tokio::test]
async fn many_archives_at_once_pass_through_few_workers() {
    let (world, _folder) = world();
    let zips: Vec<(String, String)> = (0..20)
        .map(|number| {
            let nested = format!("n.zip\tPK\\0003\\0004\\nd.md\\t# D{number}\\n");
            (format!("/{number:02}.zip"), archive(&[&format!("a.md\t# A{number}"), &nested, &format!("z.md\t# Z{number}")]))
        })
        .collect();
    let documents: Vec<(&str, &str)> = zips.iter().map(|(source, zip)| (source.as_str(), zip.as_str())).collect();
    let report = ingest_all(&world, &documents).await;
    assert_eq!((report.indexed, report.failed_total), (60, 0));
    world.assert_settled().await;
}
