//! `/api/collections/{collection}/search`

use axum::Json;
use axum::extract::State;
use ragstone_retrieve::{SearchRequest, SearchResponse, parse_filter};

use crate::api::SearchBody;
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

impl TryFrom<SearchBody> for SearchRequest {
    type Error = ragstone_core::Error;

    fn try_from(body: SearchBody) -> Result<Self, ragstone_core::Error> {
        let filter = body.filter.as_deref().map(parse_filter).transpose()?;
        Ok(Self { query: body.query, limit: body.limit, filter, mode: body.mode })
    }
}
