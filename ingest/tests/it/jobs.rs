//! Jobs: run, cut off, gone on with, stopped, tried again.

mod disturbed;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::Utc;
use fs_err as fs;
use ragstone_core::{CollectionName, DocumentProgress, ErrorKind, Job, JobDocument, JobProgress, JobState, Jobs};
use ragstone_ingest::{FinishedJob, IngestSpec, JobConfig, JobRunner, PathsSource, SourceConfig, SourceSpec};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::worker::{archive, extractor};
use crate::support::{Recorder, World, embedder};

/// A folder, and a runner of jobs over it.
struct Site {
    world: World,
    runner: JobRunner,
    folder: TempDir,
}

fn config() -> JobConfig {
    JobConfig { attempts: 3, first_wait: Duration::from_millis(1), lease: Duration::from_millis(300), parallel: 2 }
}

fn runner(world: &World) -> JobRunner {
    JobRunner::new(world.ingestor.clone(), world.catalog.clone(), SourceConfig::default(), config())
}

impl Site {
    fn new(files: &[(&str, &str)]) -> Self {
        Self::of(World::new(), files)
    }

    fn of(world: World, files: &[(&str, &str)]) -> Self {
        let site = Self { runner: runner(&world), world, folder: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            site.write(name, text);
        }
        site
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn source(&self, name: &str) -> String {
        fs::canonicalize(self.folder.path()).unwrap().join(name).to_string_lossy().into_owned()
    }

    async fn submit(&self) -> Job {
        self.submit_to(&self.world.docs).await
    }

    async fn submit_to(&self, collection: &CollectionName) -> Job {
        let paths = SourceSpec::Paths(PathsSource::new([self.folder.path().to_owned()]));
        self.runner.submit(collection, IngestSpec { prune: true, ..IngestSpec::new(paths) }).await.unwrap()
    }

    async fn run(&self) -> FinishedJob {
        let job = self.submit().await;
        self.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap()
    }

    async fn job(&self, job: &Job) -> Job {
        self.world.catalog.job(job.id).await.unwrap().unwrap()
    }

    async fn documents(&self, job: &Job) -> Vec<JobDocument> {
        self.world.catalog.job_documents(job.id, None, 0, 10_000).await.unwrap().documents
    }

    /// The sources of the dead letters, without their folder.
    async fn dead(&self) -> Vec<String> {
        let letters = self.world.catalog.dead_letters(&self.world.docs, 0, 100).await.unwrap();
        let name = |source: &str| Path::new(source).file_name().unwrap().to_string_lossy().into_owned();
        letters.iter().map(|letter| name(&letter.document.source)).collect()
    }

    async fn wait_for(&self, job: &Job, state: JobState) -> Job {
        let mut now = self.job(job).await;
        for _ in 0..1_000 {
            if now.state == state {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            now = self.job(job).await;
        }
        assert_eq!(now.state, state, "{now:?}");
        now
    }
}

#[tokio::test]
async fn a_job_says_what_it_did_and_what_became_of_each_document() {
    let site = Site::new(&[("a.md", "# A"), ("b.md", "# B"), ("copy.md", "# A"), ("empty.txt", "")]);
    fs::write(site.folder.path().join("x.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let FinishedJob { job, report } = site.run().await;
    assert_eq!((job.state, job.error.clone()), (JobState::Done, None));
    assert!(job.started_at.is_some() && job.finished_at.is_some());
    let JobProgress { documents_total, documents_done, indexed, failed, skipped, bytes_read, .. } = job.progress;
    assert_eq!((documents_total, documents_done, indexed, failed, skipped, bytes_read), (Some(5), 5, 3, 1, 1, 9));
    assert_eq!((report.indexed, report.duplicates, report.failed_total), (3, 1, 1));

    let documents = site.documents(&job).await;
    let states: Vec<_> = documents.iter().map(|document| document.state).collect();
    let stored = DocumentProgress::Stored;
    assert_eq!(states, [stored, stored, stored, DocumentProgress::Failed]);
    assert_eq!((documents[3].attempts, documents[3].stage.as_deref()), (1, Some("extract")));
    assert!(documents[3].reason.as_deref().unwrap().contains("is empty"));
    assert!(site.runner.progress(job.id).is_none(), "it does not run any more");

    let again = site.run().await;
    assert_eq!((again.report.unchanged, again.job.progress.unchanged), (3, 3));
    assert_eq!(site.documents(&again.job).await.len(), 1, "unchanged documents are only counted");
}

#[tokio::test]
async fn dead_letters_are_kept_until_the_document_is_stored_or_gone() {
    let site = Site::new(&[("a.md", ""), ("b.md", ""), ("c.md", ""), ("fine.md", "# Fine")]);
    site.run().await;
    assert_eq!(site.dead().await, ["a.md", "b.md", "c.md"]);
    site.write("a.md", "# A");
    fs::remove_file(site.folder.path().join("b.md")).unwrap();
    site.run().await;
    assert_eq!(site.dead().await, ["c.md"]);
    // Ingested by another way, and found unchanged by the next job.
    site.write("c.md", "# C");
    site.world.ingest(&[(&site.source("c.md"), "# C")]).await;
    assert_eq!(site.run().await.report.unchanged, 3);
    assert!(site.dead().await.is_empty());
}

fn site_with_worker(lines: &[&str]) -> (Site, TempDir) {
    let (extractor, worker) = extractor();
    let site = Site::of(World::with_extractor(extractor), &[("b.md", "# B")]);
    site.write("a.zip", &archive(lines));
    (site, worker)
}

#[tokio::test]
async fn a_worker_that_crashes_now_and_then_is_asked_again() {
    let (site, _worker) = site_with_worker(&["crash 2", "m.md\t# M"]);
    let FinishedJob { job, report } = site.run().await;
    assert_eq!((report.indexed, report.failed_total), (2, 0));
    let progress = &job.progress;
    assert_eq!((progress.documents_total, progress.documents_done), (Some(3), 3), "the archive and its member count both");
    let documents = site.documents(&job).await;
    assert_eq!((documents[0].attempts, documents[0].state), (3, DocumentProgress::Stored));
}

#[tokio::test]
async fn a_worker_that_always_crashes_is_given_up() {
    let (site, _worker) = site_with_worker(&["crash 100"]);
    let FinishedJob { job, report } = site.run().await;
    assert_eq!((job.state, report.indexed, report.failed_total, report.failed[0].attempts), (JobState::Done, 1, 1, 3));
    let failed = &site.documents(&job).await[0];
    assert_eq!((failed.attempts, failed.state), (3, DocumentProgress::Failed));
    assert!(failed.reason.as_deref().unwrap().contains("status 3"), "{failed:?}");
    assert_eq!(site.dead().await, ["a.zip"]);
}

#[tokio::test]
async fn a_model_that_does_not_answer_is_asked_again_and_one_that_is_broken_is_not() {
    let site = Site::new(&[("a.md", "# A"), ("b.md", "# B")]);
    site.world.embedder.unavailable.store(2, Ordering::Relaxed);
    assert_eq!(site.run().await.job.state, JobState::Done);
    site.world.assert_settled().await;

    site.world.embedder.unavailable.store(100, Ordering::Relaxed);
    site.write("c.md", "# C");
    let job = site.submit().await;
    let error = site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(site.world.embedder.unavailable.load(Ordering::Relaxed), 97);
    site.world.embedder.unavailable.store(0, Ordering::Relaxed);

    site.write("c.md", &format!("# C\n\n{}", embedder::FAILS));
    let job = site.submit().await;
    assert!(site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.is_err());
    let job = site.job(&job).await;
    assert_eq!((job.state, job.error.as_deref()), (JobState::Failed, Some("the model is broken")));
    site.write("c.md", "# C");
    assert!(site.runner.retry(job.id).await.unwrap());
    assert_eq!(site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap().job.state, JobState::Done);
}

#[tokio::test]
async fn a_job_is_cancelled_by_its_token() {
    let texts: Vec<(String, String)> = (0..400).map(|number| (format!("{number:03}.md"), format!("# T{number}"))).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let site = Site::new(&files);
    let cancel = CancellationToken::new();
    let recorder = Arc::new(Recorder { cancel_when_stored: Some(cancel.clone()), ..Recorder::default() });
    let job = site.submit().await;
    let finished = site.runner.run(job.id, recorder, cancel).await.unwrap();
    assert_eq!((finished.job.state, finished.report.indexed), (JobState::Cancelled, 96));
    assert!(finished.report.interrupted);
    assert!(site.runner.retry(job.id).await.unwrap());
    let finished = site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap();
    assert_eq!((finished.job.state, finished.report.indexed, finished.report.unchanged), (JobState::Done, 304, 96));
    assert!(site.documents(&job).await.iter().all(|document| document.state == DocumentProgress::Stored));
    site.world.assert_settled().await;
}

#[tokio::test]
async fn a_job_is_cancelled_here_or_by_a_note_in_the_catalog() {
    for by_note in [false, true] {
        let site = Site::new(&[("a.md", "# A")]);
        let held = site.world.embedder.gate.write().await;
        let job = site.submit().await;
        let running = tokio::spawn({
            let (runner, id) = (site.runner.clone(), job.id);
            async move { runner.run(id, Arc::new(()), CancellationToken::new()).await }
        });
        site.wait_for(&job, JobState::Running).await;
        let found = if by_note { site.world.catalog.cancel_job(job.id, Utc::now()).await } else { site.runner.cancel(job.id).await };
        assert!(found.unwrap());
        assert_eq!(running.await.unwrap().unwrap().job.state, JobState::Cancelled);
        drop(held);
        assert!(!site.runner.cancel(job.id).await.unwrap(), "it has ended");
        site.world.assert_settled().await;
    }
}

#[tokio::test]
async fn progress_is_seen_while_a_job_runs() {
    let site = Site::new(&[("a.md", "# A"), ("b.md", "")]);
    let held = site.world.embedder.gate.write().await;
    let job = site.submit().await;
    let running = tokio::spawn({
        let (runner, id) = (site.runner.clone(), job.id);
        async move { runner.run(id, Arc::new(()), CancellationToken::new()).await }
    });
    // Written down by the lease's beat.
    for _ in 0..1_000 {
        if site.job(&job).await.progress.failed == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let live = site.runner.progress(job.id).unwrap();
    assert_eq!((live.documents_total, live.documents_done, live.failed), (Some(2), 1, 1));
    let states: Vec<_> = site.documents(&job).await.iter().map(|document| document.state).collect();
    assert_eq!(states, [DocumentProgress::Embedding, DocumentProgress::Failed]);
    drop(held);
    assert_eq!(running.await.unwrap().unwrap().job.progress.documents_done, 2);
}

#[tokio::test]
async fn a_job_whose_process_died_is_taken_over() {
    let site = Site::new(&[("a.md", "# A"), ("b.md", "# B")]);
    let job = site.submit().await;
    // The process stored one document, wrote that it was embedding both, and died.
    let now = Utc::now();
    site.world.catalog.claim_job(Some(job.id), "dead", now, now + Duration::from_secs(600)).await.unwrap().unwrap();
    let entry = |name: &str| JobDocument {
        source: site.source(name),
        state: DocumentProgress::Embedding,
        attempts: 1,
        stage: None,
        reason: None,
        updated_at: now,
    };
    site.world.catalog.record_documents(job.id, &[entry("a.md"), entry("b.md")]).await.unwrap();
    site.world.ingest(&[(&site.source("a.md"), "# A")]).await;

    let refused = site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap_err();
    assert!(refused.to_string().contains("is running, only a queued one can be run"), "{refused}");
    assert_eq!(site.runner.adopt_orphans().await.unwrap(), 1);
    assert_eq!(site.job(&job).await.state, JobState::Queued);
    let finished = site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap();
    assert_eq!((finished.report.unchanged, finished.report.indexed), (1, 1));
    assert!(site.documents(&job).await.iter().all(|document| document.state == DocumentProgress::Stored));
}

#[tokio::test]
async fn a_lease_that_ran_out_is_anybodys() {
    let site = Site::new(&[("a.md", "# A")]);
    let job = site.submit().await;
    let before = Utc::now() - Duration::from_secs(60);
    site.world.catalog.claim_job(Some(job.id), "slow", before, before + Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap().job.state, JobState::Done);
}

#[tokio::test]
async fn a_lease_that_is_lost_ends_the_work() {
    let site = Site::new(&[("a.md", "# A")]);
    let held = site.world.embedder.gate.write().await;
    let job = site.submit().await;
    let running = tokio::spawn({
        let (runner, id) = (site.runner.clone(), job.id);
        async move { runner.run(id, Arc::new(()), CancellationToken::new()).await }
    });
    site.wait_for(&job, JobState::Running).await;
    let later = Utc::now() + Duration::from_secs(60);
    site.world.catalog.claim_job(Some(job.id), "other", later, later + Duration::from_secs(600)).await.unwrap().unwrap();
    let error = running.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("taken over by another process"), "{error}");
    drop(held);
    assert_eq!(site.job(&job).await.state, JobState::Running, "it is the other's now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn queued_jobs_run_by_themselves_those_of_one_collection_after_each_other() {
    let site = Site::new(&[("a.md", "# A"), ("b.md", "# B")]);
    let others: CollectionName = "others".parse().unwrap();
    let jobs = [site.submit().await, site.submit().await, site.submit_to(&others).await];
    let stop = CancellationToken::new();
    let queue = tokio::spawn({
        let (runner, stop) = (site.runner.clone(), stop.clone());
        async move { runner.run_queued(stop).await }
    });
    let mut done = Vec::new();
    for job in &jobs {
        done.push(site.wait_for(job, JobState::Done).await.progress);
    }
    assert_eq!((done[0].indexed + done[1].indexed, done[0].unchanged + done[1].unchanged, done[2].indexed), (2, 2, 2));
    let late = site.submit().await;
    site.wait_for(&late, JobState::Done).await;

    // What runs when the process stops goes on after its next start.
    let held = site.world.embedder.gate.write().await;
    site.write("c.md", "# C");
    let cut_off = site.submit().await;
    site.wait_for(&cut_off, JobState::Running).await;
    stop.cancel();
    queue.await.unwrap();
    assert_eq!(site.job(&cut_off).await.state, JobState::Queued);
    drop(held);
    let runner = runner(&site.world);
    assert_eq!(runner.run(cut_off.id, Arc::new(()), CancellationToken::new()).await.unwrap().report.indexed, 1);
    site.world.assert_settled().await;
}

#[tokio::test]
async fn requests_that_cannot_be_run_fail_with_the_reason() {
    let site = Site::new(&[]);
    let job = site.submit().await;
    let folder = site.folder.path().to_owned();
    fs::remove_dir(&folder).unwrap();
    let error = site.runner.run(job.id, Arc::new(()), CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    assert!(site.job(&job).await.error.unwrap().contains("does not exist"));

    let broken = Job { id: ragstone_core::JobId::random(), request: serde_json::json!({"source": 1}), state: JobState::Queued, ..job };
    site.world.catalog.add_job(&broken).await.unwrap();
    let error = site.runner.run(broken.id, Arc::new(()), CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("request of the job cannot be read"), "{error}");
    assert_eq!(site.job(&broken).await.state, JobState::Failed);
    let unknown = ragstone_core::JobId::random();
    assert!(site.runner.run(unknown, Arc::new(()), CancellationToken::new()).await.unwrap_err().to_string().contains("does not exist"));
    fs::create_dir(&folder).unwrap();
}
