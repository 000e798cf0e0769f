//! What adapters must provide. Each port has a conformance suite in [`crate::testing`].

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    Chunk, ChunkId, CollectionName, CollectionSpec, CollectionSummary, ContentHash, DeadLetter, Document, DocumentHead, DocumentId,
    DocumentProgress, DocumentRecord, DocumentSummary, EmbeddedChunk, EmbeddingSpec, Filter, IndexName, Job, JobCounts, JobDocument,
    JobDocuments, JobId, JobProgress, JobState, Language, Lease, Result, Revision, Span, SparseVector,
};

/// Text to dense vectors. Prefixes, truncation, batching and threads are the adapter's affair.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// What the vectors mean.
    fn spec(&self) -> &EmbeddingSpec;

    /// How many tokens the model makes of a text, special tokens not counted.
    fn count_tokens(&self, text: &str) -> usize;

    /// The share of a text's words that the model was trained to read, 0 to 1, by vocabulary and script.
    fn readable_share(&self, text: &str) -> f32;

    /// Cosine similarity from which on two texts are taken to be about the same thing; belongs to the model.
    fn similarity_threshold(&self) -> f32;

    /// Embeds passages; one unit vector each, in order. Give many at once: they are sorted by length and batched by tokens.
    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>>;

    /// Embeds one query into a unit vector.
    async fn embed_query(&self, text: &str) -> Result<Vec<f32>>;
}

/// How well passages answer a query, by a model that reads both together: slower and better than comparing vectors.
#[async_trait]
pub trait Reranker: Send + Sync {
    /// The model's name.
    fn name(&self) -> &str;

    /// One finite score for each passage, in order; higher is better. Scores order the passages of one query and mean nothing
    /// across queries. A passage that is too long for the model is cut.
    async fn score(&self, query: &str, passages: Vec<String>) -> Result<Vec<f32>>;
}

/// Gives documents fields while they are ingested, by what their text is about.
#[async_trait]
pub trait Labeller: Send + Sync {
    /// Adds to a document's fields what it knows; fields that the user gave stay as they are.
    async fn label(&self, collection: &CollectionName, document: &mut Document) -> Result<()>;
}

/// Text to BM25 term weights. The analysis of a text follows its language and script.
pub trait LexicalEncoder: Send + Sync {
    /// The terms of a passage, weighted by frequency and length.
    fn encode_passage(&self, text: &str, language: &Language) -> SparseVector;

    /// The terms of a chunk whose text begins with what stands `above` it, title and headings, or with a part of that. Words above
    /// may count for more than others, as the encoder is set; by default they do not.
    fn encode_chunk(&self, _above: &str, text: &str, language: &Language) -> SparseVector {
        self.encode_passage(text, language)
    }

    /// The terms of a query, as passages in any of `languages` would have written them.
    fn encode_query(&self, text: &str, languages: &[Language]) -> SparseVector;
}

/// Which of a chunk's vectors a query is compared with, and the query's own.
#[derive(Debug, Clone, PartialEq)]
pub enum WhichVector {
    /// Cosine similarity with the dense vectors.
    Dense(Vec<f32>),
    /// BM25: the dot product with the lexical vectors, times inverse document frequency.
    Lexical(SparseVector),
}

/// How thoroughly a store looks where it has an index that may miss something: a graph over the dense vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Thoroughness {
    /// As the store is configured.
    #[default]
    Configured,
    /// With so many neighbours in view on the way through the graph: more find more and take longer.
    Neighbours(usize),
    /// Every vector is compared.
    Exact,
}

/// One search in a store.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorQuery {
    /// What is compared.
    pub vector: WhichVector,
    /// Only chunks of documents for which this holds.
    pub filter: Option<Filter>,
    /// Only these chunks, to learn their scores.
    pub among: Option<Vec<ChunkId>>,
    /// At most so many.
    pub limit: usize,
    /// How much is done to miss none.
    pub thoroughness: Thoroughness,
}

