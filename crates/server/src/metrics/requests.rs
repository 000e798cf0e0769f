//! Requests: how many, how long, how many at once.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// A search takes milliseconds, or as long as its turn does.
const SEARCH_SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// An answer is quoted at once, or written by a model.
const ASK_SECONDS: [f64; 12] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 120.0];

/// An upload may be one page or thousands.
const UPLOAD_SECONDS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

/// What is measured of requests.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    answered: Family<Answered, Counter>,
    refused: Family<Refused, Counter>,
    in_flight: Gauge,
    search: Histogram,
    ask: Histogram,
    upload: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    route: String,
}

/// One request, which is in flight until this is dropped: its client may hang up at any time.
pub(crate) struct Exchange {
    requests: Requests,
    started: Instant,
}

/// How a request ended.
pub(crate) struct Ending<'a> {
    pub(crate) method: &'a Method,
    pub(crate) route: &'a str,
    pub(crate) status: StatusCode,
    /// Whether there was no place for it.
    pub(crate) is_refused: bool,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            refused: Family::default(),
            in_flight: Gauge::default(),
            search: Histogram::new(SEARCH_SECONDS),
            ask: Histogram::new(ASK_SECONDS),
            upload: Histogram::new(UPLOAD_SECONDS),
        }
    }
}

impl Requests {
    pub(crate) fn begin(&self) -> Exchange {
        self.in_flight.inc();
        Exchange { requests: self.clone(), started: Instant::now() }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let Self { answered, refused, in_flight, search, ask, upload } = self.clone();
        registry.register("http_requests", "Requests that were answered, by method, route and class of status", answered);
        registry.register("http_requests_refused", "Requests for which there was no place (429), by route", refused);
        registry.register("http_requests_in_flight", "Requests that are being answered", in_flight);
        registry.register("search_duration_seconds", "Time to answer a search, waiting included", search);
        registry.register("ask_duration_seconds", "Time to answer a question, or to begin a streamed answer, waiting included", ask);
        registry.register("upload_duration_seconds", "Time to answer an upload, waiting included", upload);
    }
}

impl Exchange {
    /// Counts the request as answered. What was the client's fault took no time worth knowing, so it is counted only.
    pub(crate) fn end(&self, ending: &Ending<'_>) -> Duration {
        let took = self.started.elapsed();
        let Ending { method, route, status, is_refused } = ending;
        let labels = Answered { method: known(method), route: (*route).to_owned(), status: class(*status) };
        self.requests.answered.get_or_create_owned(&labels).inc();
        if *is_refused {
            self.requests.refused.get_or_create_owned(&Refused { route: (*route).to_owned() }).inc();
        }
        if !status.is_client_error()
            && let Some(histogram) = self.requests.histogram(method, route)
        {
            histogram.observe(took.as_secs_f64());
        }
        took
    }
}

impl Requests {
    fn histogram(&self, method: &Method, route: &str) -> Option<&Histogram> {
        match (method, route) {
            (&Method::POST, "/api/collections/{collection}/search") => Some(&self.search),
            (&Method::POST, "/api/collections/{collection}/ask") => Some(&self.ask),
            (&Method::POST, "/api/collections/{collection}/documents") => Some(&self.upload),
            _ => None,
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.requests.in_flight.dec();
    }
}

/// A client may send any word as its method.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "PUT" => "PUT",
        "POST" => "POST",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
