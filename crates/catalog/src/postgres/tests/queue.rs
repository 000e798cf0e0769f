//! One queue for many processes: claims, and word of new jobs.

use std::time::Instant;

use ragstone_core::{JobProgress, JobState};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_job_goes_to_one_claimer() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    let catalogs = [open(&url).await, open(&url).await];
    for number in 0..40 {
        catalogs[0].add_job(&job(minutes(number))).await.unwrap();
    }
    let claimers: Vec<_> = (0..8).map(|number| tokio::spawn(claim_all(catalogs[number % 2].clone(), format!("worker {number}")))).collect();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.unwrap());
    }
    assert_eq!(claimed.len(), 40);
    claimed.sort_unstable();
    claimed.dedup();
    assert_eq!(claimed.len(), 40, "none was claimed twice");
}

#[tokio::test]
async fn what_another_claims_at_this_moment_is_passed_over() {
    let Some(server) = server().await else { return };
    let catalog = filled(server).await;
    let (first, second) = (job(minutes(0)), job(minutes(1)));
    catalog.add_job(&first).await.unwrap();
    catalog.add_job(&second).await.unwrap();
    let mut claiming = catalog.pool.begin().await.unwrap();
    let lock = "SELECT id FROM jobs WHERE id = $1 FOR NO KEY UPDATE";
    sqlx::query(lock).bind(first.id.to_string()).fetch_one(&mut *claiming).await.unwrap();
    let claimed = catalog.claim_job(None, "other", minutes(2), minutes(3)).await.unwrap();
    assert_eq!(claimed.map(|job| job.id), Some(second.id));
    claiming.rollback().await.unwrap();
    assert_eq!(catalog.claim_job(None, "other", minutes(2), minutes(3)).await.unwrap().map(|job| job.id), Some(first.id));
}

/// Generous, for a machine that is busy; asking again and again would take an hour.
const AT_ONCE: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn workers_hear_of_jobs_that_others_add() {
    let Some(server) = server().await else { return };
    let url = server.new_database().await.unwrap();
    let (worker, other) = (open(&url).await, open(&url).await);
    // The first time it has only begun to listen, and may have missed something.
    worker.wait_for_job(LONG).await;
    let silence = Instant::now();
    worker.wait_for_job(Duration::from_millis(300)).await;
    assert!(silence.elapsed() >= Duration::from_millis(300), "nothing was said");

    let job = job(minutes(0));
    heard(&worker, async { other.add_job(&job).await.unwrap() }).await;
    worker.claim_job(None, "one", minutes(1), minutes(2)).await.unwrap().unwrap();
    let progress = JobProgress::default();
    heard(&worker, async { other.release_job(job.id, "one", JobState::Queued, &progress, None, minutes(1)).await.unwrap() }).await;
    other.cancel_job(job.id, minutes(1)).await.unwrap();
    heard(&worker, async { assert!(other.requeue_job(job.id).await.unwrap()) }).await;

    // What was said while nobody waited is heard afterwards.
    other.cancel_job(job.id, minutes(1)).await.unwrap();
    other.requeue_job(job.id).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    tokio::time::timeout(AT_ONCE, worker.wait_for_job(LONG)).await.unwrap();

    // So is what was said while the connection was lost.
    let listening = format!("FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = '{}'", database(&url));
    server.execute(&format!("SELECT pg_terminate_backend(pid) {listening}")).await.unwrap();
    tokio::time::timeout(AT_ONCE, worker.wait_for_job(LONG)).await.unwrap();
    other.cancel_job(job.id, minutes(1)).await.unwrap();
    heard(&worker, async { assert!(other.requeue_job(job.id).await.unwrap()) }).await;
}

async fn heard(worker: &PostgresCatalog, said: impl Future<Output = ()>) {
    let waiting = async {
        let started = Instant::now();
        tokio::time::timeout(AT_ONCE, worker.wait_for_job(LONG)).await.unwrap();
        started.elapsed()
    };
    let (waited, ()) = tokio::join!(waiting, said);
    #[expect(clippy::print_stderr, reason = "a measurement")]
    {
        eprintln!("heard of a job {:.1} ms after it was asked for", waited.as_secs_f64() * 1_000.0);
    }
}
