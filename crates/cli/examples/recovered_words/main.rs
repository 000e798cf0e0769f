//! How much of the text of real files is recovered, by format.
//!
//! ```text
//! cargo run --example recovered_words -- [FOLDER] [--worker PROGRAM] [--pdfium LIBRARY] [--json]
//! ```
//!
//! Reads every file that the folder's `manifest.jsonl` lists, as an ingest would, and compares the words with those of a
//! reference: F1 over the multisets of words, East Asian text by character. A line of the manifest has `file`, `expect`
//! (`text`, `empty`, `password`, `no_text_layer` or `error`) and references: `groundtruth` (a person's or another
//! program's reading) and, for PDFs, `poppler_text` (what `pdftotext` gave).

mod words;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use ragstone_core::{Markup, RefusalReason, Revision};
use ragstone_ingest::extract::{ExtractConfig, Extracted, Extractor, WorkerLocation};
use ragstone_ingest::{IngestError, RawDocument};
use serde::Deserialize;
use serde_json::{Value, json};

use self::words::{f1, without_markup};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A file that is read worse should say so in its quality report.
const FLOOR: f64 = 0.5;

/// A line of the manifest.
#[derive(Deserialize)]
struct Entry {
    file: String,
    expect: String,
    groundtruth: Option<String>,
    poppler_text: Option<String>,
}

/// What came of a file.
struct Measured {
    entry: Entry,
    /// `text`, or why there is none, in the manifest's words.
    outcome: String,
    /// The error, where there is no text.
    error: Option<String>,
    warnings: Vec<String>,
    f1: Option<f64>,
    /// Of `pdftotext`, against the same reference.
    pdftotext_f1: Option<f64>,
    milliseconds: f64,
}

struct Options {
    folder: PathBuf,
    worker: WorkerLocation,
    as_json: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options()?;
    let manifest = fs_err::read_to_string(options.folder.join("manifest.jsonl"))?;
    let has_pdftotext = Command::new("pdftotext").arg("-v").output().is_ok();
    let extractor = Extractor::new(ExtractConfig::default(), options.worker.clone());
    let mut files = Vec::new();
    for line in manifest.lines() {
        files.push(measure(&extractor, &options.folder, serde_json::from_str(line)?, has_pdftotext).await?);
    }
    let mut output = std::io::stdout().lock();
    if options.as_json {
        files.iter().try_for_each(|file| writeln!(output, "{}", file.to_json()))?;
        return Ok(());
    }
    write_table(&files, &mut output)?;
    let source =
        if has_pdftotext { "run here on the same files" } else { "not on this machine: its texts are those that come with the files" };
    writeln!(
        output,
        "\n`pdftotext`: {source}. Worker: {}.",
        options.worker.program.as_deref().map_or("none".into(), Path::to_string_lossy)
    )?;
    write_list("Below 0.5 without a warning", files.iter().filter(|file| file.is_silently_bad()), &mut output)?;
    write_list("Not what the manifest says", files.iter().filter(|file| file.outcome != file.entry.expect), &mut output)?;
    write_list("Below 0.9", files.iter().filter(|file| file.f1.is_some_and(|f1| f1 < 0.9)), &mut output)?;
    Ok(())
}

fn options() -> Result<Options> {
    let data = std::env::var_os("RAGSTONE_TEST_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let mut options = Options { folder: data.join("documents"), worker: WorkerLocation::default(), as_json: false };
    let beside = std::env::current_exe()?.ancestors().nth(2).map(|target| target.join("ragstone-extract"));
    options.worker.program = beside.filter(|program| program.is_file());
    options.worker.pdfium = Some(PathBuf::from(".runtime/pdfium/libpdfium.so")).filter(|library| library.is_file());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.as_json = true,
            "--worker" => options.worker.program = arguments.next().map(PathBuf::from),
            "--pdfium" => options.worker.pdfium = arguments.next().map(PathBuf::from),
            option if option.starts_with('-') => return Err(format!("no such option: {option}").into()),
            folder => options.folder = PathBuf::from(folder),
        }
    }
    // The worker is started in a folder of its own choice.
    options.worker.pdfium = options.worker.pdfium.map(std::path::absolute).transpose()?;
    Ok(options)
}

