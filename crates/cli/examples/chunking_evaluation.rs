//! How well chunks fit what questions ask for, by the published protocol of the chunking evaluation of Chroma: the five
//! chunks closest to a question are compared, letter by letter, with the passages that answer it.
//!
//! ```text
//! cargo run --example chunking_evaluation -- ../shared/data/chunking_evaluation [--runtime .runtime] [MAX/MIN/OVERLAP…]
//! ```
//!
//! Prints a table with one row for each setting, such as `256/64/32`. Headings in the encyclopedia, written `= = Title = =`,
//! are rewritten as Markdown of the same length: otherwise no corpus had any.

use std::collections::{BTreeMap, HashMap};
use std::io::{Write, stdout};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use ragstone_core::{Document, DocumentHead, DocumentId, Embedder, Fields, Language, Markup, QualityReport, Revision};
use ragstone_embed::{EmbedConfig, LocalEmbedder, locate};
use ragstone_ingest::{ChunkConfig, Chunker, embedded_text};
use serde::Deserialize;

/// Chunks looked at for a question.
const RETRIEVED: usize = 5;

#[derive(Deserialize)]
struct Question {
    question: String,
    corpus_id: String,
    references: Vec<Reference>,
}

/// A passage that answers, in Unicode code points.
#[derive(Deserialize)]
struct Reference {
    start_index: usize,
    end_index: usize,
}

/// A question with its vector and its answers in bytes.
struct Asked {
    corpus: String,
    vector: Vec<f32>,
    answers: Vec<Range<usize>>,
}

/// A chunk with its vector.
struct Found {
    corpus: String,
    span: Range<usize>,
    vector: Vec<f32>,
}

#[derive(Default)]
struct Scores {
    recall: f64,
    precision: f64,
    overlap: f64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Options { folder, runtime, settings } = options()?;
    let config = EmbedConfig::default();
    let embedder: Arc<dyn Embedder> = Arc::new(LocalEmbedder::open(&config, &locate(&config, &[runtime])?)?);
    let corpora = corpora(&folder)?;
    let questions = questions(&folder, &corpora, &*embedder).await?;
    let mut vectors: HashMap<String, Vec<f32>> = HashMap::new();
    say("| max / min / overlap | chunks | mean tokens | too long | recall | precision | IoU |\n|---|---:|---:|---:|---:|---:|---:|")?;
    for (name, setting) in settings {
        let chunker = Chunker::new(Arc::clone(&embedder), setting);
        let (mut found, mut texts) = (Vec::new(), Vec::new());
        for (corpus, document) in &corpora {
            for chunk in chunker.split(document)? {
                let header = chunk.table_header.and_then(|header| header.of(&document.text));
                let text = chunk.span.of(&document.text).context("a span outside its text")?;
                texts.push(embedded_text(&document.head, &chunk.heading_path, header, text));
                found.push(Found { corpus: corpus.clone(), span: chunk.span.start..chunk.span.end, vector: Vec::new() });
            }
        }
        let new: Vec<String> = texts.iter().filter(|text| !vectors.contains_key(*text)).cloned().collect();
        vectors.extend(new.iter().cloned().zip(embedder.embed_passages(new.clone()).await?));
        for (chunk, text) in found.iter_mut().zip(&texts) {
            chunk.vector = vectors.get(text).context("a text without a vector")?.clone();
        }
        let tokens: Vec<usize> = texts.iter().map(|text| embedder.count_tokens(text) + 2).collect();
        let too_long = tokens.iter().filter(|tokens| **tokens > chunker.config().max_tokens).count();
        let mean_tokens = tokens.iter().sum::<usize>() / tokens.len();
        let scores = score(&questions, &found);
        say(&format!(
            "| {name} | {} | {mean_tokens} | {too_long} | {:.1} | {:.2} | {:.2} |",
            found.len(),
            100.0 * scores.recall,
            100.0 * scores.precision,
            100.0 * scores.overlap
        ))?;
    }
    Ok(())
}

struct Options {
    folder: PathBuf,
    runtime: PathBuf,
    /// Each with the name of its row.
    settings: Vec<(String, ChunkConfig)>,
}

