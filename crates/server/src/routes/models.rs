//! `/api/collections/{collection}/model`

use axum::Json;
use axum::extract::State;
use ragstone_core::{CollectionName, CollectionSpec, Direction, ModelPlace};
use ragstone_ingest::{ModelEstimate, ModelStatus, PrepareModel};

use super::jobs::AcceptedJob;
use crate::api::ModelBody;
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, CollectionPath};
use crate::state::ServerState;

/// Shows the embedding models that a collection has vectors of.
#[utoipa::path(get, path = "/api/collections/{collection}/model", tag = "models", operation_id = "show_model",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "Its model, and the other one while there are two", body = ModelStatus), ErrorResponses))]
pub(crate) async fn show(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<ModelStatus>, ApiError> {
    Ok(Json(state.app.ingestor.model_status(&collection).await?))
}

/// Says what the vectors of another model would take.
///
/// Counts the chunks and embeds a few of them; nothing is written.
#[utoipa::path(post, path = "/api/collections/{collection}/model/estimate", tag = "models", operation_id = "estimate_model",
    params(("collection" = String, Path, description = "Its name")), request_body = ModelBody,
    responses((status = OK, description = "Chunks, tokens, time and disk", body = ModelEstimate), ErrorResponses))]
pub(crate) async fn estimate(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppJson(body): AppJson<ModelBody>,
) -> Result<Json<ModelEstimate>, ApiError> {
    let _permit = state.ingests.acquire().await?;
    let folder = state.app.ingestor.model_of_client(&body.folder).await?;
    Ok(Json(state.app.ingestor.estimate_model(&collection, &folder).await?))
}

/// Computes the vectors of another model, as a job, beside those that are searched.
///
/// Answers at once; searches and ingests go on meanwhile, and so does the job after a restart.
#[utoipa::path(post, path = "/api/collections/{collection}/model", tag = "models", operation_id = "prepare_model",
    params(("collection" = String, Path, description = "Its name")), request_body = ModelBody,
    responses(AcceptedJob, ErrorResponses))]
pub(crate) async fn prepare(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppJson(body): AppJson<ModelBody>,
) -> Result<AcceptedJob, ApiError> {
    let folder = state.app.ingestor.model_of_client(&body.folder).await?;
    state.app.ingestor.check_other_model(&collection, &folder).await?;
    let job = state.submit(&collection, PrepareModel { folder }).await?;
    Ok(AcceptedJob(job.into()))
}

/// Makes the prepared model the one that is searched, in one step.
///
/// What was ingested since it was prepared is computed first; if that is more than 2,000 chunks, this is a conflict.
#[utoipa::path(post, path = "/api/collections/{collection}/model/switch", tag = "models", operation_id = "switch_model",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "The collection with its new model", body = CollectionSpec), ErrorResponses))]
pub(crate) async fn switch(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<CollectionSpec>, ApiError> {
    switched(&state, collection, Direction::Forth).await
}

/// Makes the former model the one that is searched again, in one step.
#[utoipa::path(post, path = "/api/collections/{collection}/model/back", tag = "models", operation_id = "switch_model_back",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "The collection with its former model", body = CollectionSpec), ErrorResponses))]
pub(crate) async fn back(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<CollectionSpec>, ApiError> {
    switched(&state, collection, Direction::Back).await
}

async fn switched(state: &ServerState, collection: CollectionName, direction: Direction) -> Result<Json<CollectionSpec>, ApiError> {
    let ingestor = state.app.ingestor.clone();
    Ok(Json(state.complete(async move { ingestor.switch_model(&collection, direction).await }).await?))
}

/// Frees the vectors of the model that is not searched.
#[utoipa::path(delete, path = "/api/collections/{collection}/model/other", tag = "models", operation_id = "drop_model",
    params(("collection" = String, Path, description = "Its name")),
    responses((status = OK, description = "The model whose vectors are gone", body = ModelPlace), ErrorResponses))]
pub(crate) async fn drop_other(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
) -> Result<Json<ModelPlace>, ApiError> {
    let ingestor = state.app.ingestor.clone();
    Ok(Json(state.complete(async move { ingestor.drop_model(&collection).await }).await?))
}
