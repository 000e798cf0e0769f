//! A network that delays, drops and cuts: writes land once, reads fail fast, and the store recovers by itself.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ragstone_core::testing::vector_store::{document, embed, name};
use ragstone_core::{ChunkId, EmbeddedChunk, ErrorKind, IndexName, Thoroughness, VectorQuery, VectorStore as _, WhichVector};
use ragstone_store::{QdrantStore, StoreConfig};

use crate::network::{Fault, Network};
use crate::server::{Server, skip};

const READ_TIMEOUT: Duration = Duration::from_millis(700);
const PAUSE: Duration = Duration::from_millis(800);
/// A busy machine is late now and then.
const SLACK: Duration = Duration::from_millis(800);

/// A store whose way to the server can be disturbed, and another way to see what has arrived.
struct Bench {
    server: Server,
    network: Network,
    store: Arc<QdrantStore>,
    witness: QdrantStore,
    docs: IndexName,
}

impl Bench {
    async fn new(test: &str) -> Option<Self> {
        let server = Server::find(test)?;
        if server.ca_certificate.is_some() {
            skip(test, "the double of the network stands before servers without encryption");
            return None;
        }
        let network = Network::before(&server.url).await;
        let mut config: StoreConfig = server.config(&network.url, "same");
        config.qdrant.read_timeout = READ_TIMEOUT;
        config.qdrant.breaker_pause = PAUSE;
        config.qdrant.timeout = Duration::from_secs(3);
        config.qdrant.attempts = 20;
        // The network stands on this machine, whatever the server's key is for.
        config.qdrant.plain_text_key = true;
        let store = Arc::new(server.connect(&config).await);
        let witness = server.store("same").await;
        let docs = name("docs");
        store.create(&docs, 2).await.unwrap();
        witness.create(&docs, 2).await.unwrap();
        Some(Self { server, network, store, witness, docs })
    }

    /// Writes while something is done to the network, and returns when the write does.
    async fn write_while(&self, chunks: Vec<EmbeddedChunk>, disturb: impl AsyncFnOnce(&Self)) {
        let (store, docs) = (Arc::clone(&self.store), self.docs.clone());
        let writing = tokio::spawn(async move { store.upsert(&docs, chunks).await });
        disturb(self).await;
        writing.await.unwrap().unwrap();
    }

    async fn search(&self) -> ragstone_core::Result<Vec<Vec<ragstone_core::Scored>>> {
        let query = VectorQuery {
            vector: WhichVector::Dense(vec![1.0, 0.0]),
            filter: None,
            among: None,
            limit: 10,
            thoroughness: Thoroughness::Configured,
        };
        self.store.search(&self.docs, vec![query]).await
    }

    async fn arrived(&self) -> HashSet<ChunkId> {
        let stored = self.witness.stored(&self.docs).await.unwrap();
        let ids: HashSet<ChunkId> = stored.iter().map(|chunk| chunk.id).collect();
        assert_eq!(ids.len(), stored.len(), "nothing is there twice");
        ids
    }

