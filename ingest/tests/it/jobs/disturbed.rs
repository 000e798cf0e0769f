//! Jobs whose catalog or model is away for a while.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::*;
use crate::support::jobs::StumblingJobs;

#[tokio::test]
async fn what_cannot_be_written_down_now_is_written_down_later() {
    let mut site = Site::new(&[("a.md", "# A"), ("empty.md", "")]);
    let jobs = StumblingJobs { inner: site.world.catalog.clone(), stumbles: AtomicUsize::new(2), owners: Mutex::default() };
    let jobs = Arc::new(jobs);
    site.runner = JobRunner::new(site.world.ingestor.clone(), jobs.clone(), SourceConfig::default(), config());
    // So slow that what has become of the first document is written down, or not, while the second is at work.
    let held = site.world.embedder.gate.write().await;
    let job = site.submit().await;
    let running = tokio::spawn({
        let (runner, id) = (site.runner.clone(), job.id);
        async move { runner.run(id, Arc::new(()), CancellationToken::new()).await }
    });
    while jobs.stumbles.load(Ordering::Relaxed) > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(held);
    running.await.unwrap().unwrap();
    let states: Vec<_> = site.documents(&job).await.iter().map(|document| document.state).collect();
    assert_eq!(states, [DocumentProgress::Stored, DocumentProgress::Failed]);
    assert_eq!(site.dead().await, ["empty.md"]);

    site.run().await;
    let owners = jobs.owners.lock().unwrap().clone();
    assert!(owners.len() == 2 && owners[0] != owners[1], "a job that one process claims twice is not the first claim's any more");
}

#[tokio::test]
async fn a_job_that_is_stopped_while_it_waits_to_try_again_has_not_failed() {
    let mut site = Site::new(&[("a.md", "# A")]);
    let patient = JobConfig { first_wait: Duration::from_secs(3600), ..config() };
    site.runner = JobRunner::new(site.world.ingestor.clone(), site.world.catalog.clone(), SourceConfig::default(), patient);
    site.world.embedder.unavailable.store(1, Ordering::Relaxed);
    let (job, stop) = (site.submit().await, CancellationToken::new());
    let queue = tokio::spawn({
        let (runner, stop) = (site.runner.clone(), stop.clone());
        async move { runner.run_queued(stop).await }
    });
    while site.world.embedder.unavailable.load(Ordering::Relaxed) > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.cancel();
    queue.await.unwrap();
    assert_eq!(site.job(&job).await.state, JobState::Queued);
    assert_eq!(site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap().job.state, JobState::Done);
}
