//! `/api/collections`

use axum::Json;
use axum::extract::State;
use ragstone_core::{CollectionSpec, CollectionSummary};

use crate::ServerError;
use crate::api::{CollectionList, Deleted};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::CollectionPath;
use crate::state::ServerState;

/// Lists the collections.
#[utoipa::path(get, path = "/api/collections", tag = "collections", operation_id = "list_collections",
    responses((status = OK, description = "All collections, by name", body = CollectionList), ErrorResponses))]
pub(crate) async fn list(State(state): State<ServerState>) -> Result<Json<CollectionList>, ApiError> {
    Ok(Json(CollectionList { collections: state.app.catalog.collections().await? }))
}

/// Creates a collection for the configured embedding model.
///
/// One that is there already stays as it is; if another model has embedded it, this is a conflict.
#[utoipa::path(put, path = "/api/collections/{collection}", tag = "collections", operation_id = "create_collection",
    params(("collection" = String, Path, description = "1 to 64 letters, digits, `_` or `-`")),
    responses((status = OK, description = "The collection", body = CollectionSpec), ErrorResponses))]
pub(crate) async fn create(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<CollectionSpec>, ApiError> {
    let ingestor = state.app.ingestor.clone();
    let spec = state.complete(async move { ingestor.ensure_collection(&collection).await }).await?;
    Ok(Json(spec))
}

/// Shows a collection.
#[utoipa::path(get, path = "/api/collections/{collection}", tag = "collections", operation_id = "show_collection",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "The collection and how much is in it", body = CollectionSummary), ErrorResponses))]
pub(crate) async fn show(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<CollectionSummary>, ApiError> {
    Ok(Json(state.collection_summary(&collection).await?))
}

/// Deletes a collection and all in it.
///
/// Jobs that have not ended would bring it back, and are cancelled.
#[utoipa::path(delete, path = "/api/collections/{collection}", tag = "collections", operation_id = "delete_collection",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "It is gone", body = Deleted), ErrorResponses))]
pub(crate) async fn delete(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<Deleted>, ApiError> {
    for job in state.unfinished_jobs(Some(&collection)).await? {
        state.app.runner.cancel(job.id).await?;
    }
    let (ingestor, name) = (state.app.ingestor.clone(), collection.clone());
    let existed = state.complete(async move { ingestor.remove_collection(&name).await }).await?;
    if !existed {
        return Err(ServerError::NoCollection { name: collection }.into());
    }
    Ok(Json(Deleted { deleted: collection.to_string() }))
}
