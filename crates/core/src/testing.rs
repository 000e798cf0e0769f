//! Conformance suites of the ports, for every implementation, and fakes for tests. Feature `testing`.

pub mod catalog;
mod embedder;
pub mod jobs;
pub mod locks;
mod memory_catalog;
mod memory_store;
pub mod reranker;
pub mod vector_store;

pub use embedder::WordEmbedder;
pub use memory_catalog::MemoryCatalog;
pub use memory_store::MemoryStore;
pub use reranker::WordReranker;
