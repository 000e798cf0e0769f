//! `/predict`, as text-embeddings-inference has it.

use axum::Json;
use axum::extract::State;
use ragstone_classify::ClassifierName;

use super::classifiers::check_texts;
use crate::ServerError;
use crate::api::{InferenceBody, InferenceInputs, InferenceQuery, InferenceReply};
use crate::error::{ApiError, ErrorResponses};
use crate::extract::{AppJson, AppQuery};
use crate::state::ServerState;

/// Gives texts all labels with their probabilities, for clients of text-embeddings-inference.
///
/// `inputs` is a text, which is answered with a list of labels, or a list of texts, which is answered with a list of such lists.
#[utoipa::path(post, path = "/predict", tag = "classifiers", operation_id = "inference_predict", params(InferenceQuery),
    request_body = InferenceBody,
    responses((status = OK, description = "Labels, likeliest first", body = InferenceReply), ErrorResponses))]
pub(crate) async fn predict(
    State(state): State<ServerState>,
    AppQuery(query): AppQuery<InferenceQuery>,
    AppJson(body): AppJson<InferenceBody>,
) -> Result<Json<InferenceReply>, ApiError> {
    let name = asked(&state, query).await?;
    let (texts, is_one) = match body.inputs {
        InferenceInputs::One(text) => (vec![text], true),
        InferenceInputs::Many(texts) => (texts, false),
        InferenceInputs::Listed(texts) => (texts.into_iter().flatten().collect(), false),
    };
    check_texts(&texts)?;
    let _permit = state.questions.acquire().await?;
    let predictions = state.app.classifiers.predict(&name, &texts, usize::MAX).await?;
    let mut scores: Vec<_> = predictions.into_iter().map(|prediction| prediction.scores).collect();
    Ok(Json(if is_one { InferenceReply::One(scores.pop().unwrap_or_default()) } else { InferenceReply::Many(scores) }))
}

/// The classifier that is meant: the one named, or the only one.
async fn asked(state: &ServerState, query: InferenceQuery) -> Result<ClassifierName, ApiError> {
    if let Some(name) = query.classifier {
        return Ok(name.parse().map_err(ragstone_core::Error::from)?);
    }
    let mut names: Vec<ClassifierName> = state.app.classifiers.list().await?.into_iter().map(|kept| kept.name).collect();
    match (names.pop(), names.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            names.extend(last);
            Err(ServerError::WhichClassifier { names: names.iter().map(ToString::to_string).collect() }.into())
        }
    }
}
