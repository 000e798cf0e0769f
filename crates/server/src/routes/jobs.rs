//! `/api/jobs`, the jobs of a collection, and what of it could not be ingested.

mod follow;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use ragstone_core::Error as CoreError;
use ragstone_ingest::IngestSpec;
use utoipa::openapi::{Content, HeaderBuilder, Ref, RefOr, ResponseBuilder};

use crate::ServerError;
use crate::api::{
    DeadLetterList, JobBody, JobDocumentList, JobDocumentsQuery, JobEvent, JobList, JobQuery, JobStatus, MAX_PAGE_LIMIT, Page,
};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, AppQuery, CollectionPath, JobPath};
use crate::observe::RequestId;
use crate::state::ServerState;
use crate::uploads::is_upload;
use follow::follow;

/// Ingests a source as a job: a site, a repository, a part of a bucket.
///
/// Answers at once; the job goes on by itself, also after a restart. A collection that does not exist is created. Files of the
/// server's own machine cannot be named here, and hosts in its private network only if `source.allow_private_hosts` says so.
#[utoipa::path(post, path = "/api/collections/{collection}/jobs", tag = "jobs", operation_id = "create_job",
    params(("collection" = String, Path, description = "Its name")), request_body = JobBody,
    responses(AcceptedJob, ErrorResponses))]
pub(crate) async fn create(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppJson(body): AppJson<JobBody>,
) -> Result<AcceptedJob, ApiError> {
    let spec = IngestSpec::from(body);
    spec.check().map_err(CoreError::from)?;
    let job = state.submit(&collection, spec).await?;
    Ok(AcceptedJob(job.into()))
}

/// Lists jobs.
#[utoipa::path(get, path = "/api/jobs", tag = "jobs", operation_id = "list_jobs", params(JobQuery),
    responses((status = OK, description = "Jobs, the newest first", body = JobList), ErrorResponses))]
pub(crate) async fn list(State(state): State<ServerState>, AppQuery(query): AppQuery<JobQuery>) -> Result<Json<JobList>, ApiError> {
    check_limit(query.limit)?;
    let jobs = state.jobs(query.collection.as_ref(), query.limit).await?;
    Ok(Json(JobList { jobs: jobs.into_iter().map(JobStatus::from).collect() }))
}

/// Shows how far a job is.
#[utoipa::path(get, path = "/api/jobs/{job}", tag = "jobs", operation_id = "show_job",
    params(("job" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "The job", body = JobStatus), ErrorResponses))]
pub(crate) async fn show(State(state): State<ServerState>, JobPath(id): JobPath) -> Result<Json<JobStatus>, ApiError> {
    Ok(Json(state.job(id).await?.into()))
}

/// Lists what became of a job's documents.
///
/// Unchanged documents are only counted, in the job's progress.
#[utoipa::path(get, path = "/api/jobs/{job}/documents", tag = "jobs", operation_id = "list_job_documents",
    params(("job" = String, Path, description = "Its id", format = "uuid"), JobDocumentsQuery),
    responses((status = OK, description = "A part of the documents, by source", body = JobDocumentList), ErrorResponses))]
pub(crate) async fn documents(
    State(state): State<ServerState>,
    JobPath(id): JobPath,
    AppQuery(JobDocumentsQuery { state: wanted, offset, limit }): AppQuery<JobDocumentsQuery>,
) -> Result<Json<JobDocumentList>, ApiError> {
    check_limit(limit)?;
    state.job(id).await?;
    let page = state.app.jobs.job_documents(id, wanted, offset, limit).await?;
    Ok(Json(JobDocumentList { documents: page.documents, total: page.total, offset }))
}

/// Follows a job as server-sent events.
///
/// Once a second `progress`, then `ended`. When the client hangs up, the job goes on.
#[utoipa::path(get, path = "/api/jobs/{job}/events", tag = "jobs", operation_id = "follow_job",
    params(("job" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "How far it is, until it ends", content((JobEvent = "text/event-stream"))), ErrorResponses))]