fn options() -> Result<Options> {
    let (mut folder, mut runtime, mut settings) = (None, PathBuf::from(".runtime"), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--runtime" {
            runtime = arguments.next().context("--runtime needs a value")?.into();
        } else if folder.is_none() {
            folder = Some(PathBuf::from(argument));
        } else {
            let numbers = argument.split('/').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
            let [max_tokens, min_tokens, overlap_tokens] = numbers.as_slice() else { bail!("{argument} is not MAX/MIN/OVERLAP") };
            let config =
                ChunkConfig { max_tokens: *max_tokens, min_tokens: *min_tokens, overlap_tokens: *overlap_tokens, ..ChunkConfig::default() };
            settings.push((argument, config));
        }
    }
    if settings.is_empty() {
        let ChunkConfig { max_tokens, min_tokens, overlap_tokens, .. } = ChunkConfig::default();
        settings.push((format!("{max_tokens}/{min_tokens}/{overlap_tokens}"), ChunkConfig::default()));
    }
    Ok(Options { folder: folder.context("name the folder with questions.jsonl and corpora/")?, runtime, settings })
}

fn corpora(folder: &Path) -> Result<BTreeMap<String, Document>> {
    let mut corpora = BTreeMap::new();
    for name in ["chatlogs", "finance", "pubmed", "state_of_the_union", "wikitexts"] {
        let text = fs_err::read_to_string(folder.join("corpora").join(name).with_extension("md"))?;
        let text = if name == "wikitexts" { text.split_inclusive('\n').map(with_markdown_heading).collect() } else { text };
        let head = DocumentHead {
            id: DocumentId::from_source(name),
            source: name.to_owned(),
            title: name.replace('_', " "),
            media_type: "text/markdown".to_owned(),
            language: Language::unknown(),
            tags: Vec::new(),
            modified_at: DateTime::<Utc>::UNIX_EPOCH,
            fields: Fields::new(),
            revision: Revision::of(&[]),
        };
        let quality = QualityReport::by("text");
        corpora.insert(name.to_owned(), Document { head, text, markup: Markup::Markdown, pages: Vec::new(), quality });
    }
    Ok(corpora)
}

/// ` = = Title = = ` as `## Title`, with spaces up to the same length.
fn with_markdown_heading(line: &str) -> String {
    let content = line.trim();
    let level = content.split(' ').take_while(|word| *word == "=").count();
    let title = content.trim_matches(['=', ' ']);
    if level == 0 || title.is_empty() || !content.ends_with('=') {
        return line.to_owned();
    }
    let heading = format!("{} {title}", "#".repeat(level));
    format!("{heading:<width$}\n", width = line.len() - 1 - (title.len() - title.chars().count()))
}

async fn questions(folder: &Path, corpora: &BTreeMap<String, Document>, embedder: &dyn Embedder) -> Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for line in fs_err::read_to_string(folder.join("questions.jsonl"))?.lines() {
        let Question { question, corpus_id, references } = serde_json::from_str(line)?;
        let text = &corpora.get(&corpus_id).with_context(|| format!("no corpus is called {corpus_id}"))?.text;
        let byte = |letters: usize| text.char_indices().nth(letters).map_or(text.len(), |(at, _)| at);
        let answers = references.iter().map(|reference| byte(reference.start_index)..byte(reference.end_index)).collect();
        asked.push(Asked { corpus: corpus_id, vector: embedder.embed_query(&question).await?, answers });
    }
    Ok(asked)
}

fn score(questions: &[Asked], chunks: &[Found]) -> Scores {
    let mut sums = Scores::default();
    for question in questions {
        let similarity = |chunk: &Found| chunk.vector.iter().zip(&question.vector).map(|(one, other)| one * other).sum::<f32>();
        let mut closest: Vec<(f32, &Found)> = chunks.iter().map(|chunk| (similarity(chunk), chunk)).collect();
        closest.sort_by(|one, other| other.0.total_cmp(&one.0));
        let retrieved = closest.iter().take(RETRIEVED).map(|(_, chunk)| *chunk);
        let spans: Vec<_> = retrieved.filter(|chunk| chunk.corpus == question.corpus).map(|chunk| chunk.span.clone()).collect();
        let (asked_for, given) = (length(&question.answers), length(&spans));
        let both = asked_for + given - length(&[question.answers.as_slice(), spans.as_slice()].concat());
        sums.recall += ratio(both, asked_for);
        sums.precision += ratio(both, given);
        sums.overlap += ratio(both, asked_for + given - both);
    }
    let count = questions.len() as f64;
    Scores { recall: sums.recall / count, precision: sums.precision / count, overlap: sums.overlap / count }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// How many bytes are in any of the ranges.
fn length(ranges: &[Range<usize>]) -> usize {
    let mut ranges = ranges.to_vec();
    ranges.sort_by_key(|range| range.start);
    let (mut total, mut covered) = (0, 0);
    for range in ranges {
        total += range.end.saturating_sub(range.start.max(covered));
        covered = covered.max(range.end);
    }
    total
}

fn say(line: &str) -> Result<()> {
    writeln!(stdout().lock(), "{line}")?;
    Ok(())
}
