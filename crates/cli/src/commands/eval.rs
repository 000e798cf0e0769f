//! `ragstone eval`: how good retrieval is, on a question set with known answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use ragstone_core::{CollectionName, DocumentId};
use ragstone_eval::{BeirSet, RankedDocument, Run, documents_from_chunks, evaluate, read_beir};
use ragstone_ingest::{ChunkStrategy, IngestEvent, IngestRequest, Observer, RawDocument, SourceItem};
use ragstone_retrieve::SearchRequest;
use serde::Serialize;

use crate::arguments::{Eval, Global, Mode};
use crate::engine::Engine;
use crate::output::progress::IngestProgress;
use crate::output::{table, terminal};
use crate::settings::Settings;

/// Deep enough for recall at 100 with one chunk a document; with several chunks a document, ask for more.
const DEPTH: usize = 100;
const CHUNKS_PER_DOCUMENT: usize = 5;

/// What metrics are cut at.
const CUTOFFS: [usize; 2] = [10, 100];

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    /// `ndcg@10`, `recall@100` and so on, each the mean over the queries.
    metrics: BTreeMap<String, f64>,
    queries: usize,
    documents: usize,
    mode: &'static str,
    /// Per query: the mean, in milliseconds.
    query_ms: f64,
}

pub(crate) async fn run(global: &Global, eval: &Eval) -> anyhow::Result<()> {
    ensure!(global.url.is_none(), "`ragstone eval` measures in a collection of its own: leave `--url` out");
    let folder = eval.folder.clone();
    let set = tokio::task::spawn_blocking(move || read_beir(&folder)).await??;

    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let data_dir = eval.keep.as_deref().unwrap_or(temporary.path());
    let engine = Engine::open(settings(global, eval, data_dir)?).await?;
    let collection = collection(eval)?;
    let documents = set.documents.len();
    ingest(&engine, &collection, &set, global.json).await?;

    let started = Instant::now();
    let run = retrieve(&engine, &collection, eval, &set).await?;
    let query_ms = started.elapsed().as_secs_f64() * 1000.0 / set.queries.len().max(1) as f64;
    let evaluation = evaluate(&run, &set.judgements, &CUTOFFS);
    engine.close().await?;
    show(&Measured { metrics: evaluation.metrics, queries: set.queries.len(), documents, mode: name(eval.mode), query_ms }, global.json)
}

fn settings(global: &Global, eval: &Eval, data_dir: &Path) -> anyhow::Result<Settings> {
    let mut settings = Settings::load(global)?;
    settings.data_dir = Some(PathBuf::from(data_dir));
    if !eval.split {
        settings.chunk.strategy = ChunkStrategy::Document;
    }
    Ok(settings)
}

fn collection(eval: &Eval) -> anyhow::Result<CollectionName> {
    Ok(if eval.split { "eval-split" } else { "eval" }.parse()?)
}

async fn ingest(engine: &Engine, collection: &CollectionName, set: &BeirSet, quiet: bool) -> anyhow::Result<()> {
    let documents: Vec<SourceItem> = set
        .documents
        .iter()
        .map(|document| {
            let mut raw = RawDocument::new(document.id.clone(), document.text.clone());
            raw.title = Some(document.title.clone());
            raw.media_type = Some("text/plain".to_owned());
            SourceItem::Document(raw)
        })
        .collect();
    let progress = std::sync::Arc::new(IngestProgress::new(!quiet));
    progress.on(&IngestEvent::Opened { documents: documents.len() as u64 });
    let request = IngestRequest::of(documents.into_iter()).observed_by(std::sync::Arc::clone(&progress) as _);
    let report = engine.ingestor.ingest(collection, request).await?;
    progress.finish();
    let first = report.failed.first();
    if let Some(failed) = first.filter(|failed| !failed.reason.contains("is empty") && !failed.reason.contains("no text")) {
        anyhow::bail!("document `{}` cannot be ingested: {}", failed.source, failed.reason);
    }
    Ok(())
}

async fn retrieve(engine: &Engine, collection: &CollectionName, eval: &Eval, set: &BeirSet) -> anyhow::Result<Run> {
    let names: BTreeMap<DocumentId, &str> =
        set.documents.iter().map(|document| (DocumentId::from_source(&document.id), document.id.as_str())).collect();
    let limit = if eval.split { DEPTH * CHUNKS_PER_DOCUMENT } else { DEPTH };
    let mut run = Run::default();
    for query in &set.queries {
        let request = SearchRequest { query: query.text.clone(), limit: Some(limit), filter: None, mode: eval.mode.into() };
        let hits = engine.retriever.search(collection, &request).await?.hits;
        let chunks =
            hits.iter().filter_map(|hit| Some(RankedDocument { id: (*names.get(&hit.document.id)?).to_owned(), score: hit.score }));
        run.insert(&query.id, documents_from_chunks(chunks))?;
    }
    Ok(run)
}

fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Hybrid => "hybrid",
        Mode::Dense => "dense",
        Mode::Lexical => "lexical",
    }
}

fn show(measured: &Measured, json: bool) -> anyhow::Result<()> {
    if json {
        return terminal::say_json(measured);
    }
    let rows: Vec<[String; 2]> = measured.metrics.iter().map(|(name, value)| [name.clone(), format!("{value:.4}")]).collect();
    table::show(["Metric", "Mean"], &rows);
    terminal::say(format!(
        "{} queries over {} documents, {}, {:.1} ms a query",
        measured.queries, measured.documents, measured.mode, measured.query_ms
    ));
    Ok(())
}
