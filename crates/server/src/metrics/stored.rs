//! What there is: jobs, documents, chunks.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;
use ragstone_core::{CollectionSummary, JobCounts};

use super::kept::Kept;
use super::set;
use crate::AppState;

/// So many collections are named, those with the most chunks; the others are summed up.
const NAMED_COLLECTIONS: usize = 100;

/// No collection can be called this.
const OTHERS: &str = "(others)";

/// What the catalog was asked last.
#[derive(Debug, Clone, Default)]
pub(super) struct Stored {
    jobs: Kept<JobCounts>,
    collections: Kept<Vec<CollectionSummary>>,
}

impl Stored {
    /// What cannot be read is left out, and said to be.
    pub(super) async fn register(&self, registry: &mut Registry, app: &AppState) {
        let (jobs, catalog) = (app.jobs.clone(), app.catalog.clone());
        let (counts, collections) = tokio::join!(
            self.jobs.get("the jobs", async move { jobs.job_counts().await }),
            self.collections.get("the collections", async move { catalog.collections().await }),
        );
        let is_up = ConstGauge::new(i64::from(counts.is_some() && !self.collections.has_failed()));
        registry.register("catalog_up", "Whether the catalog could be read a moment ago: 1 or 0", is_up);
        if let Some(counts) = counts {
            register_jobs(registry, *counts);
        }
        if let Some(collections) = collections {
            register_collections(registry, &collections);
        }
    }
}

fn register_jobs(registry: &mut Registry, counts: JobCounts) {
    let jobs = Family::<_, Gauge>::default();
    set(&jobs, [("state", "queued")], counts.queued);
    set(&jobs, [("state", "running")], counts.running);
    registry.register("jobs", "Ingest jobs that have not ended, of all servers and workers of this catalog, by state", jobs);
}

fn register_collections(registry: &mut Registry, collections: &[CollectionSummary]) {
    let (documents, chunks) = (Family::<_, Gauge>::default(), Family::<_, Gauge>::default());
    let mut largest: Vec<_> = collections.iter().collect();
    largest.sort_by_key(|collection| std::cmp::Reverse(collection.chunks));
    let others = largest.split_off(largest.len().min(NAMED_COLLECTIONS));
    for collection in largest {
        let name = [("collection", collection.spec.name.to_string())];
        set(&documents, name.clone(), collection.documents);
        set(&chunks, name, collection.chunks);
    }
    if !others.is_empty() {
        let name = [("collection", OTHERS.to_owned())];
        set(&documents, name.clone(), others.iter().map(|collection| collection.documents).sum::<u64>());
        set(&chunks, name, others.iter().map(|collection| collection.chunks).sum::<u64>());
    }
    let count = ConstGauge::new(i64::try_from(collections.len()).unwrap_or(i64::MAX));
    registry.register("collections", "Collections", count);
    registry.register("documents", "Documents that are stored, by collection", documents);
    registry.register("chunks", "Chunks of these documents, by collection", chunks);
}
