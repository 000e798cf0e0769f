//! What an ingest job of 40,000 documents asks of the catalog, again and again, and what a worker does that looks for jobs. In SQLite,
//! and in PostgreSQL where its programs are installed.

mod databases;

use criterion::{Criterion, criterion_group, criterion_main};
use ragstone_catalog::PostgresCatalog;
use ragstone_core::{CollectionLocks, DocumentProgress, Job, JobDocument, JobId, JobProgress, JobState, Locked, Result, Sharing};
use tokio::runtime::Runtime;

use databases::{Databases, Measured};

const DOCUMENTS: usize = 40_000;
const BATCH: usize = 500;

fn jobs(criterion: &mut Criterion) {
    let Ok(runtime) = Runtime::new() else { return };
    let Ok(databases) = runtime.block_on(Databases::open()) else { return };
    for (name, catalog) in databases.catalogs() {
        large_job(criterion, &runtime, name, catalog);
        claims(criterion, &runtime, name, catalog);
    }
    if let Some(postgres) = &databases.postgres {
        locks(criterion, &runtime, postgres);
    }
}

fn large_job(criterion: &mut Criterion, runtime: &Runtime, name: &str, catalog: &dyn Measured) {
    let Ok(job) = runtime.block_on(filled(catalog)) else { return };
    let mut group = criterion.benchmark_group(format!("a job of 40,000 documents, {name}"));
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

fn claims(criterion: &mut Criterion, runtime: &Runtime, name: &str, catalog: &dyn Measured) {
    let Ok(job) = new_job() else { return };
    let (id, at) = (job.id, job.created_at);
    if runtime.block_on(catalog.add_job(&job)).is_err() {
        return;
    }
    let mut group = criterion.benchmark_group(format!("a queue, {name}"));
    group.bench_function("claim a job and put it back", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                catalog.claim_job(Some(id), "owner", at, at).await?;
                catalog.release_job(id, "owner", JobState::Queued, &JobProgress::default(), None, at).await
            })
        });
    });
}

/// Each lock is a new connection.
fn locks(criterion: &mut Criterion, runtime: &Runtime, postgres: &PostgresCatalog) {
    let Ok(name) = "docs".parse() else { return };
    criterion.bench_function("take a lock and give it back, PostgreSQL", |bencher| {
        bencher.iter(|| runtime.block_on(postgres.lock(&name, Locked::Documents, Sharing::Shared)).is_ok());
    });
}

/// A running job, and how most of its documents failed when they were tried before.
async fn filled(catalog: &dyn Measured) -> Result<Job> {
    let job = new_job()?;
    catalog.add_job(&job).await?;
    catalog.claim_job(Some(job.id), "owner", job.created_at, job.created_at).await?;
    for batch in 0..DOCUMENTS / BATCH {
        catalog.record_documents(job.id, &documents(batch, DocumentProgress::Failed)).await?;
    }
    Ok(job)
}

fn new_job() -> Result<Job> {
    Ok(Job {
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
    })
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
