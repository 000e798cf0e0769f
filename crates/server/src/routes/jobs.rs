//! `/api/jobs`, and what of a collection could not be ingested.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use futures::{Stream, StreamExt, stream};
use ragstone_core::{Job, JobId, Result as CoreResult};

use crate::ServerError;
use crate::api::{DeadLetterList, JobDocumentList, JobDocumentsQuery, JobEvent, JobList, JobQuery, MAX_PAGE_LIMIT, Page};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppQuery, CollectionPath, JobPath};
use crate::observe::RequestId;
use crate::state::ServerState;

/// So often a job that is followed is looked at.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// Lists jobs.
#[utoipa::path(get, path = "/api/jobs", tag = "jobs", operation_id = "list_jobs", params(JobQuery),
    responses((status = OK, description = "Jobs, the newest first", body = JobList), ErrorResponses))]
pub(crate) async fn list(State(state): State<ServerState>, AppQuery(query): AppQuery<JobQuery>) -> Result<Json<JobList>, ApiError> {
    check_limit(query.limit)?;
    Ok(Json(JobList { jobs: state.jobs(query.collection.as_ref(), query.limit).await? }))
}

/// Shows how far a job is.
#[utoipa::path(get, path = "/api/jobs/{job}", tag = "jobs", operation_id = "show_job",
    params(("job" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "The job", body = Job), ErrorResponses))]
pub(crate) async fn show(State(state): State<ServerState>, JobPath(id): JobPath) -> Result<Json<Job>, ApiError> {
    Ok(Json(state.job(id).await?))
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
pub(crate) async fn events(
    State(state): State<ServerState>,
    JobPath(id): JobPath,
    request_id: RequestId,
) -> Result<Response, ApiError> {
    state.job(id).await?;
    let written = follow(state, id, request_id).map(|event| Event::default().event(event.name()).json_data(&event));
    Ok(Sse::new(written).keep_alive(KeepAlive::default()).into_response())
}

/// Asks a job to stop: what it has stored stays.
///
/// A job that waits is cancelled at once, a running one within seconds. One that has ended is a conflict.
#[utoipa::path(post, path = "/api/jobs/{job}/cancel", tag = "jobs", operation_id = "cancel_job",
    params(("job" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "The job", body = Job), ErrorResponses))]
pub(crate) async fn cancel(State(state): State<ServerState>, JobPath(id): JobPath) -> Result<Json<Job>, ApiError> {
    let could_be = state.app.jobs.cancel_job(id, Utc::now()).await?;
    let job = state.job(id).await?;
    if !could_be {
        return Err(ServerError::JobEnded { id, state: job.state }.into());
    }
    Ok(Json(job))
}

/// Runs an ended job again: what is stored is found unchanged, what failed is tried anew.
#[utoipa::path(post, path = "/api/jobs/{job}/retry", tag = "jobs", operation_id = "retry_job",
    params(("job" = String, Path, description = "Its id", format = "uuid")),
    responses((status = ACCEPTED, description = "The job, which waits for its turn", body = Job), ErrorResponses))]
pub(crate) async fn retry(State(state): State<ServerState>, JobPath(id): JobPath) -> Result<(StatusCode, Json<Job>), ApiError> {
    let had_ended = state.app.jobs.requeue_job(id).await?;
    let job = state.job(id).await?;
    if !had_ended {
        return Err(ServerError::JobNotEnded { id, state: job.state }.into());
    }
    Ok((StatusCode::ACCEPTED, Json(job)))
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

fn check_limit(limit: u64) -> Result<(), ServerError> {
    if (1..=MAX_PAGE_LIMIT).contains(&limit) {
        return Ok(());
    }
    Err(ServerError::Limit { limit, most: MAX_PAGE_LIMIT })
}

/// A job again and again, until it has ended or the server stops.
fn follow(state: ServerState, id: JobId, request_id: RequestId) -> impl Stream<Item = JobEvent> + Send + 'static {
    stream::unfold(Some((state, false)), move |going_on| {
        let request_id = request_id.clone();
        async move {
            let (state, begun) = going_on?;
            if begun && rest(&state).await.is_err() {
                return None;
            }
            let event = to_event(state.job(id).await, &request_id);
            let goes_on = matches!(event, JobEvent::Progress { .. });
            Some((event, goes_on.then_some((state, true))))
        }
    })
}

async fn rest(state: &ServerState) -> Result<(), ServerError> {
    tokio::select! {
        () = state.stopping.cancelled() => Err(ServerError::Stopping),
        () = tokio::time::sleep(FOLLOW_EVERY) => Ok(()),
    }
}

fn to_event(job: CoreResult<Job>, request_id: &RequestId) -> JobEvent {
    match job {
        Ok(job) if job.state.is_final() => JobEvent::Ended { job: Box::new(job) },
        Ok(job) => JobEvent::Progress { job: Box::new(job) },
        Err(error) => {
            let error = ApiError::from(error);
            error.log(request_id.as_str());
            JobEvent::Error { error: error.body(request_id.as_str()) }
        }
    }
}
