//! `/api/evaluations`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::{Content, HeaderBuilder, Ref, RefOr, ResponseBuilder};

use crate::api::{Deleted, EvaluationBody, EvaluationDetail, EvaluationList, EvaluationStatus};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, EvaluationPath};
use crate::state::ServerState;

/// Measures search, and answers if wanted, on questions with known answers.
///
/// Answers at once; the evaluation waits for its turn and goes on by itself. Its result is kept as long as the server runs, and the last 20 at most.
#[utoipa::path(post, path = "/api/evaluations", tag = "evaluations", operation_id = "create_evaluation", request_body = EvaluationBody,
    responses(AcceptedEvaluation, ErrorResponses))]
pub(crate) async fn create(
    State(state): State<ServerState>,
    AppJson(body): AppJson<EvaluationBody>,
) -> Result<AcceptedEvaluation, ApiError> {
    Ok(AcceptedEvaluation(state.evaluations.start(&state, body).await?))
}

/// Lists evaluations.
#[utoipa::path(get, path = "/api/evaluations", tag = "evaluations", operation_id = "list_evaluations",
    responses((status = OK, description = "Those this server knows, the newest first", body = EvaluationList), ErrorResponses))]
pub(crate) async fn list(State(state): State<ServerState>) -> Json<EvaluationList> {
    Json(EvaluationList { evaluations: state.evaluations.list() })
}

/// Shows how far an evaluation is and, once it is done, its figures.
#[utoipa::path(get, path = "/api/evaluations/{evaluation}", tag = "evaluations", operation_id = "show_evaluation",
    params(("evaluation" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "The evaluation", body = EvaluationDetail), ErrorResponses))]
pub(crate) async fn show(State(state): State<ServerState>, EvaluationPath(id): EvaluationPath) -> Result<Json<EvaluationDetail>, ApiError> {
    Ok(Json(state.evaluations.show(id)?))
}

/// Stops an evaluation; one that has ended is a conflict.
#[utoipa::path(post, path = "/api/evaluations/{evaluation}/cancel", tag = "evaluations", operation_id = "cancel_evaluation",
    params(("evaluation" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "The evaluation", body = EvaluationStatus), ErrorResponses))]
pub(crate) async fn cancel(
    State(state): State<ServerState>,
    EvaluationPath(id): EvaluationPath,
) -> Result<Json<EvaluationStatus>, ApiError> {
    Ok(Json(state.evaluations.cancel(id)?))
}

/// Forgets an evaluation; one that has not ended is stopped.
#[utoipa::path(delete, path = "/api/evaluations/{evaluation}", tag = "evaluations", operation_id = "delete_evaluation",
    params(("evaluation" = String, Path, description = "Its id", format = "uuid")),
    responses((status = OK, description = "It is gone", body = Deleted), ErrorResponses))]
pub(crate) async fn delete(State(state): State<ServerState>, EvaluationPath(id): EvaluationPath) -> Result<Json<Deleted>, ApiError> {
    state.evaluations.delete(id)?;
    Ok(Json(Deleted { deleted: id.to_string() }))
}

/// The answer to a request that became an evaluation.
pub(crate) struct AcceptedEvaluation(EvaluationStatus);

impl IntoResponse for AcceptedEvaluation {
    fn into_response(self) -> Response {
        let location = format!("/api/evaluations/{}", self.0.id);
        (StatusCode::ACCEPTED, [(LOCATION, location)], Json(self.0)).into_response()
    }
}

impl utoipa::IntoResponses for AcceptedEvaluation {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let content = Content::new(Some(Ref::from_schema_name("EvaluationStatus")));
        let location = HeaderBuilder::new().description(Some("Where the evaluation is shown")).build();
        let response = ResponseBuilder::new()
            .description("The evaluation, which waits for its turn")
            .content("application/json", content)
            .header("Location", location)
            .build();
        BTreeMap::from([("202".to_owned(), response.into())])
    }
}
