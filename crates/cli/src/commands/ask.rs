//! `ragstone ask`

use anyhow::{Context, bail};
use futures::StreamExt;
use ragstone_core::Hit;
use ragstone_generate::{Answer, AnswerMode};
use ragstone_server::api::{AskBody, AskEvent, AskResponse};

use crate::arguments::{Ask, Global};
use crate::backend::Backend;
use crate::output::passages;
use crate::output::terminal::{self, FAINT};

pub(crate) async fn run(global: &Global, ask: &Ask) -> anyhow::Result<()> {
    let backend = Backend::open_existing(global).await?;
    let body = AskBody { question: ask.question.clone(), limit: ask.find.limit, filter: ask.find.filter.clone(), stream: None };
    let mut events = backend.ask(&ask.find.target.collection, body).await?;
    let mut hits = Vec::new();
    let mut answer = None;
    let mut streamed = false;
    while let Some(event) = events.next().await {
        match event.inspect_err(|_| end_line(streamed))? {
            AskEvent::Passages { hits: found } => hits = found,
            AskEvent::Delta { text } if !global.json => {
                streamed = true;
                terminal::write(&text);
            }
            AskEvent::Delta { .. } => {}
            AskEvent::Done { answer: whole } => answer = Some(whole),
            AskEvent::Error { error } => {
                end_line(streamed);
                bail!("{} (request {})", error.message, error.request_id);
            }
        }
    }
    end_line(streamed);
    let answer = answer.context("the answer broke off before its end")?;
    if global.json {
        terminal::say_json(&AskResponse { answer, hits })?;
    } else {
        show(&answer, &hits, ask.find.explain);
    }
    backend.close().await
}

/// What follows the text, which is on the terminal already.
fn show(answer: &Answer, hits: &[Hit], explain: bool) {
    passages::show_citations(&answer.citations);
    if let Some(remark) = remark(answer, hits.len()) {
        terminal::say(format!("\n{FAINT}{remark}{FAINT:#}"));
    }
    if explain {
        terminal::say("");
        hits.iter().for_each(|hit| passages::show_hit(hit, true));
    }
}

fn remark(answer: &Answer, found: usize) -> Option<String> {
    if !answer.removed_citations.is_empty() {
        let removed = answer.removed_citations.join(", ");
        return Some(format!("The model cited passages that it was not given; removed: {removed}"));
    }
    match answer.mode {
        AnswerMode::Extractive => {
            Some("Sentences quoted from your documents. For written answers set `generate.base_url` and `generate.model`.".to_owned())
        }
        AnswerMode::Generated if !answer.grounded => {
            Some("The model cited nothing: do not take this as coming from your documents.".to_owned())
        }
        AnswerMode::NotFound if found > 0 => {
            Some(format!("{found} passages were found and none is near enough; `ragstone search` shows them, and why."))
        }
        AnswerMode::Generated | AnswerMode::NotFound => None,
    }
}

fn end_line(streamed: bool) {
    if streamed {
        terminal::say("");
    }
}
