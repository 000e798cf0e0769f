mod forgetting;
mod leases;
mod texts;
mod upgrade;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ragstone_core::testing::{MemoryCatalog, catalog, jobs};
use ragstone_core::{Catalog, DocumentId, Error, ErrorKind};
use tempfile::TempDir;

use super::*;
use crate::sample::{collection, document, name};

#[tokio::test]
async fn conforms() {
    let folder = TempDir::new().unwrap();
    let made = std::cell::Cell::new(0);
    let open = || {
        made.set(made.get() + 1);
        // In a folder that is not there yet, under a name that needs care.
        let path = folder.path().join(format!("{} & 100% 文?/catalog.sqlite", made.get()));
        async move { SqliteCatalog::open(&path).await.unwrap() }
    };
    catalog::conforms(open).await;
    jobs::conforms(open).await;
}

#[tokio::test]
async fn survives_reopening() {
    let (documents, running) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    catalog::survives_reopening(|| async { SqliteCatalog::open(&file(&documents)).await.unwrap() }).await;
    jobs::survives_reopening(|| async { SqliteCatalog::open(&file(&running)).await.unwrap() }).await;
}

#[tokio::test]
async fn the_fake_conforms_too() {
    catalog::conforms(|| async { MemoryCatalog::default() }).await;
    jobs::conforms(|| async { MemoryCatalog::default() }).await;
}

#[tokio::test]
async fn closing_leaves_one_file() {
    let folder = TempDir::new().unwrap();
    let catalog = SqliteCatalog::open(&file(&folder)).await.unwrap();
    catalog.create_collection(&collection()).await.unwrap();
    assert!(catalog.collections().await.unwrap().len() == 1 && files(&folder) == 3);
    catalog.close().await.unwrap();
    assert_eq!(files(&folder), 1, "the journal was moved into the file");
    catalog.close().await.unwrap();
    let refused = catalog.collections().await.unwrap_err();
    assert_says(&refused, ErrorKind::Unavailable, &folder, "closed");
    assert_eq!(SqliteCatalog::open(&file(&folder)).await.unwrap().collections().await.unwrap().len(), 1);
}

#[tokio::test]
async fn refuses_what_is_not_a_catalog() {
    let folder = TempDir::new().unwrap();
    fs_err::write(file(&folder), "# Notes\n\nThis is no database, however long it goes on.".repeat(100)).unwrap();
    let refused = SqliteCatalog::open(&file(&folder)).await.unwrap_err();
    assert_says(&refused, ErrorKind::Storage, &folder, "damaged or not a catalog");
}

#[tokio::test]
async fn names_a_file_that_is_damaged_inside() {
    let folder = TempDir::new().unwrap();
    let catalog = filled(&folder, 200).await;
    catalog.close().await.unwrap();
    let mut bytes = fs_err::read(file(&folder)).unwrap();
    for page in bytes.chunks_mut(4096).skip(1).step_by(2) {
        page.fill(0xA5);
    }
    fs_err::write(file(&folder), bytes).unwrap();
    let refused = match SqliteCatalog::open(&file(&folder)).await {
        Ok(catalog) => catalog.expected(&name()).await.unwrap_err(),
        Err(refused) => refused,
    };
    assert_says(&refused, ErrorKind::Storage, &folder, "damaged or not a catalog");
}

#[tokio::test]
async fn names_a_record_that_makes_no_sense() {
    let folder = TempDir::new().unwrap();
    let catalog = filled(&folder, 1).await;
    sqlx::query("UPDATE documents SET fields = 'null?'").execute(&catalog.writer).await.unwrap();
    let refused = catalog.documents(&name(), 0, 1).await.unwrap_err();
    assert_says(&refused, ErrorKind::Storage, &folder, "damaged");
    assert!(format!("{:?}", refused).contains("fields"), "the cause names the column");
}

#[tokio::test(flavor = "multi_thread")]
async fn is_made_by_several_at_the_same_time() {
    for _ in 0..10 {
        let folder = TempDir::new().unwrap();
        let mut opening = tokio::task::JoinSet::new();
        for path in [file(&folder), file(&folder), file(&folder)] {
            opening.spawn(async move { SqliteCatalog::open(&path).await });
        }
        for opened in opening.join_all().await {
            opened.unwrap();
        }
    }
}

#[tokio::test]
async fn refuses_a_newer_version() {
    let folder = TempDir::new().unwrap();
    let catalog = SqliteCatalog::open(&file(&folder)).await.unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (7, 'later', TRUE, '', 0)")
        .execute(&catalog.writer)
        .await
        .unwrap();
    catalog.close().await.unwrap();
    let refused = SqliteCatalog::open(&file(&folder)).await.unwrap_err();
    assert_says(&refused, ErrorKind::Conflict, &folder, &format!("its schema is 7, this version knows {}", migrations::NEWEST));
}

#[tokio::test]
async fn refuses_a_schema_that_was_changed() {
    let folder = TempDir::new().unwrap();
    let catalog = SqliteCatalog::open(&file(&folder)).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET checksum = ''").execute(&catalog.writer).await.unwrap();
    catalog.close().await.unwrap();
    let refused = SqliteCatalog::open(&file(&folder)).await.unwrap_err();
    assert_says(&refused, ErrorKind::Storage, &folder, "cannot be brought up to date");
}

