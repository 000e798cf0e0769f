//! `ragstone eval tune`: better search settings, chosen on one part of the questions and reported on the rest.

mod space;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use chrono::Utc;
use ragstone_eval::{AskedQuestion, Comparison, Report, ReportedSubject, Resampling};
use ragstone_retrieve::{CollectionRetrieval, RetrieveConfig};
use ragstone_server::Examinee;
use serde_json::{Map, Value};

use super::bench::{Asked, Bench, Copied, Named, Preparation};
use super::data::{self, Data};
use super::{mode_name, output};
use crate::arguments::{EvalTune, Global};
use crate::output::terminal::{self, FAINT, FINE, STRONG};
use crate::settings::Settings;
use space::{Dimension, changed, dimensions, with_value};

/// With fewer questions on either side, nothing can be chosen or checked.
const FEWEST: usize = 5;

/// Each dimension is tried again after the others have changed, this often at most.
const ROUNDS: usize = 2;

/// A gain below this is none.
const GAIN: f64 = 1e-6;

pub(super) async fn run(global: &Global, arguments: &EvalTune) -> anyhow::Result<ExitCode> {
    output::check(&arguments.output, None)?;
    output::check_measure(&arguments.metric)?;
    ensure!(arguments.metric != "abstained", "`--metric abstained`: settings are chosen on questions that have an answer");
    ensure!((0.1..=0.9).contains(&arguments.train), "`--train {}`: it must be from 0.1 to 0.9", arguments.train);
    let data = Data::read(&arguments.data).await?;
    let is_set = matches!(data, Data::Set(_));
    ensure!(!(arguments.apply && is_set), "`--apply` writes to a collection: tune on a file of questions about it");
    let settings = Settings::load(global)?;
    let chunked = chunked(arguments, &settings, is_set)?;
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let folder = arguments.data.keep.as_deref().unwrap_or(temporary.path());

    let preparation = Preparation { data: &data, arguments: &arguments.data, folder, quiet: global.json };
    let bench = preparation.open(&settings).await?;
    let CollectionRetrieval { mut kept, in_force: before, problems } = bench.engine.retriever.settings(&bench.collection).await?;
    ensure!(problems.is_empty(), "what is kept for collection `{}` is wrong: {}", bench.collection, problems.join("; "));
    let (mut bench, held_out) = split(bench, arguments)?;
    let mut tuning = Tuning { settings: settings.clone(), arguments, quiet: global.json, tried: 0 };
    let chosen = tuning.climb(&bench, before.clone()).await?;

    bench.questions = held_out;
    let mut report = tuning.report(&bench, &before, &chosen).await?;
    let changes = changed(&before, &chosen)?;
    let is_better = is_surely_better(&report, &arguments.metric);
    let applied = arguments.apply && is_better && !changes.is_empty();
    if applied {
        changes.iter().for_each(|(key, value)| kept.set(key, value.clone()));
        bench.engine.retriever.keep_settings(&bench.collection, kept).await?;
    }
    bench.engine.close().await?;
    tuning.chunk_sizes(&preparation, chunked, &chosen, &mut report).await?;
    output::write_reports(&report, &arguments.output)?;
    show(&report, &Outcome { changes, is_better, applied, is_set, arguments, json: global.json })?;
    output::exit(&report, &arguments.output.fail_under)
}

/// The settings for each chunk size that is to be tried, and the size; wrong ones are refused before anything is measured.
fn chunked(arguments: &EvalTune, settings: &Settings, is_set: bool) -> anyhow::Result<Vec<(usize, Settings)>> {
    let data = &arguments.data;
    let can_be_split = !is_set || data.split;
    ensure!(arguments.chunk_tokens.is_empty() || can_be_split, "`--chunk-tokens` needs `--split`: without it each document is one chunk");
    let with_tokens = |tokens: &usize| {
        let mut settings = settings.clone();
        let mut chunk = settings.chunks_of(&data.collection).clone();
        chunk.max_tokens = *tokens;
        chunk.min_tokens = chunk.min_tokens.min(tokens / 2);
        let problems = chunk.validate("chunk");
        ensure!(problems.is_empty(), "`--chunk-tokens {tokens}`: {}", problems.join("; "));
        // The collection's own would win.
        settings.collections.remove(&data.collection);
        settings.chunk = chunk;
        Ok((*tokens, settings))
    };
    arguments.chunk_tokens.iter().map(with_tokens).collect()
}

