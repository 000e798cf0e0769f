//! How much of the text of real files is recovered.
//!
//! Reads every file of a folder that its `manifest.jsonl` lists, with the function that the worker reads with, and says for
//! each: whether it is what the manifest expects, how many of the reference's words came out (F1 over the multisets of
//! words; East Asian text by character), and how long it took. Then the means by format.
//!
//! ```text
//! cargo run -p ragstone-extract --example recovered_words -- FOLDER [--json]
//! ```
//!
//! A manifest line has `file`, `expect` (`text`, `empty`, `password`, `no_text_layer` or `error`), and references:
//! `groundtruth` (a person's or another program's reading) and, for PDFs, `poppler_text` (`pdftotext`'s).

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use ragstone_core::{ExtractedText, ExtractionRequest, RefusalReason};
use ragstone_extract::{Extraction, Extractor, RawDocument, ReadError};
use serde_json::{Value, json};

/// What another process reads, by its extension.
const READ_ELSEWHERE: [&str; 17] =
    ["txt", "md", "html", "htm", "csv", "tsv", "json", "jsonl", "yaml", "xml", "py", "go", "tex", "typ", "rst", "org", "asciidoc"];

/// From this F1 on a file is read well enough to say nothing about it.
const FLOOR: f64 = 0.5;

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("usage: recovered_words FOLDER [--json]")?);
    let as_json = arguments.next().is_some_and(|argument| argument == "--json");
    let manifest = fs_err::read_to_string(folder.join("manifest.jsonl"))?;
    let mut output = io::stdout().lock();
    let mut measured = Vec::new();
    let mut skipped = Vec::new();
    for line in manifest.lines() {
        let entry: Value = serde_json::from_str(line)?;
        let file = text_of(&entry, "file").context("a manifest line names its file")?.to_owned();
        if READ_ELSEWHERE.contains(&extension(&file)) {
            skipped.push(file);
        } else {
            measured.push(measure(&folder, &file, &entry)?);
        }
    }
    if as_json {
        for file in &measured {
            writeln!(output, "{}", file.to_json())?;
        }
        return Ok(());
    }
    for file in &measured {
        writeln!(output, "{}", file.row())?;
    }
    write_means(&measured, &mut output)?;
    writeln!(output, "\nread by another process and not measured here ({}): {}", skipped.len(), skipped.join(", "))?;
    Ok(())
}

/// What came out of one file.
struct Measured {
    file: String,
    expected: String,
    /// `text`, or why there is none.
    outcome: String,
    is_as_expected: bool,
    warnings: Vec<String>,
    /// F1 by reference.
    scores: BTreeMap<&'static str, f64>,
    /// F1 of `pdftotext` against the other reference.
    poppler_against_truth: Option<f64>,
    pages: usize,
    milliseconds: f64,
}

fn measure(folder: &Path, file: &str, entry: &Value) -> anyhow::Result<Measured> {
    let bytes = fs_err::read(folder.join(file))?;
    let request = ExtractionRequest {
        name: file.rsplit('/').next().unwrap_or(file).to_owned(),
        media_type: String::new(),
        bytes: bytes.len() as u64,
        max_text_bytes: 64 << 20,
        recognise: None,
    };
    let started = Instant::now();
    let (outcome, text) = read(request, bytes);
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let expected = text_of(entry, "expect").unwrap_or("text").to_owned();
    let is_as_expected = match expected.as_str() {
        "no_text_layer" => outcome == "scanned",
        "error" => outcome == "damaged",
        "empty" => outcome == "no_text",
        expected => outcome == expected,
    };
    let reference = |key: &str| text_of(entry, key).map(|path| fs_err::read_to_string(folder.join(path))).transpose();
    let (truth, poppler) = (reference("groundtruth")?.map(|text| without_markup(&text)), reference("poppler_text")?);
    let mut scores = BTreeMap::new();
    if let Some(text) = &text {
        let recovered = if text.structured { without_markup(&text.text) } else { text.text.clone() };
        scores.extend(truth.as_deref().map(|truth| ("truth", f1(&recovered, truth))));
        scores.extend(poppler.as_deref().map(|poppler| ("pdftotext", f1(&recovered, poppler))));
    }
    let poppler_against_truth = truth.as_deref().zip(poppler.as_deref()).map(|(truth, poppler)| f1(poppler, truth));
    let (warnings, pages) =
        text.map(|text| (text.quality.warnings.into_iter().map(|warning| warning.message).collect(), text.pages.len())).unwrap_or_default();
    Ok(Measured { file: file.to_owned(), expected, outcome, is_as_expected, warnings, scores, poppler_against_truth, pages, milliseconds })
}

/// Reads a file. The members of an archive are counted, no more.
fn read(request: ExtractionRequest, bytes: Vec<u8>) -> (String, Option<ExtractedText>) {
    let mut members = 0;
    let document = match RawDocument::of(request, bytes) {
        Ok(document) => document,
        Err(refusal) => return (reason_name(refusal.reason), None),
    };
    let read = Extractor::default().read(&document, &mut |_| {
        members += 1;
        Ok(())
    });
    match read {
        Ok(Extraction::Text(text)) => ("text".to_owned(), Some(*text)),
        Ok(Extraction::Members { .. }) => (format!("{members} members"), None),
        Err(ReadError::Refused(refusal)) => (reason_name(refusal.reason), None),
        Err(ReadError::Output(error)) => (error.to_string(), None),
    }
}