#[tokio::test]
async fn refuses_places_where_no_file_can_be() {
    let folder = TempDir::new().unwrap();
    fs_err::create_dir(file(&folder)).unwrap();
    let refused = SqliteCatalog::open(&file(&folder)).await.unwrap_err();
    assert_says(&refused, ErrorKind::Storage, &folder, "check that it is a file");

    let folder = TempDir::new().unwrap();
    fs_err::write(folder.path().join("taken"), "").unwrap();
    let refused = SqliteCatalog::open(&folder.path().join("taken/catalog.sqlite")).await.unwrap_err();
    assert!(refused.to_string().contains("cannot create the folder of catalog"), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn refuses_what_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let set = |mode| fs_err::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    if fs_err::write(folder.path().join("probe"), "").is_ok() {
        #[expect(clippy::print_stderr, reason = "what is skipped says so")]
        {
            eprintln!("skipped: this user may write into any folder");
        }
        return;
    }
    let refused = SqliteCatalog::open(&file(&folder)).await.unwrap_err();
    set(0o755);
    assert_says(&refused, ErrorKind::Storage, &folder, "you may write it and its folder");
}

#[tokio::test]
async fn refuses_writes_into_a_file_that_is_read_only() {
    let folder = TempDir::new().unwrap();
    let catalog = filled(&folder, 1).await;
    sqlx::query("PRAGMA query_only = 1").execute(&catalog.writer).await.unwrap();
    let refused = catalog.begin_removal(&name(), &[DocumentId::from_source("/0.md")]).await.unwrap_err();
    assert_says(&refused, ErrorKind::Storage, &folder, "cannot be opened or written");
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let catalog = filled(&folder, 10).await;
    // SQLite says the same when the file may not grow as when the disk is full.
    sqlx::query("PRAGMA max_page_count = 1").execute(&catalog.writer).await.unwrap();
    let large = [document("/large.md", 10_000)];
    let refused = catalog.begin(&name(), &large).await.unwrap_err();
    assert_says(&refused, ErrorKind::Storage, &folder, "no space is left");

    // There is room again.
    sqlx::query("PRAGMA max_page_count = 1073741823").execute(&catalog.writer).await.unwrap();
    assert_eq!(catalog.pending(&name()).await.unwrap().len(), 10, "nothing was half written");
    catalog.begin(&name(), &large).await.unwrap();
    assert_eq!(catalog.pending(&name()).await.unwrap().len(), 11);
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let (one, other) = (filled(&folder, 1).await, SqliteCatalog::open(&file(&folder)).await.unwrap());
    let held = one.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let waiting = tokio::spawn(async move { other.begin_removal(&name(), &[DocumentId::from_source("/0.md")]).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    held.rollback().await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_and_readers_do_not_disturb_each_other() {
    let folder = TempDir::new().unwrap();
    let catalog = filled(&folder, 0).await;
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let catalog = catalog.clone();
            tokio::spawn(async move {
                for number in 0..25 {
                    let record = document(&format!("/{task}/{number}.md"), 20);
                    let id = record.document.head.id;
                    catalog.begin(&name(), &[record]).await.unwrap();
                    catalog.complete(&name(), &[id], collection().created_at).await.unwrap();
                    let kept = catalog.document(&name(), id).await.unwrap().unwrap();
                    assert_eq!(kept.chunks.len(), 20);
                    assert!(kept.indexed_at.is_some());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(catalog.documents(&name(), 0, 0).await.unwrap().total, 200);
}

/// Generous bounds: a missing index makes each of these minutes.
#[tokio::test]
async fn large_documents_and_collections_stay_fast() {
    let folder = TempDir::new().unwrap();
    let catalog = filled(&folder, 1_000).await;
    let large = [document("/large.md", 50_000)];
    let id = large[0].document.head.id;
    let started = Instant::now();
    for _ in 0..2 {
        catalog.begin(&name(), &large).await.unwrap();
    }
    catalog.begin_removal(&name(), &[id]).await.unwrap();
    catalog.complete_removal(&name(), &[id]).await.unwrap();
    let unknown: Vec<_> = (0..10_000).map(|number| DocumentId::from_source(&format!("/{number}.md"))).collect();
    assert_eq!(catalog.states(&name(), &unknown).await.unwrap().len(), 1_000);
    assert!(catalog.remove_collection(&name()).await.unwrap());
    assert!(started.elapsed() < Duration::from_secs(30), "took {:?}", started.elapsed());
}

fn assert_says(refused: &Error, kind: ErrorKind, folder: &TempDir, words: &str) {
    let message = refused.to_string();
    assert_eq!(refused.kind(), kind, "{message}");
    assert!(message.contains(words), "{message}");
    assert!(message.contains(&file(folder).display().to_string()), "{message} must name the file");
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("catalog.sqlite")
}

fn files(folder: &TempDir) -> usize {
    fs_err::read_dir(folder.path()).unwrap().count()
}

async fn filled(folder: &TempDir, documents: usize) -> SqliteCatalog {
    let catalog = SqliteCatalog::open(&file(folder)).await.unwrap();
    catalog.create_collection(&collection()).await.unwrap();
    let documents: Vec<_> = (0..documents).map(|number| document(&format!("/{number}.md"), 5)).collect();
    catalog.begin(&name(), &documents).await.unwrap();
    catalog
}
