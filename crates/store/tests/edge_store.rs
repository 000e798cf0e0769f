//! The embedded store against the port's conformance suite, and against crashes, damage and other owners.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ragstone_core::testing::MemoryStore;
use ragstone_core::testing::vector_store::{self, document, embed, name};
use ragstone_core::{EmbeddedChunk, ErrorKind, IndexName, Thoroughness, VectorQuery, VectorStore, WhichVector};
use ragstone_store::{DataDirLock, EdgeStore, StoreConfig, StoreError};

fn open(folder: &Path) -> EdgeStore {
    EdgeStore::open(folder, StoreConfig::default()).unwrap()
}

fn chunks(numbers: std::ops::Range<u16>) -> Vec<EmbeddedChunk> {
    let head = document("/a");
    numbers.map(|number| embed(&head, number.into(), vec![1.0, f32::from(number)], &[(number.into(), 1.0)])).collect()
}

async fn store_with(folder: &Path, docs: &IndexName, numbers: std::ops::Range<u16>) -> EdgeStore {
    let store = open(folder);
    store.create(docs, 2).await.unwrap();
    store.upsert(docs, chunks(numbers)).await.unwrap();
    store.flush(docs).await.unwrap();
    store
}

async fn count(store: &EdgeStore, docs: &IndexName) -> usize {
    store.stored(docs).await.unwrap().len()
}

/// What `kill -9` leaves: the files as the operating system has them, and no one who closes them.
fn copy_as_after_a_kill(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_as_after_a_kill(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let made = AtomicUsize::new(0);
    vector_store::conforms(async || open(&folder.path().join(made.fetch_add(1, Ordering::Relaxed).to_string()))).await;
}

#[tokio::test]
async fn the_fake_conforms() {
    vector_store::conforms(async || MemoryStore::default()).await;
}

#[tokio::test]
async fn what_was_flushed_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    vector_store::survives_reopening(open(folder.path()), async |store: EdgeStore| {
        store.close().await.unwrap();
        drop(store);
        open(folder.path())
    })
    .await;
}

#[tokio::test]
async fn graphs_answer_as_exact_search_does() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig { exact_search_up_to: 0, ..StoreConfig::default() };
    let store = EdgeStore::open(folder.path(), config).unwrap();
    vector_store::survives_reopening(store, async |store: EdgeStore| {
        store.optimize(&name("docs")).await.unwrap();
        store
    })
    .await;
}

#[tokio::test]
async fn a_folder_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let error = EdgeStore::open(folder.path(), StoreConfig::default()).unwrap_err();
    assert!(matches!(error, StoreError::Owned { .. }), "{error}");
    let error = ragstone_core::Error::from(error);
    assert_eq!(error.kind(), ErrorKind::Conflict);
    for part in [std::process::id().to_string().as_str(), "--url", "--data-dir", folder.path().to_str().unwrap()] {
        assert!(error.to_string().contains(part), "`{part}` is missing from: {error}");
    }
    drop(store);
    DataDirLock::acquire(folder.path()).unwrap();
}

#[tokio::test]
async fn an_unclean_stop_is_noticed_and_a_clean_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let docs = name("docs");
    let store = open(folder.path());
    assert!(!store.opened_after_unclean_stop(), "nothing was written yet");
    drop(store);
    assert!(!open(folder.path()).opened_after_unclean_stop(), "reading alone leaves nothing to be repaired");

    let store = store_with(folder.path(), &docs, 0..3).await;
    store.close().await.unwrap();
    store.close().await.unwrap();
    let error = store.stored(&docs).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    drop(store);

    let store = open(folder.path());
    assert!(!store.opened_after_unclean_stop());
    store.delete(&docs, &[]).await.unwrap();
    drop(store);
    let store = open(folder.path());
    assert!(store.opened_after_unclean_stop(), "it wrote and did not close");
    drop(store);
    let store = open(folder.path());
    assert!(store.opened_after_unclean_stop(), "until someone closes");
    store.close().await.unwrap();
    drop(store);
    assert!(!open(folder.path()).opened_after_unclean_stop());
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_flushed() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let docs = name("docs");
    let store = store_with(folder.path(), &docs, 0..500).await;
    store.upsert(&docs, chunks(500..900)).await.unwrap();
    store.delete(&docs, &[chunks(0..1)[0].chunk.id]).await.unwrap();
    copy_as_after_a_kill(folder.path(), copy.path());

    let survivor = open(copy.path());
    assert!(survivor.opened_after_unclean_stop());
    assert!(survivor.damaged_indexes().is_empty());
    assert!(count(&survivor, &docs).await >= 499);
    // What is missing can be stored again, and what is there stored over.
    survivor.upsert(&docs, chunks(0..900)).await.unwrap();
    survivor.close().await.unwrap();
    drop(survivor);
    assert_eq!(count(&open(copy.path()), &docs).await, 900);
}