    async fn wait_until_arrived(&self, count: usize) {
        for _ in 0..400 {
            if self.arrived().await.len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the question did not pass");
    }
}

fn chunks(numbers: std::ops::Range<u16>) -> Vec<EmbeddedChunk> {
    let head = document("/a");
    numbers.map(|number| embed(&head, number.into(), vec![1.0, f32::from(number)], &[(number.into(), 1.0)])).collect()
}

fn ids(chunks: &[EmbeddedChunk]) -> HashSet<ChunkId> {
    chunks.iter().map(|chunk| chunk.chunk.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_lands_once() {
    let Some(bench) = Bench::new("lost_answer").await else { return };
    bench.network.set(Fault::HoldAnswers);
    bench
        .write_while(chunks(0..20), async |bench| {
            bench.wait_until_arrived(20).await;
            bench.network.cut();
            // The answer that is held must be gone before any may pass.
            tokio::time::sleep(Duration::from_millis(100)).await;
            bench.network.set(Fault::None);
        })
        .await;
    assert_eq!(bench.arrived().await, ids(&chunks(0..20)));
    assert!(bench.network.connections() >= 2, "it was sent again on another connection");
    bench.server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_outlasts_an_outage() {
    let Some(bench) = Bench::new("outage").await else { return };
    for fault in [Fault::Refuse, Fault::Silence] {
        bench.network.set(fault);
        bench.network.cut();
        let begun = Instant::now();
        bench
            .write_while(chunks(0..50), async |bench| {
                tokio::time::sleep(Duration::from_millis(1500)).await;
                bench.network.set(Fault::None);
            })
            .await;
        assert!(begun.elapsed() >= Duration::from_millis(1400), "{fault:?}");
        assert_eq!(bench.arrived().await, ids(&chunks(0..50)), "{fault:?}");
        bench.store.delete(&bench.docs, &ids(&chunks(0..50)).into_iter().collect::<Vec<_>>()).await.unwrap();
    }
    bench.server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_on_a_network_that_is_cut_all_the_time_are_all_there_once() {
    let Some(bench) = Bench::new("cuts").await else { return };
    let writers: Vec<_> = (0..4_u16)
        .map(|writer| {
            let (store, docs) = (Arc::clone(&bench.store), bench.docs.clone());
            tokio::spawn(async move {
                for batch in 0..15_u16 {
                    let from = writer * 1000 + batch * 20;
                    store.upsert(&docs, chunks(from..from + 20)).await.unwrap();
                    let gone: Vec<ChunkId> = chunks(from..from + 5).iter().map(|chunk| chunk.chunk.id).collect();
                    store.delete(&docs, &gone).await.unwrap();
                }
            })
        })
        .collect();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(5..60))).await;
        bench.network.cut();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let expected: HashSet<ChunkId> = (0..4_u16)
        .flat_map(|writer| (0..15_u16).map(move |batch| writer * 1000 + batch * 20))
        .flat_map(|from| chunks(from + 5..from + 20))
        .map(|chunk| chunk.chunk.id)
        .collect();
    assert_eq!(bench.arrived().await, expected);
    assert!(bench.network.connections() > 3, "it was cut {} times", bench.network.connections());
    bench.server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_fail_fast_and_the_store_recovers_by_itself() {
    let Some(bench) = Bench::new("recovers").await else { return };
    bench.store.upsert(&bench.docs, chunks(0..5)).await.unwrap();
    for fault in [Fault::Refuse, Fault::Silence] {
        assert_eq!(bench.search().await.unwrap()[0].len(), 5);
        bench.network.set(fault);
        if fault == Fault::Refuse {
            bench.network.cut();
        }
        let mut is_paused = false;
        for _ in 0..8 {
            let begun = Instant::now();
            let error = bench.search().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{fault:?}: {error}");
            assert!(error.to_string().contains(&bench.network.url), "{error}");
            assert!(begun.elapsed() < READ_TIMEOUT + SLACK, "{fault:?}: {:?}", begun.elapsed());
            if error.to_string().contains("left alone") {
                is_paused = true;
                assert!(begun.elapsed() < Duration::from_millis(100), "refused at once: {:?}", begun.elapsed());
                break;
            }
        }
        assert!(is_paused, "{fault:?}");
        bench.network.set(Fault::None);
        let begun = Instant::now();
        while bench.search().await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{fault:?}: it did not recover");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    bench.server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_is_made_anew_without_a_failed_search() {
    let Some(bench) = Bench::new("anew").await else { return };
    bench.store.upsert(&bench.docs, chunks(0..5)).await.unwrap();
    for _ in 0..10 {
        bench.network.cut();
        assert_eq!(bench.search().await.unwrap()[0].len(), 5);
    }
    bench.server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_is_no_outage() {
    let Some(bench) = Bench::new("slow").await else { return };
    bench.store.upsert(&bench.docs, chunks(0..5)).await.unwrap();
    bench.network.set(Fault::Delay(Duration::from_millis(100)));
    for _ in 0..8 {
        assert_eq!(bench.search().await.unwrap()[0].len(), 5);
    }
    bench.store.upsert(&bench.docs, chunks(5..10)).await.unwrap();
    assert_eq!(bench.arrived().await, ids(&chunks(0..10)));
    bench.server.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_died_silently_is_given_up() {
    let Some(bench) = Bench::new("silent_death").await else { return };
    bench.store.upsert(&bench.docs, chunks(0..5)).await.unwrap();
    bench.network.kill_silently();
    let begun = Instant::now();
    bench.store.upsert(&bench.docs, chunks(5..10)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(bench.arrived().await, ids(&chunks(0..10)));
    assert_eq!(bench.search().await.unwrap()[0].len(), 10);
    bench.server.clean().await;
}
