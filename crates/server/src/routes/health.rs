//! `/healthz`, `/readyz`, `/openapi.json`

use axum::Json;
use axum::extract::State;

use crate::ServerError;
use crate::api::Health;
use crate::error::{ApiError, ErrorResponses};
use crate::state::ServerState;

/// Says that the process is alive.
#[utoipa::path(get, path = "/healthz", tag = "server", operation_id = "healthz",
    responses((status = OK, description = "It is", body = Health), ErrorResponses))]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health::ok())
}

/// Says whether requests can be answered: the catalog can be read and the server is not shutting down.
#[utoipa::path(get, path = "/readyz", tag = "server", operation_id = "readyz",
    responses((status = OK, description = "They can", body = Health), ErrorResponses))]
pub(crate) async fn readyz(State(state): State<ServerState>) -> Result<Json<Health>, ApiError> {
    if state.stopping.is_cancelled() {
        return Err(ServerError::Stopping.into());
    }
    if let Err(source) = state.app.catalog.collection(&"readyz".parse()?).await {
        return Err(ServerError::NotReady { source }.into());
    }
    Ok(Json(Health::ok()))
}

/// Describes this API in OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "server", operation_id = "openapi",
    responses((status = OK, description = "The description", body = Object), ErrorResponses))]
pub(crate) async fn openapi_json() -> Json<utoipa::openapi::OpenApi> {
    Json(crate::openapi())
}

impl Health {
    fn ok() -> Self {
        Self { status: "ok".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}
