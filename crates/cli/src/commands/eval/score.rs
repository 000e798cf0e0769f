//! `ragstone eval score`: a run that another program made.

use std::collections::BTreeMap;
use std::process::ExitCode;

use chrono::Utc;
use ragstone_eval::{Assessment, CUTOFFS, Latency, QuestionScores, Report, ReportedSubject, Resampling, evaluate, read_qrels, read_run};

use super::output;
use crate::arguments::{EvalScore, Global};
use crate::output::terminal;

pub(super) async fn run(global: &Global, arguments: &EvalScore) -> anyhow::Result<ExitCode> {
    output::check(&arguments.output, None)?;
    let (run_path, qrels_path) = (arguments.run.clone(), arguments.qrels.clone());
    let (run, judgements) =
        tokio::task::spawn_blocking(move || Ok::<_, anyhow::Error>((read_run(&run_path)?, read_qrels(&qrels_path)?))).await??;
    let judged = run.rankings().filter(|(query, _)| judgements.contains_key(*query)).count();
    anyhow::ensure!(judged > 0, "no query of the run is judged: are `--run` and `--qrels` of the same set?");

    let evaluation = evaluate(&run, &judgements, &CUTOFFS);
    let measures = evaluation.estimates(&Resampling::default());
    let scores = |(id, scores): (String, BTreeMap<String, f64>)| QuestionScores { question: id.clone(), id, scores, failure: None };
    let assessment =
        Assessment { measures, questions: evaluation.per_query.into_iter().map(scores).collect(), latency: Latency::default() };
    let subject = ReportedSubject { name: arguments.run.display().to_string(), settings: BTreeMap::new(), assessment, compared: None };
    let not_judged = run.rankings().count() - judged;
    let report = Report {
        title: format!("Evaluation of {}", arguments.run.display()),
        at: Utc::now(),
        questions: judgements.len(),
        remarks: vec![format!("{judged} of {} judged queries are in the run; {not_judged} others in it are not judged", judgements.len())],
        subjects: vec![subject],
        unresolved: Vec::new(),
    };
    output::write_reports(&report, &arguments.output)?;
    if global.json {
        terminal::say_json(&report)?;
    } else {
        report.subjects.iter().for_each(output::show_estimates);
        report.remarks.iter().for_each(terminal::say);
    }
    output::exit(&report, &arguments.output.fail_under)
}
