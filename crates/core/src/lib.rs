//! The vocabulary of Ragstone: what flows through it, and the ports that adapters fill.
//!
//! **Where in the flow:** under everything. Every other crate depends on this one and this one on none of
//! ours; there is no I/O here, no async runtime and no vendor type.
//!
//! The principal types follow the two paths of the program:
//!
//! ```text
//! write   Document ──chunk──▶ Chunk ──embed──▶ EmbeddedChunk ──▶ VectorStore
//!            └───────────────────────────────────────────────▶ Catalog (the truth)
//! read    query ──embed──▶ VectorQuery ──VectorStore──▶ ScoredChunk ──fuse──▶ Hit ──▶ Answer
//! ```
//!
//! * A [`Document`] is a text with a [`DocumentHead`]: what can be filtered and shown.
//! * A [`Chunk`] is a [`Span`] of that text; `document.text[chunk.span] == chunk.text`, always.
//! * A [`Hit`] keeps the score of every [`Leg`] that found it, so that a ranking can be explained.
//! * An [`Error`] says what the caller may do ([`ErrorKind`]), where it happened ([`Stage`]) and why.
//!
//! ```
//! use ragstone_core::{CollectionName, DocumentId};
//!
//! let collection: CollectionName = "handbook".parse()?;
//! assert_eq!(collection.as_str(), "handbook");
//! // Ids derive from content: the same source is the same document, whoever asks.
//! assert_eq!(DocumentId::from_source("/docs/a.md"), DocumentId::from_source("/docs/a.md"));
//! # Ok::<(), ragstone_core::Error>(())
//! ```
//!
//! **Why ports are `dyn` traits:** an embedding or a query costs milliseconds, a virtual call nanoseconds,
//! and one wiring place ([`ragstone`'s command line](https://docs.rs/ragstone)) stays readable.

mod chunk;
mod collection;
mod document;
mod error;
mod extraction;
mod filter;
mod hit;
mod id;
mod index;
mod job;
mod language;
mod lock;
mod models;
mod page;
mod ports;
mod quality;
mod sentence;
mod span;
#[cfg(feature = "testing")]
pub mod testing;
mod words;

pub use chunk::{Chunk, EmbeddedChunk, SparseVector};
pub use collection::{CollectionSpec, CollectionSummary, EmbeddingSpec, Pooling};
pub use document::{Document, DocumentHead, DocumentRecord, DocumentSummary, FieldValue, Fields, Markup};
pub use error::{BoxError, Error, ErrorKind, Result, Stage};
pub use extraction::{ExtractedText, ExtractionReply, ExtractionRequest, Refusal, RefusalReason, UnreadableMember};
pub use filter::{Comparison, Filter, FilterField};
pub use hit::{FoundPart, Hit, Leg, LegScore, Relevance, Step, StepScore};
pub use id::{ChunkId, CollectionName, ContentHash, DocumentId, JobId, Revision, is_safe_name};
pub use index::IndexName;
pub use job::{DeadLetter, DocumentProgress, Job, JobCounts, JobDocument, JobDocuments, JobProgress, JobState, Lease};
pub use language::{Language, is_spaceless};
pub use lock::{CollectionLocks, LockGuard, Locked, Sharing};
pub use models::{CollectionModels, Direction, ModelOpener, ModelPlace, Models};
pub use page::{Page, PageRange};
pub use ports::{
    Catalog, ChunkRecord, DocumentPage, DocumentState, Embedder, Jobs, Labeller, LexicalEncoder, PendingDocument, Place, Reranker, Scored,
    ScoredChunk, SourceVersion, StoredChunk, Thoroughness, VectorQuery, VectorStore, WhichVector,
};
pub use quality::{EncodingEvidence, EncodingFound, QualityReport, Warning, WarningCode};
pub use sentence::{Sentence, SentenceKind, split_sentences, without_citations, without_markup};
pub use span::Span;
pub use words::{spaced, words};
