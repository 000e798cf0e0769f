//! `ragstone eval chunking`: how chunks fit what questions ask for, beside chunks of fixed size.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use async_trait::async_trait;
use chrono::Utc;
use ragstone_core::{CollectionName, DocumentId, Hit, Result as CoreResult, Span};
use ragstone_eval::{
    CharacterIndex, ChunkingSet, Comparison, Examination, GivenAnswer, Report, ReportedSubject, Resampling, Subject, examine, fixed_chunks,
    read_chunking_set,
};
use ragstone_ingest::{ChunkConfig, ChunkStrategy, RawDocument};
use ragstone_server::Examinee;

use super::bench::ensure_asked;
use super::{data, output};
use crate::arguments::{EvalChunking, Global};
use crate::engine::Engine;
use crate::output::progress::QuestionProgress;
use crate::output::{table, terminal};
use crate::settings::{CollectionSettings, Settings};

/// Chunks looked at for a question, as in the paper.
const RETRIEVED: usize = 5;

/// Stands between the name of a text and where a fixed chunk begins in it.
const BORDER: char = '#';

/// One way to split.
struct Variant {
    name: String,
    collection: CollectionName,
    split: Split,
}

enum Split {
    /// As an ingest does under these settings.
    Configured(Box<ChunkConfig>),
    /// Into so many tokens, wherever that is.
    Fixed(usize),
}

/// What was measured of one way to split.
struct Row {
    subject: ReportedSubject,
    chunks: u64,
}

pub(super) async fn run(global: &Global, arguments: &EvalChunking) -> anyhow::Result<ExitCode> {
    output::check(&arguments.output, None)?;
    let folder = arguments.folder.clone();
    let set = tokio::task::spawn_blocking(move || read_chunking_set(&folder)).await??;
    let mut settings = Settings::load(global)?;
    let variants = variants(&settings, arguments)?;
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    settings.data_dir = Some(temporary.path().to_owned());
    settings.collections = variants
        .iter()
        .map(|variant| (variant.collection.clone(), CollectionSettings { chunk: variant.chunk(), ..CollectionSettings::default() }))
        .collect();

    let at_once = settings.store.concurrent_searches;
    let engine = Engine::open(settings).await?;
    let mut rows = Vec::new();
    for variant in &variants {
        data::ingest(&engine, &variant.collection, variant.documents(&set, &engine), global.json).await?;
        rows.push(measure(&engine, &set, variant, How { arguments, at_once, quiet: global.json }).await?);
    }
    engine.close().await?;
    let report = report(arguments, &set, rows);
    output::write_reports(&report.0, &arguments.output)?;
    show(&report.0, &report.1, global.json)?;
    output::exit(&report.0, &arguments.output.fail_under)
}

/// The configured way first, then those that were asked for, then fixed sizes.
fn variants(settings: &Settings, arguments: &EvalChunking) -> anyhow::Result<Vec<Variant>> {
    let named =
        |name: String, collection: String, split: Split| Ok::<_, anyhow::Error>(Variant { name, collection: collection.parse()?, split });
    let shown = |chunk: &ChunkConfig| format!("{}/{}/{}", chunk.max_tokens, chunk.min_tokens, chunk.overlap_tokens);
    let mut variants = vec![named(
        format!("ragstone {}", shown(&settings.chunk)),
        "configured".to_owned(),
        Split::Configured(Box::new(settings.chunk.clone())),
    )?];
    for (place, assignments) in arguments.chunks.iter().enumerate() {
        let chunk = with_assignments(&settings.chunk, assignments)?;
        variants.push(named(format!("ragstone {}", shown(&chunk)), format!("chunk-{place}"), Split::Configured(Box::new(chunk)))?);
    }
    for tokens in &arguments.fixed {
        anyhow::ensure!(*tokens > 0, "`--fixed 0`: a chunk has at least one token");
        variants.push(named(format!("fixed {tokens}"), format!("fixed-{tokens}"), Split::Fixed(*tokens))?);
    }
    Ok(variants)
}

/// The settings with `max_tokens=200,min_tokens=50` in place.
fn with_assignments(chunk: &ChunkConfig, assignments: &str) -> anyhow::Result<ChunkConfig> {
    let mut values = toml::Table::try_from(chunk)?;
    for assignment in assignments.split(',') {
        let Some((key, value)) = assignment.split_once('=') else {
            bail!("`--chunk {assignment}` has no `=`: write, for example, `max_tokens=200`")
        };
        let value = value.trim().parse::<i64>().map_or_else(|_| toml::Value::String(value.trim().to_owned()), toml::Value::Integer);
        values.insert(key.trim().to_owned(), value);
    }
    let chunk: ChunkConfig = values.try_into().with_context(|| format!("`--chunk {assignments}`"))?;
    let problems = chunk.validate("chunk");
    anyhow::ensure!(problems.is_empty(), "`--chunk {assignments}`: {}", problems.join("; "));
    Ok(chunk)
}

impl Variant {
    fn chunk(&self) -> ChunkConfig {
        match &self.split {
            Split::Configured(chunk) => (**chunk).clone(),
            Split::Fixed(_) => ChunkConfig { strategy: ChunkStrategy::Document, ..ChunkConfig::default() },
        }
    }