#[tokio::test]
async fn a_damaged_collection_is_moved_aside() {
    let folder = tempfile::tempdir().unwrap();
    let (docs, other) = (name("docs"), name("other"));
    let store = store_with(folder.path(), &docs, 0..50).await;
    store.create(&other, 2).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let shard = folder.path().join("collections/docs");
    damage_every_file(&shard.join("segments"));

    let store = open(folder.path());
    assert_eq!(store.damaged_indexes(), std::slice::from_ref(&docs));
    store.create(&docs, 2).await.unwrap();
    store.upsert(&docs, chunks(0..5)).await.unwrap();
    assert_eq!(count(&store, &docs).await, 5);
    assert_eq!(count(&store, &other).await, 0, "others are left alone");
    store.close().await.unwrap();
    drop(store);
    assert!(open(folder.path()).damaged_indexes().is_empty());
    let names = fs_err::read_dir(folder.path().join("collections")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().any(|name| name.to_string_lossy().starts_with("docs.damaged-")), "it is kept for inspection");
}

fn damage_every_file(folder: &Path) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            damage_every_file(&entry.path());
        } else {
            fs_err::write(entry.path(), "not what it was").unwrap();
        }
    }
}

#[tokio::test]
async fn an_empty_or_unfinished_folder_does_not_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let collections = folder.path().join("collections");
    for name in ["empty", "half.unfinished", "gone.removed", "not a collection"] {
        fs_err::create_dir_all(collections.join(name).join("segments")).unwrap();
    }
    let store = open(folder.path());
    assert_eq!(store.damaged_indexes(), [name("empty")]);
    assert!(!fs_err::exists(collections.join("half.unfinished")).unwrap());
    assert!(!fs_err::exists(collections.join("gone.removed")).unwrap());
    assert!(fs_err::exists(collections.join("not a collection")).unwrap(), "what is not ours is left alone");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs_err::write(&file, "").unwrap();
    let error = ragstone_core::Error::from(EdgeStore::open(&file.join("data"), StoreConfig::default()).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.to_string().contains("file"), "{error}");
    assert!(std::error::Error::source(&error).is_some(), "the operating system's reason is kept");
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_refused_with_its_name() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    fs_err::set_permissions(folder.path(), PermissionsExt::from_mode(0o555)).unwrap();
    let outcome = EdgeStore::open(folder.path(), StoreConfig::default());
    fs_err::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    // The administrator may write anywhere.
    if let Err(error) = outcome {
        assert_eq!(ragstone_core::Error::from(error).kind(), ErrorKind::Storage);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_go_on_while_others_write_and_optimise() {
    let folder = tempfile::tempdir().unwrap();
    let docs = name("docs");
    let store = Arc::new(store_with(folder.path(), &docs, 0..100).await);
    let writer = tokio::spawn({
        let (store, docs) = (Arc::clone(&store), docs.clone());
        async move {
            for start in (100..3000).step_by(100) {
                store.upsert(&docs, chunks(start..start + 100)).await.unwrap();
                store.flush(&docs).await.unwrap();
                if start % 1000 == 0 {
                    store.optimize(&docs).await.unwrap();
                }
            }
        }
    });
    let mut searches = 0;
    while !writer.is_finished() {
        let query = VectorQuery {
            vector: WhichVector::Dense(vec![1.0, 0.0]),
            filter: None,
            among: None,
            limit: 10,
            thoroughness: Thoroughness::Configured,
        };
        let found = store.search(&docs, vec![query]).await.unwrap();
        assert_eq!(found[0].len(), 10);
        assert_eq!(found[0][0].id, chunks(0..1)[0].chunk.id, "the nearest was there from the start");
        searches += 1;
    }
    writer.await.unwrap();
    assert!(searches > 10, "{searches} searches");
    assert_eq!(count(&store, &docs).await, 3000);
}
