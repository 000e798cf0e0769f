//! `ragstone ask`

use anyhow::{Context, bail};
use futures::StreamExt;
use ragstone_core::Hit;
use ragstone_generate::{Answer, AnswerMode, UnderstandOptions};
use ragstone_retrieve::WordingKind;
use ragstone_server::api::{AskBody, AskEvent, AskResponse, Understood};

use crate::arguments::{Ask, Global, Helped};
use crate::backend::Backend;
use crate::conversation;
use crate::output::passages;
use crate::output::terminal::{self, FAINT};

pub(crate) async fn run(global: &Global, ask: &Ask) -> anyhow::Result<()> {
    let body = body(ask)?;
    let backend = Backend::open_existing(global).await?;
    let mut events = backend.ask(&ask.find.target.collection, body).await?;
    let mut found = None;
    let mut answer = None;
    let mut streamed = false;
    while let Some(event) = events.next().await {
        match event.inspect_err(|_| end_line(streamed))? {
            AskEvent::Passages { hits, understanding } => {
                if !global.json {
                    show_understanding(understanding.as_ref());
                }
                found = Some((hits, understanding));
            }
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
    let answered = answer.text.clone();
    let (hits, understanding) = found.unwrap_or_default();
    if global.json {
        terminal::say_json(&AskResponse { answer, hits, understanding })?;
    } else {
        show(&answer, &hits, ask.find.explain);
    }
    if let Some(file) = &ask.helped.history {
        conversation::append(file, &ask.question, &answered)?;
    }
    backend.close().await
}

fn body(ask: &Ask) -> anyhow::Result<AskBody> {
    let Helped { history, queries, hypothetical, decompose, policy } = &ask.helped;
    Ok(AskBody {
        question: ask.question.clone(),
        limit: ask.find.limit,
        filter: ask.find.filter.clone(),
        history: history.as_deref().map(conversation::read).transpose()?.unwrap_or_default(),
        understand: UnderstandOptions {
            rewrite: history.as_ref().map(|_| true),
            queries: *queries,
            hypothetical: hypothetical.then_some(true),
            decompose: decompose.then_some(true),
        },
        policy: policy.map(Into::into),
        stream: None,
        options: ask.find.options.overrides(),
    })
}

/// What comes before the text: how the question was understood.
fn show_understanding(understood: Option<&Understood>) {
    let Some(Understood { understanding, wordings }) = understood else { return };
    if understanding.rewritten {
        terminal::say(format!("{FAINT}Understood as: {}{FAINT:#}", understanding.question));
    }
    for wording in wordings {
        let what = match wording.kind {
            WordingKind::Question => continue,
            WordingKind::Query => "Also searched",
            WordingKind::Part => "A part of it",
            WordingKind::Hypothetical => "Made up, and only searched for",
        };
        terminal::say(format!("{FAINT}{what}: {}{FAINT:#}", wording.text));
    }
    for note in &understanding.notes {
        terminal::note(format!("{FAINT}note: {note}{FAINT:#}"));
    }
    if understanding.rewritten || wordings.len() > 1 {
        terminal::say("");
    }
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
    if answer.mode == AnswerMode::OwnKnowledge {
        return Some("Not from your documents: the language model answered from what it knows, and nothing of it was checked.".to_owned());
    }
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
        AnswerMode::Generated | AnswerMode::OwnKnowledge | AnswerMode::NotFound => None,
    }
}

fn end_line(streamed: bool) {
    if streamed {
        terminal::say("");
    }
}