/// A chunk and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The chunk.
    pub id: ChunkId,
    /// Higher is better.
    pub score: f32,
}

/// A chunk as it comes back from a store, with the head of its document.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredChunk {
    /// The chunk.
    pub chunk: Chunk,
    /// Its document.
    pub head: DocumentHead,
}

/// What a store holds, for comparison with the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// The chunk.
    pub id: ChunkId,
    /// Its document.
    pub document: DocumentId,
    /// The revision of the document that its payload was written for.
    pub revision: Revision,
}

/// Vectors and payloads, by [index](IndexName): everything in it can be rebuilt from the catalog.
///
/// What was written is durable only after [`flush`](Self::flush) returned. Writers of one index are serialised by the adapter.
#[async_trait]
pub trait VectorStore: Send + Sync {
    /// Makes room for an index of vectors of this dimension; nothing happens if it is there.
    async fn create(&self, index: &IndexName, dimension: usize) -> Result<()>;

    /// Deletes an index and all in it; nothing happens if it is not there.
    async fn remove(&self, index: &IndexName) -> Result<()>;

    /// The indexes that there are, by name.
    async fn indexes(&self) -> Result<Vec<IndexName>>;

    /// Inserts or replaces chunks.
    async fn upsert(&self, index: &IndexName, chunks: Vec<EmbeddedChunk>) -> Result<()>;