    /// The texts as documents; for fixed chunks, each chunk as one.
    fn documents(&self, set: &ChunkingSet, engine: &Engine) -> Vec<RawDocument> {
        let document = |source: String, name: &str, text: &str, media_type: &str| RawDocument {
            title: Some(name.replace('_', " ")),
            media_type: Some(media_type.to_owned()),
            ..RawDocument::new(source, text.to_owned())
        };
        let mut documents = Vec::new();
        for (name, text) in &set.corpora {
            match self.split {
                Split::Configured(_) => documents.push(document(name.clone(), name, text, "text/markdown")),
                Split::Fixed(tokens) => {
                    for span in fixed_chunks(text, tokens, |word| engine.embedder.count_tokens(word)) {
                        let source = format!("{name}{BORDER}{}", span.start);
                        documents.push(document(source, name, span.of(text).unwrap_or_default(), "text/plain"));
                    }
                }
            }
        }
        documents
    }
}

/// How the questions are asked.
#[derive(Clone, Copy)]
struct How<'run> {
    arguments: &'run EvalChunking,
    at_once: usize,
    quiet: bool,
}

async fn measure(engine: &Engine, set: &ChunkingSet, variant: &Variant, how: How<'_>) -> anyhow::Result<Row> {
    let subject = InCharacters {
        examinee: Examinee {
            retriever: Arc::clone(&engine.retriever),
            answering: None,
            collection: variant.collection.clone(),
            mode: how.arguments.mode.into(),
            depth: RETRIEVED,
        },
        indexes: set.corpora.iter().map(|(name, text)| (name.clone(), CharacterIndex::of(text))).collect(),
    };
    let progress = QuestionProgress::new(set.questions.len(), how.quiet);
    let began = Instant::now();
    let examined = examine(&subject, &set.questions, how.at_once, &|| progress.one_more()).await;
    progress.finish();
    let examination = Examination { asked: &set.questions, examined: &examined, elapsed: began.elapsed() };
    let assessment = examination.assess(&Resampling::default())?;
    ensure_asked(&assessment)?;
    let summaries = engine.catalog.collections().await?;
    let chunks = summaries.into_iter().find(|summary| summary.spec.name == variant.collection).map_or(0, |summary| summary.chunks);
    Ok(Row { subject: ReportedSubject { name: variant.name.clone(), settings: BTreeMap::new(), assessment, compared: None }, chunks })
}

/// Finds passages, and says where they are in the set's own texts, counted in characters.
struct InCharacters {
    examinee: Examinee,
    indexes: BTreeMap<String, CharacterIndex>,
}

#[async_trait]
impl Subject for InCharacters {
    async fn search(&self, question: &str) -> CoreResult<Vec<Hit>> {
        let mut hits = self.examinee.search(question).await?;
        for hit in &mut hits {
            let source = hit.document.source.clone();
            let (name, begins) = source.split_once(BORDER).unwrap_or((&source, "0"));
            let begins: usize = begins.parse().unwrap_or_default();
            let Some(index) = self.indexes.get(name) else { continue };
            let span = hit.chunk.span;
            hit.chunk.span = Span { start: index.before(begins + span.start), end: index.before(begins + span.end) };
            hit.document.id = DocumentId::from_source(name);
            hit.document.source = name.to_owned();
        }
        Ok(hits)
    }

    async fn answer(&self, _: &str) -> CoreResult<Option<GivenAnswer>> {
        Ok(None)
    }
}

/// The report, and how many chunks each way has made.
fn report(arguments: &EvalChunking, set: &ChunkingSet, rows: Vec<Row>) -> (Report, Vec<u64>) {
    let chunks = rows.iter().map(|row| row.chunks).collect();
    let mut subjects: Vec<ReportedSubject> = rows.into_iter().map(|row| row.subject).collect();
    if let Some((first, others)) = subjects.split_first_mut() {
        for other in others {
            other.compared = Some(Comparison::of(&other.assessment, &first.assessment, "token_iou@5", &Resampling::default()));
        }
    }
    let report = Report {
        title: format!("Chunking, measured on {}", arguments.folder.display()),
        at: Utc::now(),
        questions: set.questions.len(),
        remarks: vec![format!("{RETRIEVED} chunks a question; names are max_tokens/min_tokens/overlap_tokens")],
        subjects,
        unresolved: Vec::new(),
    };
    (report, chunks)
}

fn show(report: &Report, chunks: &[u64], json: bool) -> anyhow::Result<()> {
    if json {
        return terminal::say_json(report);
    }
    let percent = |subject: &ReportedSubject, measure: &str| {
        let estimate = subject.assessment.measures.get(measure);
        estimate
            .map(|estimate| format!("{:.1} ({:.1}–{:.1})", 100.0 * estimate.mean, 100.0 * estimate.low, 100.0 * estimate.high))
            .unwrap_or_default()
    };
    let row = |(subject, chunks): (&ReportedSubject, &u64)| {
        [
            subject.name.clone(),
            chunks.to_string(),
            percent(subject, "token_recall@5"),
            percent(subject, "token_precision@5"),
            percent(subject, "token_iou@5"),
        ]
    };
    let rows: Vec<_> = report.subjects.iter().zip(chunks).map(row).collect();
    table::show(["Chunks", "Number", "Recall %", "Precision %", "IoU %"], &rows);
    terminal::say(format!("{} questions, {}", report.questions, report.remarks.join("; ")));
    output::show_problems(report);
    Ok(())
}
