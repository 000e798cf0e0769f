//! Many writers at once, and what PostgreSQL cannot keep.

use std::time::Instant;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_in_each_others_way_all_get_through() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    let writers = [open(&url).await, open(&url).await];
    writers[0].create_collection(&collection()).await.unwrap();
    let documents: Vec<_> = (0..20).map(|number| document(&format!("/{number}.md"), 5)).collect();
    let ids: Vec<_> = documents.iter().map(|record| record.document.head.id).collect();
    let tasks: Vec<_> = (0..6)
        .map(|task| {
            let (writer, mut documents, ids) = (writers[task % 2].clone(), documents.clone(), ids.clone());
            if task % 3 == 0 {
                documents.reverse();
            }
            tokio::spawn(async move {
                for _ in 0..10 {
                    writer.begin(&name(), &documents).await.unwrap();
                    writer.complete(&name(), &ids, minutes(1)).await.unwrap();
                    let kept = writer.document(&name(), ids[3]).await.unwrap().unwrap();
                    assert_eq!((kept.chunks.len(), kept.document.text.as_str()), (5, "xxxxx"));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(writers[0].documents(&name(), 0, 0).await.unwrap().total, 20);
    assert_eq!(writers[0].pending(&name()).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_collection_goes_whole_while_others_write() {
    let Some(server) = server().await else { return };
    let catalog = filled(server).await;
    for round in 0..10 {
        let writing = catalog.clone();
        let task = tokio::spawn(async move { writing.begin(&name(), &[document("/a.md", 200), document("/b.md", 200)]).await });
        if round % 2 == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        catalog.remove_collection(&name()).await.unwrap();
        if let Err(refused) = task.await.unwrap() {
            assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");
        }
        assert_eq!(catalog.documents(&name(), 0, 0).await.unwrap().total, 0);
        catalog.create_collection(&collection()).await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_by_name() {
    let Some(server) = server().await else { return };
    let catalog = filled(server).await;
    let refused = catalog.begin(&name(), &[document("/with\0nul.md", 1)]).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::InvalidInput && refused.to_string().contains("NUL"), "{refused}");
    // Random, so that it cannot be compressed.
    let long: String = (0..200).map(|_| JobId::random().to_string()).collect();
    let refused = catalog.begin(&name(), &[document(&long, 1)]).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::TooLarge && refused.to_string().contains("too long"), "{refused}");
    sqlx::query("UPDATE collections SET embedding = '{'").execute(&catalog.pool).await.unwrap();
    let refused = catalog.collections().await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Storage && refused.to_string().contains("damaged"), "{refused}");
    assert!(refused.to_string().contains(&format!("127.0.0.1:{}/test_", server.port())), "{refused}");
}

#[tokio::test]
async fn locks_do_not_use_the_connections_of_queries() {
    use ragstone_core::{CollectionLocks, Locked, Sharing};
    let Some(server) = server().await else { return };
    let config = CatalogConfig { connections: 1, connect_timeout: Duration::from_secs(2), ..config(&server.new_database().await.unwrap()) };
    let catalog = PostgresCatalog::connect(&config).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(catalog.lock(&name(), Locked::Documents, Sharing::Shared).await.unwrap());
    }
    catalog.create_collection(&collection()).await.unwrap();
    let refused = catalog.lock(&name(), Locked::Documents, Sharing::Shared).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Overloaded && refused.to_string().contains("32 locks"), "{refused}");
    held.pop();
    catalog.lock(&name(), Locked::Documents, Sharing::Shared).await.unwrap();
}

/// Generous bounds: a missing index makes each of these minutes.
#[tokio::test]
async fn large_documents_and_collections_stay_fast() {
    let Some(server) = server().await else { return };
    let catalog = filled(server).await;
    let documents: Vec<_> = (0..1_000).map(|number| document(&format!("/{number}.md"), 5)).collect();
    catalog.begin(&name(), &documents).await.unwrap();
    let large = [document("/large.md", 10_000)];
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
    assert!(started.elapsed() < Duration::from_secs(60), "took {:?}", started.elapsed());
}
