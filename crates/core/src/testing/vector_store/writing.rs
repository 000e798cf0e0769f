//! Collections, and writing to them.

use std::collections::HashSet;
use std::sync::Arc;

use super::samples::{DIMENSION, dense, document, embed, ids, lexical, name, search};
use crate::{Chunk, ErrorKind, FieldValue, Language, Revision, StoredChunk, VectorStore};

pub(super) async fn collections_are_made_and_removed(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let chunk = embed(&document("/a"), 0, vec![1.0, 0.0, 0.0, 0.0], &[]);
    store.upsert(&docs, vec![chunk]).await.unwrap();

    store.create(&docs, DIMENSION).await.unwrap();
    assert_eq!(store.stored(&docs).await.unwrap().len(), 1, "making a collection that is there changes nothing");
    let error = store.create(&docs, DIMENSION + 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");

    store.create(&name("other"), DIMENSION + 1).await.unwrap();
    store.remove(&docs).await.unwrap();
    store.remove(&docs).await.unwrap();
    assert_eq!(store.stored(&docs).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(store.stored(&name("other")).await.unwrap().is_empty(), "other collections stay");

    store.create(&docs, DIMENSION + 2).await.unwrap();
    assert!(store.stored(&docs).await.unwrap().is_empty(), "a collection that is made again is empty");
}

pub(super) async fn indexes_of_one_collection_are_apart(store: &impl VectorStore) {
    assert_eq!(store.indexes().await.unwrap(), []);
    let (first, second) = (name("docs"), name("docs@1"));
    store.create(&second, DIMENSION + 1).await.unwrap();
    store.create(&first, DIMENSION).await.unwrap();
    store.create(&name("other"), DIMENSION).await.unwrap();
    assert_eq!(store.indexes().await.unwrap(), [first.clone(), second.clone(), name("other")]);

    let chunk = embed(&document("/a"), 0, vec![1.0, 0.0, 0.0, 0.0], &[]);
    store.upsert(&first, vec![chunk]).await.unwrap();
    assert!(store.stored(&second).await.unwrap().is_empty(), "what is written to the one is not in the other");
    store.remove(&first).await.unwrap();
    assert_eq!(store.indexes().await.unwrap(), [second, name("other")]);
    assert_eq!(store.stored(&first).await.unwrap_err().kind(), ErrorKind::NotFound);
}

pub(super) async fn unknown_collections_are_not_found(store: &impl VectorStore) {
    let nowhere = name("nowhere");
    let head = document("/a");
    let chunk = embed(&head, 0, vec![1.0, 0.0, 0.0, 0.0], &[]);
    let outcomes = [
        store.upsert(&nowhere, vec![chunk.clone()]).await,
        store.set_payloads(&nowhere, vec![chunk.chunk.clone()], &head).await,
        store.delete(&nowhere, &[chunk.chunk.id]).await,
        store.flush(&nowhere).await,
        store.optimize(&nowhere).await,
        store.stored(&nowhere).await.map(drop),
        store.search(&nowhere, vec![dense([1.0; DIMENSION], 1)]).await.map(drop),
        store.fetch(&nowhere, &[chunk.chunk.id]).await.map(drop),
        store.vectors(&nowhere, &[chunk.chunk.id]).await.map(drop),
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "call {number}: {error}");
        assert!(error.to_string().contains("nowhere"), "call {number}: {error}");
    }
    store.remove(&nowhere).await.unwrap();
}

pub(super) async fn chunks_come_back_as_they_were_written(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let mut head = document("/guide/中文 file.md");
    head.tags = vec!["one".to_owned(), "two".to_owned()];
    head.language = Language::unknown();
    head.modified_at = "2024-02-29T12:34:56.789012Z".parse().unwrap();
    head.fields = [
        ("draft".to_owned(), FieldValue::Boolean(true)),
        ("year".to_owned(), FieldValue::Number(2024.0)),
        ("price".to_owned(), FieldValue::Number(-1.5)),
        ("author \"x\".y[0]".to_owned(), FieldValue::Text("Ann".to_owned())),
        ("reviewers".to_owned(), FieldValue::List(vec!["Bob".to_owned(), String::new()])),
    ]
    .into();
    let first = embed(&head, 0, vec![1.0, 0.0, 0.0, 0.0], &[(7, 1.5), (3, 0.5)]);
    let second = embed(&head, 1, vec![0.0, 1.0, 0.0, 0.0], &[]);
    let unknown = embed(&head, 2, vec![0.0, 1.0, 0.0, 0.0], &[]);
    store.upsert(&docs, vec![first.clone(), second.clone()]).await.unwrap();

    let wanted = [second.chunk.id, unknown.chunk.id, first.chunk.id];
    let fetched = store.fetch(&docs, &wanted).await.unwrap();
    let chunks: Vec<&Chunk> = fetched.iter().map(|found| &found.chunk).collect();
    assert_eq!(chunks, [&second.chunk, &first.chunk], "in the order asked for, without those that are not there");
    assert!(fetched.iter().all(|found| found.head == head), "{fetched:#?}");

    let stored: HashSet<_> =
        store.stored(&docs).await.unwrap().into_iter().map(|found| (found.id, found.document, found.revision)).collect();
    let expected = [&first, &second].map(|written| (written.chunk.id, head.id, head.revision.clone()));
    assert_eq!(stored, expected.into());
    assert!(store.fetch(&docs, &[]).await.unwrap().is_empty());
    assert!(store.search(&docs, Vec::new()).await.unwrap().is_empty());
}

pub(super) async fn chunks_are_replaced_and_deleted(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let head = document("/a");
    let chunks: Vec<_> = (0..3).map(|ordinal| embed(&head, ordinal, vec![1.0, 0.0, 0.0, 0.0], &[(1, 1.0)])).collect();
    store.upsert(&docs, chunks.clone()).await.unwrap();
    store.upsert(&docs, Vec::new()).await.unwrap();

    let mut replaced = chunks[0].clone();
    replaced.dense = vec![0.0, 0.0, 0.0, 1.0];
    replaced.lexical.indices = vec![9];
    store.upsert(&docs, vec![replaced.clone()]).await.unwrap();
    assert_eq!(store.stored(&docs).await.unwrap().len(), 3, "the same id replaces");
    assert_eq!(ids(&search(store, &docs, dense([0.0, 0.0, 0.0, 1.0], 1)).await), [replaced.chunk.id]);
    assert_eq!(ids(&search(store, &docs, lexical(&[9], 5)).await), [replaced.chunk.id]);
    assert_eq!(search(store, &docs, lexical(&[1], 5)).await.len(), 2, "the former terms are gone");

    let unknown = embed(&head, 99, vec![], &[]).chunk.id;
    store.delete(&docs, &[chunks[1].chunk.id, unknown]).await.unwrap();
    store.delete(&docs, &[chunks[1].chunk.id]).await.unwrap();
    store.delete(&docs, &[]).await.unwrap();
    assert_eq!(store.stored(&docs).await.unwrap().len(), 2);
    assert!(store.fetch(&docs, &[chunks[1].chunk.id]).await.unwrap().is_empty());
    assert_eq!(ids(&search(store, &docs, lexical(&[1], 5)).await), [chunks[2].chunk.id]);

    store.upsert(&docs, vec![chunks[1].clone()]).await.unwrap();
    assert_eq!(store.fetch(&docs, &[chunks[1].chunk.id]).await.unwrap().len(), 1, "what was deleted can be stored again");
}

pub(super) async fn payloads_are_replaced_alone(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let mut head = document("/a");
    head.fields.insert("old".to_owned(), FieldValue::Boolean(true));
    let stored = embed(&head, 0, vec![0.6, 0.8, 0.0, 0.0], &[(5, 2.0)]);
    let unknown = embed(&head, 1, vec![], &[]);
    store.upsert(&docs, vec![stored.clone()]).await.unwrap();
    let before = search(store, &docs, dense([0.6, 0.8, 0.0, 0.0], 1)).await;

    let mut moved = stored.chunk.clone();
    moved.ordinal = 7;
    moved.span = (100..130).into();
    let mut new_head = document("/a");
    new_head.title = "Renamed".to_owned();
    new_head.revision = Revision::of(&[b"second"]);
    store.set_payloads(&docs, vec![moved.clone(), unknown.chunk.clone()], &new_head).await.unwrap();

    let fetched = store.fetch(&docs, &[moved.id, unknown.chunk.id]).await.unwrap();
    assert_eq!(fetched.len(), 1, "an unknown id is not made");
    assert_eq!((&fetched[0].chunk, &fetched[0].head), (&moved, &new_head), "the whole payload is replaced");
    assert_eq!(search(store, &docs, dense([0.6, 0.8, 0.0, 0.0], 1)).await, before, "the vectors stay");
    assert_eq!(search(store, &docs, lexical(&[5], 1)).await.len(), 1);
    let expected = StoredChunk { id: moved.id, document: head.id, revision: new_head.revision };
    assert_eq!(store.stored(&docs).await.unwrap(), [expected]);
}

pub(super) async fn vectors_come_back_as_unit_vectors(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let head = document("/a");
    // Written in two calls, so that they are in different places.
    let chunks: Vec<_> = [[0.6, 0.8, 0.0, 0.0], [0.0, 0.0, 0.0, -1.0]]
        .iter()
        .zip(0..)
        .map(|(vector, number)| embed(&head, number, vector.to_vec(), &[(1, 1.0)]))
        .collect();
    for chunk in &chunks {
        store.upsert(&docs, vec![chunk.clone()]).await.unwrap();
    }
    let unknown = embed(&head, 9, vec![], &[]).chunk.id;
    let wanted = [chunks[1].chunk.id, unknown, chunks[0].chunk.id, chunks[0].chunk.id];
    let check = async |expected: [&[f32]; 2]| {
        let found = store.vectors(&docs, &wanted).await.unwrap();
        assert_eq!(found.len(), 2, "unknown ids are left out");
        for (chunk, expected) in chunks.iter().zip(expected) {
            let vector = &found[&chunk.chunk.id];
            let is_close = vector.len() == DIMENSION && vector.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-6);
            assert!(is_close, "{vector:?} should be {expected:?}");
        }
    };
    check([&chunks[0].dense, &chunks[1].dense]).await;
    store.flush(&docs).await.unwrap();
    store.optimize(&docs).await.unwrap();
    check([&chunks[0].dense, &chunks[1].dense]).await;

    let changed = embed(&head, 0, vec![0.0, 1.0, 0.0, 0.0], &[]);
    store.upsert(&docs, vec![changed.clone()]).await.unwrap();
    check([&changed.dense, &chunks[1].dense]).await;
    store.delete(&docs, &wanted).await.unwrap();
    assert!(store.vectors(&docs, &wanted).await.unwrap().is_empty());
    assert!(store.vectors(&docs, &[]).await.unwrap().is_empty());
}

