//! `/metrics`

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::ServerError;
use crate::error::{ApiError, ErrorResponses};
use crate::metrics;
use crate::state::ServerState;

/// Shows measurements of this server, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "server", operation_id = "metrics",
    responses((status = OK, description = "They, in Prometheus' text format 0.0.4", body = String, content_type = "text/plain"), ErrorResponses))]
pub(crate) async fn metrics(State(state): State<ServerState>) -> Result<impl IntoResponse, ApiError> {
    let text = state.metrics.render(&state).await.map_err(|source| ServerError::Metrics { source })?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text))
}
