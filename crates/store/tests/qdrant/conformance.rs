//! The port's contract on a real server, and what only a server can get wrong.

use std::sync::atomic::{AtomicUsize, Ordering};

use ragstone_core::testing::vector_store::{self, document, embed, name};
use ragstone_core::{ErrorKind, FieldValue, Thoroughness, VectorQuery, VectorStore as _, WhichVector};
use ragstone_store::{QdrantConfig, QdrantStore, Quantization, ReadConsistency};
use secrecy::SecretString;

use crate::server::{Server, skip};

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_a_server_conforms() {
    let Some(server) = Server::find("conforms") else { return };
    let made = AtomicUsize::new(0);
    vector_store::conforms(async || server.store(&made.fetch_add(1, Ordering::Relaxed).to_string()).await).await;
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_there_for_the_next_who_connects() {
    let Some(server) = Server::find("reopens") else { return };
    vector_store::survives_reopening(server.store("same").await, async |store: QdrantStore| {
        drop(store);
        server.store("same").await
    })
    .await;
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_collection_conforms() {
    let Some(server) = Server::find("kinds") else { return };
    let kinds = [
        QdrantConfig { quantization: Quantization::Scalar, read_consistency: ReadConsistency::Majority, ..QdrantConfig::default() },
        QdrantConfig { quantization: Quantization::Binary, read_consistency: ReadConsistency::All, ..QdrantConfig::default() },
        QdrantConfig { shards: 3, read_consistency: ReadConsistency::Quorum, ..QdrantConfig::default() },
    ];
    for (number, kind) in kinds.into_iter().enumerate() {
        let mut config = server.config(&server.url, &number.to_string());
        config.qdrant = QdrantConfig { prefix: config.qdrant.prefix, ca_certificate: config.qdrant.ca_certificate, ..kind };
        config.vectors_on_disk = number > 0;
        vector_store::survives_reopening(server.connect(&config).await, async |_| server.connect(&config).await).await;
    }
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn installations_with_prefixes_do_not_see_each_other() {
    let Some(server) = Server::find("prefixes") else { return };
    let (ours, theirs) = (server.store("ours").await, server.store("theirs").await);
    ours.create(&name("docs"), 2).await.unwrap();
    ours.create(&name("docs@3"), 2).await.unwrap();
    theirs.create(&name("docs"), 3).await.unwrap();
    assert_eq!(ours.indexes().await.unwrap(), [name("docs"), name("docs@3")]);
    theirs.remove(&name("docs")).await.unwrap();
    assert_eq!(ours.indexes().await.unwrap().len(), 2);
    assert!(theirs.indexes().await.unwrap().is_empty());
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_did_to_a_collection_is_noticed() {
    let Some(server) = Server::find("others") else { return };
    let (one, other) = (server.store("same").await, server.store("same").await);
    let docs = name("docs");
    let chunk = |dense: Vec<f32>| vec![embed(&document("/a"), 0, dense, &[(1, 1.0)])];
    one.create(&docs, 2).await.unwrap();
    one.upsert(&docs, chunk(vec![1.0, 0.0])).await.unwrap();
    assert_eq!(other.stored(&docs).await.unwrap().len(), 1);

    other.remove(&docs).await.unwrap();
    for error in [one.stored(&docs).await.unwrap_err(), one.upsert(&docs, chunk(vec![1.0, 0.0])).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
    other.create(&docs, 2).await.unwrap();
    one.upsert(&docs, chunk(vec![1.0, 0.0])).await.unwrap();
    other.remove(&docs).await.unwrap();
    other.create(&docs, 3).await.unwrap();
    let error = one.upsert(&docs, chunk(vec![1.0, 0.0])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let error = one.create(&docs, 2).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    one.upsert(&docs, chunk(vec![1.0, 0.0, 0.0])).await.unwrap();
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_chunks_go_in_more_than_one_request() {
    let Some(server) = Server::find("large") else { return };
    let store = server.store("same").await;
    let docs = name("docs");
    store.create(&docs, 2).await.unwrap();
    let head = document("/a");
    let mut chunks: Vec<_> = (0..700_u16).map(|number| embed(&head, number.into(), vec![1.0, f32::from(number)], &[])).collect();
    // 40 MB in all, more than the server takes at once, of which one chunk is longer than a request should be.
    for chunk in &mut chunks {
        chunk.chunk.text = "x".repeat(50_000);
    }
    chunks[5].chunk.text = "y".repeat(6_000_000);
    let ids: Vec<_> = chunks.iter().map(|chunk| chunk.chunk.id).collect();
    store.upsert(&docs, chunks.clone()).await.unwrap();
    let fetched = store.fetch(&docs, &ids).await.unwrap();
    assert!(fetched.iter().map(|found| &found.chunk).eq(chunks.iter().map(|chunk| &chunk.chunk)), "all, in the order asked for");

    let moved = chunks.iter().map(|chunk| chunk.chunk.clone()).collect();
    let mut new_head = head.clone();
    new_head.fields.insert("state".to_owned(), FieldValue::Text("final".to_owned()));
    store.set_payloads(&docs, moved, &new_head).await.unwrap();
    let fetched = store.fetch(&docs, &ids).await.unwrap();
    assert!(fetched.len() == 700 && fetched.iter().all(|found| found.head == new_head));
    store.delete(&docs, &ids).await.unwrap();
    assert!(store.stored(&docs).await.unwrap().is_empty());
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_is_listed_than_one_page_holds() {
    let Some(server) = Server::find("pages") else { return };
    let store = server.store("same").await;
    let docs = name("docs");
    store.create(&docs, 2).await.unwrap();
    let (head, other) = (document("/a"), document("/b"));
    let chunk = |number: u16| embed(if number < 5000 { &head } else { &other }, number.into(), vec![1.0, f32::from(number)], &[]);
    store.upsert(&docs, (0..9000).map(chunk).collect()).await.unwrap();
    assert_eq!(store.stored(&docs).await.unwrap().len(), 9000);
    assert_eq!(store.stored_of(&docs, &[head.id]).await.unwrap().len(), 5000);
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_of_the_server_that_can_find_nothing() {
    let Some(server) = Server::find("nothing") else { return };
    let store = server.store("same").await;
    let docs = name("docs");
    store.create(&docs, 2).await.unwrap();
    store.upsert(&docs, vec![embed(&document("/a"), 0, vec![1.0, 0.0], &[(1, 1.0)])]).await.unwrap();
    let query = |limit: usize| VectorQuery {
        vector: WhichVector::Dense(vec![1.0, 0.0]),
        filter: None,
        among: None,
        limit,
        thoroughness: Thoroughness::Neighbours(10),
    };
    let lists = store.search(&docs, vec![query(0), query(3), query(0)]).await.unwrap();
    assert_eq!(lists.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 0], "each list in its place");
    let mut wrong = query(1);
    wrong.vector = WhichVector::Dense(vec![f32::NAN, 0.0]);
    assert_eq!(store.search(&docs, vec![wrong]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_of_others_are_left_alone() {
    let Some(server) = Server::find("foreign") else { return };
    let store = server.store("same").await;
    let prefix = server.config(&server.url, "same").qdrant.prefix;
    server.make_foreign(&format!("{prefix}docs")).await;
    for error in [store.create(&name("docs"), 2).await.unwrap_err(), store.stored(&name("docs")).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.to_string().contains(&prefix) && error.to_string().contains("store.qdrant.prefix"), "{error}");
    }
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused() {
    let Some(server) = Server::find("key") else { return };
    let config = server.config(&server.url, "same");
    if server.key.is_none() {
        skip("a_wrong_key_is_refused", "RAGSTONE_TEST_QDRANT_API_KEY is not set; the server takes any key");
        return;
    }
    for key in [None, Some(SecretString::from("wrong"))] {
        let error = ragstone_core::Error::from(QdrantStore::connect(&config, key).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("RAGSTONE_QDRANT_API_KEY"), "{error}");
    }
}
