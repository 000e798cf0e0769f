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
//! **Why scores and not reciprocal ranks:** ranks forget by how much the first is better. Sums of scores on one scale rank better on
//! every set that was measured (docs/retrieval.md), and cost two more questions to the store: the lowest similarity in the
//! collection, and what each leg says of the other's candidates.

mod calibration;
mod candidates;
mod combine;
mod config;
mod diversity;
mod duplicates;
mod error;
mod expansion;
mod explain;
mod facets;
mod feedback;
pub mod filter;
mod fusion;
mod highlight;
mod judge;
mod legs;
mod phrases;
mod query;
mod relevance;
mod request;
mod rescore;
mod retriever;
mod searched;
mod selection;
mod settings;
#[cfg(test)]
mod testing;
mod weights;

pub use calibration::{Calibration, Threshold};
pub use combine::{Combined, FoundAt, Wording, WordingKind, WordingReport};
pub use config::{FusionMethod, Grouping, RetrieveConfig};
pub use diversity::{Contender, Placed, diversify};
pub use error::RetrieveError;
pub use expansion::Expansion;
pub use explain::{DocumentExplanation, Outcome, PassageOutline, Standing};
pub use facets::{Facet, FacetRequest, FacetValue, count_facets};
pub use filter::{FilterError, FilterProblem, NamedField, parse_fields, parse_filter};
pub use fusion::{Fused, Fusion, LegScores, fuse};
pub use highlight::Highlighter;
pub use query::Operators;
pub use request::{DroppedCandidate, HitGroup, LegReport, Legs, Mode, SearchRequest, SearchResponse, Timings};
pub use retriever::Retriever;
pub use searched::{SearchedModel, WhichModel};
pub use selection::Dropped;
pub use settings::{CollectionRetrieval, Overrides, RetrieveSettings, SETTINGS_SUBJECT};
