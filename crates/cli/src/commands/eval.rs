//! `ragstone eval`: how good search and answers are, on questions with known answers.

mod bench;
mod chunking;
mod compare;
mod data;
mod draft;
mod output;
mod run;
mod score;
mod there;
mod tune;

use std::process::ExitCode;

use anyhow::ensure;

use crate::arguments::{Eval, EvalCommand, Global, Mode};

/// A mode's name, as in the API.
fn mode_name(mode: Mode) -> &'static str {
    ragstone_retrieve::Mode::from(mode).name()
}

pub(crate) async fn run(global: &Global, eval: &Eval) -> anyhow::Result<ExitCode> {
    let is_run = matches!(eval.command, None | Some(EvalCommand::Run(_)));
    ensure!(is_run || global.url.is_none(), "only `ragstone eval run` asks a server: leave `--url` out");
    match &eval.command {
        None => run::run(global, &eval.run).await,
        Some(EvalCommand::Run(run)) => run::run(global, run).await,
        Some(EvalCommand::Compare(compare)) => compare::run(global, compare).await,
        Some(EvalCommand::Score(score)) => score::run(global, score).await,
        Some(EvalCommand::Tune(tune)) => tune::run(global, tune).await,
        Some(EvalCommand::Draft(draft)) => draft::run(global, draft).await,
        Some(EvalCommand::Chunking(chunking)) => chunking::run(global, chunking).await,
    }
}
