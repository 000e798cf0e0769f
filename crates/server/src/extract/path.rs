//! Names and ids in the path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use ragstone_classify::ClassifierName;
use ragstone_core::{CollectionName, DocumentId, Error, JobId};

use crate::ServerError;
use crate::error::ApiError;

/// The classifier in `/api/classifiers/{classifier}`.
pub(crate) struct ClassifierPath(pub(crate) ClassifierName);

/// The collection in `/api/collections/{collection}`.
pub(crate) struct CollectionPath(pub(crate) CollectionName);

/// The document in `/api/collections/{collection}/documents/{document}`.
pub(crate) struct DocumentPath {
    pub(crate) collection: CollectionName,
    pub(crate) document: DocumentId,
}

/// The job in `/api/jobs/{job}`.
pub(crate) struct JobPath(pub(crate) JobId);

/// The evaluation in `/api/evaluations/{evaluation}`.
pub(crate) struct EvaluationPath(pub(crate) JobId);

impl<S: Send + Sync> FromRequestParts<S> for ClassifierPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let parameters = parameters(parts).await?;
        Ok(Self(parse(&parameters, "classifier")?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CollectionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let parameters = parameters(parts).await?;
        Ok(Self(parse(&parameters, "collection")?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DocumentPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let parameters = parameters(parts).await?;
        Ok(Self { collection: parse(&parameters, "collection")?, document: parse(&parameters, "document")? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for JobPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let parameters = parameters(parts).await?;
        Ok(Self(parse(&parameters, "job")?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for EvaluationPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let parameters = parameters(parts).await?;
        Ok(Self(parse(&parameters, "evaluation")?))
    }
}

async fn parameters(parts: &mut Parts) -> Result<RawPathParams, ServerError> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await;
    parameters.map_err(|rejection| ServerError::PathNotUtf8 { source: rejection.into() })
}

fn parse<T: FromStr<Err: Into<Error>>>(parameters: &RawPathParams, parameter: &'static str) -> Result<T, Error> {
    let found = parameters.iter().find(|(name, _)| *name == parameter);
    let (_, text) = found.ok_or(ServerError::PathParameterMissing { parameter })?;
    text.parse().map_err(Into::into)
}
