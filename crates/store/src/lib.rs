//! Vectors to disk, queries to candidates: the vector store in this process or on a server, and the BM25 encoder.
//!
//! **Where in the flow:** the end of the write path and the start of the read path.
//!
//! ```text
//! EmbeddedChunk ──upsert──▶ EdgeStore or QdrantStore ──search──▶ Scored ──fetch──▶ ScoredChunk
//! text ──Bm25Encoder──▶ SparseVector
//! ```
//!
//! * [`EdgeStore`] is the embedded store: Qdrant's own segments and indexes, without a server.
//! * [`QdrantStore`] is the store on a Qdrant server or cluster, for what one machine cannot hold or answer, and for several
//!   processes over the same collections. Ids, vectors, payloads and filters are those of the embedded store.
//! * [`DataDirLock`] is the ownership of the data folder, catalog included.
//! * [`Bm25Encoder`] writes passages and queries as sparse vectors, by language and script.
//! * [`StoreConfig`] with [`QdrantConfig`], and [`LexicalConfig`], are their settings.
//!
//! ```
//! use ragstone_core::{IndexName, VectorStore};
//! use ragstone_store::{EdgeStore, StoreConfig};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let folder = tempfile::tempdir()?;
//! let store = EdgeStore::open(folder.path(), StoreConfig::default())?;
//! let handbook: IndexName = "handbook".parse()?;
//! store.create(&handbook, 384).await?;
//! assert!(store.stored(&handbook).await?.is_empty());
//! store.close().await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Why an index that may be lost:** the library does not replay its log when it opens, so a crash loses what was
//! not flushed. The catalog is the truth: a document is acknowledged only after `flush`, an unclean stop is noticed, and what
//! is missing, or damaged as a whole, is stored anew. The cost is one flush per group of documents; the gain, no second log.

mod clause;
mod config;
mod edge;
mod error;
mod lexical;
mod lock;
mod marker;
mod payload;
mod qdrant;
mod vectors;

pub use config::{LexicalConfig, StoreConfig};
pub use edge::EdgeStore;
pub use error::StoreError;
pub use lexical::Bm25Encoder;
pub use lock::DataDirLock;
pub use qdrant::{QdrantConfig, QdrantStore, Quantization, ReadConsistency};
