//! What an ingest job of 40,000 documents asks of the catalog, again and again.

use criterion::{Criterion, criterion_group, criterion_main};
use ragstone_catalog::SqliteCatalog;
use ragstone_core::{DocumentProgress, Job, JobDocument, JobId, JobProgress, JobState, Jobs, Result};
use tokio::runtime::Runtime;

const DOCUMENTS: usize = 40_000;
const BATCH: usize = 500;

fn jobs(criterion: &mut Criterion) {
    let (Ok(folder), Ok(runtime)) = (tempfile::tempdir(), Runtime::new()) else { return };
    let Ok((catalog, job)) = runtime.block_on(filled(&folder.path().join("catalog.sqlite"))) else { return };
    let mut group = criterion.benchmark_group("a job of 40,000 documents");
    group.bench_function("renew the lease", |bencher| {
        bencher.iter(|| runtime.block_on(catalog.renew_lease(job.id, "owner", job.created_at, &JobProgress::default())));
    });
    group.bench_function("list 100 of those that failed", |bencher| {
        bencher.iter(|| runtime.block_on(catalog.job_documents(job.id, Some(DocumentProgress::Failed), 0, 100)));
    });
    group.bench_function("list 100 dead letters", |bencher| {
        bencher.iter(|| runtime.block_on(catalog.dead_letters(&job.collection, 0, 100)));
    });
    let mut stored = (0..DOCUMENTS / BATCH).cycle().map(|batch| documents(batch, DocumentProgress::Stored));
    group.bench_function("record 500 as stored", |bencher| {
        bencher.iter(|| runtime.block_on(catalog.record_documents(job.id, &stored.next().unwrap_or_default())));
    });
}

/// A running job, and how most of its documents failed when they were tried before.
async fn filled(path: &std::path::Path) -> Result<(SqliteCatalog, Job)> {
    let catalog = SqliteCatalog::open(path).await?;
    let job = Job {
        id: JobId::random(),
        collection: "docs".parse()?,
        title: "docs/".to_owned(),
        request: Default::default(),
        state: JobState::Queued,
        cancel_requested: false,
        progress: JobProgress::default(),
        error: None,
        created_at: Default::default(),
        started_at: None,
        finished_at: None,
    };
    catalog.add_job(&job).await?;
    catalog.claim_job(None, "owner", job.created_at, job.created_at).await?;
    for batch in 0..DOCUMENTS / BATCH {
        catalog.record_documents(job.id, &documents(batch, DocumentProgress::Failed)).await?;
    }
    Ok((catalog, job))
}

fn documents(batch: usize, state: DocumentProgress) -> Vec<JobDocument> {
    let document = |number| JobDocument {
        source: format!("/documents/of some length/{number:06}.pdf"),
        state,
        attempts: 1,
        stage: Some("extract".to_owned()),
        reason: Some("the file is encrypted: remove its password".to_owned()),
        updated_at: Default::default(),
    };
    (batch * BATCH..(batch + 1) * BATCH).map(document).collect()
}

criterion_group!(benches, jobs);
criterion_main!(benches);
