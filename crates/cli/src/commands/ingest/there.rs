//! Ingesting into a running server: files are sent to it, other sources it reads by itself.

use std::time::Duration;

use anyhow::{bail, ensure};
use ragstone_core::{JobProgress, JobState};
use ragstone_ingest::{IngestEvent, IngestReport, IngestSpec, Observer, RawDocument, SourceConfig, SourceItem, SourceSpec};
use ragstone_server::api::{JobBody, RemoteSource};
use tokio_util::sync::CancellationToken;

use crate::arguments::Ingest;
use crate::output::progress::IngestProgress;
use crate::remote::Remote;

/// Files are sent to a server in requests of about this size.
const UPLOAD_BYTES: usize = 4 * 1024 * 1024;

/// So often a job of the server is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Sends files to a server, a few at a time; its reports are added up.
pub(super) async fn ingest(
    remote: &Remote,
    ingest: &Ingest,
    specs: Vec<IngestSpec>,
    progress: &IngestProgress,
    stop: &CancellationToken,
) -> anyhow::Result<IngestReport> {
    ensure!(!ingest.dry_run && !ingest.watch, "`--dry-run` and `--watch` work on the data folder: leave `--url` out");
    let mut sum = IngestReport::default();
    for spec in specs {
        if !matches!(spec.source, SourceSpec::Paths(_) | SourceSpec::Records(_)) {
            sum.add(ask_for(remote, ingest, spec, progress, stop).await?);
            continue;
        }
        ensure!(!ingest.prune, "`--prune` cannot be used with uploads: delete documents with `ragstone documents delete --url …`");
        let opened = tokio::task::spawn_blocking(move || spec.open(&SourceConfig::default(), Default::default())).await??;
        if let Some(documents) = opened.total {
            progress.on(&IngestEvent::Opened { documents });
        }
        sum.add(upload(remote, ingest, opened.items, progress, stop).await?);
    }
    Ok(sum)
}

/// Has the server read a source by itself, and waits until it has.
async fn ask_for(
    remote: &Remote,
    ingest: &Ingest,
    spec: IngestSpec,
    progress: &IngestProgress,
    stop: &CancellationToken,
) -> anyhow::Result<IngestReport> {
    let IngestSpec { source, tags, fields, prune, metadata } = spec;
    let body = JobBody { source: RemoteSource::try_from(source)?, tags, fields, prune, metadata };
    let mut job = remote.create_job(&ingest.target.collection, &body).await?.job;
    progress.say(&format!("the server reads it as job {}", job.id));
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
    let JobProgress { indexed, replaced, unchanged, removed, failed, .. } = job.progress;
    let JobProgress { bytes_read, pages, chunks_embedded, chunks_kept, seconds, .. } = job.progress;
    Ok(IngestReport {
        indexed,
        replaced,
        unchanged,
        removed,
        failed_total: failed,
        bytes_read,
        pages,
        chunks_embedded,
        chunks_kept,
        seconds,
        interrupted: job.state == JobState::Cancelled,
        ..IngestReport::default()
    })
}

async fn upload(
    remote: &Remote,
    ingest: &Ingest,
    items: impl Iterator<Item = SourceItem>,
    progress: &IngestProgress,
    stop: &CancellationToken,
) -> anyhow::Result<IngestReport> {
    let mut sum = IngestReport::default();
    let mut batch = Batch::default();
    for item in items {
        if stop.is_cancelled() {
            sum.interrupted = true;
            return Ok(sum);
        }
        match item {
            SourceItem::Document(document) => {
                if !batch.takes(&document) {
                    sum.add(send(remote, ingest, &mut batch, progress).await?);
                }
                batch.add(document);
            }
            SourceItem::Failed(failed) => {
                progress.on(&IngestEvent::Failed(failed.clone()));
                sum.add(IngestReport { failed: vec![failed], failed_total: 1, ..IngestReport::default() });
            }
            SourceItem::Unchanged { .. } => sum.unchanged += 1,
            SourceItem::Skipped(skipped) => {
                progress.on(&IngestEvent::Skipped(skipped.clone()));
                let kind = skipped.kind.to_owned();
                let (skipped, skipped_files) = ([(kind.clone(), 1)].into(), [(kind, vec![skipped.source])].into());
                sum.add(IngestReport { skipped, skipped_files, ..IngestReport::default() });
            }
        }
    }
    sum.add(send(remote, ingest, &mut batch, progress).await?);
    Ok(sum)
}

async fn send(remote: &Remote, ingest: &Ingest, batch: &mut Batch, progress: &IngestProgress) -> anyhow::Result<IngestReport> {
    let documents = std::mem::take(batch).documents;
    if documents.is_empty() {
        return Ok(IngestReport::default());
    }
    let report = remote.ingest(&ingest.target.collection, documents).await?;
    progress.uploaded(&report);
    Ok(report)
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