    /// Replaces the payloads of chunks whose vectors stay; ids that are not stored are ignored.
    async fn set_payloads(&self, index: &IndexName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()>;

    /// The dense vectors of chunks; ids that are not stored are left out.
    async fn vectors(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<HashMap<ChunkId, Vec<f32>>>;

    /// Chunks as they were [stored](Self::upsert), with both vectors, to be taken elsewhere; ids that are not stored are left out.
    async fn embedded(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<Vec<EmbeddedChunk>>;

    /// Deletes chunks; ids that are not stored are ignored.
    async fn delete(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<()>;

    /// Makes all that was written durable.
    async fn flush(&self, index: &IndexName) -> Result<()>;

    /// Rebuilds indexes after many writes. Searches go on meanwhile.
    async fn optimize(&self, index: &IndexName) -> Result<()>;

    /// Everything that is stored, in no order.
    async fn stored(&self, index: &IndexName) -> Result<Vec<StoredChunk>>;

    /// What is stored of these documents, in no order.
    async fn stored_of(&self, index: &IndexName, documents: &[DocumentId]) -> Result<Vec<StoredChunk>>;

    /// Runs searches, each list best first; ties in the order of ids.
    async fn search(&self, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>>;

    /// Chunks with their documents' heads, in the order asked for; ids that are not stored are left out.
    async fn fetch(&self, index: &IndexName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>>;
}

/// A chunk as the catalog remembers it: enough to cut it from the document's text again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkRecord {
    /// The chunk.
    pub id: ChunkId,
    /// Where it is in the document's text.
    pub span: Span,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// Where the header of its table is in the document's text, if it starts with later rows of one.
    pub table_header: Option<Span>,
}

/// How far a document has come.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentState {
    /// The revision that is stored or being stored.
    pub revision: Revision,
    /// Its chunks, in order; none for a duplicate, which has none in the store.
    pub chunks: Vec<ChunkId>,
    /// When the store had durably kept them; nothing while it is being stored or removed.
    pub indexed_at: Option<DateTime<Utc>>,
}

/// A document whose storing or removal was begun and not completed.
#[derive(Debug, Clone, PartialEq)]
pub enum PendingDocument {
    /// Its chunks were being stored.
    Storing(DocumentId),
    /// Its chunks were being removed.
    Removing(DocumentId),
}

impl PendingDocument {
    /// The document, if it was being stored.
    pub fn being_stored(&self) -> Option<DocumentId> {
        match self {
            Self::Storing(document) => Some(*document),
            Self::Removing(_) => None,
        }
    }

    /// The document, if it was being removed.
    pub fn being_removed(&self) -> Option<DocumentId> {
        match self {
            Self::Removing(document) => Some(*document),
            Self::Storing(_) => None,
        }
    }
}

/// What a source said of a document's version when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceVersion {
    /// Opaque to all but the source: an `ETag`, a time.
    pub validator: String,
    /// The revision that is stored.
    pub revision: Revision,
    /// The content that is stored: whether its revision is what the present settings would make follows from it.
    pub content: ContentHash,
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentPage {
    /// The documents, by source.
    pub documents: Vec<DocumentSummary>,
    /// How many there are in all.
    pub total: u64,
}

/// Collections and documents: the truth that the store is an index of.
///
/// A document is written in two steps: [`begin`](Self::begin) before the store is touched, [`complete`](Self::complete)
/// after the flush that covers it. What is between the two after a crash is [`pending`](Self::pending).
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Adds a collection; one of that name that is there already stays as it is.
    async fn create_collection(&self, spec: &CollectionSpec) -> Result<()>;

    /// A collection; `None` if there is none of that name.
    async fn collection(&self, name: &CollectionName) -> Result<Option<CollectionSpec>>;

    /// All collections, by name.
    async fn collections(&self) -> Result<Vec<CollectionSummary>>;

    /// What was decided for a collection, by subject; nothing for one that is not there. What a value means is its writer's affair.
    async fn settings(&self, collection: &CollectionName) -> Result<BTreeMap<String, serde_json::Value>>;

    /// Keeps what was decided on a subject, in place of what was decided before; `None` forgets it.
    async fn set_setting(&self, collection: &CollectionName, subject: &str, value: Option<&serde_json::Value>) -> Result<()>;

    /// Removes a collection, its settings and its documents; says whether there was one.
    async fn remove_collection(&self, name: &CollectionName) -> Result<bool>;

    /// How far these documents are; those that are not there are left out.
    async fn states(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<HashMap<DocumentId, DocumentState>>;

    /// Writes documents with their chunks in one transaction, to be completed later; replaces what was there.
    /// Their `indexed_at` is not looked at.
    async fn begin(&self, collection: &CollectionName, documents: &[Arc<DocumentRecord>]) -> Result<()>;

    /// Marks documents as durably stored.
    async fn complete(&self, collection: &CollectionName, documents: &[DocumentId], at: DateTime<Utc>) -> Result<()>;

    /// Marks documents for removal; ids that are not there are ignored.
    async fn begin_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()>;

    /// Forgets documents; ids that are not there are ignored.
    async fn complete_removal(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<()>;

    /// What was begun and not completed.
    async fn pending(&self, collection: &CollectionName) -> Result<Vec<PendingDocument>>;

    /// All chunks of all documents that are not being removed and no duplicates, for comparison with the store.
    async fn expected(&self, collection: &CollectionName) -> Result<Vec<StoredChunk>>;

    /// A document with its text and chunks; `None` if it is not there.
    async fn document(&self, collection: &CollectionName, document: DocumentId) -> Result<Option<DocumentRecord>>;

    /// A page of documents by source, from `offset`.
    async fn documents(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<DocumentPage>;

    /// The heads of the documents that a search can find, by id: those that are stored and no duplicates, at most `limit` of those
    /// after `after`.
    async fn heads(&self, collection: &CollectionName, after: Option<DocumentId>, limit: u64) -> Result<Vec<DocumentHead>>;

    /// The documents whose source starts with `prefix`.
    async fn documents_under(&self, collection: &CollectionName, prefix: &str) -> Result<Vec<(DocumentId, String)>>;

    /// The stored documents of these contents that are no duplicates themselves; of several, the first by source.
    async fn by_content(&self, collection: &CollectionName, contents: &[ContentHash]) -> Result<HashMap<ContentHash, DocumentId>>;

    /// The duplicates of these documents, by source.
    async fn duplicates_of(&self, collection: &CollectionName, documents: &[DocumentId]) -> Result<Vec<DocumentRecord>>;

    /// What the sources of the stored documents under `prefix` said of their versions, with the documents' revisions.
    async fn validators(&self, collection: &CollectionName, prefix: &str) -> Result<HashMap<String, SourceVersion>>;

    /// Ties a collection to another model, and in the same step marks all its documents as being stored: their chunks
    /// have to be computed again.
    async fn restart_collection(&self, collection: &CollectionName, embedding: &EmbeddingSpec) -> Result<()>;

    /// Makes another of its indexes the one that is searched, with the model that it comes from, in one step.
    async fn switch_collection(&self, collection: &CollectionName, embedding: &EmbeddingSpec, generation: u32) -> Result<()>;

    /// The languages of a collection's documents, in order of their names. Every search asks.
    async fn languages(&self, collection: &CollectionName) -> Result<Vec<Language>>;
}

/// A catalog and the store that is its index: where collections are.
#[derive(Clone)]
pub struct Place {
    /// Documents, texts, settings.
    pub catalog: Arc<dyn Catalog>,
    /// Vectors.
    pub store: Arc<dyn VectorStore>,
}

/// Ingest jobs and what became of their documents. Who works on a job holds its lease and renews it; when the lease
/// has run out, another may take the job over.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Adds a job; its id must be new.
    async fn add_job(&self, job: &Job) -> Result<()>;

    /// A job; `None` if there is none of this id.
    async fn job(&self, id: JobId) -> Result<Option<Job>>;

    /// The newest jobs first, at most `limit`; of one collection, if one is named.
    async fn jobs(&self, collection: Option<&CollectionName>, limit: u64) -> Result<Vec<Job>>;

    /// How many jobs have not ended. Cheap at all times, however many have: it is asked for again and again.
    async fn job_counts(&self) -> Result<JobCounts>;

    /// Returns when a job may have been put into the queue by another process, or after `at_most`.
    async fn wait_for_job(&self, at_most: Duration);

    /// Takes the oldest job that is queued, or running on a lease that ended before `now`, or this one only; it is then
    /// running on a lease of `owner` until `until`. `None` if there is nothing to take.
    async fn claim_job(&self, only: Option<JobId>, owner: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Job>>;

    /// Renews a lease and writes down how far the job is.
    async fn renew_lease(&self, id: JobId, owner: &str, until: DateTime<Utc>, progress: &JobProgress) -> Result<Lease>;

    /// Ends a job, or puts it back into the queue; nothing happens if `owner` has lost the lease.
    async fn release_job(
        &self,
        id: JobId,
        owner: &str,
        state: JobState,
        progress: &JobProgress,
        error: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<()>;

    /// Asks a job to stop: a queued one is cancelled at once, a running one by its worker. Says whether there was one that could be.
    async fn cancel_job(&self, id: JobId, at: DateTime<Utc>) -> Result<bool>;

    /// Puts an ended job back into the queue; says whether it was there and had ended.
    async fn requeue_job(&self, id: JobId) -> Result<bool>;

    /// Writes down what became of documents; what was known of the same sources in this job is replaced.
    async fn record_documents(&self, id: JobId, documents: &[JobDocument]) -> Result<()>;

    /// A page of a job's documents by source, of one state if one is named. Of jobs that ended long ago, only those that
    /// failed may still be known.
    async fn job_documents(&self, id: JobId, state: Option<DocumentProgress>, offset: u64, limit: u64) -> Result<JobDocuments>;

    /// The documents of a collection whose last attempt failed, by source. A later job that stored them, or found them
    /// unchanged or gone, takes them off the list.
    async fn dead_letters(&self, collection: &CollectionName, offset: u64, limit: u64) -> Result<Vec<DeadLetter>>;

    /// Takes sources off the list of dead letters: they were stored meanwhile, or are gone.
    async fn resolve_dead_letters(&self, collection: &CollectionName, sources: &[String]) -> Result<()>;
}
