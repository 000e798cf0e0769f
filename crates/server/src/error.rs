//! What a failure looks like from outside: the one place that knows HTTP statuses.

mod facts;

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use ragstone_core::{Error, ErrorKind};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};

pub use facts::ServerError;

use crate::api::{ErrorBody, ErrorEnvelope};

/// A failure on its way out. As a response it is empty; the outermost layer, which knows the request's id, writes the
/// envelope ([`ApiError::write`]) and the log.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    code: Code,
    retry_after_seconds: Option<u64>,
    error: Arc<Error>,
}

/// What programs go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    InvalidInput,
    ForeignOrigin,
    NotFound,
    MethodNotAllowed,
    Conflict,
    TooLarge,
    UnsupportedMediaType,
    Overloaded,
    Internal,
    Unavailable,
    Timeout,
    Storage,
}

impl Code {
    /// The table: the code as text, and its status.
    fn row(self) -> (&'static str, StatusCode) {
        match self {
            Self::InvalidInput => ("invalid_input", StatusCode::BAD_REQUEST),
            Self::ForeignOrigin => ("foreign_origin", StatusCode::FORBIDDEN),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Self::MethodNotAllowed => ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::Conflict => ("conflict", StatusCode::CONFLICT),
            Self::TooLarge => ("too_large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::UnsupportedMediaType => ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::Overloaded => ("overloaded", StatusCode::TOO_MANY_REQUESTS),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::Timeout => ("timeout", StatusCode::GATEWAY_TIMEOUT),
            Self::Storage => ("storage", StatusCode::INSUFFICIENT_STORAGE),
        }
    }

    /// Whether the same request may succeed in a moment.
    fn is_passing(self) -> bool {
        matches!(self, Self::Overloaded | Self::Unavailable)
    }
}

impl From<ErrorKind> for Code {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidInput => Self::InvalidInput,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::TooLarge => Self::TooLarge,
            ErrorKind::Overloaded => Self::Overloaded,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::Storage => Self::Storage,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let code = Code::from(error.kind());
        Self { code, retry_after_seconds: code.is_passing().then_some(1), error: Arc::new(error) }
    }
}

impl From<ServerError> for ApiError {
    fn from(fact: ServerError) -> Self {
        let special = match &fact {
            ServerError::ForeignOrigin { .. } | ServerError::ForeignHost { .. } => Some(Code::ForeignOrigin),
            ServerError::MethodNotAllowed { .. } => Some(Code::MethodNotAllowed),
            ServerError::ContentType { .. } => Some(Code::UnsupportedMediaType),
            _ => None,
        };
        let retry_after_seconds = match &fact {
            ServerError::Overloaded { retry_after_seconds } => Some(*retry_after_seconds),
            _ => None,
        };
        let general = Self::from(Error::from(fact));
        Self {
            code: special.unwrap_or(general.code),
            retry_after_seconds: retry_after_seconds.or(general.retry_after_seconds),
            error: general.error,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (_, status) = self.code.row();
        let mut response = status.into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl ApiError {
    /// Whether there was no place for the request.
    pub(crate) fn is_refusal(&self) -> bool {
        self.code == Code::Overloaded
    }

    /// What the client is told. Of an internal error it learns only where to look.
    pub(crate) fn body(&self, request_id: &str) -> ErrorBody {
        let (code, _) = self.code.row();
        let message = match self.code {
            Code::Internal => format!("something went wrong inside the server; its log has the details under request id {request_id}"),
            _ => with_causes(&self.error),
        };
        ErrorBody { code: code.to_owned(), message, request_id: request_id.to_owned() }
    }

    /// Puts the envelope into the response that carries this error.
    pub(crate) fn write(&self, request_id: &str, response: &mut Response) {
        let envelope = ErrorEnvelope { error: self.body(request_id) };
        // Three strings always have a JSON form.
        let json = serde_json::to_vec(&envelope).unwrap_or_default();
        *response.body_mut() = Body::from(json);
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }

    /// Logs what someone must look at. What the client did wrong is not logged: its words may be in the message.
    pub(crate) fn log(&self, request_id: &str) {
        let (code, status) = self.code.row();
        let stage = self.error.stage();
        match self.code {
            Code::Internal | Code::Storage => {
                tracing::error!(request.id = request_id, error.code = code, %stage, "request failed: {}", with_causes(&self.error));
            }
            _ if status.is_server_error() => {
                tracing::warn!(request.id = request_id, error.code = code, %stage, "request failed: {}", with_causes(&self.error));
            }
            _ => {}
        }
    }
}

/// Describes the envelope in the OpenAPI document, for every status that is not a success.
pub(crate) struct ErrorResponses;

impl utoipa::IntoResponses for ErrorResponses {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let description = "What went wrong: `invalid_input` 400, `foreign_origin` 403, `not_found` 404, `method_not_allowed` 405, \
                           `conflict` 409, `too_large` 413, `unsupported_media_type` 415, `overloaded` 429 (with `Retry-After`), \
                           `internal` 500, `unavailable` 503 (with `Retry-After`), `timeout` 504, `storage` 507";
        let content = Content::new(Some(Ref::from_schema_name("ErrorEnvelope")));
        let response = ResponseBuilder::new().description(description).content("application/json", content).build();
        BTreeMap::from([("default".to_owned(), response.into())])
    }
}

/// The error and what caused it, on as many lines as it has itself (a filter's caret stays under its mark).
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = StdError::source(error);
    while let Some(deeper) = cause {
        let words = deeper.to_string();
        // Some libraries put their cause into their own words already.
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use ragstone_core::Stage;

    use super::*;

    fn check(kind: ErrorKind, code: &str, status: u16, retry_after: Option<&str>) {
        let error = ApiError::from(Error::new(kind, Stage::Store, "the disk of `/data` is full"));
        let body = error.body("r1");
        assert_eq!((body.code.as_str(), body.request_id.as_str()), (code, "r1"));
        let hides = !body.message.contains("disk");
        assert_eq!(hides, kind == ErrorKind::Internal, "{kind:?} says {}", body.message);
        let response = error.into_response();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap()), retry_after);
    }

    #[test]
    fn every_kind_has_its_status() {
        check(ErrorKind::InvalidInput, "invalid_input", 400, None);
        check(ErrorKind::NotFound, "not_found", 404, None);
        check(ErrorKind::Conflict, "conflict", 409, None);
        check(ErrorKind::TooLarge, "too_large", 413, None);
        check(ErrorKind::Overloaded, "overloaded", 429, Some("1"));
        check(ErrorKind::Unavailable, "unavailable", 503, Some("1"));
        check(ErrorKind::Timeout, "timeout", 504, None);
        check(ErrorKind::Storage, "storage", 507, None);
        check(ErrorKind::Internal, "internal", 500, None);
    }

    #[test]
    fn causes_follow_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("`http://127.0.0.1:1` does not answer")]
        struct NoAnswer(#[source] std::io::Error);

        let refused = NoAnswer(std::io::Error::other("connection refused"));
        let error = Error::new(ErrorKind::Unavailable, Stage::Generate, refused);
        assert_eq!(with_causes(&error), "`http://127.0.0.1:1` does not answer: connection refused");
    }
}