async fn measure(extractor: &Extractor, folder: &Path, entry: Entry, has_pdftotext: bool) -> Result<Measured> {
    let path = folder.join(&entry.file);
    let raw = RawDocument::new(path.to_string_lossy(), fs_err::read(&path)?);
    let started = Instant::now();
    let read = extractor.read(raw, Revision::of(&[])).await;
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let stored = |path: &Option<String>| path.as_ref().map(|path| fs_err::read_to_string(folder.join(path))).transpose();
    let poppler = if has_pdftotext && entry.file.ends_with(".pdf") { pdftotext(&path) } else { stored(&entry.poppler_text)? };
    let truth = stored(&entry.groundtruth)?.map(|truth| without_markup(&truth));
    let reference = truth.clone().or(stored(&entry.poppler_text)?);
    let mut file =
        Measured { entry, outcome: "text".to_owned(), error: None, warnings: Vec::new(), f1: None, pdftotext_f1: None, milliseconds };
    match read {
        Ok(Extracted::Document(document)) => {
            let text = if document.markup == Markup::Markdown { without_markup(&document.text) } else { document.text };
            file.f1 = reference.map(|reference| f1(&text, &reference));
            file.pdftotext_f1 = truth.zip(poppler).map(|(truth, poppler)| f1(&poppler, &truth));
            file.warnings = document.quality.warnings.into_iter().map(|warning| warning.message).collect();
        }
        Ok(Extracted::Members(members)) => file.outcome = format!("{} members", members.remaining()),
        Err(error) => {
            file.outcome = outcome(&error);
            file.error = Some(error.to_string());
        }
    }
    Ok(file)
}

/// An error, as the manifest calls it.
fn outcome(error: &IngestError) -> String {
    let outcome = match error {
        IngestError::Refused { refusal } => match refusal.reason {
            RefusalReason::Password => "password",
            RefusalReason::Scanned => "no_text_layer",
            RefusalReason::NoText => "empty",
            RefusalReason::Damaged => "error",
            RefusalReason::Unsupported => "unsupported",
            RefusalReason::TooLarge => "too large",
        },
        IngestError::Empty | IngestError::NoText { .. } => "empty",
        IngestError::NoDocument { .. } => "error",
        _ => "not read",
    };
    outcome.to_owned()
}

fn pdftotext(path: &Path) -> Option<String> {
    let output = Command::new("pdftotext").arg(path).arg("-").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

impl Measured {
    /// What is held against `pdftotext` itself, for want of another reference, is a kind of its own: only with the others can
    /// the two be compared.
    fn format(&self) -> &str {
        match (&self.entry.groundtruth, &self.entry.poppler_text) {
            (None, Some(_)) if self.f1.is_some() => "pdf, held against pdftotext",
            _ => self.entry.file.rsplit('.').next().unwrap_or_default(),
        }
    }

    fn is_silently_bad(&self) -> bool {
        self.f1.is_some_and(|f1| f1 < FLOOR) && self.warnings.is_empty()
    }

    fn to_json(&self) -> Value {
        json!({
            "file": self.entry.file, "format": self.format(), "expected": self.entry.expect, "outcome": self.outcome, "error": self.error,
            "f1": self.f1, "pdftotext_f1": self.pdftotext_f1, "milliseconds": self.milliseconds, "warnings": self.warnings,
        })
    }
}

fn write_table(files: &[Measured], output: &mut impl Write) -> Result<()> {
    let mut formats: BTreeMap<&str, Vec<&Measured>> = BTreeMap::new();
    files.iter().for_each(|file| formats.entry(file.format()).or_default().push(file));
    writeln!(
        output,
        "| format | files | with a reference | mean F1 | lowest | pdftotext: mean | lowest |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )?;
    for (format, files) in formats.into_iter().chain([("**all**", files.iter().collect())]) {
        let scores: Vec<f64> = files.iter().filter_map(|file| file.f1).collect();
        let theirs: Vec<f64> = files.iter().filter_map(|file| file.pdftotext_f1).collect();
        let (count, scored) = (files.len(), scores.len());
        writeln!(output, "| {format} | {count} | {scored} | {} | {} |", mean_and_lowest(&scores), mean_and_lowest(&theirs))?;
    }
    Ok(())
}

fn mean_and_lowest(scores: &[f64]) -> String {
    if scores.is_empty() {
        return "– | –".to_owned();
    }
    let lowest = scores.iter().copied().fold(f64::MAX, f64::min);
    format!("{:.3} | {lowest:.3}", scores.iter().sum::<f64>() / scores.len() as f64)
}

fn write_list<'a>(title: &str, files: impl Iterator<Item = &'a Measured>, output: &mut impl Write) -> Result<()> {
    let files: Vec<&Measured> = files.collect();
    writeln!(output, "\n{title}: {}", if files.is_empty() { "none" } else { "" })?;
    for file in files {
        let score = file.f1.map_or(String::new(), |f1| format!(", F1 {f1:.3}"));
        let error = file.error.as_ref().map_or(String::new(), |error| format!(": {error}"));
        let warnings = if file.warnings.is_empty() { String::new() } else { format!(" ({})", file.warnings.join("; ")) };
        writeln!(output, "- {}: {}, expected {}{score}{error}{warnings}", file.entry.file, file.outcome, file.entry.expect)?;
    }
    Ok(())
}
