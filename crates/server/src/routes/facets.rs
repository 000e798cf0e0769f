//! `/api/collections/{collection}/facets`

use axum::Json;
use axum::extract::State;
use ragstone_retrieve::{FacetRequest, count_facets, parse_filter};

use crate::api::{FacetList, FacetQuery};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppQuery, CollectionPath};
use crate::state::ServerState;

/// Counts a collection's documents by the values of fields.
///
/// Exact, and of the documents that a search with the same filter can find: content that is stored under several names counts once.
#[utoipa::path(get, path = "/api/collections/{collection}/facets", tag = "documents", operation_id = "count_facets",
    params(("collection" = String, Path, description = "Its name"), FacetQuery),
    responses((status = OK, description = "Each field's values, the most frequent first", body = FacetList), ErrorResponses))]
pub(crate) async fn count(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppQuery(query): AppQuery<FacetQuery>,
) -> Result<Json<FacetList>, ApiError> {
    let request = FacetRequest::try_from(query)?;
    let _permit = state.questions.acquire().await?;
    Ok(Json(FacetList { facets: count_facets(state.app.catalog.as_ref(), &collection, &request).await? }))
}

impl TryFrom<FacetQuery> for FacetRequest {
    type Error = ragstone_core::Error;

    fn try_from(query: FacetQuery) -> Result<Self, ragstone_core::Error> {
        let filter = query.filter.as_deref().map(parse_filter).transpose()?;
        Ok(Self { fields: vec![query.field], filter, values: query.values })
    }
}
