//! The same corpus and the same questions, embedded and on a server.

use std::collections::HashSet;

use ragstone_core::testing::vector_store::{document, embed, name};
use ragstone_core::{
    ChunkId, Comparison, DocumentHead, EmbeddedChunk, FieldValue, Filter, FilterField, IndexName, Scored, SparseVector, Thoroughness,
    VectorQuery, VectorStore, WhichVector,
};
use ragstone_store::{EdgeStore, StoreConfig};

use crate::server::Server;

const CHUNKS: u32 = 4000;
const QUERIES: usize = 100;
const DIMENSION: usize = 48;
const CLUSTERS: usize = 40;
const TERMS: u32 = 2000;
const LIMIT: usize = 50;

struct Corpus {
    chunks: Vec<EmbeddedChunk>,
    dense: Vec<Vec<f32>>,
    lexical: Vec<SparseVector>,
}

/// Half of the vectors are in clusters, half anywhere; terms are as frequent as words are.
fn corpus() -> Corpus {
    let mut random = fastrand::Rng::with_seed(7);
    let centres: Vec<Vec<f32>> = (0..CLUSTERS).map(|_| direction(&mut random)).collect();
    let near = |random: &mut fastrand::Rng| {
        let centre = &centres[random.usize(..CLUSTERS)];
        centre.iter().zip(direction(random)).map(|(centre, noise)| centre + noise * 0.3).collect()
    };
    let chunks = (0..CHUNKS)
        .map(|number| {
            let dense = if number.is_multiple_of(2) { near(&mut random) } else { direction(&mut random) };
            let terms = terms(&mut random, 30);
            let pairs: Vec<(u32, f32)> = terms.indices.into_iter().zip(terms.values).collect();
            embed(&head(number / 8), number, dense, &pairs)
        })
        .collect();
    let dense = (0..QUERIES).map(|number| if number.is_multiple_of(2) { near(&mut random) } else { direction(&mut random) }).collect();
    let lexical = (0..QUERIES).map(|_| terms(&mut random, 4)).collect();
    Corpus { chunks, dense, lexical }
}

fn head(number: u32) -> DocumentHead {
    let mut head = document(&format!("/folder {}/{number}.md", number % 7));
    head.title = format!("Document {number} of part {}", number % 5);
    head.tags = vec![format!("tag{}", number % 3)];
    head.fields = [
        ("year".to_owned(), FieldValue::Number(f64::from(2000 + number % 25))),
        ("draft".to_owned(), FieldValue::Boolean(number.is_multiple_of(4))),
        ("odd \"name\"".to_owned(), FieldValue::Text(format!("value {}", number % 6))),
    ]
    .into();
    head
}

fn direction(random: &mut fastrand::Rng) -> Vec<f32> {
    let vector: Vec<f32> = (0..DIMENSION).map(|_| (0..6).map(|_| random.f32() - 0.5).sum::<f32>()).collect();
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    vector.into_iter().map(|number| number / length).collect()
}

fn terms(random: &mut fastrand::Rng, count: usize) -> SparseVector {
    // The square of a share prefers small numbers: frequent terms.
    let indices: HashSet<u32> = (0..count).map(|_| (f64::from(TERMS) * random.f64().powi(2)) as u32).collect();
    let mut indices: Vec<u32> = indices.into_iter().collect();
    indices.sort_unstable();
    let values = indices.iter().map(|_| 0.5 + random.f32()).collect();
    SparseVector { indices, values }
}

fn filters() -> Vec<Option<Filter>> {
    let one_of = |field, value| Filter::OneOf { field, values: vec![value] };
    let text = |text: &str| FieldValue::Text(text.to_owned());
    let custom = |name: &str| FilterField::Custom(name.to_owned());
    vec![
        None,
        Some(one_of(FilterField::Tags, text("tag1"))),
        Some(Filter::Contains { field: FilterField::Title, words: "part 3".to_owned() }),
        Some(Filter::And(vec![
            Filter::Number { field: custom("year"), comparison: Comparison::GreaterOrEqual, value: 2010.0 },
            Filter::Not(Box::new(one_of(custom("draft"), FieldValue::Boolean(true)))),
        ])),
        Some(one_of(custom("odd \"name\""), text("value 2"))),
    ]
}

fn queries(corpus: &Corpus, filter: Option<&Filter>, thoroughness: Thoroughness, limit: usize) -> Vec<VectorQuery> {
    let dense = corpus.dense.iter().cloned().map(WhichVector::Dense);
    let lexical = corpus.lexical.iter().cloned().map(WhichVector::Lexical);
    let query = |vector| VectorQuery { vector, filter: filter.cloned(), among: None, limit, thoroughness };
    dense.chain(lexical).map(query).collect()
}

