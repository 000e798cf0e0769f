//! `ragstone eval run --url`: a server asks its own collection.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use ragstone_core::JobState;
use ragstone_eval::Report;
use ragstone_server::api::EvaluationBody;

use super::data::Data;
use crate::arguments::{EvalRun, Global};
use crate::output::progress::QuestionProgress;
use crate::remote::Remote;

/// So often it is asked how far the evaluation is.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Has the server evaluate, waits for it, and gives the report.
pub(super) async fn evaluate(global: &Global, url: &str, arguments: &EvalRun) -> anyhow::Result<Report> {
    let Data::Questions(questions) = Data::read(&arguments.data).await? else {
        bail!("a folder with documents is measured on this machine: leave `--url` out")
    };
    let saves = arguments.save_run.is_some() || arguments.save_qrels.is_some();
    ensure!(!saves, "`--save-run` and `--save-qrels` need the rankings, which a server does not send: leave `--url` out");
    let body = EvaluationBody {
        collection: arguments.data.collection.clone(),
        questions,
        mode: arguments.data.mode.into(),
        depth: arguments.data.depth.map_or(100, usize::from),
        answers: arguments.data.answers,
    };
    let remote = Remote::new(url)?;
    let started = remote.create_evaluation(&body).await?;
    let progress = QuestionProgress::new(started.questions, global.json);
    loop {
        let detail = remote.evaluation(started.id).await?;
        progress.set(detail.status.asked);
        match detail.status.state {
            JobState::Queued | JobState::Running => tokio::time::sleep(ASK_EVERY).await,
            JobState::Done => {
                progress.finish();
                return detail.report.context("the server has no report of the evaluation");
            }
            JobState::Failed => bail!("the evaluation failed: {}", detail.status.error.unwrap_or_default()),
            JobState::Cancelled => bail!("the evaluation was cancelled at the server"),
        }
    }
}
