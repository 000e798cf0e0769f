//! The conformance suite of [`VectorStore`](crate::VectorStore).
//!
//! ```ignore
//! #[tokio::test]
//! async fn conforms() {
//!     vector_store::conforms(|| async { MemoryStore::default() }).await;
//! }
//! ```
//!
//! The functions panic with what is wrong, as tests do. Those that need a store that persists take it twice: see
//! [`survives_reopening`].

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite fails by panicking")]

mod filters;
mod samples;
mod searching;
mod writing;

pub use samples::{document, embed, name};
pub use writing::survives_reopening;

use crate::VectorStore;

/// Checks the whole contract; `fresh` makes an empty store each time it is called.
pub async fn conforms<S: VectorStore>(fresh: impl AsyncFn() -> S) {
    writing::collections_are_made_and_removed(&fresh().await).await;
    writing::indexes_of_one_collection_are_apart(&fresh().await).await;
    writing::unknown_collections_are_not_found(&fresh().await).await;
    writing::chunks_come_back_as_they_were_written(&fresh().await).await;
    writing::chunks_are_replaced_and_deleted(&fresh().await).await;
    writing::payloads_are_replaced_alone(&fresh().await).await;
    writing::vectors_come_back_as_unit_vectors(&fresh().await).await;
    writing::chunks_come_back_as_they_were_stored(&fresh().await).await;
    writing::wrong_vectors_are_refused(&fresh().await).await;
    searching::dense_search_orders_by_cosine(&fresh().await).await;
    searching::lexical_search_prefers_rare_terms(&fresh().await).await;
    searching::ties_are_in_the_order_of_ids(&fresh().await).await;
    searching::named_chunks_are_all_scored(&fresh().await).await;
    searching::optimizing_changes_no_answer(&fresh().await).await;
    filters::every_filter_means_what_it_says(&fresh().await).await;
    filters::filters_follow_new_payloads(&fresh().await).await;
}
