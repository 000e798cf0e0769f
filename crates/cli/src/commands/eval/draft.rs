//! `ragstone eval draft`: a file of questions to begin with.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::ensure;
use futures::{StreamExt, stream};
use ragstone_eval::{DraftPassage, Question, choose_passages, without_repeats};
use ragstone_generate::Examiner;

use crate::arguments::{EvalDraft, Global};
use crate::engine::Engine;
use crate::output::progress::QuestionProgress;
use crate::output::terminal;
use crate::settings::Settings;
use crate::storage;

/// So many passages are with the model at once.
const ASKED_AT_ONCE: usize = 2;

pub(super) async fn run(global: &Global, arguments: &EvalDraft) -> anyhow::Result<ExitCode> {
    if let Some(path) = &arguments.output {
        ensure!(!path.is_file(), "`{}` is there already and may have been edited: name another file", path.display());
    }
    let settings = Settings::load(global)?;
    storage::ensure_data(&settings)?;
    let generate = settings.generate.clone();
    let engine = Engine::open(settings).await?;
    let collection = &arguments.collection;
    let known = engine.catalog.collection(collection).await?.is_some();
    ensure!(known, "collection `{collection}` does not exist: `ragstone collections` lists those that do");
    let examiner = Examiner::new(generate, Arc::clone(&engine.embedder))?;
    let passages = choose_passages(&*engine.catalog, collection, arguments.number as usize, arguments.seed).await?;
    let questions = without_repeats(if arguments.without_model || examiner.model().is_none() {
        passages.iter().map(DraftPassage::question).collect()
    } else {
        written(&examiner, &passages, global.json).await
    });
    engine.close().await?;

    let lines: Vec<String> = questions.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let text = lines.join("\n") + "\n";
    match &arguments.output {
        None => terminal::write(&text),
        Some(path) => {
            fs_err::write(path, text)?;
            terminal::note(format!(
                "{} questions in `{path}`. Edit them into what people ask, then: ragstone eval run {path} -c {collection}",
                questions.len(),
                path = path.display()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Questions that the model wrote; where it fails, those made of headings, which say so.
async fn written(examiner: &Examiner, passages: &[DraftPassage], quiet: bool) -> Vec<Question> {
    let progress = QuestionProgress::new(passages.len(), quiet);
    let questions = stream::iter(passages).map(|passage| async {
        let question = write_one(examiner, passage).await;
        progress.one_more();
        question
    });
    let questions = questions.buffered(ASKED_AT_ONCE).collect().await;
    progress.finish();
    questions
}

async fn write_one(examiner: &Examiner, passage: &DraftPassage) -> Question {
    match examiner.propose(&passage.title, &passage.text).await {
        Ok(Some(proposed)) => {
            let by = format!("draft: written by {}", examiner.model().unwrap_or_default());
            passage.ask(proposed.question, proposed.answer, by)
        }
        Ok(None) => passage.question(),
        Err(error) => {
            terminal::note(format!("the model wrote no question about a passage of `{}`: {error}", passage.source));
            passage.question()
        }
    }
}
