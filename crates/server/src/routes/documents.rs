//! `/api/collections/{collection}/documents`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ragstone_core::{CollectionName, Job, Result as CoreResult};
use ragstone_ingest::{IngestReport, IngestSpec, RawDocument, SourceSpec};

use crate::ServerError;
use crate::api::{Deleted, DocumentDetail, DocumentList, DocumentsBody, DocumentsForm, IngestQuery, MAX_PAGE_LIMIT, Page};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppQuery, CollectionPath, DocumentPath, IngestPermit, Upload};
use crate::permits::Permit;
use crate::routes::jobs::AcceptedJob;
use crate::state::ServerState;

/// Ingests documents, as texts in JSON or as files in a form.
///
/// Answers when all that it counts is durably stored and searchable. A collection that does not exist is created. Documents
/// that cannot be ingested are in `failed`, each with the reason, and do not keep the others out; the response is a
/// success even if all of them failed, because the request was understood and sending it again would change nothing. Sending
/// the same documents again after a lost response is always safe. If the client hangs up, the ingest is finished nevertheless.
///
/// With `wait=false` it answers with a job as soon as the documents are kept safe; the job is shown where `Location` says, and
/// goes on after a restart too.
#[utoipa::path(post, path = "/api/collections/{collection}/documents", tag = "documents", operation_id = "ingest_documents",
    params(("collection" = String, Path, description = "Its name"), IngestQuery),
    request_body(content((DocumentsBody = "application/json"), (DocumentsForm = "multipart/form-data"))),
    responses((status = OK, description = "What became of the documents", body = IngestReport), AcceptedJob, ErrorResponses))]
pub(crate) async fn ingest(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppQuery(IngestQuery { wait }): AppQuery<IngestQuery>,
    IngestPermit(permit): IngestPermit,
    Upload(documents): Upload,
) -> Result<Response, ApiError> {
    if !wait {
        let job = state.complete(ingest_later(state.clone(), collection, documents, permit)).await?;
        return Ok(AcceptedJob(job.into()).into_response());
    }
    let ingestor = state.app.ingestor.clone();
    let work = async move {
        let _until_done = permit;
        ingestor.ensure_collection(&collection).await?;
        ingestor.ingest_documents(&collection, documents).await
    };
    Ok(Json(state.complete(work).await?).into_response())
}

/// Lists a collection's documents.
#[utoipa::path(get, path = "/api/collections/{collection}/documents", tag = "documents", operation_id = "list_documents",
    params(("collection" = String, Path, description = "Its name"), Page),
    responses((status = OK, description = "A part of the documents, by source", body = DocumentList), ErrorResponses))]
pub(crate) async fn list(
    State(state): State<ServerState>,
    CollectionPath(collection): CollectionPath,
    AppQuery(Page { offset, limit }): AppQuery<Page>,
) -> Result<Json<DocumentList>, ApiError> {
    if !(1..=MAX_PAGE_LIMIT).contains(&limit) {
        return Err(ServerError::Limit { limit, most: MAX_PAGE_LIMIT }.into());
    }
    state.collection(&collection).await?;
    let page = state.app.catalog.documents(&collection, offset, limit).await?;
    Ok(Json(DocumentList { documents: page.documents, total: page.total, offset }))
}

/// Shows a document with its text, where its chunks and pages are, and how well it could be read.
#[utoipa::path(get, path = "/api/collections/{collection}/documents/{document}", tag = "documents", operation_id = "show_document",
    params(("collection" = String, Path, description = "Its name"), ("document" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "The document", body = DocumentDetail), ErrorResponses))]
pub(crate) async fn show(State(state): State<ServerState>, path: DocumentPath) -> Result<Json<DocumentDetail>, ApiError> {
    let record = state.document(&path.collection, path.document).await?;
    Ok(Json(record.into()))
}

/// Deletes a document and its chunks.
#[utoipa::path(delete, path = "/api/collections/{collection}/documents/{document}", tag = "documents", operation_id = "delete_document",
    params(("collection" = String, Path, description = "Its name"), ("document" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "It is gone", body = Deleted), ErrorResponses))]
pub(crate) async fn delete(State(state): State<ServerState>, path: DocumentPath) -> Result<Json<Deleted>, ApiError> {
    let DocumentPath { collection, document: id } = path;
    state.collection(&collection).await?;
    let (ingestor, name) = (state.app.ingestor.clone(), collection.clone());
    let removed = state.complete(async move { ingestor.remove_documents(&name, &[id]).await }).await?;
    if removed == 0 {
        return Err(ServerError::NoDocument { collection, id }.into());
    }
    Ok(Json(Deleted { deleted: id.to_string() }))
}

/// Keeps documents safe, and makes them a job.
async fn ingest_later(state: ServerState, collection: CollectionName, documents: Vec<RawDocument>, _until_done: Permit) -> CoreResult<Job> {
    let upload = state.uploads.keep(documents).await?;
    let submitted = state.submit(&collection, IngestSpec::new(SourceSpec::Upload(upload.clone()))).await;
    match &submitted {
        Ok(job) => state.uploads.belongs_to(job.id, &upload),
        Err(_) => state.uploads.discard(upload).await,
    }
    submitted
}