async fn fill(store: &impl VectorStore, docs: &IndexName, corpus: &Corpus) {
    store.create(docs, DIMENSION).await.unwrap();
    for chunks in corpus.chunks.chunks(1000) {
        store.upsert(docs, chunks.to_vec()).await.unwrap();
    }
    store.flush(docs).await.unwrap();
    store.optimize(docs).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "what was measured")]
async fn exact_search_finds_the_same_with_the_same_scores() {
    let Some(server) = Server::find("exact") else { return };
    let folder = tempfile::tempdir().unwrap();
    let embedded = EdgeStore::open(folder.path(), StoreConfig::default()).unwrap();
    let remote = server.store("same").await;
    let (docs, corpus) = (name("docs"), corpus());
    fill(&embedded, &docs, &corpus).await;
    fill(&remote, &docs, &corpus).await;

    let (mut lists, mut scores, mut furthest) = (0, 0, 0.0_f32);
    for filter in filters() {
        let queries = queries(&corpus, filter.as_ref(), Thoroughness::Exact, LIMIT);
        let here = embedded.search(&docs, queries.clone()).await.unwrap();
        let there = remote.search(&docs, queries).await.unwrap();
        for (here, there) in here.iter().zip(&there) {
            let ids = |list: &[Scored]| list.iter().map(|scored| scored.id).collect::<Vec<ChunkId>>();
            assert_eq!(ids(here), ids(there), "{filter:?}: {here:?} {there:?}");
            for (here, there) in here.iter().zip(there) {
                furthest = furthest.max((here.score - there.score).abs());
                scores += 1;
            }
            lists += 1;
        }
    }
    assert!(furthest <= 1e-5, "scores differ by {furthest}");
    assert!(scores > lists * LIMIT / 2, "the filters leave something");
    eprintln!("{lists} exact lists with {scores} hits are identical; scores differ by {furthest:e} at most");

    let ids: Vec<ChunkId> = corpus.chunks.iter().map(|chunk| chunk.chunk.id).collect();
    let (here, there) = (embedded.embedded(&docs, &ids).await.unwrap(), remote.embedded(&docs, &ids).await.unwrap());
    assert_eq!((here.len(), there.len()), (ids.len(), ids.len()));
    for (here, there) in here.iter().zip(&there) {
        assert_eq!((&here.chunk, &here.head, &here.lexical), (&there.chunk, &there.head, &there.lexical));
        assert!(here.dense.iter().zip(&there.dense).all(|(one, other)| (one - other).abs() < 1e-6));
    }
    server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "what was measured")]
async fn graphs_find_almost_the_same() {
    let Some(server) = Server::find("graphs") else { return };
    let folder = tempfile::tempdir().unwrap();
    let graphs = |config: StoreConfig| StoreConfig { exact_search_up_to: 0, ..config };
    let embedded = EdgeStore::open(folder.path(), graphs(StoreConfig::default())).unwrap();
    let config = graphs(server.config(&server.url, "same"));
    let remote = server.connect(&config).await;
    let (docs, corpus) = (name("docs"), corpus());
    fill(&embedded, &docs, &corpus).await;
    fill(&remote, &docs, &corpus).await;
    let info = server.settled(&format!("{}docs", config.qdrant.prefix)).await;
    assert!(info.indexed_vectors_count() > u64::from(CHUNKS), "there is a graph beside the index of terms");

    let dense = |thoroughness| queries(&corpus, None, thoroughness, 10).into_iter().take(QUERIES).collect::<Vec<_>>();
    let here = embedded.search(&docs, dense(Thoroughness::Configured)).await.unwrap();
    let there = remote.search(&docs, dense(Thoroughness::Configured)).await.unwrap();
    let truth = remote.search(&docs, dense(Thoroughness::Exact)).await.unwrap();
    let (between, of_server, of_embedded) = (overlap(&here, &there), overlap(&there, &truth), overlap(&here, &truth));
    eprintln!(
        "overlap at 10 with graphs over {CHUNKS} vectors: {between:.4} between the stores; with exact search, {of_server:.4} on the server and {of_embedded:.4} embedded"
    );
    assert!(between >= 0.99, "{between}");
    server.clean().await;
}

/// The mean share of one list that is in the other.
fn overlap(left: &[Vec<Scored>], right: &[Vec<Scored>]) -> f64 {
    let mut shares = 0.0;
    for (left, right) in left.iter().zip(right) {
        let ids: HashSet<ChunkId> = right.iter().map(|scored| scored.id).collect();
        let common = left.iter().filter(|scored| ids.contains(&scored.id)).count();
        let share = common as f64 / left.len().max(right.len()).max(1) as f64;
        shares += share;
    }
    let lists = left.len() as f64;
    shares / lists
}
