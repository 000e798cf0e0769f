//! `/api/sources`

use axum::Json;
use axum::extract::State;
use ragstone_core::Result as CoreResult;

use crate::ScheduledSource;
use crate::api::{SourceList, SourceStatus};
use crate::error::{ApiError, ErrorResponses};
use crate::schedule::next_run_at;
use crate::state::ServerState;

/// Lists the sources that the server reads by itself, as `[[sources]]` in its configuration says.
#[utoipa::path(get, path = "/api/sources", tag = "jobs", operation_id = "list_sources",
    responses((status = OK, description = "The sources, and how they are doing", body = SourceList), ErrorResponses))]
pub(crate) async fn list(State(state): State<ServerState>) -> Result<Json<SourceList>, ApiError> {
    let mut sources = Vec::new();
    for source in state.app.sources.iter() {
        sources.push(status(&state, source).await?);
    }
    Ok(Json(SourceList { sources }))
}

async fn status(state: &ServerState, source: &ScheduledSource) -> CoreResult<SourceStatus> {
    let last_job = state.runs.last(state, source).await?;
    Ok(SourceStatus {
        name: source.name.clone(),
        collection: source.collection.clone(),
        title: source.spec().title(),
        every_seconds: source.every.as_secs(),
        next_run_at: next_run_at(source, last_job.as_ref()),
        last_job: last_job.map(Into::into),
    })
}
