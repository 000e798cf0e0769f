//! Collections to Parquet files and back.
//!
//! **Where in the flow:** beside both paths: what the write path has stored is taken elsewhere as it is, without being read,
//! split or embedded again.
//!
//! ```text
//! Catalog + VectorStore ──export──▶ collection.json, documents/*.parquet, chunks/*.parquet ──import──▶ Catalog + VectorStore
//! ```
//!
//! * [`export`] writes a collection of one [`Place`](ragstone_core::Place) to a folder, [`import`] reads it into another.
//! * An [`Observer`] sees it happen; an [`ExportReport`] or [`ImportReport`] says what was done.
//!
//! ```
//! use std::sync::Arc;
//!
//! use ragstone_core::testing::{MemoryCatalog, MemoryStore};
//! use ragstone_core::{Catalog, CollectionSpec, EmbeddingSpec, Place, Pooling, VectorStore};
//! use ragstone_exchange::{ExportRequest, ImportRequest, Layout, export, import};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let here = Place { catalog: Arc::new(MemoryCatalog::default()), store: Arc::new(MemoryStore::default()) };
//! # let embedding = EmbeddingSpec {
//! #     model: "m".to_owned(), revision: "1".to_owned(), dimension: 4, pooling: Pooling::Mean,
//! #     query_prefix: String::new(), passage_prefix: String::new(), max_tokens: 256,
//! # };
//! let spec = CollectionSpec { name: "handbook".parse()?, embedding, generation: 0, created_at: "2026-01-31T12:00:00Z".parse()? };
//! here.catalog.create_collection(&spec).await?;
//! here.store.create(&spec.index(), spec.embedding.dimension).await?;
//!
//! let temporary = tempfile::tempdir()?;
//! let folder = temporary.path().join("handbook");
//! export(&here, &ExportRequest { collection: spec.name.clone(), folder: folder.clone(), layout: Layout::default() }, &()).await?;
//!
//! let there = Place { catalog: Arc::new(MemoryCatalog::default()), store: Arc::new(MemoryStore::default()) };
//! import(&ImportRequest { folder, collection: None }, &there, &()).await?;
//! assert_eq!(there.catalog.collection(&spec.name).await?, Some(spec));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Why the library's low level:** its columns are written and read without Arrow, which would take longer to compile than all
//! the rest of this crate and add nothing to two tables that are known in advance. The cost is a page of code on nesting levels
//! (`table/column.rs`).

mod blocking;
mod contents;
mod cut;
mod error;
mod export;
mod import;
mod layout;
mod manifest;
mod partial;
mod problem;
mod progress;
mod table;

pub use error::ExchangeError;
pub use export::{ExportRequest, export};
pub use import::{ImportRequest, collection_in, import};
pub use layout::Layout;
pub use problem::Problem;
pub use progress::{ExchangeEvent, ExportReport, ImportReport, Observer, Phase};
