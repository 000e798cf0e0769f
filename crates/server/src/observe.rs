//! The outermost layer: gives each request its id, turns panics and errors into envelopes, and writes one line of log.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use crate::ServerError;
use crate::error::ApiError;
use crate::metrics::{self, Ending};
use crate::state::ServerState;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 64;

/// What ties a response to the log: the client's own `x-request-id`, or a new one.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Keeps of the client's id what cannot forge a line of log, and not more than that needs.
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_safe = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | ':');
        let kept: String = given.chars().filter(is_safe).take(LONGEST_ID).collect();
        if kept.is_empty() { Self(Uuid::new_v4().to_string()) } else { Self(kept) }
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Observes one request, apart from those that ask what was observed. The time of a streamed answer is that to its first byte.
pub(crate) async fn observe(State(state): State<ServerState>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("none", MatchedPath::as_str);
    if route == metrics::ROUTE {
        return answer(request, next, &id).await.response;
    }
    let exchange = state.metrics.requests.begin();
    let method = request.method().clone();
    let Answered { response, is_refused } = answer(request, next, &id).await;
    let took = exchange.end(&Ending { method: &method, route, status: response.status(), is_refused });
    tracing::info!(
        request.id = id.as_str(),
        %method,
        route,
        status = response.status().as_u16(),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "request answered"
    );
    response
}

/// A response, and whether it says that there was no place for the request.
struct Answered {
    response: Response,
    is_refused: bool,
}

async fn answer(request: Request, next: Next, id: &RequestId) -> Answered {
    let span = tracing::info_span!("request", request.id = id.as_str());
    let answered = AssertUnwindSafe(next.run(request).instrument(span)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|panic| panicked(panic.as_ref()));
    let error = response.extensions_mut().remove::<ApiError>();
    if let Some(error) = &error {
        error.write(id.as_str(), &mut response);
        error.log(id.as_str());
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    Answered { response, is_refused: error.is_some_and(|error| error.is_refusal()) }
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    ApiError::from(ServerError::Panicked { message: text.unwrap_or("without a message").to_owned() }).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, kept: &str) {
        let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_str(given).unwrap())]);
        assert_eq!(RequestId::of(&headers).as_str(), kept);
    }

    #[test]
    fn keeps_what_is_safe_of_an_id() {
        check("trace-42:a.b_c", "trace-42:a.b_c");
        check("a b\t{\"x\"}", "abx");
        check(&"7".repeat(500), &"7".repeat(64));
    }

    #[test]
    fn makes_an_id_where_there_is_none() {
        for headers in [HeaderMap::new(), HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_static("\" \""))])] {
            assert!(Uuid::parse_str(RequestId::of(&headers).as_str()).is_ok());
        }
    }
}