pub(crate) async fn events(State(state): State<ServerState>, JobPath(id): JobPath, request_id: RequestId) -> Result<Response, ApiError> {
    state.job(id).await?;
    let written = follow(state, id, request_id).map(|event| Event::default().event(event.name()).json_data(&event));
    Ok(Sse::new(written).keep_alive(KeepAlive::default()).into_response())
}

/// Asks a job to stop: what it has stored stays.
///
/// A job that waits is cancelled at once, a running one within seconds. One that has ended is a conflict.
#[utoipa::path(post, path = "/api/jobs/{job}/cancel", tag = "jobs", operation_id = "cancel_job",
    params(("job" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "The job", body = JobStatus), ErrorResponses))]
pub(crate) async fn cancel(State(state): State<ServerState>, JobPath(id): JobPath) -> Result<Json<JobStatus>, ApiError> {
    let was_under_way = state.app.runner.cancel(id).await?;
    let job = state.job(id).await?;
    if !was_under_way {
        return Err(ServerError::JobEnded { id, state: job.state }.into());
    }
    Ok(Json(job.into()))
}

/// Runs an ended job again: what is stored is found unchanged, what failed is tried anew.
///
/// An upload cannot be run again: its files are not kept once its job has ended.
#[utoipa::path(post, path = "/api/jobs/{job}/retry", tag = "jobs", operation_id = "retry_job",
    params(("job" = String, Path, description = "Its id", format = "uuid")),
    responses(AcceptedJob, ErrorResponses))]
pub(crate) async fn retry(State(state): State<ServerState>, JobPath(id): JobPath) -> Result<AcceptedJob, ApiError> {
    let job = state.job(id).await?;
    if job.state.is_final() && is_upload(&job) {
        return Err(ServerError::UploadGone { id }.into());
    }
    if !state.app.runner.retry(id).await? {
        return Err(ServerError::JobNotEnded { id, state: job.state }.into());
    }
    Ok(AcceptedJob(state.job(id).await?.into()))
}

/// Lists the documents of a collection whose last attempt failed.
///
/// Each names the job that tried last and the reason. An ingest that stores the document, or finds it gone, takes it off the list.
#[utoipa::path(get, path = "/api/collections/{collection}/dead-letters", tag = "jobs", operation_id = "list_dead_letters",
    params(("collection" = String, Path, description = "Its name"), Page),
    responses((status = OK, description = "What could not be ingested, by source", body = DeadLetterList), ErrorResponses))]
pub(crate) async fn dead_letters(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppQuery(Page { offset, limit }): AppQuery<Page>,
) -> Result<Json<DeadLetterList>, ApiError> {
    check_limit(limit)?;
    state.collection(&collection).await?;
    let dead_letters = state.app.jobs.dead_letters(&collection, offset, limit).await?;
    Ok(Json(DeadLetterList { dead_letters, offset }))
}

/// The answer to a request that became a job.
pub(crate) struct AcceptedJob(pub(crate) JobStatus);

impl IntoResponse for AcceptedJob {
    fn into_response(self) -> Response {
        let location = format!("/api/jobs/{}", self.0.job.id);
        (StatusCode::ACCEPTED, [(LOCATION, location)], Json(self.0)).into_response()
    }
}

impl utoipa::IntoResponses for AcceptedJob {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let content = Content::new(Some(Ref::from_schema_name("JobStatus")));
        let location = HeaderBuilder::new().description(Some("Where the job is shown")).build();
        let response = ResponseBuilder::new()
            .description("The job, which waits for its turn")
            .content("application/json", content)
            .header("Location", location)
            .build();
        BTreeMap::from([("202".to_owned(), response.into())])
    }
}

fn check_limit(limit: u64) -> Result<(), ServerError> {
    if (1..=MAX_PAGE_LIMIT).contains(&limit) {
        return Ok(());
    }
    Err(ServerError::Limit { limit, most: MAX_PAGE_LIMIT })
}
