//! A write path whose ports are in memory and can be made to fail.

mod catalog;
pub(crate) mod embedder;
mod faults;
pub(crate) mod jobs;
pub(crate) mod locks;
mod store;
pub(crate) mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{
    Catalog, CollectionLocks, CollectionName, DocumentId, IndexName, Language, LexicalEncoder, Models, PendingDocument, Result,
    SparseVector, StoredChunk, VectorStore,
};
use ragstone_ingest::extract::Extractor;
use ragstone_ingest::{
    ChunkConfig, Chunkers, IngestEvent, IngestReport, IngestRequest, Ingestor, Observer, Ports, ProcessLocks, RawDocument, SourceItem,
};
use tokio_util::sync::CancellationToken;

pub(crate) use embedder::{FakeEmbedder, FakeOpener};
pub(crate) use store::FailingStore;

use self::catalog::FailingCatalog;
use self::faults::Faults;
use self::locks::LocksAmongOthers;

pub(crate) struct World {
    pub(crate) catalog: Arc<MemoryCatalog>,
    pub(crate) store: Arc<FailingStore>,
    pub(crate) embedder: Arc<FakeEmbedder>,
    pub(crate) opener: Arc<FakeOpener>,
    pub(crate) ingestor: Ingestor,
    pub(crate) docs: CollectionName,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_extractor(Extractor::default())
    }

    pub(crate) fn with_extractor(extractor: Extractor) -> Self {
        let (catalog, store, embedder) = (Arc::<MemoryCatalog>::default(), Arc::<FailingStore>::default(), Arc::<FakeEmbedder>::default());
        let opener = Arc::<FakeOpener>::default();
        let ingestor = wired(&catalog, &store, models(&embedder, &opener), extractor, chunk(32), Arc::new(ProcessLocks::default()));
        Self { catalog, store, embedder, opener, ingestor, docs: "docs".parse().unwrap() }
    }

    /// The same catalog and store with one process of several.
    pub(crate) fn among_others(&self, locks: &Arc<LocksAmongOthers>) -> Self {
        let (catalog, store, embedder, opener) = (self.catalog.clone(), self.store.clone(), self.embedder.clone(), self.opener.clone());
        let ingestor = wired(&catalog, &store, models(&embedder, &opener), Extractor::default(), chunk(32), locks.clone());
        Self { catalog, store, embedder, opener, ingestor, docs: self.docs.clone() }
    }

    /// The same catalog and store after a restart with other settings.
    pub(crate) fn restarted(&self, embedder: FakeEmbedder, chunk: ChunkConfig) -> Self {
        let (catalog, store, embedder, opener) = (self.catalog.clone(), self.store.clone(), Arc::new(embedder), self.opener.clone());
        let ingestor = wired(&catalog, &store, models(&embedder, &opener), Extractor::default(), chunk, Arc::new(ProcessLocks::default()));
        Self { catalog, store, embedder, opener, ingestor, docs: self.docs.clone() }
    }

    /// The index that is searched, as long as the model was not changed.
    pub(crate) fn index(&self) -> IndexName {
        self.docs.clone().into()
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.store.faults
    }

    pub(crate) async fn try_ingest(&self, documents: &[(&str, &str)]) -> Result<IngestReport> {
        self.ingestor.ingest(&self.docs, request(documents)).await
    }

    pub(crate) async fn ingest(&self, documents: &[(&str, &str)]) -> IngestReport {
        self.try_ingest(documents).await.unwrap()
    }

    /// All that is stored; nothing while the store has no such collection.
    async fn stored(&self) -> Vec<StoredChunk> {
        self.store.stored(&self.index()).await.unwrap_or_default()
    }

    /// The texts of a document's stored chunks, in order.
    pub(crate) async fn stored_texts(&self, source: &str) -> Vec<String> {
        let document = DocumentId::from_source(source);
        let stored = self.stored().await;
        let ids: Vec<_> = stored.iter().filter(|chunk| chunk.document == document).map(|chunk| chunk.id).collect();
        let fetched = self.store.fetch(&self.index(), &ids).await.unwrap();
        let by_ordinal: BTreeMap<u32, String> = fetched.into_iter().map(|found| (found.chunk.ordinal, found.chunk.text)).collect();
        by_ordinal.into_values().collect()
    }

    /// Checks that the store is exactly what the catalog says, and that nothing is half done.
    pub(crate) async fn assert_settled(&self) {
        assert_eq!(self.catalog.pending(&self.docs).await.unwrap(), []);
        let expected = self.catalog.expected(&self.docs).await.unwrap();
        assert_eq!(sorted(self.stored().await), sorted(expected));
        for summary in self.catalog.documents(&self.docs, 0, 10_000).await.unwrap().documents {
            let record = self.catalog.document(&self.docs, summary.head.id).await.unwrap().unwrap();
            let ids: Vec<_> = record.chunks.iter().map(|chunk| chunk.id).collect();
            for (ordinal, found) in self.store.fetch(&self.index(), &ids).await.unwrap().into_iter().enumerate() {
                assert_eq!(found.head, record.document.head);
                assert_eq!(found.chunk.ordinal as usize, ordinal);
                assert_eq!(found.chunk.span.of(&record.document.text), Some(found.chunk.text.as_str()));
            }
        }
    }

    /// Checks that what the catalog calls stored is stored.
    pub(crate) async fn assert_acknowledged_is_stored(&self) {
        let stored = self.stored().await;
        for summary in self.catalog.documents(&self.docs, 0, 10_000).await.unwrap().documents {
            let record = self.catalog.document(&self.docs, summary.head.id).await.unwrap().unwrap();
            let is_stored = |id| stored.iter().any(|chunk| chunk.id == id && chunk.revision == record.document.head.revision);
            if let (Some(keeper), true) = (record.same_as, record.indexed_at.is_some()) {
                let found = self.catalog.document(&self.docs, keeper).await.unwrap();
                // One that is being removed keeps its chunks until another has taken over.
                let is_leaving = self.catalog.pending(&self.docs).await.unwrap().contains(&PendingDocument::Removing(keeper));
                let keeps = found.is_some_and(|found| found.same_as.is_none() && found.content == record.content);
                assert!(keeps || is_leaving, "{}", summary.head.source);
                continue;
            }
            assert!(record.indexed_at.is_none() || record.chunks.iter().all(|chunk| is_stored(chunk.id)), "{}", summary.head.source);
        }
    }
}

