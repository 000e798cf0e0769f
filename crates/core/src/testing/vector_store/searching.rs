//! The two kinds of search.

use super::samples::{DIMENSION, dense, document, embed, ids, lexical, name, search};
use crate::{ChunkId, EmbeddedChunk, VectorQuery, VectorStore};

pub(super) async fn dense_search_orders_by_cosine(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    assert!(search(store, &docs, dense([1.0, 0.0, 0.0, 0.0], 5)).await.is_empty(), "nothing in an empty collection");
    let head = document("/a");
    let vectors = [[1.0, 0.0, 0.0, 0.0], [0.6, 0.8, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]];
    let chunks: Vec<_> = (0..).zip(vectors).map(|(ordinal, vector)| embed(&head, ordinal, vector.to_vec(), &[])).collect();
    store.upsert(&docs, chunks.clone()).await.unwrap();

    let found = search(store, &docs, dense([1.0, 0.0, 0.0, 0.0], 10)).await;
    assert_eq!(ids(&found), chunks.iter().map(|chunk| chunk.chunk.id).collect::<Vec<_>>());
    for (scored, expected) in found.iter().zip([1.0, 0.6, 0.0, -1.0]) {
        assert!((scored.score - expected).abs() < 1e-4, "{scored:?} should have {expected}");
    }
    assert_eq!(search(store, &docs, dense([1.0, 0.0, 0.0, 0.0], 2)).await, found[..2]);
    assert!(search(store, &docs, dense([1.0, 0.0, 0.0, 0.0], 0)).await.is_empty());

    let both = store.search(&docs, vec![dense([0.0, 1.0, 0.0, 0.0], 1), dense([-1.0, 0.0, 0.0, 0.0], 1)]).await.unwrap();
    assert_eq!((ids(&both[0]), ids(&both[1])), (vec![chunks[2].chunk.id], vec![chunks[3].chunk.id]), "lists in the queries' order");
}

pub(super) async fn lexical_search_prefers_rare_terms(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let head = document("/a");
    let terms: [&[(u32, f32)]; 4] = [&[(u32::MAX, 1.0), (1, 1.0)], &[(1, 1.0)], &[(1, 0.5)], &[]];
    let chunks: Vec<_> = (0..).zip(terms).map(|(ordinal, terms)| embed(&head, ordinal, vec![1.0, 0.0, 0.0, 0.0], terms)).collect();
    store.upsert(&docs, chunks.clone()).await.unwrap();

    let found = search(store, &docs, lexical(&[u32::MAX, 1], 10)).await;
    assert_eq!(ids(&found), [0, 1, 2].map(|number| chunks[number].chunk.id), "only what shares a term, best first");
    assert!(found[0].score > 2.0 * found[1].score, "the rarer term weighs more: {found:?}");
    assert!((found[1].score - 2.0 * found[2].score).abs() < 1e-4, "scores follow the weights: {found:?}");
    assert_eq!(ids(&search(store, &docs, lexical(&[u32::MAX], 10)).await), [chunks[0].chunk.id]);
    assert!(search(store, &docs, lexical(&[42], 10)).await.is_empty(), "an unknown term finds nothing");
    assert!(search(store, &docs, lexical(&[], 10)).await.is_empty(), "no terms find nothing");
    let unordered = search(store, &docs, lexical(&[u32::MAX, 5, 1, 3], 10)).await;
    assert_eq!(ids(&unordered), ids(&found), "the order of a query's terms does not matter");
}

pub(super) async fn ties_are_in_the_order_of_ids(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let chunks: Vec<_> = (0..20).map(|number| embed(&document(&format!("/{number}")), 0, vec![0.0, 1.0, 0.0, 0.0], &[(1, 1.0)])).collect();
    store.upsert(&docs, chunks.clone()).await.unwrap();
    let mut expected: Vec<ChunkId> = chunks.iter().map(|chunk| chunk.chunk.id).collect();
    expected.sort();
    assert_eq!(ids(&search(store, &docs, dense([0.0, 1.0, 0.0, 0.0], 20)).await), expected);
    assert_eq!(ids(&search(store, &docs, lexical(&[1], 20)).await), expected);
}

pub(super) async fn named_chunks_are_all_scored(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    let chunks = spread(100);
    store.upsert(&docs, chunks.clone()).await.unwrap();
    let unknown = embed(&document("/unknown"), 0, vec![], &[]).chunk.id;
    let among = vec![chunks[99].chunk.id, unknown, chunks[50].chunk.id];
    let query = |query: VectorQuery| VectorQuery { among: Some(among.clone()), ..query };

    let found = search(store, &docs, query(dense([1.0, 0.0, 0.0, 0.0], 10))).await;
    assert_eq!(ids(&found), [chunks[50].chunk.id, chunks[99].chunk.id], "just these, whatever their rank in the collection");
    let all = search(store, &docs, dense([1.0, 0.0, 0.0, 0.0], 100)).await;
    assert!(found.iter().all(|scored| all.contains(scored)), "with the scores they have anyway");
    let all = search(store, &docs, lexical(&[1], 100)).await;
    for scored in search(store, &docs, query(lexical(&[1], 10))).await {
        let same = all.iter().find(|other| other.id == scored.id).unwrap();
        assert!((same.score - scored.score).abs() < 1e-5, "rarity is that in the collection: {same:?} {scored:?}");
    }
    let none = VectorQuery { among: Some(Vec::new()), ..dense([1.0, 0.0, 0.0, 0.0], 10) };
    assert!(search(store, &docs, none).await.is_empty(), "an empty list of names allows nothing");
}

pub(super) async fn optimizing_changes_no_answer(store: &impl VectorStore) {
    let docs = name("docs");
    store.create(&docs, DIMENSION).await.unwrap();
    store.optimize(&docs).await.unwrap();
    let chunks = spread(1500);
    store.upsert(&docs, chunks.clone()).await.unwrap();
    let deleted: Vec<_> = chunks[..500].iter().map(|chunk| chunk.chunk.id).collect();
    store.delete(&docs, &deleted).await.unwrap();
    let queries = || vec![dense([1.0, 0.0, 0.0, 0.0], 20), lexical(&[1, 2], 20)];
    let before = store.search(&docs, queries()).await.unwrap();
    store.optimize(&docs).await.unwrap();
    let after = store.search(&docs, queries()).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(ids(before), ids(after));
    }
    assert_eq!(store.stored(&docs).await.unwrap().len(), 1000);
    store.upsert(&docs, chunks[..500].to_vec()).await.unwrap();
    assert_eq!(store.stored(&docs).await.unwrap().len(), 1500, "writing goes on afterwards");
    assert_eq!(ids(&search(store, &docs, dense([1.0, 0.0, 0.0, 0.0], 1)).await), [chunks[0].chunk.id]);
}

/// Chunks whose vectors turn away from the first axis, and whose terms weigh less, one after the other.
fn spread(count: u16) -> Vec<EmbeddedChunk> {
    let head = document("/spread");
    let chunk = |number: u16| {
        let angle = f32::from(number) / f32::from(count);
        let weight = 1.0 - angle / 2.0;
        embed(&head, number.into(), vec![angle.cos(), angle.sin(), 0.0, 0.0], &[(1 + u32::from(number % 3), weight)])
    };
    (0..count).map(chunk).collect()
}
