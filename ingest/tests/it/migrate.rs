//! Copying collections to another store, and into another catalog.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::Utc;
use ragstone_core::testing::{MemoryCatalog, MemoryStore};
use ragstone_core::{Catalog, ContentHash, DocumentId, EmbeddedChunk, ErrorKind, Place, Result, Revision, StoredChunk, VectorStore};
use ragstone_ingest::{Migration, MigrationReport};
use tokio_util::sync::CancellationToken;

use crate::support::{World, paragraphs};

/// A world with documents, and an empty place to go to.
struct Move {
    world: World,
    catalog: Arc<MemoryCatalog>,
    store: Arc<MemoryStore>,
}

impl Move {
    async fn of(documents: usize) -> Self {
        let world = World::new();
        let texts: Vec<(String, String)> =
            (0..documents).map(|number| (format!("/{number:03}"), paragraphs(&format!("p{number}"), 3))).collect();
        let documents: Vec<(&str, &str)> = texts.iter().map(|(source, text)| (source.as_str(), text.as_str())).collect();
        world.ingest(&documents).await;
        Self { world, catalog: Arc::default(), store: Arc::default() }
    }

    fn migration(&self) -> Migration {
        let from: Arc<dyn Catalog> = self.world.catalog.clone();
        Migration {
            from: Place { catalog: from, store: self.world.store.clone() },
            to: Place { catalog: self.catalog.clone(), store: self.store.clone() },
            progress: Arc::new(|_, _| {}),
            cancel: CancellationToken::new(),
        }
    }

    async fn run(&self) -> Result<MigrationReport> {
        self.migration().copy(&self.world.docs).await
    }

    async fn assert_complete(&self) {
        let (docs, index) = (&self.world.docs, self.world.index());
        assert_eq!(stored(&*self.store, &self.world).await, stored(&*self.world.store, &self.world).await);
        let (old, new) = (&self.world.catalog, &self.catalog);
        let listed = old.documents(docs, 0, 10_000).await.unwrap().documents;
        assert_eq!(new.documents(docs, 0, 10_000).await.unwrap().documents.len(), listed.len());
        for summary in listed {
            let mut before = old.document(docs, summary.head.id).await.unwrap().unwrap();
            let after = new.document(docs, summary.head.id).await.unwrap().unwrap();
            assert!(after.indexed_at.is_some());
            before.indexed_at = after.indexed_at;
            assert_eq!(before, after);
            let ids: Vec<_> = after.chunks.iter().map(|chunk| chunk.id).collect();
            let (here, there) = (self.world.store.embedded(&index, &ids).await.unwrap(), self.store.embedded(&index, &ids).await.unwrap());
            for (here, there) in here.iter().zip(&there) {
                assert_eq!(
                    (&here.chunk, &here.head, &here.dense, &here.lexical),
                    (&there.chunk, &there.head, &there.dense, &there.lexical)
                );
            }
        }
    }
}

async fn stored(store: &dyn VectorStore, world: &World) -> Vec<StoredChunk> {
    let mut stored = store.stored(&world.index()).await.unwrap();
    stored.sort_by_key(|chunk| chunk.id);
    stored
}

#[tokio::test]
async fn all_of_a_collection_is_in_the_new_place() {
    let moving = Move::of(130).await;
    // The same content under another name: it has no chunks of its own.
    moving.world.ingest(&[("/copy", &paragraphs("p7", 3))]).await;
    moving.world.catalog.set_setting(&moving.world.docs, "retrieve", Some(&serde_json::json!({"limit": 3}))).await.unwrap();
    let report = moving.run().await.unwrap();
    moving.assert_complete().await;
    assert_eq!((report.documents, report.kept, report.removed), (131, 0, 0));
    assert_eq!(report.copied, moving.world.catalog.expected(&moving.world.docs).await.unwrap().len() as u64);
    let verification = report.verification.unwrap();
    assert!(verification.queries > 40 && verification.vectors == verification.queries, "{verification:?}");
    assert!(verification.dense_overlap > Some(0.99) && verification.lexical_overlap > Some(0.99), "{verification:?}");
    assert_eq!(verification.unanswered, None);
    assert_eq!(moving.catalog.settings(&moving.world.docs).await.unwrap()["retrieve"]["limit"], 3);

    let again = moving.run().await.unwrap();
    assert_eq!((again.copied, again.kept), (0, report.copied), "what is there is not copied again");
}

