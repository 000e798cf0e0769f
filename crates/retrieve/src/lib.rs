//! Finds passages: a query becomes hits.
//!
//! **Where in the flow:** the read path's first half: `query → candidates → fused → hits`; what comes after (`hits → answer`) is
//! `ragstone-generate`, and the caller joins the two.
//!
//! * A [`SearchRequest`] goes into [`Retriever::search`], a [`SearchResponse`] comes out.
//! * Two legs look for the query, one by meaning (embeddings) and one by words (BM25); [`fuse`] makes their lists one. Each
//!   [`Hit`](ragstone_core::Hit) keeps what both said of it, and each [`LegReport`] what the leg counted for and why.
//! * [`parse_filter`] reads the one filter language that all surfaces share.
//! * [`Highlighter`] finds the query's words in a passage.
//!
//! ```no_run
//! use std::sync::Arc;
//! use ragstone_core::{Catalog, CollectionName, Embedder, LexicalEncoder, VectorStore};
//! use ragstone_retrieve::{RetrieveConfig, Retriever, SearchRequest, parse_filter};
//!
//! # async fn example(
//! #     store: Arc<dyn VectorStore>, catalog: Arc<dyn Catalog>, embedder: Arc<dyn Embedder>, lexical: Arc<dyn LexicalEncoder>,
//! # ) -> ragstone_core::Result<()> {
//! let retriever = Retriever::new(store, catalog, embedder, lexical, RetrieveConfig::default());
//! let handbook: CollectionName = "handbook".parse()?;
//! let filter = parse_filter("language = english and modified > -30d")?;
//! let request = SearchRequest { filter: Some(filter), ..SearchRequest::new("how is a release made?") };
//! let response = retriever.search(&handbook, &request).await?;
//! for hit in &response.hits {
//!     println!("{} {}", hit.rank, hit.chunk.text);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! **Why min-max and not reciprocal ranks:** ranks forget by how much the first is better. Stretching both legs' scores over the
//! *whole* collection and adding them ranks better on every set that was measured, and costs two more questions to the store:
//! the lowest similarity in the collection, and what each leg says of the other's candidates.

mod config;
mod error;
pub mod filter;
mod fusion;
mod highlight;
mod judge;
mod legs;
mod relevance;
mod request;
mod retriever;
#[cfg(test)]
mod testing;
mod weights;

pub use config::{FusionMethod, RetrieveConfig};
pub use error::RetrieveError;
pub use filter::{FilterError, FilterProblem, parse_filter};
pub use fusion::{Fused, Fusion, LegScores, fuse};
pub use highlight::Highlighter;
pub use request::{LegReport, Legs, Mode, SearchRequest, SearchResponse, Timings};
pub use retriever::Retriever;
