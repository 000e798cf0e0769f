//! The handlers, one file a resource. Each extracts, calls one function and wraps.

mod ask;
mod classifiers;
mod collections;
mod documents;
mod evaluations;
mod facets;
mod health;
mod inference;
mod jobs;
mod metrics;
mod models;
mod search;
mod sources;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

/// What must be answered within `server.request_timeout`.
pub(crate) fn in_time() -> OpenApiRouter<ServerState> {
    OpenApiRouter::default()
        .routes(routes!(collections::list))
        .routes(routes!(collections::calibrate))
        .routes(routes!(collections::create, collections::show, collections::delete))
        .routes(routes!(collections::settings, collections::keep_settings))
        .routes(routes!(documents::list))
        .routes(routes!(documents::show, documents::delete))
        .routes(routes!(facets::count))
        .routes(routes!(evaluations::create, evaluations::list))
        .routes(routes!(evaluations::show, evaluations::delete))
        .routes(routes!(evaluations::cancel))
        .routes(routes!(jobs::create))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::documents))
        .routes(routes!(jobs::events))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::dead_letters))
        .routes(routes!(models::show, models::prepare))
        .routes(routes!(models::drop_other))
        .routes(routes!(sources::list))
        .routes(routes!(classifiers::list))
        .routes(routes!(classifiers::show, classifiers::delete))
        .routes(routes!(classifiers::predict))
        .routes(routes!(classifiers::correct))
        .routes(routes!(classifiers::roll_back))
        .routes(routes!(inference::predict))
        .routes(routes!(search::search))
        .routes(routes!(search::explain))
        .routes(routes!(ask::ask))
        .routes(routes!(health::openapi_json))
        .merge(health())
}

/// How the process is and does.
pub(crate) fn health() -> OpenApiRouter<ServerState> {
    OpenApiRouter::default().routes(routes!(health::healthz)).routes(routes!(health::readyz)).routes(routes!(metrics::metrics))
}

/// What takes as long as it takes, once it has arrived.
pub(crate) fn ingest() -> OpenApiRouter<ServerState> {
    OpenApiRouter::default()
        .routes(routes!(documents::ingest))
        .routes(routes!(models::estimate))
        .routes(routes!(models::switch))
        .routes(routes!(models::back))
        .routes(routes!(classifiers::train))
        .routes(routes!(classifiers::retrain))
}
