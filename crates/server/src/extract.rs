//! Extractors whose rejections are [`ServerError`]s that name the field.

mod body;
mod path;
mod upload;

use std::error::Error as StdError;

use axum::extract::{FromRequestParts, Query};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use ragstone_core::BoxError;
use serde::de::DeserializeOwned;

pub(crate) use body::{AppJson, LargeJson};
pub(crate) use path::{ClassifierPath, CollectionPath, DocumentPath, EvaluationPath, JobPath};
pub(crate) use upload::Upload;

use crate::ServerError;
use crate::error::ApiError;
use crate::permits::Permit;
use crate::state::ServerState;

/// What stands behind the `?` of the URL.
pub(crate) struct AppQuery<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for AppQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(ServerError::Query { source: reason(&rejection) }.into()),
        }
    }
}

/// Whether the client asks for server-sent events.
pub(crate) struct WantsEvents(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for WantsEvents {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut accepted = parts.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        Ok(Self(accepted.any(|value| value.to_ascii_lowercase().contains("text/event-stream"))))
    }
}

/// The permit to ingest. As an argument before the body it also bounds how many uploads are in memory.
pub(crate) struct IngestPermit(pub(crate) Permit);

impl FromRequestParts<ServerState> for IngestPermit {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, state: &ServerState) -> Result<Self, ApiError> {
        Ok(Self(state.ingests.acquire().await?))
    }
}

/// What a rejection of axum's has to say beyond its general words: the field, and what is wrong with it.
fn reason(rejection: &dyn StdError) -> BoxError {
    rejection.source().map_or_else(|| rejection.to_string(), ToString::to_string).into()
}
