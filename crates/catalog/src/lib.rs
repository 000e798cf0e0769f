//! What Ragstone knows of its collections and documents, the truth that the vector store is an index of, and its ingest jobs.
//!
//! **Where in the flow:** beside both paths. Ingest writes every document here before and after it touches the
//! store; a search reads a collection's model and languages; a citation's text comes from here.
//!
//! The principal types are [`SqliteCatalog`], a file for one process, and [`PostgresCatalog`], a database for many. Both fill the ports
//! [`ragstone_core::Catalog`] and [`ragstone_core::Jobs`] with the same queries, which are compiled once for each database; the latter
//! fills [`ragstone_core::CollectionLocks`] too. A document is
//! `storing` from `begin` to `complete`, `stored` until `begin_removal`, then `removing` until it is gone. Whatever
//! a crash leaves in between is listed by `pending`, and its text is here to finish the work from.
//!
//! ```
//! use ragstone_catalog::SqliteCatalog;
//! use ragstone_core::{Catalog, CollectionSpec, EmbeddingSpec, Pooling};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let catalog = SqliteCatalog::open(&folder.path().join("catalog.sqlite")).await?;
//! let spec = CollectionSpec {
//!     name: "handbook".parse()?,
//!     embedding: EmbeddingSpec {
//!         model: "all-MiniLM-L6-v2".to_owned(),
//!         revision: "1".to_owned(),
//!         dimension: 384,
//!         pooling: Pooling::Mean,
//!         query_prefix: String::new(),
//!         passage_prefix: String::new(),
//!         max_tokens: 256,
//!     },
//!     generation: 0,
//!     created_at: "2026-01-31T12:00:00Z".parse()?,
//! };
//! catalog.create_collection(&spec).await?;
//! assert_eq!(catalog.collection(&spec.name).await?, Some(spec));
//! catalog.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! **Why it keeps every document's text:** a collection can then be embedded again with another model, repaired
//! after a crash and quoted from without its sources. Texts are compressed one by one, which makes those under 4 KB less
//! than half as large and books a fifth to a third, for about 6 ms of work per megabyte.

#![expect(clippy::duplicate_mod, reason = "the queries are compiled once for each database")]

mod config;
mod error;
mod postgres;
#[cfg(test)]
mod sample;
mod sqlite;
#[cfg(all(unix, any(test, feature = "testing")))]
pub mod testing;

pub use config::CatalogConfig;
pub use error::{CatalogError, Place, ServerAddress, ServerFault};
pub use postgres::PostgresCatalog;
pub use sqlite::SqliteCatalog;
