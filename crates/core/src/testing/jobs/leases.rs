//! Who works on which job, and how that ends.

use std::future::poll_fn;
use std::task::Poll;

use super::sample::{job, minutes, progress};
use crate::{ErrorKind, Job, JobId, JobProgress, JobState, Jobs, Lease};

pub(super) async fn the_oldest_is_claimed_first(jobs: &impl Jobs) {
    assert_eq!(jobs.claim_job(None, "one", minutes(0), minutes(5)).await.unwrap(), None);
    let (second, first, named) = (job("docs", 2), job("notes", 1), job("docs", 3));
    for each in [&second, &first, &named] {
        jobs.add_job(each).await.unwrap();
    }
    let running = |job: &Job, now| Some(Job { state: JobState::Running, started_at: Some(minutes(now)), ..job.clone() });
    assert_eq!(jobs.claim_job(Some(named.id), "one", minutes(9), minutes(20)).await.unwrap(), running(&named, 9), "only that one");
    assert_eq!(jobs.claim_job(Some(named.id), "two", minutes(9), minutes(20)).await.unwrap(), None, "it is taken");
    assert_eq!(jobs.claim_job(Some(JobId::random()), "two", minutes(9), minutes(20)).await.unwrap(), None);
    assert_eq!(jobs.claim_job(None, "two", minutes(10), minutes(20)).await.unwrap(), running(&first, 10));
    assert_eq!(jobs.claim_job(None, "one", minutes(11), minutes(30)).await.unwrap(), running(&second, 11));
    assert_eq!(jobs.job(second.id).await.unwrap(), running(&second, 11), "one may hold several");
    assert_eq!(jobs.claim_job(None, "three", minutes(20), minutes(40)).await.unwrap(), None, "until the end no lease has ended");
    assert_eq!(jobs.claim_job(None, "three", minutes(21), minutes(40)).await.unwrap(), running(&first, 21), "the oldest that is free");
}

pub(super) async fn claimers_at_once_get_different_jobs(jobs: &impl Jobs) {
    for number in 0..3 {
        jobs.add_job(&job("docs", number)).await.unwrap();
    }
    let claim = async |owner: &'static str| jobs.claim_job(None, owner, minutes(1), minutes(9)).await.unwrap().map(|job| job.id);
    let mut claimed: Vec<_> = at_once(["a", "b", "c", "d"].map(claim)).await.into_iter().flatten().collect();
    claimed.sort_unstable();
    claimed.dedup();
    assert_eq!(claimed.len(), 3, "each job went to one, and one got none");
}

pub(super) async fn a_lease_is_lost_only_to_another(jobs: &impl Jobs) {
    let job = job("docs", 1);
    jobs.add_job(&job).await.unwrap();
    let renew = async |owner, until, done| jobs.renew_lease(job.id, owner, minutes(until), &progress(done)).await.unwrap();
    assert_eq!(renew("one", 5, 1).await, Lease::Lost, "nobody has claimed it");
    jobs.claim_job(None, "one", minutes(0), minutes(5)).await.unwrap().unwrap();
    assert_eq!(renew("one", 10, 2).await, Lease::Held);
    assert_eq!(jobs.claim_job(None, "two", minutes(6), minutes(20)).await.unwrap(), None, "it was renewed");
    assert_eq!(jobs.job(job.id).await.unwrap().unwrap().progress, progress(2));
    assert_eq!(renew("one", 20, 3).await, Lease::Held, "late, but nobody else came");

    let taken = jobs.claim_job(None, "two", minutes(21), minutes(30)).await.unwrap().unwrap();
    assert_eq!((taken.state, taken.started_at, taken.progress), (JobState::Running, Some(minutes(21)), progress(3)));
    assert_eq!(renew("one", 40, 4).await, Lease::Lost);
    jobs.release_job(job.id, "one", JobState::Done, &progress(4), None, minutes(22)).await.unwrap();
    let found = jobs.job(job.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.progress), (JobState::Running, progress(3)), "who has lost it writes nothing");
    assert_eq!(renew("two", 40, 5).await, Lease::Held);
    assert_eq!(jobs.renew_lease(JobId::random(), "two", minutes(9), &progress(1)).await.unwrap(), Lease::Lost);
}

pub(super) async fn jobs_are_given_back(jobs: &impl Jobs) {
    let job = job("docs", 1);
    jobs.add_job(&job).await.unwrap();
    let claim = async |owner, now| jobs.claim_job(None, owner, minutes(now), minutes(now + 5)).await.unwrap();
    let release = async |state, error| jobs.release_job(job.id, "one", state, &progress(1), error, minutes(3)).await;

    release(JobState::Done, None).await.unwrap();
    assert_eq!(jobs.job(job.id).await.unwrap(), Some(job.clone()), "nobody held it");
    claim("one", 1).await.unwrap();
    let refused = release(JobState::Running, None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Internal, "{refused}");

    release(JobState::Queued, Some("the model is gone")).await.unwrap();
    let queued = jobs.job(job.id).await.unwrap().unwrap();
    assert_eq!((queued.state, queued.finished_at, queued.progress), (JobState::Queued, None, progress(1)));
    assert_eq!(queued.error.as_deref(), Some("the model is gone"));
    let again = claim("one", 2).await;
    assert!(again.is_some_and(|job| job.error.is_none()), "it is free before its former lease has ended");

    release(JobState::Failed, Some("the disk is full")).await.unwrap();
    let ended = jobs.job(job.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.finished_at, ended.error.as_deref()), (JobState::Failed, Some(minutes(3)), Some("the disk is full")));
    assert_eq!(claim("one", 60).await, None, "it has ended");
    assert_eq!(jobs.renew_lease(job.id, "one", minutes(90), &progress(9)).await.unwrap(), Lease::Lost);
}

