//! Routes and layers, put together.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::api::{AskEvent, ErrorEnvelope, JobEvent};
use crate::error::ApiError;
use crate::observe::observe;
use crate::origin::refuse_foreign;
use crate::state::ServerState;
use crate::{AppState, Role, ServerConfig, ServerError, routes};

/// The whole API as a router, for a server of one's own or for tests. [`serve`](crate::serve) runs it.
pub fn router(state: AppState, config: ServerConfig) -> Router {
    router_over(ServerState::new(state, config))
}

/// The description of the API, generated from the handlers.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let described = OpenApiRouter::<ServerState>::with_openapi(Description::openapi());
    described.merge(routes::in_time()).merge(routes::ingest()).into_openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ragstone",
        description = "Ask questions over your own documents, and search them by meaning and by words.\n\n\
                       Every response that is not a success has the body `ErrorEnvelope`. Every response has the header \
                       `x-request-id`; send one of your own to find the request in the server's log."
    ),
    components(schemas(ErrorEnvelope, AskEvent, JobEvent)),
    tags(
        (name = "collections", description = "Sets of documents that are searched together"),
        (name = "models", description = "The embedding models of collections, and how they are changed"),
        (name = "documents", description = "What is in a collection"),
        (name = "jobs", description = "Ingests that go on by themselves, and what they could not ingest"),
        (name = "classifiers", description = "Labels for texts, learned from examples"),
        (name = "search", description = "Finding passages"),
        (name = "ask", description = "Answering from passages, with citations"),
        (name = "evaluations", description = "How good search and answers are, on questions with known answers"),
        (name = "server", description = "The server itself"),
    )
)]
struct Description;

pub(crate) fn router_over(state: ServerState) -> Router {
    let (in_time, ingest) = match state.app.role {
        Role::Jobs => (routes::health(), OpenApiRouter::default()),
        Role::Everything | Role::Queries => (routes::in_time(), routes::ingest()),
    };
    let ((in_time, _), (ingest, _)) = (in_time.split_for_parts(), ingest.split_for_parts());
    in_time
        .route_layer(from_fn_with_state(state.clone(), deadline))
        .merge(ingest)
        .fallback(no_route)
        .method_not_allowed_fallback(method_not_allowed)
        // The extractors have limits of their own, which name the setting.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state.clone(), refuse_foreign))
        .layer(from_fn_with_state(state.clone(), observe))
        .with_state(state)
}

/// Gives up on a request that takes too long.
async fn deadline(State(state): State<ServerState>, request: Request, next: Next) -> Result<Response, ApiError> {
    let allowed = state.config.request_timeout;
    match tokio::time::timeout(allowed, next.run(request)).await {
        Ok(response) => Ok(response),
        Err(_) => Err(ServerError::DeadlinePassed { allowed }.into()),
    }
}

async fn no_route(uri: Uri) -> ApiError {
    ServerError::NoRoute { path: uri.path().to_owned() }.into()
}

async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    ServerError::MethodNotAllowed { method: method.to_string(), path: uri.path().to_owned() }.into()
}