#[tokio::test]
async fn what_was_cut_off_is_gone_on_with() {
    let moving = Move::of(250).await;
    let mut migration = moving.migration();
    let cancel = migration.cancel.clone();
    migration.progress = Arc::new(move |_, _| cancel.cancel());
    let first = migration.copy(&moving.world.docs).await.unwrap();
    assert!(first.verification.is_none() && first.documents == 100, "{first:?}");

    let second = moving.run().await.unwrap();
    assert_eq!(second.kept, first.copied);
    moving.assert_complete().await;
}

#[tokio::test]
async fn changes_and_strays_of_the_new_place_are_mended() {
    let moving = Move::of(5).await;
    moving.run().await.unwrap();
    let changed = paragraphs("changed", 2);
    moving.world.ingest(&[("/001", &changed)]).await;
    // What belongs to no document of either place.
    let other = World::new();
    other.ingest(&[("/stray", &paragraphs("stray", 2))]).await;
    let ids: Vec<_> = stored(&*other.store, &other).await.iter().map(|chunk| chunk.id).collect();
    moving.store.upsert(&other.index(), other.store.embedded(&other.index(), &ids).await.unwrap()).await.unwrap();

    let report = moving.run().await.unwrap();
    assert!(report.removed >= 5, "the chunks of the former version and the strays: {report:?}");
    moving.assert_complete().await;
}

#[tokio::test]
async fn documents_that_only_the_new_place_has_are_not_deleted() {
    let first = Move::of(5).await;
    first.run().await.unwrap();
    let second = Move { world: World::new(), catalog: first.catalog.clone(), store: first.store.clone() };
    second.world.ingest(&[("/000", &paragraphs("p0", 3)), ("/elsewhere", "Another machine.")]).await;
    second.world.catalog.set_setting(&second.world.docs, "retrieve", Some(&serde_json::json!({"limit": 3}))).await.unwrap();
    let refused = second.run().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    for words in ["`docs`", "4 documents", "`/001`", "documents delete", "collections delete docs", "--collection NAME"] {
        assert!(refused.to_string().contains(words), "{words:?} is not in: {refused}");
    }
    first.assert_complete().await;
    assert_eq!(first.catalog.settings(&first.world.docs).await.unwrap().len(), 0, "nothing was written");

    // Removed in the old place since: whether it may go is for a person to say.
    let removed = DocumentId::from_source("/002");
    first.world.ingestor.remove_documents(&first.world.docs, &[removed]).await.unwrap();
    let refused = first.run().await.unwrap_err();
    assert!(refused.to_string().contains("1 documents") && refused.to_string().contains("`/002`"), "{refused}");
    first.catalog.begin_removal(&first.world.docs, &[removed]).await.unwrap();
    first.catalog.complete_removal(&first.world.docs, &[removed]).await.unwrap();
    let report = first.run().await.unwrap();
    assert_eq!(report.removed, 3, "{report:?}");
    first.assert_complete().await;
}

#[tokio::test]
async fn what_is_newer_or_decided_in_the_new_place_stays() {
    let moving = Move::of(3).await;
    let docs = &moving.world.docs;
    moving.world.catalog.set_setting(docs, "retrieve", Some(&serde_json::json!({"limit": 3}))).await.unwrap();
    moving.run().await.unwrap();
    moving.catalog.set_setting(docs, "retrieve", Some(&serde_json::json!({"limit": 4}))).await.unwrap();
    moving.run().await.unwrap();
    assert_eq!(moving.catalog.settings(docs).await.unwrap()["retrieve"]["limit"], 4);

    let mut record = moving.catalog.document(docs, DocumentId::from_source("/001")).await.unwrap().unwrap();
    let id = record.document.head.id;
    record.document.head.revision = Revision::of(&[b"newer"]);
    moving.catalog.begin(docs, &[Arc::new(record)]).await.unwrap();
    moving.catalog.complete(docs, &[id], Utc::now()).await.unwrap();
    let refused = moving.run().await.unwrap_err();
    assert!(refused.to_string().contains("not as new, `/001`"), "{refused}");

    // Newer still in the old place: that version goes there.
    moving.world.ingest(&[("/001", &paragraphs("newest", 2))]).await;
    moving.run().await.unwrap();
    moving.assert_complete().await;
}

#[tokio::test]
async fn vectors_that_were_computed_again_since_are_copied_again() {
    let moving = Move::of(6).await;
    let first = moving.run().await.unwrap();
    // As `reindex` does after a change of the lexical settings or the model: the revision stays.
    let (index, id) = (moving.world.index(), DocumentId::from_source("/003"));
    let chunks = moving.world.catalog.document(&moving.world.docs, id).await.unwrap().unwrap().chunks;
    let ids: Vec<_> = chunks.iter().map(|chunk| chunk.id).collect();
    for change in [
        |chunk: &mut EmbeddedChunk| chunk.lexical.values.iter_mut().for_each(|weight| *weight *= 1.5),
        |chunk: &mut EmbeddedChunk| chunk.dense.reverse(),
    ] {
        let mut embedded = moving.world.store.embedded(&index, &ids).await.unwrap();
        embedded.iter_mut().for_each(change);
        moving.world.store.upsert(&index, embedded).await.unwrap();
        moving.world.store.flush(&index).await.unwrap();
        let report = moving.run().await.unwrap();
        assert_eq!((report.copied, report.kept), (ids.len() as u64, first.copied - ids.len() as u64));
        moving.assert_complete().await;
    }
}

