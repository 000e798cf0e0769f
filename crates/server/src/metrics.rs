//! What is measured, and how it is written for Prometheus.
//!
//! Counters and histograms live as long as the server; all else is asked for when somebody reads `/metrics`, the catalog at most once
//! in a few seconds. Labels take a bounded number of values: methods and routes of this API, and the names of the largest collections.

mod kept;
mod process;
mod requests;
mod stored;

use std::fmt;
use std::time::SystemTime;

use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub(crate) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
pub(crate) use requests::Ending;

use self::requests::Requests;
use self::stored::Stored;
use crate::permits::PermitPool;
use crate::state::ServerState;

/// Where all of this is read, which is no request that is measured or logged.
pub(crate) const ROUTE: &str = "/metrics";

/// What one server measures. Clones measure together.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(crate) requests: Requests,
    stored: Stored,
    started_at: SystemTime,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { requests: Requests::default(), stored: Stored::default(), started_at: SystemTime::now() }
    }
}

impl Metrics {
    /// All of it as text.
    pub(crate) async fn render(&self, state: &ServerState) -> Result<String, fmt::Error> {
        let mut registry = Registry::default();
        process::register(&mut registry, self.started_at);
        let ours = registry.sub_registry_with_prefix("ragstone");
        ours.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        self.requests.register(ours);
        register_queues(ours, state);
        self.stored.register(ours, &state.app).await;
        let embedded = ConstCounter::new(state.app.ingestor.chunks_embedded());
        ours.register("chunks_embedded", "Chunks that this process has embedded and stored", embedded);
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

/// How full the two queues are in which requests wait for their turn.
fn register_queues(registry: &mut Registry, state: &ServerState) {
    let (running, waiting) = (by_queue(state, PermitPool::running), by_queue(state, PermitPool::waiting));
    registry.register("queue_running", "Requests that have a place, by queue", running);
    registry.register("queue_waiting", "Requests that wait for a place, by queue", waiting);
    registry.register("queue_places", "Places for requests to be worked on at once, by queue", by_queue(state, PermitPool::size));
}

fn by_queue(state: &ServerState, count: fn(&PermitPool) -> usize) -> Family<[(&'static str, &'static str); 1], Gauge> {
    let family = Family::default();
    for (queue, pool) in [("questions", &state.questions), ("uploads", &state.ingests)] {
        set(&family, [("queue", queue)], count(pool));
    }
    family
}

/// Counts beyond what a gauge can hold are not to be expected; one would show as the largest that it can.
fn set<Labels>(family: &Family<Labels, Gauge>, labels: Labels, count: impl TryInto<i64>)
where
    Labels: Clone + std::hash::Hash + Eq,
{
    family.get_or_create_owned(&labels).set(count.try_into().unwrap_or(i64::MAX));
}
