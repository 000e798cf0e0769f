//! Bodies: bounded in size and time, then JSON.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use bytesize::ByteSize;
use futures::StreamExt;
use serde::de::DeserializeOwned;

use super::reason;
use crate::ServerError;
use crate::error::ApiError;
use crate::state::ServerState;

/// The longest JSON that asks for something; documents are taken by [`Upload`](super::Upload).
const QUESTION_LIMIT: ByteSize = ByteSize::mib(1);

/// A small JSON body: a search, a question.
pub(crate) struct AppJson<T>(pub(crate) T);

/// A JSON body that may be as large as an upload.
pub(crate) struct LargeJson<T>(pub(crate) T);

/// How much may come.
pub(super) struct BodyLimit {
    pub(super) limit: ByteSize,
    /// What the client may do instead.
    pub(super) remedy: &'static str,
}

impl<T: DeserializeOwned> FromRequest<ServerState> for AppJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ServerState) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(wrong_content_type(request.headers(), "`application/json`").into());
        }
        let limit = BodyLimit { limit: QUESTION_LIMIT.min(state.config.max_body), remedy: "documents are sent to `/documents`" };
        let bytes = read(request, &limit, state).await?;
        Ok(Self(parse_json(&bytes)?))
    }
}

impl<T: DeserializeOwned> FromRequest<ServerState> for LargeJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ServerState) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(wrong_content_type(request.headers(), "`application/json`").into());
        }
        let limit = BodyLimit { limit: state.config.max_body, remedy: "`server.max_body` sets this limit" };
        let bytes = read(request, &limit, state).await?;
        Ok(Self(parse_json(&bytes)?))
    }
}

/// Reads a whole body, if it is not too large and comes in time.
pub(super) async fn read(request: Request, limit: &BodyLimit, state: &ServerState) -> Result<Vec<u8>, ServerError> {
    let allowed = state.config.request_timeout;
    match tokio::time::timeout(allowed, read_within(request, limit)).await {
        Ok(read) => read,
        Err(_) => Err(ServerError::BodySlow { allowed }),
    }
}

pub(super) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ServerError> {
    if let Err(error) = std::str::from_utf8(bytes) {
        return Err(ServerError::BodyNotUtf8 { valid_bytes: error.valid_up_to() });
    }
    match Json::from_bytes(bytes) {
        Ok(Json(value)) => Ok(value),
        Err(rejection) => Err(ServerError::Json { source: reason(&rejection) }),
    }
}

/// `application/json`, and types such as `application/problem+json`.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = media_type(headers).unwrap_or_default();
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// The content type in lower case, without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(|media_type| media_type.trim().to_ascii_lowercase())
}

pub(super) fn wrong_content_type(headers: &HeaderMap, expected: &'static str) -> ServerError {
    ServerError::ContentType { found: media_type(headers), expected }
}

async fn read_within(request: Request, BodyLimit { limit, remedy }: &BodyLimit) -> Result<Vec<u8>, ServerError> {
    let too_large = || ServerError::BodyTooLarge { limit: *limit, remedy };
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit.as_u64()) {
        return Err(too_large());
    }
    let mut stream = request.into_body().into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| ServerError::BodyBroken { source: error.into_inner() })?;
        if (bytes.len() + piece.len()) as u64 > limit.as_u64() {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