/// Chunks of at most so many tokens, without overlap.
pub(crate) fn chunk(max_tokens: usize) -> ChunkConfig {
    ChunkConfig { max_tokens, min_tokens: 0, overlap_tokens: 0, ..ChunkConfig::default() }
}

/// The configured model, and others by folder.
fn models(configured: &Arc<FakeEmbedder>, opener: &Arc<FakeOpener>) -> Models {
    Models::new(configured.clone(), "/models/configured".into(), opener.clone())
}

fn wired(
    catalog: &Arc<MemoryCatalog>,
    store: &Arc<FailingStore>,
    models: Models,
    extractor: Extractor,
    chunk: ChunkConfig,
    locks: Arc<dyn CollectionLocks>,
) -> Ingestor {
    let chunkers = Chunkers::new(chunk, BTreeMap::new());
    let failing = Arc::new(FailingCatalog { inner: catalog.clone(), faults: store.faults.clone() });
    let ports = Ports { catalog: failing, store: store.clone(), models, lexical: Arc::new(FakeEncoder), locks };
    Ingestor::new(ports, extractor, chunkers)
}

pub(crate) fn request(documents: &[(&str, &str)]) -> IngestRequest {
    IngestRequest::of(items(documents).into_iter())
}

pub(crate) fn items(documents: &[(&str, &str)]) -> Vec<SourceItem> {
    documents.iter().map(|(source, text)| SourceItem::Document(RawDocument::new(*source, *text))).collect()
}

/// So many paragraphs, each a chunk of its own, all different.
pub(crate) fn paragraphs(name: &str, count: usize) -> String {
    (0..count).map(|number| format!("{name} {number} {}\n\n", "word ".repeat(20).trim_end())).collect()
}

/// Keeps the events, and cancels at the first that matters.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) events: Mutex<Vec<IngestEvent>>,
    pub(crate) cancel_when_stored: Option<CancellationToken>,
}

impl Recorder {
    /// How many chunks came in each commit.
    pub(crate) fn commits(&self) -> Vec<u64> {
        let events = self.events.lock().unwrap();
        events.iter().filter_map(|event| if let IngestEvent::ChunksStored(count) = event { Some(*count) } else { None }).collect()
    }
}

impl Observer for Recorder {
    fn on(&self, event: &IngestEvent) {
        if let (IngestEvent::ChunksStored(_), Some(cancel)) = (event, &self.cancel_when_stored) {
            cancel.cancel();
        }
        self.events.lock().unwrap().push(event.clone());
    }
}

/// Stops an ingest after its first commit.
pub(crate) fn cancelled_after_first_commit(request: IngestRequest) -> IngestRequest {
    let cancel = CancellationToken::new();
    let recorder = Recorder { cancel_when_stored: Some(cancel.clone()), ..Recorder::default() };
    request.observed_by(Arc::new(recorder)).cancelled_by(cancel)
}

fn sorted(mut chunks: Vec<StoredChunk>) -> Vec<StoredChunk> {
    chunks.sort_by_key(|chunk| chunk.id);
    chunks
}

/// Every word weighs one; its term is its length.
struct FakeEncoder;

impl LexicalEncoder for FakeEncoder {
    fn encode_passage(&self, text: &str, _language: &Language) -> SparseVector {
        let terms: BTreeMap<u32, f32> = text.split_whitespace().map(|word| (word.len() as u32, 1.0)).collect();
        SparseVector { indices: terms.keys().copied().collect(), values: terms.into_values().collect() }
    }

    fn encode_query(&self, text: &str, _languages: &[Language]) -> SparseVector {
        self.encode_passage(text, &Language::unknown())
    }
}