fn reason_name(reason: RefusalReason) -> String {
    serde_json::to_value(reason).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Measured {
    /// Against the truth where there is one, else against `pdftotext`.
    fn score(&self) -> Option<f64> {
        self.scores.get("truth").or_else(|| self.scores.get("pdftotext")).copied()
    }

    fn row(&self) -> String {
        let scores: Vec<String> = self.scores.iter().map(|(reference, score)| format!("{reference} {score:.3}")).collect();
        let verdict = if self.is_as_expected { "ok" } else { "NOT AS EXPECTED" };
        let is_silent = self.score().is_some_and(|score| score < FLOOR) && self.warnings.is_empty();
        let silent = if is_silent { "  BAD AND NO WARNING" } else { "" };
        format!(
            "{:<62} {:>9} → {:<11} {verdict:<3} {:>8.1} ms  {}{silent}  {}",
            self.file,
            self.expected,
            self.outcome,
            self.milliseconds,
            scores.join(", "),
            self.warnings.join("; ")
        )
    }

    fn to_json(&self) -> Value {
        json!({
            "file": self.file, "format": extension(&self.file), "expected": self.expected, "outcome": self.outcome, "as_expected": self.is_as_expected,
            "f1": self.scores, "pdftotext_f1": self.poppler_against_truth, "pages": self.pages, "milliseconds": self.milliseconds, "warnings": self.warnings,
        })
    }
}

fn write_means(measured: &[Measured], output: &mut impl Write) -> anyhow::Result<()> {
    let mut formats: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for file in measured {
        formats.entry(extension(&file.file)).or_default().extend(file.score());
    }
    writeln!(output, "\nformat  files with a reference  mean F1  lowest")?;
    for (format, scores) in &formats {
        writeln!(output, "{format:<7} {:>21}  {}", scores.len(), mean_and_lowest(scores))?;
    }
    let all: Vec<f64> = measured.iter().filter_map(Measured::score).collect();
    writeln!(output, "all     {:>21}  {}", all.len(), mean_and_lowest(&all))?;
    let against = |reference: &str| measured.iter().filter_map(|file| file.scores.get(reference).copied()).collect::<Vec<_>>();
    writeln!(output, "PDF against pdftotext {}", mean_and_lowest(&against("pdftotext")))?;
    let both: Vec<&Measured> =
        measured.iter().filter(|file| file.poppler_against_truth.is_some() && file.scores.contains_key("truth")).collect();
    let ours: Vec<f64> = both.iter().filter_map(|file| file.score()).collect();
    let theirs: Vec<f64> = both.iter().filter_map(|file| file.poppler_against_truth).collect();
    writeln!(output, "PDF with another reference: ours {}, pdftotext {}", mean_and_lowest(&ours), mean_and_lowest(&theirs))?;
    let as_expected = measured.iter().filter(|file| file.is_as_expected).count();
    writeln!(output, "as expected: {as_expected} of {}", measured.len())?;
    Ok(())
}

fn mean_and_lowest(scores: &[f64]) -> String {
    if scores.is_empty() {
        return "–".to_owned();
    }
    let lowest = scores.iter().copied().fold(f64::MAX, f64::min);
    format!("{:>7.3}  {lowest:>6.3}", scores.iter().sum::<f64>() / scores.len() as f64)
}

/// The harmonic mean of the shares of words that were found and that were wanted.
fn f1(recovered: &str, reference: &str) -> f64 {
    let (recovered, reference) = (words(recovered), words(reference));
    let common: usize = recovered.iter().map(|(word, count)| count.min(reference.get(word).unwrap_or(&0))).sum();
    let all: usize = recovered.values().chain(reference.values()).sum();
    if all == 0 { 1.0 } else { 2.0 * common as f64 / all as f64 }
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    let mut word = String::new();
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            *counts.entry(std::mem::take(word)).or_insert(0) += 1;
        }
    };
    for character in text.chars().flat_map(char::to_lowercase) {
        if matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}') {
            end(&mut word);
            end(&mut character.to_string());
        } else if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else {
            end(&mut word);
        }
    }
    end(&mut word);
    counts
}

/// The text that Markdown shows: comments and pictures go, links keep their text, escapes and rules between cells go.
fn without_markup(markdown: &str) -> String {
    let mut text = without_between(markdown, "<!--", "-->");
    while let Some((before, target_and_rest)) = text.split_once("](").map(|(before, rest)| (before.to_owned(), rest.to_owned())) {
        let rest = target_and_rest.split_once(')').map_or("", |(_, rest)| rest);
        let (lead, label) = before.rsplit_once('[').unwrap_or(("", &before));
        text = match lead.strip_suffix('!') {
            Some(lead) => format!("{lead} {rest}"),
            None => format!("{lead}{label}{rest}"),
        };
    }
    text.replace('\\', "").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace('|', " ")
}

fn without_between(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once(to).map_or("", |(_, after)| after));
    }
    kept
}

fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn text_of<'a>(entry: &'a Value, key: &str) -> Option<&'a str> {
    entry.get(key)?.as_str()
}