/// Whether a measure is of answers: only then a trial has the questions answered.
fn is_of_answers(metric: &str) -> bool {
    !metric.contains('@') && metric != "map"
}

/// Keeps the part to choose on in the bench, and gives the rest.
fn split(mut bench: Bench, arguments: &EvalTune) -> anyhow::Result<(Bench, Vec<AskedQuestion>)> {
    let mut questions = std::mem::take(&mut bench.questions);
    questions.retain(|question| !question.relevant.is_empty());
    fastrand::Rng::with_seed(arguments.seed).shuffle(&mut questions);
    let count = questions.len();
    let trained_on = (count as f64 * arguments.train).round() as usize;
    let held_out = questions.split_off(trained_on.min(count));
    ensure!(
        trained_on >= FEWEST && held_out.len() >= FEWEST,
        "{count} questions with known documents are too few to choose settings on one part ({trained_on}) and check them on the rest ({}): \
         have at least {FEWEST} in each, better 50; `ragstone eval draft` proposes some",
        held_out.len()
    );
    bench.questions = questions;
    Ok((bench, held_out))
}

struct Tuning<'run> {
    settings: Settings,
    arguments: &'run EvalTune,
    quiet: bool,
    tried: usize,
}

impl Tuning<'_> {
    /// Changes one setting after the other, as long as the measure rises.
    async fn climb(&mut self, bench: &Bench, start: RetrieveConfig) -> anyhow::Result<RetrieveConfig> {
        let (mut best, mut best_figure) = (start.clone(), self.figure(bench, &start).await?);
        self.note(&format!("{} questions to choose on, {} {best_figure:.4} as it is", bench.questions.len(), self.arguments.metric));
        for _ in 0..ROUNDS {
            let at_start = best.clone();
            for Dimension { key, values } in dimensions() {
                for value in values {
                    let Some(tried) = with_value(&best, key, &value).filter(|tried| *tried != best && tried.validate().is_empty()) else {
                        continue;
                    };
                    let figure = self.figure(bench, &tried).await?;
                    if figure > best_figure + GAIN {
                        (best, best_figure) = (tried, figure);
                        self.note(&format!("{key} = {value}: {best_figure:.4}"));
                    }
                }
            }
            if best == at_start {
                break;
            }
        }
        Ok(best)
    }

    async fn figure(&mut self, bench: &Bench, config: &RetrieveConfig) -> anyhow::Result<f64> {
        self.tried += 1;
        let settings = self.with(config);
        let examinee = bench.examinee(&settings)?;
        let answering = examinee.answering.clone().filter(|_| is_of_answers(&self.arguments.metric));
        let (subject, _) = bench.measure(Named { name: "tried", settings: &settings }, &Examinee { answering, ..examinee }).await?;
        let estimate = subject.assessment.measures.get(&self.arguments.metric);
        Ok(estimate.with_context(|| output::unknown_measure(&self.arguments.metric, &subject))?.mean)
    }

    async fn measure(&self, bench: &Bench, name: &str, config: &RetrieveConfig) -> anyhow::Result<(ReportedSubject, Asked)> {
        let settings = self.with(config);
        bench.measure(Named { name, settings: &settings }, &bench.examinee(&settings)?).await
    }

    fn with(&self, config: &RetrieveConfig) -> Settings {
        Settings { retrieve: config.clone(), ..self.settings.clone() }
    }

    /// What the settings do on questions that they were not chosen on.
    async fn report(&self, bench: &Bench, before: &RetrieveConfig, chosen: &RetrieveConfig) -> anyhow::Result<Report> {
        let (first, _) = self.measure(bench, "as it was", before).await?;
        let (mut second, _) = self.measure(bench, "tuned", chosen).await?;
        second.compared = Some(self.compare(&second, &first));
        let remarks = vec![format!(
            "settings were chosen on {:.0} % of the questions, after {} trials; all figures are of the others, search mode {}",
            100.0 * self.arguments.train,
            self.tried,
            mode_name(self.arguments.data.mode)
        )];
        let title = format!("Tuning, {}", output::title(self.arguments.data.data.as_deref()));
        let unresolved = bench.unresolved.clone();
        Ok(Report { title, at: Utc::now(), questions: bench.questions.len(), remarks, subjects: vec![first, second], unresolved })
    }

    fn compare(&self, new: &ReportedSubject, first: &ReportedSubject) -> Comparison {
        Comparison::of(&new.assessment, &first.assessment, &self.arguments.metric, &Resampling::default())
    }

    /// Measures other chunk sizes under the chosen settings: an index of its own for each, on the questions held out.
    async fn chunk_sizes(
        &self,
        preparation: &Preparation<'_>,
        chunked: Vec<(usize, Settings)>,
        chosen: &RetrieveConfig,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let Some(first) = report.subjects.first().cloned() else { return Ok(()) };
        let held_out: BTreeSet<&str> = first.assessment.questions.iter().map(|question| question.id.as_str()).collect();
        for (tokens, settings) in chunked {
            let settings = Settings { retrieve: chosen.clone(), ..settings };
            let mut bench = self.rechunked(&settings, preparation).await?;
            bench.questions.retain(|question| held_out.contains(question.id.as_str()));
            let name = format!("tuned, {tokens} tokens a chunk");
            let (mut subject, _) = bench.measure(Named { name: &name, settings: &settings }, &bench.examinee(&settings)?).await?;
            bench.engine.close().await?;
            subject.compared = Some(self.compare(&subject, &first));
            report.subjects.push(subject);
        }
        Ok(())
    }

    async fn rechunked(&self, settings: &Settings, preparation: &Preparation<'_>) -> anyhow::Result<Bench> {
        let Data::Questions(questions) = preparation.data else {
            return preparation.open(settings).await;
        };
        let documents = data::documents_of_collection(&self.settings, &preparation.arguments.collection).await?;
        preparation.rebuild(settings, Copied { documents, questions }).await
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            terminal::note(format!("{FAINT}{text}{FAINT:#}"));
        }
    }
}

