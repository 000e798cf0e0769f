//! `ragstone ingest`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use ragstone_core::{FieldValue, Fields};
use ragstone_ingest::{FileSource, IngestEvent, IngestReport, IngestRequest, Observer, SourceConfig, SourceItem};
use tokio_util::sync::CancellationToken;

use super::serve::stop_signal;
use crate::arguments::{Global, Ingest};
use crate::backend::Backend;
use crate::engine::Engine;
use crate::output::progress::IngestProgress;
use crate::output::terminal::{self, FAINT, WRONG};
use crate::remote::Remote;
use crate::settings::Settings;

/// Some documents failed.
const SOME_FAILED: u8 = 1;

/// Files are sent to a server in requests of about this size.
const UPLOAD_BYTES: usize = 4 * 1024 * 1024;

pub(crate) async fn run(global: &Global, ingest: &Ingest) -> anyhow::Result<ExitCode> {
    let source = if global.url.is_some() { SourceConfig::default() } else { Settings::load(global)?.source };
    let files = FileSource::new(&ingest.paths, &source)?;
    let (files, total) = tokio::task::spawn_blocking(move || {
        let total = files.count();
        (files, total)
    })
    .await?;
    ensure!(total > 0, "no files in {}: folders leave out hidden files and what .gitignore excludes", shown_paths(ingest));

    let progress = Arc::new(IngestProgress::new(total, !global.json));
    let stop = CancellationToken::new();
    let signal = stop_signal()?;
    tokio::spawn({
        let (stop, progress) = (stop.clone(), Arc::clone(&progress));
        async move {
            signal.await;
            progress.say("stopping: what is stored stays, the rest is for the next ingest (Ctrl-C again to stop at once)");
            stop.cancel();
        }
    });
    let backend = Backend::open(global).await?;
    let report = match &backend {
        Backend::Local(engine) => local(engine, ingest, files, Arc::clone(&progress), stop).await,
        Backend::Remote(remote) => upload(remote, ingest, files, &progress, &stop).await,
    };
    progress.finish();
    let report = report?;
    backend.close().await?;

    if global.json {
        terminal::say_json(&report)?;
    } else {
        summarize(&report);
    }
    if report.searchable() + report.removed == 0 && report.failed.is_empty() && !report.interrupted {
        bail!("no documents in {}: none of its files is text", shown_paths(ingest));
    }
    let all_well = report.failed.is_empty() && !report.interrupted;
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAILED) })
}

async fn local(
    engine: &Engine,
    ingest: &Ingest,
    files: FileSource,
    progress: Arc<IngestProgress>,
    stop: CancellationToken,
) -> anyhow::Result<IngestReport> {
    let prune = if ingest.prune { files.prunable_roots() } else { Vec::new() };
    let request = IngestRequest::of(labelled(files, ingest)?).prune_under(prune).observed_by(progress).cancelled_by(stop);
    Ok(engine.ingestor.ingest(&ingest.target.collection, request).await?)
}

/// Sends files to a server, a few at a time; its reports are added up.
async fn upload(
    remote: &Remote,
    ingest: &Ingest,
    files: FileSource,
    progress: &IngestProgress,
    stop: &CancellationToken,
) -> anyhow::Result<IngestReport> {
    ensure!(!ingest.prune, "`--prune` cannot be used with `--url`: delete documents with `ragstone documents delete --url …`");
    let mut items = labelled(files, ingest)?.peekable();
    let mut sum = IngestReport::default();
    while items.peek().is_some() {
        if stop.is_cancelled() {
            sum.interrupted = true;
            break;
        }
        let mut documents = Vec::new();
        let mut bytes = 0;
        while bytes < UPLOAD_BYTES
            && let Some(item) = items.next()
        {
            match item {
                SourceItem::Document(document) => {
                    bytes += document.bytes.len();
                    documents.push(document);
                }
                SourceItem::Failed(failed) => {
                    progress.on(&IngestEvent::Failed(failed.clone()));
                    sum.failed.push(failed);
                }
                SourceItem::Skipped(kind) => {
                    progress.on(&IngestEvent::Skipped);
                    *sum.skipped.entry(kind.to_owned()).or_default() += 1;
                }
            }
        }
        if documents.is_empty() {
            continue;
        }
        let report = remote.ingest(&ingest.target.collection, documents).await?;
        progress.uploaded(&report);
        sum.add(report);
    }
    Ok(sum)
}

/// The files' items with the tags and fields of the command line.
fn labelled(files: FileSource, ingest: &Ingest) -> anyhow::Result<impl Iterator<Item = SourceItem> + Send + 'static> {
    let fields = ingest.fields.iter().map(|field| parse_field(field)).collect::<anyhow::Result<Fields>>()?;
    let tags = ingest.tags.clone();
    Ok(files.into_items().map(move |item| match item {
        SourceItem::Document(mut document) => {
            document.tags.clone_from(&tags);
            document.fields.clone_from(&fields);
            SourceItem::Document(document)
        }
        other => other,
    }))
}

fn parse_field(text: &str) -> anyhow::Result<(String, FieldValue)> {
    let (name, value) = text.split_once('=').with_context(|| format!("`--field {text}` has no `=`: write `--field name=value`"))?;
    let value = match serde_json::from_str::<FieldValue>(value) {
        Ok(value) => value,
        Err(_) => FieldValue::Text(value.to_owned()),
    };
    Ok((name.trim().to_owned(), value))
}

fn summarize(report: &IngestReport) {
    terminal::say(format!(
        "{} indexed, {} replaced, {} unchanged, {} removed, {} failed  {FAINT}({:.1} s, {} chunks embedded, {} kept){FAINT:#}",
        report.indexed,
        report.replaced,
        report.unchanged,
        report.removed,
        report.failed.len(),
        report.seconds,
        report.chunks_embedded,
        report.chunks_kept
    ));
    if !report.skipped.is_empty() {
        let kinds: Vec<String> = report.skipped.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        terminal::say(format!("{FAINT}skipped, as they are no documents: {}{FAINT:#}", kinds.join(", ")));
    }
    if report.interrupted {
        terminal::say(format!("{WRONG}stopped before the end{WRONG:#}: the same command goes on where it stopped"));
    }
}

fn shown_paths(ingest: &Ingest) -> String {
    ingest.paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}
