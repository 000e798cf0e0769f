//! `/api/classifiers`

use axum::Json;
use axum::extract::State;
use ragstone_classify::{Correction, Trained};

use crate::ServerError;
use crate::api::{
    ClassifierDetail, ClassifierList, ClassifierSummary, CorrectionsBody, Deleted, PredictBody, PredictResponse, RollbackBody, TrainBody,
};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, ClassifierPath, IngestPermit, LargeJson};
use crate::state::ServerState;

/// More texts at once would hold up all others.
const MOST_TEXTS: usize = 1_000;

/// Lists the classifiers.
#[utoipa::path(get, path = "/api/classifiers", tag = "classifiers", operation_id = "list_classifiers",
    responses((status = OK, description = "All classifiers, by name", body = ClassifierList), ErrorResponses))]
pub(crate) async fn list(State(state): State<ServerState>) -> Result<Json<ClassifierList>, ApiError> {
    let kept = state.app.classifiers.list().await?;
    Ok(Json(ClassifierList { classifiers: kept.into_iter().map(ClassifierSummary::from).collect() }))
}

/// Trains a classifier, and puts it in force; the version before it is kept.
///
/// All methods are tried on held-out examples, the best is fitted to all of them. It takes seconds for thousands of examples.
#[utoipa::path(put, path = "/api/classifiers/{classifier}", tag = "classifiers", operation_id = "train_classifier",
    params(("classifier" = String, Path, description = "1 to 64 letters, digits, `_` or `-`")), request_body = TrainBody,
    responses((status = OK, description = "The new version and its report", body = Trained), ErrorResponses))]
pub(crate) async fn train(
    State(state): State<ServerState>,
    ClassifierPath(name): ClassifierPath,
    _permit: IngestPermit,
    LargeJson(body): LargeJson<TrainBody>,
) -> Result<Json<Trained>, ApiError> {
    let (classifiers, examiner) = (state.app.classifiers.clone(), state.app.examiner.clone());
    Ok(Json(state.complete(async move { body.train(&classifiers, &examiner, &name).await }).await?))
}

/// Shows a classifier with its report.
#[utoipa::path(get, path = "/api/classifiers/{classifier}", tag = "classifiers", operation_id = "show_classifier",
    params(("classifier" = String, Path, description = "Its name")),
    responses((status = OK, description = "What it is, and how good", body = ClassifierDetail), ErrorResponses))]
pub(crate) async fn show(
    State(state): State<ServerState>,
    ClassifierPath(name): ClassifierPath,
) -> Result<Json<ClassifierDetail>, ApiError> {
    let summary = ClassifierSummary::from(state.app.classifiers.show(&name).await?);
    Ok(Json(ClassifierDetail { summary, report: state.app.classifiers.report(&name).await? }))
}

/// Deletes a classifier with all its versions, examples and corrections.
#[utoipa::path(delete, path = "/api/classifiers/{classifier}", tag = "classifiers", operation_id = "delete_classifier",
    params(("classifier" = String, Path, description = "Its name")),
    responses((status = OK, description = "It is gone", body = Deleted), ErrorResponses))]
pub(crate) async fn delete(State(state): State<ServerState>, ClassifierPath(name): ClassifierPath) -> Result<Json<Deleted>, ApiError> {
    if !state.app.classifiers.delete(&name).await? {
        return Err(ServerError::NoClassifier { name: name.to_string() }.into());
    }
    Ok(Json(Deleted { deleted: name.to_string() }))
}

/// Gives texts their labels.
///
/// A prediction without labels means none of these: its confidence is below the classifier's threshold.
#[utoipa::path(post, path = "/api/classifiers/{classifier}/predict", tag = "classifiers", operation_id = "predict",
    params(("classifier" = String, Path, description = "Its name")), request_body = PredictBody,
    responses((status = OK, description = "In the order of the texts", body = PredictResponse), ErrorResponses))]
pub(crate) async fn predict(
    State(state): State<ServerState>,
    ClassifierPath(name): ClassifierPath,
    AppJson(body): AppJson<PredictBody>,
) -> Result<Json<PredictResponse>, ApiError> {
    check_texts(&body.texts)?;
    let _permit = state.questions.acquire().await?;
    Ok(Json(PredictResponse { predictions: state.app.classifiers.predict(&name, &body.texts, body.top).await? }))
}

/// Keeps corrections; the next training learns from them.
#[utoipa::path(post, path = "/api/classifiers/{classifier}/corrections", tag = "classifiers", operation_id = "correct",
    params(("classifier" = String, Path, description = "Its name")), request_body = CorrectionsBody,
    responses((status = OK, description = "The classifier, with the number of corrections that wait", body = ClassifierSummary), ErrorResponses))]
pub(crate) async fn correct(
    State(state): State<ServerState>,
    ClassifierPath(name): ClassifierPath,
    AppJson(body): AppJson<CorrectionsBody>,
) -> Result<Json<ClassifierSummary>, ApiError> {
    let corrections: Vec<Correction> = body.into();
    Ok(Json(state.app.classifiers.correct(&name, corrections).await?.into()))
}

/// Trains a classifier again, on its examples and all corrections.
#[utoipa::path(post, path = "/api/classifiers/{classifier}/retrain", tag = "classifiers", operation_id = "retrain_classifier",
    params(("classifier" = String, Path, description = "Its name")),
    responses((status = OK, description = "The new version and its report", body = Trained), ErrorResponses))]
pub(crate) async fn retrain(
    State(state): State<ServerState>,
    ClassifierPath(name): ClassifierPath,
    _permit: IngestPermit,
) -> Result<Json<Trained>, ApiError> {
    let classifiers = state.app.classifiers.clone();
    Ok(Json(state.complete(async move { classifiers.retrain(&name).await }).await?))
}

/// Goes back to an earlier version.
#[utoipa::path(post, path = "/api/classifiers/{classifier}/rollback", tag = "classifiers", operation_id = "roll_back_classifier",
    params(("classifier" = String, Path, description = "Its name")), request_body = RollbackBody,
    responses((status = OK, description = "The classifier as it is now", body = ClassifierSummary), ErrorResponses))]
pub(crate) async fn roll_back(
    State(state): State<ServerState>,
    ClassifierPath(name): ClassifierPath,
    AppJson(body): AppJson<RollbackBody>,
) -> Result<Json<ClassifierSummary>, ApiError> {
    Ok(Json(state.app.classifiers.roll_back(&name, body.version).await?.into()))
}

/// Refuses what is too much at once, and nothing at all.
pub(super) fn check_texts(texts: &[String]) -> Result<(), ServerError> {
    if texts.is_empty() {
        return Err(ServerError::Empty { field: "texts" });
    }
    if texts.len() > MOST_TEXTS {
        return Err(ServerError::TooManyTexts { given: texts.len(), most: MOST_TEXTS });
    }
    match texts.iter().any(|text| text.trim().is_empty()) {
        true => Err(ServerError::Empty { field: "texts" }),
        false => Ok(()),
    }
}