/// Whether the tuned settings are better on the questions held out, with the whole interval on that side.
fn is_surely_better(report: &Report, metric: &str) -> bool {
    let tuned = report.subjects.get(1).and_then(|subject| subject.compared.as_ref());
    tuned.and_then(|compared| compared.differences.get(metric)).is_some_and(|difference| difference.low > 0.0)
}

/// What came of it.
struct Outcome<'run> {
    changes: Map<String, Value>,
    is_better: bool,
    applied: bool,
    /// There is no collection to apply it to.
    is_set: bool,
    arguments: &'run EvalTune,
    json: bool,
}

fn show(report: &Report, outcome: &Outcome<'_>) -> anyhow::Result<()> {
    let Outcome { changes, is_better, applied, is_set, arguments, json } = outcome;
    if *json {
        return terminal::say_json(&serde_json::json!({
            "settings": changes, "better": is_better, "applied": applied, "report": report,
        }));
    }
    let Some((first, others)) = report.subjects.split_first() else { return Ok(()) };
    terminal::say(format!("{STRONG}As it was, on {} questions held out{STRONG:#}", report.questions));
    output::show_estimates(first);
    others.iter().for_each(|other| output::show_differences(other, first));
    terminal::say("");
    if changes.is_empty() {
        terminal::say("Nothing that was tried is better on the questions to choose on: leave the settings as they are.");
        return Ok(());
    }
    terminal::say("[retrieve]");
    changes.iter().for_each(|(key, value)| terminal::say(format!("{key} = {value}")));
    let collection = &arguments.data.collection;
    terminal::say(match (is_better, applied, arguments.apply) {
        (_, true, _) => format!("{FINE}Written to collection `{collection}`.{FINE:#}"),
        (true, false, _) if *is_set => "Surely better on questions that it was not chosen on.".to_owned(),
        (true, false, _) => {
            format!("Surely better on questions that it was not chosen on. `--apply` writes it to collection `{collection}`.")
        }
        (false, _, true) => {
            "Not surely better on questions that it was not chosen on: nothing was written. More questions may tell.".to_owned()
        }
        (false, _, false) => "Not surely better on questions that it was not chosen on. More questions may tell.".to_owned(),
    });
    Ok(())
}