#[tokio::test]
async fn a_store_that_is_too_slow_to_be_compared_is_said_to_be() {
    let moving = Move::of(4).await;
    moving.world.store.become_too_slow();
    let report = moving.run().await.unwrap();
    moving.assert_complete().await;
    let verification = report.verification.unwrap();
    assert!(verification.vectors > 0);
    assert_eq!((verification.queries, verification.dense_overlap, verification.lexical_overlap), (0, None, None));
    assert!(verification.unanswered.unwrap().contains("did not answer within 5s"));
}

#[tokio::test]
async fn long_documents_are_copied_few_at_a_time() {
    let moving = Move::of(1).await;
    let docs = &moving.world.docs;
    let small = moving.world.catalog.document(docs, DocumentId::from_source("/000")).await.unwrap().unwrap();
    for number in 0..5 {
        let mut long = small.clone();
        long.chunks.clear();
        long.document.text = "x".repeat(6 << 20);
        long.document.head.source = format!("/long/{number}");
        long.document.head.id = DocumentId::from_source(&long.document.head.source);
        long.content = ContentHash::of(&[long.document.head.source.as_bytes()]);
        let id = long.document.head.id;
        moving.world.catalog.begin(docs, &[Arc::new(long)]).await.unwrap();
        moving.world.catalog.complete(docs, &[id], Utc::now()).await.unwrap();
    }
    let groups = Arc::new(AtomicU64::new(0));
    let mut migration = moving.migration();
    let counted = Arc::clone(&groups);
    migration.progress = Arc::new(move |_, _| _ = counted.fetch_add(1, Ordering::Relaxed));
    migration.copy(docs).await.unwrap();
    moving.assert_complete().await;
    assert_eq!(groups.load(Ordering::Relaxed), 2, "three long ones with 18 MiB, and two");
}

#[tokio::test]
async fn the_store_alone_may_be_a_new_one() {
    let moving = Move::of(7).await;
    let mut migration = moving.migration();
    migration.to.catalog = Arc::clone(&migration.from.catalog);
    let last = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&last);
    migration.progress = Arc::new(move |done, all| seen.store(done * 1_000 + all, Ordering::Relaxed));
    let report = migration.copy(&moving.world.docs).await.unwrap();
    assert_eq!(last.load(Ordering::Relaxed), report.copied * 1_000 + report.copied);
    assert_eq!(stored(&*moving.store, &moving.world).await, stored(&*moving.world.store, &moving.world).await);
    assert_eq!(moving.catalog.collections().await.unwrap(), []);
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused_and_says_why() {
    let moving = Move::of(3).await;
    let missing = moving.migration().copy(&"other".parse().unwrap()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("`other`"), "{missing}");

    let stored = moving.world.store.stored(&moving.world.index()).await.unwrap();
    moving.world.store.delete(&moving.world.index(), &[stored[0].id]).await.unwrap();
    moving.world.store.flush(&moving.world.index()).await.unwrap();
    let gaps = moving.run().await.unwrap_err();
    assert!(gaps.to_string().contains("lacks 1 chunks") && gaps.to_string().contains("reindex"), "{gaps}");

    let record = moving.world.catalog.document(&moving.world.docs, DocumentId::from_source("/001")).await.unwrap().unwrap();
    moving.world.catalog.begin(&moving.world.docs, &[Arc::new(record)]).await.unwrap();
    let unfinished = moving.run().await.unwrap_err();
    assert!(unfinished.to_string().contains("begun and not completed"), "{unfinished}");
    assert!(unfinished.to_string().contains("ragstone reindex --collection docs"), "{unfinished}");
}

#[tokio::test]
async fn another_collection_of_the_name_is_left_alone() {
    let moving = Move::of(2).await;
    let mut spec = moving.world.catalog.collection(&moving.world.docs).await.unwrap().unwrap();
    spec.embedding.model = "another".to_owned();
    moving.catalog.create_collection(&spec).await.unwrap();
    let error = moving.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("another"), "{error}");
    assert_eq!(moving.store.indexes().await.unwrap(), []);
}
