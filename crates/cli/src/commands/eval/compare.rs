//! `ragstone eval compare`: several configurations on the same questions.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use chrono::Utc;
use ragstone_core::CollectionName;
use ragstone_eval::{Comparison, Report, ReportedSubject, Resampling, Unresolved};

use super::bench::{Bench, Copied, Named, Preparation};
use super::data::{self, Data};
use super::{mode_name, output};
use crate::arguments::{EvalCompare, EvalData, Global};
use crate::output::terminal;
use crate::settings::Settings;

/// Stands for the defaults among the names of configurations.
const DEFAULTS: &str = "defaults";

/// A configuration and what it is called.
struct Candidate {
    name: String,
    settings: Settings,
}

pub(super) async fn run(global: &Global, arguments: &EvalCompare) -> anyhow::Result<ExitCode> {
    output::check(&arguments.output, &arguments.plot)?;
    output::check_measure(&arguments.metric)?;
    let data = Data::read(&arguments.data).await?;
    let base = Settings::load(global)?;
    let candidates = candidates(global, &arguments.configurations, &base)?;
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let folder = arguments.data.keep.as_deref().unwrap_or(temporary.path());

    let mut measuring = Measuring { data, arguments: &arguments.data, folder, base, quiet: global.json, unresolved: Vec::new() };
    let subjects = measuring.all(&candidates).await?;
    let unresolved = measuring.unresolved;
    let report = report(arguments, subjects, unresolved)?;
    output::write_reports(&report, &arguments.output)?;
    if let (Some(path), Some(picture)) = (&arguments.plot, report.plot()?) {
        fs_err::write(path, picture)?;
    }
    show(&report, global.json)?;
    output::exit(&report, &arguments.output.fail_under)
}

fn candidates(global: &Global, files: &[PathBuf], base: &Settings) -> anyhow::Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for file in files {
        let is_file = file.as_os_str() != DEFAULTS;
        let settings = Settings::load_over(global, is_file.then_some(file.as_path()))
            .with_context(|| format!("`{}` cannot be used", file.display()))?;
        let short = file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned());
        let is_taken = candidates.iter().any(|candidate| candidate.name == short);
        let name = if is_taken { file.display().to_string() } else { short };
        ensure!(candidates.iter().all(|candidate| candidate.name != name), "`{name}` is there twice: compare different files");
        candidates.push(Candidate { name, settings: Settings { data_dir: base.data_dir.clone(), ..settings } });
    }
    Ok(candidates)
}

/// Measures candidates, those that share an index one after the other on it.
struct Measuring<'run> {
    data: Data,
    arguments: &'run EvalData,
    folder: &'run Path,
    base: Settings,
    quiet: bool,
    unresolved: Vec<Unresolved>,
}

impl Measuring<'_> {
    /// In the order of the candidates.
    async fn all(&mut self, candidates: &[Candidate]) -> anyhow::Result<Vec<ReportedSubject>> {
        let mut measured: Vec<Option<ReportedSubject>> = candidates.iter().map(|_| None).collect();
        for (index, first) in candidates.iter().enumerate() {
            if measured.get(index).is_some_and(Option::is_some) {
                continue;
            }
            let bench = self.bench(first).await?;
            bench.warm_up(&first.settings).await?;
            let collection = &self.arguments.collection;
            let shares_engine = |candidate: &Candidate| {
                shares_index(collection, &candidate.settings, &first.settings) && candidate.settings.rerank == first.settings.rerank
            };
            for (place, candidate) in candidates.iter().enumerate().filter(|(_, candidate)| shares_engine(candidate)) {
                let named = Named { name: &candidate.name, settings: &candidate.settings };
                let (subject, _) = bench.measure(named, &bench.examinee(&candidate.settings)?).await?;
                if let Some(slot) = measured.get_mut(place) {
                    *slot = Some(subject);
                }
            }
            self.unresolved.clone_from(&bench.unresolved);
            bench.engine.close().await?;
        }
        Ok(measured.into_iter().flatten().collect())
    }

    /// An index for a candidate: the user's own where its settings made it, otherwise a new one.
    async fn bench(&self, candidate: &Candidate) -> anyhow::Result<Bench> {
        let preparation = Preparation { data: &self.data, arguments: self.arguments, folder: self.folder, quiet: self.quiet };
        match &self.data {
            Data::Questions(questions) if !shares_index(&self.arguments.collection, &candidate.settings, &self.base) => {
                terminal::note(format!("{}: chunks or vectors differ from the collection's, they are computed anew", candidate.name));
                let documents = data::documents_of_collection(&self.base, &self.arguments.collection).await?;
                preparation.rebuild(&candidate.settings, Copied { documents, questions }).await
            }
            Data::Questions(_) | Data::Set(_) => preparation.open(&candidate.settings).await,
        }
    }
}

/// Whether two configurations make the same chunks and vectors of a collection.
fn shares_index(collection: &CollectionName, one: &Settings, other: &Settings) -> bool {
    let embed = |settings: &Settings| (settings.embed.model_dir.clone(), settings.embed.max_tokens);
    one.chunks_of(collection) == other.chunks_of(collection)
        && embed(one) == embed(other)
        && one.lexical == other.lexical
        && one.store == other.store
}

fn report(arguments: &EvalCompare, mut subjects: Vec<ReportedSubject>, unresolved: Vec<Unresolved>) -> anyhow::Result<Report> {
    let resampling = Resampling::default();
    let mut others = subjects.split_off(1.min(subjects.len()));
    let first = subjects.first().context("there is nothing to compare")?;
    ensure!(first.assessment.measures.contains_key(&arguments.metric), "{}", output::unknown_measure(&arguments.metric, first));
    for subject in &mut others {
        subject.compared = Some(Comparison::of(&subject.assessment, &first.assessment, &arguments.metric, &resampling));
    }
    let questions = first.assessment.questions.len();
    subjects.append(&mut others);
    let remarks = vec![format!("search mode {}; the others are compared with the first configuration", mode_name(arguments.data.mode))];
    Ok(Report { title: output::title(arguments.data.data.as_deref()), at: Utc::now(), questions, remarks, subjects, unresolved })
}

fn show(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        return terminal::say_json(report);
    }
    let Some((first, others)) = report.subjects.split_first() else { return Ok(()) };
    terminal::say(&first.name);
    output::show_estimates(first);
    others.iter().for_each(|other| output::show_differences(other, first));
    terminal::say("");
    for subject in &report.subjects {
        let latency = subject.assessment.latency;
        terminal::say(format!(
            "{}: searches p50 {:.1} ms, p99 {:.1} ms, {:.0} questions/s",
            subject.name, latency.p50_ms, latency.p99_ms, latency.questions_per_second
        ));
    }
    for subject in others {
        show_changed(subject);
    }
    output::show_problems(report);
    Ok(())
}

/// The questions that were won and lost most clearly.
fn show_changed(subject: &ReportedSubject) {
    const SHOWN: usize = 5;
    let Some(compared) = &subject.compared else { return };
    for (what, questions) in [("won", &compared.won), ("lost", &compared.lost)] {
        terminal::say(format!("\n{}: {} questions {what} by {}", subject.name, questions.len(), compared.decided_by));
        for question in questions.iter().take(SHOWN) {
            terminal::say(format!("  {} {:.3} → {:.3}  {}", question.id, question.before, question.after, question.question));
        }
    }
}
