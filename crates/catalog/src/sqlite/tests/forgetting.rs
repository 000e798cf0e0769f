//! Ended jobs do not pile up.

use ragstone_core::{DocumentProgress, JobDocument, JobId, JobProgress, JobState, Jobs};

use super::*;
use crate::sample::{job, minutes};

#[tokio::test]
async fn old_jobs_keep_what_failed_and_go_at_last() {
    let folder = TempDir::new().unwrap();
    let catalog = SqliteCatalog::open(&file(&folder)).await.unwrap();
    let mut ended = Vec::new();
    for number in 0..23 {
        ended.push(run(&catalog, number, "/failed").await);
    }
    let documents = async |id: JobId| catalog.job_documents(id, None, 0, 10).await.unwrap().total;
    for (place, id) in ended.iter().enumerate() {
        assert_eq!(documents(*id).await, if place < 3 { 1 } else { 2 }, "job {place} of 23");
    }
    assert_eq!(catalog.job_documents(ended[0], Some(DocumentProgress::Failed), 0, 10).await.unwrap().total, 1);

    // A job whose failure no later one repeats or resolves, then more jobs than are kept.
    let named = run(&catalog, 23, "/only once").await;
    age(&catalog, 600).await;
    let last = run(&catalog, 2_000, "/failed").await;
    let kept: Vec<_> = catalog.jobs(None, 10_000).await.unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(kept.len(), 501);
    assert!(kept.contains(&last) && kept.contains(&named), "a dead letter's job stays");
    assert!(!kept.contains(&ended[0]));
    assert_eq!(documents(ended[0]).await, 0);
    let letters: Vec<_> = catalog.dead_letters(&name(), 0, 10).await.unwrap().into_iter().map(|letter| letter.job).collect();
    assert_eq!(letters, [last, named]);

    // What waits is not forgotten however many have ended.
    let waiting = job(minutes(-1_000));
    catalog.add_job(&waiting).await.unwrap();
    run(&catalog, 2_001, "/failed").await;
    assert_eq!(catalog.job(waiting.id).await.unwrap(), Some(waiting));
}

/// Runs a job that stores one document and fails at another.
async fn run(catalog: &SqliteCatalog, number: i64, failing: &str) -> JobId {
    let job = job(minutes(number));
    let document = |source: &str, state| JobDocument {
        source: source.to_owned(),
        state,
        attempts: 1,
        stage: None,
        reason: None,
        updated_at: minutes(number),
    };
    catalog.add_job(&job).await.unwrap();
    catalog.claim_job(Some(job.id), "one", minutes(number), minutes(number + 1)).await.unwrap().unwrap();
    let documents = [document("/stored", DocumentProgress::Stored), document(failing, DocumentProgress::Failed)];
    catalog.record_documents(job.id, &documents).await.unwrap();
    catalog.release_job(job.id, "one", JobState::Done, &JobProgress::default(), None, minutes(number)).await.unwrap();
    job.id
}

/// Adds so many jobs that ended later than all others.
async fn age(catalog: &SqliteCatalog, jobs: i64) {
    sqlx::query(
        "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1)
         INSERT INTO jobs (id, collection, title, request, state, cancel_requested, progress, created_at, finished_at)
         SELECT printf('%08d-0000-4000-8000-000000000000', number), 'docs', '', 'null', 'done', FALSE, '{}', $2, $2 FROM numbers",
    )
    .bind(jobs)
    .bind(rows::time(minutes(1_000)))
    .execute(&catalog.writer)
    .await
    .unwrap();
}