pub(super) async fn jobs_are_cancelled(jobs: &impl Jobs) {
    let [waiting, running, left, put_back] = [1, 2, 3, 4].map(|created| job("docs", created));
    for each in [&waiting, &running, &left, &put_back] {
        jobs.add_job(each).await.unwrap();
    }
    let show = async |job: &Job| {
        let job = jobs.job(job.id).await.unwrap().unwrap();
        (job.state, job.cancel_requested, job.finished_at)
    };
    assert!(jobs.cancel_job(waiting.id, minutes(6)).await.unwrap());
    assert_eq!(show(&waiting).await, (JobState::Cancelled, true, Some(minutes(6))));
    assert!(!jobs.cancel_job(waiting.id, minutes(7)).await.unwrap(), "it has ended");
    assert!(!jobs.cancel_job(JobId::random(), minutes(7)).await.unwrap());
    assert_eq!(show(&waiting).await.2, Some(minutes(6)));

    jobs.claim_job(Some(running.id), "one", minutes(6), minutes(20)).await.unwrap().unwrap();
    for _ in 0..2 {
        assert!(jobs.cancel_job(running.id, minutes(7)).await.unwrap());
        assert_eq!(show(&running).await, (JobState::Running, true, None), "its worker has to stop");
    }
    assert_eq!(jobs.renew_lease(running.id, "one", minutes(20), &progress(1)).await.unwrap(), Lease::CancelRequested);
    jobs.release_job(running.id, "one", JobState::Cancelled, &progress(2), None, minutes(8)).await.unwrap();
    assert_eq!(show(&running).await, (JobState::Cancelled, true, Some(minutes(8))));

    jobs.claim_job(Some(left.id), "one", minutes(6), minutes(9)).await.unwrap().unwrap();
    assert!(jobs.cancel_job(left.id, minutes(10)).await.unwrap());
    assert_eq!(show(&left).await, (JobState::Cancelled, true, Some(minutes(10))), "its worker is gone");
    assert_eq!(jobs.renew_lease(left.id, "one", minutes(20), &progress(1)).await.unwrap(), Lease::Lost);

    jobs.claim_job(Some(put_back.id), "one", minutes(6), minutes(20)).await.unwrap().unwrap();
    assert!(jobs.cancel_job(put_back.id, minutes(7)).await.unwrap());
    jobs.release_job(put_back.id, "one", JobState::Queued, &progress(2), None, minutes(8)).await.unwrap();
    assert_eq!(show(&put_back).await, (JobState::Cancelled, true, Some(minutes(8))), "it would have been cancelled in the queue");
    assert_eq!(jobs.claim_job(None, "one", minutes(90), minutes(99)).await.unwrap(), None);
}

pub(super) async fn ended_jobs_are_queued_again(jobs: &impl Jobs) {
    let job = job("docs", 1);
    jobs.add_job(&job).await.unwrap();
    assert!(!jobs.requeue_job(job.id).await.unwrap(), "it waits already");
    jobs.claim_job(None, "one", minutes(2), minutes(9)).await.unwrap().unwrap();
    assert!(!jobs.requeue_job(job.id).await.unwrap(), "it is running");
    assert!(!jobs.requeue_job(JobId::random()).await.unwrap());

    jobs.cancel_job(job.id, minutes(3)).await.unwrap();
    jobs.release_job(job.id, "one", JobState::Failed, &progress(3), Some("no"), minutes(4)).await.unwrap();
    assert!(jobs.requeue_job(job.id).await.unwrap());
    let again = jobs.job(job.id).await.unwrap().unwrap();
    assert_eq!(again.progress, JobProgress::default());
    assert_eq!(again, job, "as it was when it was new");
    assert!(jobs.claim_job(None, "two", minutes(5), minutes(9)).await.unwrap().is_some());
    assert_eq!(jobs.renew_lease(job.id, "two", minutes(9), &progress(1)).await.unwrap(), Lease::Held, "nobody asks it to stop");
}

/// Waits for all of them, none before another.
async fn at_once<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outcomes = Vec::new();
    poll_fn(move |context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(outcome) => {
                outcomes.push(outcome);
                false
            }
            Poll::Pending => true,
        });
        if waiting.is_empty() { Poll::Ready(std::mem::take(&mut outcomes)) } else { Poll::Pending }
    })
    .await
}
