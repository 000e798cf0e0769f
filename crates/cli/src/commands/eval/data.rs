//! What is evaluated on: a folder that brings its documents, or a file of questions about a collection.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use ragstone_core::{CollectionName, Markup};
use ragstone_eval::{AskedQuestion, BeirSet, Question, read_beir, read_beir_judged_by, read_questions};
use ragstone_ingest::{IngestEvent, IngestRequest, Observer, RawDocument, SourceItem};

use crate::arguments::EvalData;
use crate::engine::Engine;
use crate::output::progress::IngestProgress;
use crate::settings::Settings;
use crate::storage;

/// Questions, with documents or about documents that are there.
#[derive(Debug, Clone)]
pub(super) enum Data {
    /// A folder in BEIR's layout.
    Set(Arc<BeirSet>),
    /// A file of questions.
    Questions(Vec<Question>),
}

impl Data {
    pub(super) async fn read(arguments: &EvalData) -> anyhow::Result<Self> {
        let path = arguments.data.clone().context("name a file of questions, or a folder with documents, queries and judgements")?;
        let qrels = arguments.qrels.clone();
        tokio::task::spawn_blocking(move || Self::read_blocking(&path, qrels.as_deref())).await?
    }

    fn read_blocking(path: &Path, qrels: Option<&Path>) -> anyhow::Result<Self> {
        anyhow::ensure!(
            path.is_file() || path.is_dir(),
            "`{}` does not exist: give a file of questions, or a folder with corpus.jsonl",
            path.display()
        );
        if path.is_file() {
            anyhow::ensure!(qrels.is_none(), "`--qrels` goes with a folder: a file of questions says itself what is relevant");
            return Ok(Self::Questions(read_questions(path)?));
        }
        let set = qrels.map_or_else(|| read_beir(path), |qrels| read_beir_judged_by(path, qrels))?;
        Ok(Self::Set(Arc::new(set)))
    }
}

/// The queries of a set, as they are asked.
pub(super) fn asked(set: &BeirSet) -> Vec<AskedQuestion> {
    let asked = |query: &ragstone_eval::BeirQuery| AskedQuestion {
        id: query.id.clone(),
        question: query.text.clone(),
        relevant: set.judgements.get(&query.id).cloned().unwrap_or_default(),
        ..AskedQuestion::default()
    };
    set.queries.iter().map(asked).collect()
}

/// The documents of a set; their sources are their ids.
pub(super) fn documents_of(set: &BeirSet) -> Vec<RawDocument> {
    let raw = |document: &ragstone_eval::BeirDocument| RawDocument {
        title: Some(document.title.clone()),
        media_type: Some("text/plain".to_owned()),
        ..RawDocument::new(document.id.clone(), document.text.clone())
    };
    set.documents.iter().map(raw).collect()
}

/// The documents of a collection, from the texts that are kept.
pub(super) async fn documents_of_collection(settings: &Settings, collection: &CollectionName) -> anyhow::Result<Vec<RawDocument>> {
    storage::ensure_data(settings)?;
    let engine = Engine::open(settings.clone()).await?;
    let documents = documents_in(&engine, collection).await?;
    engine.close().await?;
    Ok(documents)
}

async fn documents_in(engine: &Engine, collection: &CollectionName) -> anyhow::Result<Vec<RawDocument>> {
    const PAGE: u64 = 1_000;
    let mut documents = Vec::new();
    loop {
        let page = engine.catalog.documents(collection, documents.len() as u64, PAGE).await?;
        for summary in &page.documents {
            let record = engine.catalog.document(collection, summary.head.id).await?;
            let document = record.with_context(|| format!("document `{}` is gone", summary.head.source))?.document;
            let media_type = match document.markup {
                Markup::Plain => "text/plain".to_owned(),
                Markup::Markdown => "text/markdown".to_owned(),
                Markup::Code => document.head.media_type.clone(),
            };
            let mut raw = RawDocument::new(document.head.source, document.text);
            raw.title = Some(document.head.title);
            raw.media_type = Some(media_type);
            documents.push(raw);
        }
        if page.documents.is_empty() || documents.len() as u64 >= page.total {
            return Ok(documents);
        }
    }
}

/// Stores documents in a collection; what is there already is left as it is.
pub(super) async fn ingest(engine: &Engine, collection: &CollectionName, documents: Vec<RawDocument>, quiet: bool) -> anyhow::Result<()> {
    let progress = Arc::new(IngestProgress::new(!quiet));
    progress.on(&IngestEvent::Opened { documents: documents.len() as u64 });
    let items: Vec<SourceItem> = documents.into_iter().map(SourceItem::Document).collect();
    let request = IngestRequest::of(items.into_iter()).observed_by(Arc::clone(&progress) as _);
    let report = engine.ingestor.ingest(collection, request).await?;
    progress.finish();
    // Sets have empty documents, which nobody can find.
    let is_empty = |reason: &str| reason.contains("is empty") || reason.contains("no text");
    if let Some(failed) = report.failed.iter().find(|failed| !is_empty(&failed.reason)) {
        anyhow::bail!("document `{}` cannot be ingested: {}", failed.source, failed.reason);
    }
    Ok(())
}
