//! Files are read and written on threads that may block.

use std::path::Path;

use crate::error::ExchangeError;

/// Runs work that blocks. A panic in it is the Parquet library's, over a damaged file in `folder`.
pub(crate) async fn blocking<T: Send + 'static>(
    folder: &Path,
    work: impl FnOnce() -> Result<T, ExchangeError> + Send + 'static,
) -> Result<T, ExchangeError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|source| Err(ExchangeError::Damaged { folder: folder.to_owned(), source: Box::new(source) }))
}
