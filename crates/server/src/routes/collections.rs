//! `/api/collections`

use axum::Json;
use axum::extract::State;
use ragstone_core::CollectionSpec;
use ragstone_retrieve::Calibration;

use crate::ServerError;
use crate::api::{CollectionDetail, CollectionList, CollectionSettings, CollectionSettingsBody, Deleted};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, CollectionPath};
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
    responses((status = OK, description = "The collection and how much is in it", body = CollectionDetail), ErrorResponses))]
pub(crate) async fn show(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<CollectionDetail>, ApiError> {
    let summary = state.collection_summary(&collection).await?;
    Ok(Json(CollectionDetail { summary, relevance: state.app.retriever.calibration(&collection).await? }))
}

/// Finds out from where on a collection's passages are relevant, and keeps it.
///
/// The server does so by itself when a collection is searched that has changed much; this does it at once, in some seconds.
#[utoipa::path(post, path = "/api/collections/{collection}/calibrate", tag = "collections", operation_id = "calibrate_collection",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "What was found out, and what it is expected to do wrong", body = Calibration), ErrorResponses))]
pub(crate) async fn calibrate(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<Calibration>, ApiError> {
    let _permit = state.questions.acquire().await?;
    let retriever = state.app.retriever.clone();
    Ok(Json(state.complete(async move { retriever.calibrate(&collection).await }).await?))
}

/// Shows the settings that belong to a collection.
#[utoipa::path(get, path = "/api/collections/{collection}/settings", tag = "collections", operation_id = "show_settings",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "What is kept for it, and what is in force", body = CollectionSettings), ErrorResponses))]
pub(crate) async fn settings(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<CollectionSettings>, ApiError> {
    Ok(Json(CollectionSettings { retrieve: state.app.retriever.settings(&collection).await? }))
}

/// Keeps settings for a collection, in place of those that were kept.
///
/// They win over the server's configuration, and a request wins over them.
#[utoipa::path(put, path = "/api/collections/{collection}/settings", tag = "collections", operation_id = "keep_settings",
    params(("collection" = String, Path, description = "Its name")), request_body = CollectionSettingsBody,
    responses((status = OK, description = "What is kept for it now, and what is in force", body = CollectionSettings), ErrorResponses))]
pub(crate) async fn keep_settings(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppJson(body): AppJson<CollectionSettingsBody>,
) -> Result<Json<CollectionSettings>, ApiError> {
    let retriever = &state.app.retriever;
    let retrieve = match body.retrieve {
        Some(kept) => retriever.keep_settings(&collection, kept).await?,
        None => retriever.settings(&collection).await?,
    };
    Ok(Json(CollectionSettings { retrieve }))
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
