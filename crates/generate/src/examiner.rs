//! Judges answers by what they cite, proposes questions, writes phrases for labels: what evaluations and classifiers need of language.
//!
//! Whether the passages support an answer is decided sentence by sentence, by words and by meaning ([`support`]); a language
//! model, where one is configured, gives a verdict of its own beside that.

mod prompts;
mod support;

use std::sync::Arc;

use ragstone_core::{Embedder, Hit, Result, split_sentences, without_citations};

use crate::model::{ChatModel, Messages, ReplyEvent};
use crate::thinking::ThoughtFilter;
use crate::{Answer, AnswerMode, GenerateConfig, GenerateError};
use prompts::Prompts;

/// A verdict or a question longer than this is cut off.
const LONGEST_REPLY_BYTES: usize = 16 * 1024;

/// Judges answers, proposes questions and describes labels.
pub struct Examiner {
    model: Option<ChatModel>,
    embedder: Arc<dyn Embedder>,
    prompts: Prompts,
}

/// A question that a model made of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedQuestion {
    /// The question.
    pub question: String,
    /// What the model takes for its answer.
    pub answer: Option<String>,
}

impl Examiner {
    /// Checks the settings; connects to nothing yet.
    pub fn new(generate: GenerateConfig, embedder: Arc<dyn Embedder>) -> Result<Self> {
        let problems = generate.validate();
        if !problems.is_empty() {
            return Err(GenerateError::Settings { problems }.into());
        }
        Ok(Self { model: ChatModel::new(generate)?, embedder, prompts: Prompts::new()? })
    }

    /// The model's name; `None` where none is configured.
    pub fn model(&self) -> Option<&str> {
        self.model.as_ref().map(ChatModel::name)
    }

    /// The share of an answer's sentences that the passages it cites support, by words and meaning; `None` of an answer without sentences.
    pub async fn support(&self, answer: &Answer, hits: &[Hit]) -> Result<Option<f64>> {
        let sentences = sentences(answer);
        if sentences.is_empty() {
            return Ok(None);
        }
        let supported = support::supported(&sentences, &cited(answer, hits), self.embedder.as_ref()).await?;
        Ok(Some(supported as f64 / sentences.len() as f64))
    }

    /// The share of an answer's sentences that the passages it cites support, as the model judges it; `None` where there is no model, no
    /// sentence, or no verdict that can be read.
    pub async fn judge(&self, answer: &Answer, hits: &[Hit]) -> Result<Option<f64>> {
        let Some(model) = &self.model else { return Ok(None) };
        let sentences = sentences(answer);
        let passages = cited(answer, hits);
        if sentences.is_empty() {
            return Ok(None);
        }
        if passages.is_empty() {
            return Ok(Some(0.0));
        }
        let prompt = self.prompts.judge(&passages, &sentences)?;
        let verdicts = prompts::verdicts(&reply(model, prompt.messages()).await?, sentences.len());
        Ok((!verdicts.is_empty()).then(|| verdicts.values().filter(|yes| **yes).count() as f64 / sentences.len() as f64))
    }

    /// A question that a passage answers, written by the model; `None` where there is no model, or it wrote no question.
    pub async fn propose(&self, title: &str, text: &str) -> Result<Option<ProposedQuestion>> {
        let Some(model) = &self.model else { return Ok(None) };
        let prompt = self.prompts.propose(title, text)?;
        Ok(prompts::proposed(&reply(model, prompt.messages()).await?))
    }

    /// Texts that belong to a label, written by the model; none where there is no model, or it wrote none.
    pub async fn describe(&self, label: &str, phrases: &[String]) -> Result<Vec<String>> {
        let Some(model) = &self.model else { return Ok(Vec::new()) };
        let prompt = self.prompts.describe(label, phrases)?;
        Ok(prompts::phrases(&reply(model, prompt.messages()).await?))
    }
}

/// All that a model says, without what it thinks aloud.
async fn reply(model: &ChatModel, messages: Messages<'_>) -> Result<String, GenerateError> {
    let mut events = model.ask(messages).await?;
    let (mut text, mut thoughts) = (String::new(), ThoughtFilter::default());
    while text.len() < LONGEST_REPLY_BYTES {
        match events.next().await? {
            ReplyEvent::Text(more) => text.push_str(&thoughts.push(&more)),
            ReplyEvent::End { .. } => break,
        }
    }
    text.push_str(&thoughts.finish());
    Ok(text)
}

/// The sentences of an answer, without citations. What says that nothing was found claims nothing.
fn sentences(answer: &Answer) -> Vec<String> {
    if answer.mode == AnswerMode::NotFound {
        return Vec::new();
    }
    let sentences = split_sentences(&answer.text).into_iter().map(|sentence| without_citations(&sentence.shown).trim().to_owned());
    sentences.filter(|sentence| sentence.chars().any(char::is_alphanumeric)).collect()
}

/// The whole text of the passages that an answer cites.
fn cited<'hits>(answer: &Answer, hits: &'hits [Hit]) -> Vec<&'hits str> {
    let is_cited = |hit: &&Hit| answer.citations.iter().any(|citation| citation.chunk == hit.chunk.id);
    hits.iter().filter(is_cited).map(|hit| hit.chunk.text.as_str()).collect()
}

#[cfg(test)]
mod tests;
