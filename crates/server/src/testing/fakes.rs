//! Ports that do as they are told by the words they are given.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ragstone_core::{
    Catalog, CollectionName, CollectionSpec, CollectionSummary, ContentHash, DocumentHead, DocumentId, DocumentPage, DocumentRecord,
    DocumentState, Embedder, EmbeddingSpec, Error, ErrorKind, Language, LexicalEncoder, PendingDocument, Pooling, Result, SourceVersion,
    SparseVector, Stage, StoredChunk, words,
};
use tokio::sync::watch;

/// Holds back whoever comes until it is opened, and knows how many stand before it.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    open: Arc<watch::Sender<bool>>,
    waiting: Arc<watch::Sender<usize>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { open: Arc::new(watch::Sender::new(false)), waiting: Arc::new(watch::Sender::new(0)) }
    }
}

impl Gate {
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Returns once so many have come.
    pub(crate) async fn reached_by(&self, count: usize) {
        self.waiting.subscribe().wait_for(|waiting| *waiting >= count).await.unwrap();
    }

    async fn pass(&self) {
        self.waiting.send_modify(|waiting| *waiting += 1);
        self.open.subscribe().wait_for(|open| *open).await.unwrap();
    }
}

/// Vectors that count words. `wait` waits at the gate, `broken` fails inside, `panic` panics.
pub(crate) struct FakeEmbedder {
    spec: EmbeddingSpec,
    gate: Gate,
}

const DIMENSION: usize = 64;

impl FakeEmbedder {
    pub(crate) fn new(gate: Gate, model: &str) -> Self {
        let spec = EmbeddingSpec {
            model: model.to_owned(),
            revision: "1".to_owned(),
            dimension: DIMENSION,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 256,
        };
        Self { spec, gate }
    }

    async fn embed(&self, text: &str) -> Result<Vec<f32>> {
        let mut vector = vec![0.0; DIMENSION];
        for word in words(text) {
            match word.as_str() {
                "wait" => self.gate.pass().await,
                "broken" => return Err(Error::new(ErrorKind::Internal, Stage::Embed, "secret detail of the machine")),
                "panic" => panic!("told to"),
                _ => vector[term(&word) as usize % DIMENSION] += 1.0,
            }
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        Ok(vector.into_iter().map(|value| value / length).collect())
    }
}

#[async_trait]
impl Embedder for FakeEmbedder {
    fn spec(&self) -> &EmbeddingSpec {
        &self.spec
    }

    fn count_tokens(&self, text: &str) -> usize {
        words(text).len()
    }

    fn readable_share(&self, _text: &str) -> f32 {
        1.0
    }

    fn similarity_threshold(&self) -> f32 {
        0.3
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let mut vectors = Vec::new();
        for text in &texts {
            vectors.push(self.embed(text).await?);
        }
        Ok(vectors)
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        self.embed(text).await
    }
}

/// Each word is a term.
pub(crate) struct WordEncoder;

impl LexicalEncoder for WordEncoder {
    fn encode_passage(&self, text: &str, _language: &Language) -> SparseVector {
        let mut indices: Vec<u32> = words(text).iter().map(|word| term(word)).collect();
        indices.sort_unstable();
        indices.dedup();
        let values = vec![1.0; indices.len()];
        SparseVector { indices, values }
    }

    fn encode_query(&self, text: &str, _languages: &[Language]) -> SparseVector {
        self.encode_passage(text, &Language::unknown())
    }
}

fn term(word: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    (hasher.finish() % u64::from(u32::MAX)) as u32
}

/// A catalog whose disk is gone.
pub(crate) struct BrokenCatalog;

fn gone<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Storage, Stage::Catalog, "`catalog.db` cannot be read"))
}

#[async_trait]
impl Catalog for BrokenCatalog {
    async fn create_collection(&self, _: &CollectionSpec) -> Result<()> {
        gone()
    }
    async fn collection(&self, _: &CollectionName) -> Result<Option<CollectionSpec>> {
        gone()
    }
    async fn collections(&self) -> Result<Vec<CollectionSummary>> {
        gone()
    }
    async fn settings(&self, _: &CollectionName) -> Result<BTreeMap<String, serde_json::Value>> {
        gone()
    }
    async fn set_setting(&self, _: &CollectionName, _: &str, _: Option<&serde_json::Value>) -> Result<()> {
        gone()
    }
    async fn remove_collection(&self, _: &CollectionName) -> Result<bool> {
        gone()
    }
    async fn states(&self, _: &CollectionName, _: &[DocumentId]) -> Result<HashMap<DocumentId, DocumentState>> {
        gone()
    }
    async fn begin(&self, _: &CollectionName, _: &[Arc<DocumentRecord>]) -> Result<()> {
        gone()
    }
    async fn complete(&self, _: &CollectionName, _: &[DocumentId], _: DateTime<Utc>) -> Result<()> {
        gone()
    }
    async fn begin_removal(&self, _: &CollectionName, _: &[DocumentId]) -> Result<()> {
        gone()
    }
    async fn complete_removal(&self, _: &CollectionName, _: &[DocumentId]) -> Result<()> {
        gone()
    }
    async fn pending(&self, _: &CollectionName) -> Result<Vec<PendingDocument>> {
        gone()
    }
    async fn expected(&self, _: &CollectionName) -> Result<Vec<StoredChunk>> {
        gone()
    }
    async fn document(&self, _: &CollectionName, _: DocumentId) -> Result<Option<DocumentRecord>> {
        gone()
    }
    async fn documents(&self, _: &CollectionName, _: u64, _: u64) -> Result<DocumentPage> {
        gone()
    }
    async fn heads(&self, _: &CollectionName, _: Option<DocumentId>, _: u64) -> Result<Vec<DocumentHead>> {
        gone()
    }
    async fn documents_under(&self, _: &CollectionName, _: &str) -> Result<Vec<(DocumentId, String)>> {
        gone()
    }
    async fn by_content(&self, _: &CollectionName, _: &[ContentHash]) -> Result<HashMap<ContentHash, DocumentId>> {
        gone()
    }
    async fn duplicates_of(&self, _: &CollectionName, _: &[DocumentId]) -> Result<Vec<DocumentRecord>> {
        gone()
    }
    async fn validators(&self, _: &CollectionName, _: &str) -> Result<HashMap<String, SourceVersion>> {
        gone()
    }
    async fn restart_collection(&self, _: &CollectionName, _: &EmbeddingSpec) -> Result<()> {
        gone()
    }

    async fn switch_collection(&self, _: &CollectionName, _: &EmbeddingSpec, _: u32) -> Result<()> {
        gone()
    }
    async fn languages(&self, _: &CollectionName) -> Result<Vec<Language>> {
        gone()
    }
}
