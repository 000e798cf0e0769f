//! `ragstone eval run`: one configuration on one set of questions.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Context;
use chrono::Utc;
use ragstone_eval::{Latency, Report, qrels_to_text, run_to_text};
use serde::Serialize;

use super::bench::{Asked, Bench, Named, Preparation};
use super::data::Data;
use super::{mode_name, output, there};
use crate::arguments::{EvalRun, Global};
use crate::output::terminal;
use crate::settings::Settings;

/// What is printed for programs.
#[derive(Debug, Serialize)]
struct Measured<'report> {
    /// `ndcg@10`, `recall@100` and so on, each the mean over the questions.
    metrics: BTreeMap<&'report str, f64>,
    /// The 95 % interval of each.
    intervals: BTreeMap<&'report str, [f64; 2]>,
    queries: usize,
    documents: Option<u64>,
    mode: &'static str,
    /// All of the time, by the number of questions; not known of a server.
    query_ms: Option<f64>,
    latency: Latency,
    unresolved: &'report [ragstone_eval::Unresolved],
    questions: &'report [ragstone_eval::QuestionScores],
}

pub(super) async fn run(global: &Global, arguments: &EvalRun) -> anyhow::Result<ExitCode> {
    output::check(&arguments.output, arguments.save_run.iter().chain(&arguments.save_qrels))?;
    if let Some(url) = &global.url {
        let report = there::evaluate(global, url, arguments).await?;
        return finish(
            &report,
            arguments,
            Shown { documents: None, mode: mode_name(arguments.data.mode), query_ms: None, json: global.json },
        );
    }
    let data = Data::read(&arguments.data).await?;
    let settings = Settings::load(global)?;
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let folder = arguments.data.keep.as_deref().unwrap_or(temporary.path());

    let bench = Preparation { data: &data, arguments: &arguments.data, folder, quiet: global.json }.open(&settings).await?;
    let name = mode_name(arguments.data.mode);
    let (subject, asked) = bench.measure(Named { name, settings: &settings }, &bench.examinee_in_force(&settings)?).await?;
    save(&bench, &asked, arguments)?;
    let query_ms = asked.elapsed.as_secs_f64() * 1000.0 / bench.questions.len().max(1) as f64;
    let documents = bench.documents;
    let report = Report {
        title: output::title(arguments.data.data.as_deref()),
        at: Utc::now(),
        questions: bench.questions.len(),
        remarks: vec![format!("{documents} documents, search mode {name}")],
        subjects: vec![subject],
        unresolved: bench.unresolved.clone(),
    };
    bench.engine.close().await?;
    finish(&report, arguments, Shown { documents: Some(documents), mode: name, query_ms: Some(query_ms), json: global.json })
}

fn finish(report: &Report, arguments: &EvalRun, shown: Shown) -> anyhow::Result<ExitCode> {
    output::write_reports(report, &arguments.output)?;
    show(report, &shown)?;
    output::exit(report, &arguments.output.fail_under)
}

struct Shown {
    /// Unknown of a server's collection.
    documents: Option<u64>,
    mode: &'static str,
    /// A server asks beside whatever else it does.
    query_ms: Option<f64>,
    json: bool,
}

fn save(bench: &Bench, asked: &Asked, arguments: &EvalRun) -> anyhow::Result<()> {
    if let Some(path) = &arguments.save_run {
        fs_err::write(path, run_to_text(&bench.examination(asked).run()?, "ragstone"))?;
    }
    if let Some(path) = &arguments.save_qrels {
        fs_err::write(path, qrels_to_text(&bench.examination(asked).judgements()))?;
    }
    Ok(())
}

fn show(report: &Report, shown: &Shown) -> anyhow::Result<()> {
    let Some(subject) = report.subjects.first() else { return Ok(()) };
    let Shown { documents, mode, query_ms, json } = *shown;
    let latency = subject.assessment.latency;
    if json {
        let measures = &subject.assessment.measures;
        return terminal::say_json(&Measured {
            metrics: measures.iter().map(|(name, estimate)| (name.as_str(), estimate.mean)).collect(),
            intervals: measures.iter().map(|(name, estimate)| (name.as_str(), [estimate.low, estimate.high])).collect(),
            queries: report.questions,
            documents,
            mode,
            query_ms,
            latency,
            unresolved: &report.unresolved,
            questions: &subject.assessment.questions,
        });
    }
    output::show_estimates(subject);
    terminal::say(format!(
        "{} questions{}, {mode}; searches p50 {:.1} ms, p99 {:.1} ms, {:.0} questions/s",
        report.questions,
        documents.map(|documents| format!(" over {documents} documents")).unwrap_or_default(),
        latency.p50_ms,
        latency.p99_ms,
        latency.questions_per_second
    ));
    output::show_problems(report);
    Ok(())
}
