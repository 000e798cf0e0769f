//! Ingesting into a running server: files are sent to it, other sources it reads by itself.

use std::time::Duration;

use anyhow::bail;
use ragstone_core::{CollectionName, Job, JobProgress, JobState};
use ragstone_ingest::{IngestEvent, IngestReport, IngestSpec, Observer, RawDocument, SourceConfig, SourceItem, SourceSpec};
use ragstone_server::api::{JobBody, RemoteSource};
use tokio_util::sync::CancellationToken;

use crate::output::progress::IngestProgress;
use crate::remote::Remote;

/// Files are sent to a server in requests of about this size.
const UPLOAD_BYTES: usize = 4 * 1024 * 1024;

/// So often a job of another process is looked at.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// An ingest by a server.
pub(super) struct There<'run> {
    pub(super) remote: &'run Remote,
    pub(super) collection: &'run CollectionName,
    pub(super) progress: &'run IngestProgress,
    pub(super) stop: CancellationToken,
}

impl There<'_> {
    /// Ingests one source after the other; the reports are added up.
    pub(super) async fn ingest(&self, specs: Vec<IngestSpec>) -> anyhow::Result<IngestReport> {
        let mut sum = IngestReport::default();
        for spec in specs {
            if !matches!(spec.source, SourceSpec::Paths(_) | SourceSpec::Records(_)) {
                sum.add(self.ask_for(spec).await?);
                continue;
            }
            if spec.prune {
                bail!("`--prune` cannot be used with uploads: delete documents with `ragstone documents delete --url …`");
            }
            let opened = tokio::task::spawn_blocking(move || spec.open(&SourceConfig::default(), Default::default())).await??;
            if let Some(documents) = opened.total {
                self.progress.on(&IngestEvent::Opened { documents });
            }
            sum.add(self.upload(opened.items).await?);
        }
        Ok(sum)
    }

    /// Has the server read a source by itself, and waits until it has.
    async fn ask_for(&self, spec: IngestSpec) -> anyhow::Result<IngestReport> {
        let IngestSpec { source, tags, fields, prune, metadata } = spec;
        let body = JobBody { source: RemoteSource::try_from(source)?, tags, fields, prune, metadata };
        let job = self.remote.create_job(self.collection, &body).await?.job;
        self.progress.say(&format!("the server reads it as job {}", job.id));
        let job = wait_for(self.remote, job, &self.stop).await?;
        Ok(report_of(job.progress, job.state == JobState::Cancelled))
    }

    /// Sends documents, a few at a time.
    async fn upload(&self, items: impl Iterator<Item = SourceItem>) -> anyhow::Result<IngestReport> {
        let mut sum = IngestReport::default();
        let mut batch = Batch::default();
        for item in items {
            if self.stop.is_cancelled() {
                sum.interrupted = true;
                return Ok(sum);
            }
            match item {
                SourceItem::Document(document) => {
                    if !batch.takes(&document) {
                        sum.add(self.send(&mut batch).await?);
                    }
                    batch.add(document);
                }
                SourceItem::Failed(failed) => {
                    self.progress.on(&IngestEvent::Failed(failed.clone()));
                    sum.add(IngestReport { failed: vec![failed], failed_total: 1, ..IngestReport::default() });
                }
                SourceItem::Unchanged { .. } => sum.unchanged += 1,
                SourceItem::Skipped(skipped) => {
                    self.progress.on(&IngestEvent::Skipped(skipped.clone()));
                    let kind = skipped.kind.to_owned();
                    let (skipped, skipped_files) = ([(kind.clone(), 1)].into(), [(kind, vec![skipped.source])].into());
                    sum.add(IngestReport { skipped, skipped_files, ..IngestReport::default() });
                }
            }
        }
        sum.add(self.send(&mut batch).await?);
        Ok(sum)
    }

    async fn send(&self, batch: &mut Batch) -> anyhow::Result<IngestReport> {
        let documents = std::mem::take(batch).documents;
        if documents.is_empty() {
            return Ok(IngestReport::default());
        }
        let report = self.remote.ingest(self.collection, documents).await?;
        self.progress.uploaded(&report);
        Ok(report)
    }
}

/// Waits until a job of the server has ended; one that failed is an error.
pub(in crate::commands) async fn wait_for(remote: &Remote, mut job: Job, stop: &CancellationToken) -> anyhow::Result<Job> {
    let mut is_asked_to_stop = false;
    while !job.state.is_final() {
        if stop.is_cancelled() && !is_asked_to_stop {
            remote.cancel_job(job.id).await?;
            is_asked_to_stop = true;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        job = remote.job(job.id).await?.job;
    }
    if let Some(error) = job.error {
        bail!("{error}");
    }
    Ok(job)
}

/// What a job of another process has counted.
pub(super) fn report_of(progress: JobProgress, interrupted: bool) -> IngestReport {
    let JobProgress { indexed, replaced, unchanged, removed, failed, .. } = progress;
    let JobProgress { bytes_read, pages, chunks_embedded, chunks_kept, seconds, .. } = progress;
    let counted = IngestReport { indexed, replaced, unchanged, removed, failed_total: failed, ..IngestReport::default() };
    IngestReport { bytes_read, pages, chunks_embedded, chunks_kept, seconds, interrupted, ..counted }
}

/// Documents of one request, which have the same tags and fields.
#[derive(Default)]
struct Batch {
    documents: Vec<RawDocument>,
    bytes: usize,
}

impl Batch {
    fn takes(&self, document: &RawDocument) -> bool {
        self.bytes < UPLOAD_BYTES
            && self.documents.first().is_none_or(|first| first.tags == document.tags && first.fields == document.fields)
    }

    fn add(&mut self, document: RawDocument) {
        self.bytes += document.bytes.len();
        self.documents.push(document);
    }
}
