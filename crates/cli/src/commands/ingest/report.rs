//! What an ingest did, or would do, in words.

use std::time::Duration;

use bytesize::ByteSize;
use indicatif::HumanDuration;
use ragstone_ingest::{Estimate, IngestReport};

use crate::arguments::Global;
use crate::output::terminal::{self, FAINT, STRONG, WRONG};
use crate::places;

/// Writes the report, for a person or for a program.
pub(in crate::commands) fn show(global: &Global, report: &IngestReport) -> anyhow::Result<()> {
    if global.json {
        return terminal::say_json(report);
    }
    terminal::say(counts(report));
    for line in report.quality.lines() {
        terminal::say(format!("{WRONG}!{WRONG:#} {line}"));
    }
    if !report.skipped.is_empty() {
        let kinds: Vec<String> = report.skipped.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        terminal::say(format!("{FAINT}skipped, as they are no documents: {}{FAINT:#}", kinds.join(", ")));
    }
    if global.verbose {
        for (kind, sources) in &report.skipped_files {
            sources.iter().for_each(|source| terminal::say(format!("  {FAINT}{kind}: {}{FAINT:#}", places::displayed(source))));
        }
    }
    let unnamed = report.failed_total.saturating_sub(report.failed.len() as u64);
    if unnamed > 0 {
        terminal::say(format!("{unnamed} more failed: `ragstone jobs failed` lists them"));
    }
    if report.interrupted {
        terminal::say(format!("{WRONG}stopped before the end{WRONG:#}: the same command goes on where it stopped"));
    }
    Ok(())
}

fn counts(report: &IngestReport) -> String {
    let pages = if report.pages > 0 { format!("{} pages, ", report.pages) } else { String::new() };
    let duplicates =
        if report.duplicates > 0 { format!(", {} of them stored already under another name", report.duplicates) } else { String::new() };
    format!(
        "{} indexed, {} replaced, {} unchanged, {} removed, {} failed{duplicates}  {FAINT}({:.1} s, {} read, {pages}{} chunks embedded, {} kept){FAINT:#}",
        report.indexed,
        report.replaced,
        report.unchanged,
        report.removed,
        report.failed_total,
        report.seconds,
        ByteSize(report.bytes_read),
        report.chunks_embedded,
        report.chunks_kept
    )
}

/// Writes what ingests would do and take.
pub(super) fn show_estimates(global: &Global, estimates: &[(String, Estimate)]) -> anyhow::Result<()> {
    if global.json {
        return terminal::say_json(&estimates.iter().map(|(_, estimate)| estimate).collect::<Vec<_>>());
    }
    estimates.iter().for_each(|(title, estimate)| show_estimate(title, estimate));
    Ok(())
}

fn show_estimate(title: &str, estimate: &Estimate) {
    terminal::say(format!("{STRONG}{title}{STRONG:#}"));
    terminal::say(format!(
        "{} documents, {} of text, {} chunks, {} tokens",
        estimate.documents,
        ByteSize(estimate.text_bytes),
        estimate.chunks,
        estimate.tokens
    ));
    let about = HumanDuration(Duration::from_secs_f64(estimate.seconds.clamp(0.0, 1e9)));
    let rate = if estimate.tokens_per_second > 0.0 { format!(" at {:.0} tokens/s", estimate.tokens_per_second) } else { String::new() };
    terminal::say(format!("about {about}{rate}, {} on disk", ByteSize(estimate.disk.total_bytes())));
    terminal::say(format!(
        "{FAINT}{} unchanged, {} skipped as they are no documents, {} cannot be ingested{FAINT:#}",
        estimate.unchanged, estimate.skipped, estimate.failed
    ));
    for failed in &estimate.failed_documents {
        terminal::say(format!("{WRONG}would fail{WRONG:#} {}: {}", places::displayed(&failed.source), failed.reason));
    }
}
