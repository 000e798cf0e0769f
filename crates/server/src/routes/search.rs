//! `/api/collections/{collection}/search` and `/explain`

use axum::Json;
use axum::extract::State;
use ragstone_retrieve::{DocumentExplanation, SearchRequest, SearchResponse};

use crate::api::{ExplainBody, SearchBody};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, CollectionPath};
use crate::state::ServerState;

/// Finds passages by meaning and by words.
#[utoipa::path(post, path = "/api/collections/{collection}/search", tag = "search", operation_id = "search",
    params(("collection" = String, Path, description = "Its name")), request_body = SearchBody,
    responses((status = OK, description = "The passages, best first, and how they were found", body = SearchResponse), ErrorResponses))]
pub(crate) async fn search(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppJson(body): AppJson<SearchBody>,
) -> Result<Json<SearchResponse>, ApiError> {
    let request = SearchRequest::try_from(body)?;
    let _permit = state.questions.acquire().await?;
    Ok(Json(state.app.retriever.search(&collection, &request).await?))
}

/// Explains why a search does not show a document: the first step at which it is lost, or its rank.
#[utoipa::path(post, path = "/api/collections/{collection}/explain", tag = "search", operation_id = "explain",
    params(("collection" = String, Path, description = "Its name")), request_body = ExplainBody,
    responses((status = OK, description = "How far the document comes", body = DocumentExplanation), ErrorResponses))]
pub(crate) async fn explain(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppJson(body): AppJson<ExplainBody>,
) -> Result<Json<DocumentExplanation>, ApiError> {
    let request = SearchRequest::try_from(body.search)?;
    let _permit = state.questions.acquire().await?;
    Ok(Json(state.app.retriever.why_not(&collection, &request, &body.document).await?))
}
