//! How fast texts are embedded, for `tests/bench/embed_baseline.py`, which compares it with Python.
//!
//! ```text
//! cargo run -p ragstone-embed --example embed_throughput -- CORPUS.jsonl [--limit N] [--runtime .runtime] [--batch-tokens N]
//!     [--threads N] [--sessions N] [--rounds N] [--write-graph FILE] [--write-vectors FILE]
//! ```
//!
//! The corpus has one JSON object a line with `title` and `text`. Each round embeds all of it and prints one line of JSON.
//! `--serve` waits for a line on standard input before every round, so that another program can alternate with it.

use std::io::{BufRead, Write, stdin, stdout};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use ragstone_core::Embedder;
use ragstone_embed::{EmbedConfig, LocalEmbedder, ModelFolder, OnnxGraph, locate};
use serde::Deserialize;
use serde_json::json;

#[derive(Default)]
struct Options {
    corpus: PathBuf,
    limit: Option<usize>,
    runtime: PathBuf,
    rounds: usize,
    serve: bool,
    graph: Option<PathBuf>,
    vectors: Option<PathBuf>,
    config: EmbedConfig,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    title: String,
    text: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options()?;
    let located = locate(&options.config, std::slice::from_ref(&options.runtime))?;
    if let Some(file) = &options.graph {
        let graph = OnnxGraph::generate(&ModelFolder::open(&located.model_dir)?)?;
        fs_err::write(file, &graph.bytes)?;
        say(&json!({"graph": file, "weights_folder": graph.weights_folder}))?;
    }
    let texts = texts(&options)?;
    let embedder = LocalEmbedder::open(&options.config, &located)?;
    let tokens: usize = texts.iter().map(|text| embedder.count_tokens(text).min(embedder.spec().max_tokens - 2) + 2).sum();
    for _ in 0..options.rounds {
        if options.serve && stdin().lock().read_line(&mut String::new())? == 0 {
            break;
        }
        let begun = Instant::now();
        let vectors = embedder.embed_passages(texts.clone()).await?;
        let seconds = begun.elapsed().as_secs_f64();
        say(&json!({
            "texts": texts.len(), "tokens": tokens, "seconds": seconds, "tokens_per_second": tokens as f64 / seconds,
            "peak_rss_bytes": peak_rss_bytes(),
        }))?;
        if let Some(file) = &options.vectors {
            let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
            fs_err::write(file, bytes)?;
        }
    }
    Ok(())
}

fn options() -> Result<Options> {
    let mut options = Options { runtime: PathBuf::from(".runtime"), rounds: 1, ..Options::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--limit" => options.limit = Some(value()?.parse()?),
            "--runtime" => options.runtime = value()?.into(),
            "--rounds" => options.rounds = value()?.parse()?,
            "--serve" => options.serve = true,
            "--write-graph" => options.graph = Some(value()?.into()),
            "--write-vectors" => options.vectors = Some(value()?.into()),
            "--batch-tokens" => options.config.batch_tokens = value()?.parse()?,
            "--threads" => options.config.threads = value()?.parse()?,
            "--sessions" => options.config.sessions = value()?.parse()?,
            flag if flag.starts_with("--") => bail!("{flag} is not known; the first lines of this example list the options"),
            corpus => options.corpus = corpus.into(),
        }
    }
    if options.corpus.as_os_str().is_empty() {
        bail!("name a corpus: a file with one JSON object a line, each with `title` and `text`");
    }
    let problems = options.config.validate();
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(options)
}

fn texts(options: &Options) -> Result<Vec<String>> {
    let corpus = fs_err::read_to_string(&options.corpus)?;
    let mut texts = Vec::new();
    for line in corpus.lines().take(options.limit.unwrap_or(usize::MAX)) {
        let entry: Entry = serde_json::from_str(line)?;
        texts.push(format!("{} {}", entry.title, entry.text).trim().to_owned());
    }
    Ok(texts)
}

fn say(line: &serde_json::Value) -> Result<()> {
    writeln!(stdout().lock(), "{line}")?;
    Ok(())
}

/// The most memory that this process has had; known on Linux only.
fn peak_rss_bytes() -> Option<u64> {
    let status = fs_err::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
