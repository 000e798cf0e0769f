//! What every implementation of [`Jobs`] must do. Call [`conforms`], and [`survives_reopening`] where there is a disk.
//!
//! The port is filled by catalogs, for a collection's dead letters go with the collection.

#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

mod documents;
mod leases;
mod sample;

use std::future::Future;

use crate::{Catalog, ErrorKind, Job, JobCounts, JobId, JobState, Jobs};

use sample::{failed, job, minutes, progress};

/// Runs every check, each on empty jobs of its own that `open` makes.
pub async fn conforms<Opened, Opening>(open: impl Fn() -> Opening)
where
    Opened: Jobs + Catalog,
    Opening: Future<Output = Opened>,
{
    jobs_are_kept_exactly(&open().await).await;
    the_newest_are_listed_first(&open().await).await;
    those_that_have_not_ended_are_counted(&open().await).await;
    leases::the_oldest_is_claimed_first(&open().await).await;
    leases::claimers_at_once_get_different_jobs(&open().await).await;
    leases::a_lease_is_lost_only_to_another(&open().await).await;
    leases::jobs_are_given_back(&open().await).await;
    leases::jobs_are_cancelled(&open().await).await;
    leases::ended_jobs_are_queued_again(&open().await).await;
    documents::documents_are_recorded_and_replaced(&open().await).await;
    documents::documents_are_paged_by_source(&open().await).await;
    documents::many_documents_fit_in_one_call(&open().await).await;
    documents::dead_letters_are_the_last_failures(&open().await).await;
    documents::dead_letters_go_with_their_collection(&open().await).await;
}

/// Checks that what a call acknowledged is there after a restart; `open` opens the same jobs every time.
pub async fn survives_reopening<Opened, Opening>(open: impl Fn() -> Opening)
where
    Opened: Jobs,
    Opening: Future<Output = Opened>,
{
    let (running, waiting) = (job("docs", 1), job("docs", 2));
    {
        let jobs = open().await;
        jobs.add_job(&running).await.unwrap();
        jobs.add_job(&waiting).await.unwrap();
        jobs.claim_job(None, "one", minutes(0), minutes(5)).await.unwrap().unwrap();
        jobs.renew_lease(running.id, "one", minutes(6), &progress(7)).await.unwrap();
        jobs.record_documents(running.id, &[failed("/a")]).await.unwrap();
    }
    let jobs = open().await;
    assert_eq!(jobs.job(waiting.id).await.unwrap(), Some(waiting.clone()));
    let found = jobs.job(running.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.progress, found.request), (JobState::Running, progress(7), running.request));
    assert_eq!(jobs.job_documents(running.id, None, 0, 10).await.unwrap().documents, [failed("/a")]);
    assert_eq!(jobs.dead_letters(&running.collection, 0, 10).await.unwrap().len(), 1);
    // The lease outlives who held it; then the job is the oldest to be taken over.
    assert_eq!(jobs.claim_job(None, "two", minutes(6), minutes(20)).await.unwrap().unwrap().id, waiting.id);
    assert_eq!(jobs.claim_job(None, "two", minutes(7), minutes(20)).await.unwrap().unwrap().id, running.id);
}

async fn jobs_are_kept_exactly(jobs: &(impl Jobs + Catalog)) {
    let mut ended = job("docs", 1);
    ended.state = JobState::Failed;
    ended.cancel_requested = true;
    ended.error = Some("the disk is full: \"文\" 'quoted'".to_owned());
    (ended.started_at, ended.finished_at) = (Some(minutes(2)), Some(minutes(3)));
    for kept in [job("Archive_of-2", 0), ended] {
        jobs.add_job(&kept).await.unwrap();
        assert_eq!(jobs.job(kept.id).await.unwrap(), Some(kept.clone()));
        let refused = jobs.add_job(&Job { title: "another".to_owned(), ..kept.clone() }).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
        assert!(refused.to_string().contains(&kept.id.to_string()), "{refused} must name the job");
        assert_eq!(jobs.job(kept.id).await.unwrap(), Some(kept), "the first stays as it is");
    }
    assert_eq!(jobs.job(JobId::random()).await.unwrap(), None);
}

async fn the_newest_are_listed_first(jobs: &(impl Jobs + Catalog)) {
    assert_eq!(jobs.jobs(None, 10).await.unwrap(), []);
    let added = [job("docs", 2), job("notes", 3), job("docs", 1)];
    for each in &added {
        jobs.add_job(each).await.unwrap();
    }
    let listed = async |collection: Option<&str>, limit| {
        let collection = collection.map(|name| name.parse().unwrap());
        let listed = jobs.jobs(collection.as_ref(), limit).await.unwrap();
        let place = |job: &Job| added.iter().position(|each| each == job).unwrap();
        listed.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, 10).await, [1, 0, 2]);
    assert_eq!(listed(None, 2).await, [1, 0]);
    assert_eq!(listed(None, 0).await, [0; 0]);
    assert_eq!(listed(None, u64::MAX).await, [1, 0, 2]);
    assert_eq!(listed(Some("docs"), 10).await, [0, 2]);
    assert_eq!(listed(Some("nowhere"), 10).await, [0; 0]);
}

async fn those_that_have_not_ended_are_counted(jobs: &(impl Jobs + Catalog)) {
    let counts = async || jobs.job_counts().await.unwrap();
    assert_eq!(counts().await, JobCounts::default());
    let added = [job("docs", 1), job("notes", 2), job("docs", 3)];
    for each in &added {
        jobs.add_job(each).await.unwrap();
    }
    assert_eq!(counts().await, JobCounts { queued: 3, running: 0 });
    let [ended, running, _] = &added;
    for each in [ended, running] {
        jobs.claim_job(Some(each.id), "one", minutes(4), minutes(9)).await.unwrap().unwrap();
    }
    assert_eq!(counts().await, JobCounts { queued: 1, running: 2 });
    jobs.release_job(ended.id, "one", JobState::Done, &progress(1), None, minutes(5)).await.unwrap();
    assert_eq!(counts().await, JobCounts { queued: 1, running: 1 }, "one has ended");
    jobs.release_job(running.id, "one", JobState::Queued, &progress(1), None, minutes(5)).await.unwrap();
    assert_eq!(counts().await, JobCounts { queued: 2, running: 0 }, "one was put back");
}