pub(super) async fn chunks_come_back_as_they_were_stored(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let mut head = document("/a");
    head.fields.insert("year".to_owned(), FieldValue::Number(2024.0));
    let chunks =
        [embed(&head, 0, vec![0.6, 0.8, 0.0, 0.0], &[(5, 2.0), (700_000_000, 0.25)]), embed(&head, 1, vec![0.0, 1.0, 0.0, 0.0], &[])];
    let other = embed(&document("/b"), 0, vec![1.0, 0.0, 0.0, 0.0], &[(5, 1.0)]);
    store.upsert(&docs, chunks.iter().cloned().chain([other.clone()]).collect()).await.unwrap();
    let unknown = embed(&head, 9, vec![], &[]).chunk.id;

    let found = store.embedded(&docs, &[chunks[1].chunk.id, unknown, chunks[0].chunk.id]).await.unwrap();
    assert_eq!(found.len(), 2, "unknown ids are left out");
    for chunk in &chunks {
        let found = found.iter().find(|found| found.chunk.id == chunk.chunk.id).unwrap();
        assert_eq!((&found.chunk, &found.head, &found.lexical), (&chunk.chunk, &chunk.head, &chunk.lexical));
        assert!(found.dense.iter().zip(&chunk.dense).all(|(one, other)| (one - other).abs() < 1e-6), "{:?}", found.dense);
    }
    assert!(store.embedded(&docs, &[]).await.unwrap().is_empty());

    let mut of_both: Vec<_> = store.stored_of(&docs, &[head.id]).await.unwrap().iter().map(|stored| stored.id).collect();
    of_both.sort();
    let mut expected = chunks.map(|chunk| chunk.chunk.id);
    expected.sort();
    assert_eq!(of_both, expected, "only those of the document");
    assert_eq!(store.stored_of(&docs, &[head.id, other.head.id]).await.unwrap().len(), 3);
    assert!(store.stored_of(&docs, &[]).await.unwrap().is_empty());
}

