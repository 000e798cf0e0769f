//! Claims from two processes at once.

use ragstone_core::{JobProgress, Jobs, Lease};

use super::*;
use crate::sample::{claim_all, job, minutes};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_job_goes_to_one_claimer() {
    let folder = TempDir::new().unwrap();
    let catalogs = [SqliteCatalog::open(&file(&folder)).await.unwrap(), SqliteCatalog::open(&file(&folder)).await.unwrap()];
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_abandoned_job_is_taken_over_once() {
    let folder = TempDir::new().unwrap();
    let catalog = SqliteCatalog::open(&file(&folder)).await.unwrap();
    let left = job(minutes(0));
    catalog.add_job(&left).await.unwrap();
    catalog.claim_job(None, "gone", minutes(0), minutes(1)).await.unwrap().unwrap();
    let claimers: Vec<_> = (0..8).map(|number| tokio::spawn(claim_all(catalog.clone(), format!("worker {number}")))).collect();
    let mut holders = Vec::new();
    for (number, claimer) in claimers.into_iter().enumerate() {
        holders.extend(claimer.await.unwrap().into_iter().map(|_| format!("worker {number}")));
    }
    assert_eq!(holders.len(), 1, "{holders:?}");
    let progress = JobProgress::default();
    assert_eq!(catalog.renew_lease(left.id, &holders[0], minutes(200), &progress).await.unwrap(), Lease::Held);
    assert_eq!(catalog.renew_lease(left.id, "gone", minutes(200), &progress).await.unwrap(), Lease::Lost);
}

#[tokio::test]
async fn progress_that_could_not_be_read_back_is_refused() {
    let folder = TempDir::new().unwrap();
    let catalog = SqliteCatalog::open(&file(&folder)).await.unwrap();
    let job = job(minutes(0));
    catalog.add_job(&job).await.unwrap();
    catalog.claim_job(None, "one", minutes(0), minutes(1)).await.unwrap();
    let endless = JobProgress { seconds_left: Some(f64::INFINITY), ..JobProgress::default() };
    assert_eq!(catalog.renew_lease(job.id, "one", minutes(1), &endless).await.unwrap(), Lease::Held);
    assert_eq!(catalog.job(job.id).await.unwrap().unwrap().progress.seconds_left, None, "nobody can know");
    let senseless = JobProgress { seconds: f64::NAN, ..JobProgress::default() };
    let refused = catalog.renew_lease(job.id, "one", minutes(1), &senseless).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Internal);
    assert_eq!(catalog.jobs(None, 1).await.unwrap().len(), 1);
}