pub(super) async fn wrong_vectors_are_refused(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let short = embed(&document("/a"), 0, vec![1.0], &[]);
    let error = store.upsert(&docs, vec![short]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains('4') && error.to_string().contains('1'), "both sides are named: {error}");

    let mut query = dense([1.0; DIMENSION], 1);
    query.vector = crate::WhichVector::Dense(vec![1.0; 2]);
    assert_eq!(store.search(&docs, vec![query]).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(store.stored(&docs).await.unwrap().is_empty(), "nothing of a refused call is stored");
}

/// Checks that what was flushed is there when `reopen` makes the store anew over the same data; `store` is given up first.
pub async fn survives_reopening<S: VectorStore, T: VectorStore>(store: S, reopen: impl AsyncFnOnce(S) -> T) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let mut head = document("/a");
    head.fields.insert("year".to_owned(), FieldValue::Number(2024.0));
    let head = Arc::new(head);
    let numbered = |number: u16| embed(&head, number.into(), vec![1.0, f32::from(number), 0.0, 0.0], &[(number.into(), 1.0)]);
    let chunks: Vec<_> = (0..200).map(numbered).collect();
    store.upsert(&docs, chunks.clone()).await.unwrap();
    store.delete(&docs, &[chunks[0].chunk.id]).await.unwrap();
    store.flush(&docs).await.unwrap();
    let query = || vec![dense([1.0, 50.0, 0.0, 0.0], 20), lexical(&[7], 5)];
    let before = store.search(&docs, query()).await.unwrap();

    let store = reopen(store).await;
    assert_eq!(store.stored(&docs).await.unwrap().len(), 199);
    let after = store.search(&docs, query()).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        // Scores may change a little: a store may count deleted chunks in a term's frequency until it cleans up.
        assert_eq!(ids(before), ids(after));
    }
    let fetched = store.fetch(&docs, &[chunks[9].chunk.id]).await.unwrap();
    assert_eq!((&fetched[0].chunk, &fetched[0].head), (&chunks[9].chunk, &*head));
    // Writing goes on where it stopped: an operation counted too low would be ignored.
    let mut changed = chunks[9].clone();
    changed.dense = vec![0.0, 0.0, 0.0, 1.0];
    store.upsert(&docs, vec![changed]).await.unwrap();
    assert_eq!(ids(&search(&store, &docs, dense([0.0, 0.0, 0.0, 1.0], 1)).await), [chunks[9].chunk.id]);
}
