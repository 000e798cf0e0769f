//! A question becomes one that can be searched: complete in itself, in other words, in parts.
//!
//! A language model is asked, once for each thing that is wanted. It is not trusted: whatever it does (nonsense, silence, a
//! megabyte of text), the question is searched as it was asked, and a note says what did not work and why.
//!
//! Replies are kept, by model and by every word that was sent to it; the prompts are a part of that, so a changed prompt is
//! another question. Those who ask the same at the same time wait for one reply. What could not be read is not kept.

mod config;
mod conversation;
mod replies;
mod step;

use std::sync::Arc;
use std::time::Instant;

use ragstone_core::{Error, Result};
use serde::{Deserialize, Serialize};
use tracing::{debug, warn};

use crate::model::ChatModel;
use crate::prompt::Templates;
use crate::{GenerateConfig, GenerateError, PromptConfig};
pub use config::{UnderstandConfig, UnderstandOptions};
use conversation::Conversation;
pub use conversation::{Role, Turn};
use replies::{Replies, Wanted};
use step::Step;

/// A longer question is searched as it is.
const LONGEST_QUESTION_BYTES: usize = 4_096;

/// A question with what came before it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuestionInContext {
    /// In the user's words.
    pub question: String,
    /// The conversation so far, oldest first.
    pub history: Vec<Turn>,
    /// What is different for this question.
    pub options: UnderstandOptions,
}

/// How a question was understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Understanding {
    /// What was searched and answered: the question as it was asked, or as the model rewrote it.
    pub question: String,
    /// Whether that is the model's wording.
    pub rewritten: bool,
    /// Other wordings that were searched too.
    pub queries: Vec<String>,
    /// The questions that it consists of, searched too.
    pub parts: Vec<String>,
    /// A passage as it might answer the question. Made up: only its vector was used, to find passages that are like it.
    pub hypothetical: Option<String>,
    /// What did not work, and why.
    pub notes: Vec<String>,
    /// Whether everything was known from an earlier question, so that no model was asked.
    pub cached: bool,
    /// How long it took, in milliseconds.
    pub total_ms: f64,
}

/// Has a language model help to understand questions. Cheap to clone.
#[derive(Clone)]
pub struct Understander {
    model: Option<Arc<ChatModel>>,
    config: UnderstandConfig,
    replies: Arc<Replies>,
}

impl Understander {
    /// Checks the settings and the templates; connects to nothing yet.
    pub fn new(config: UnderstandConfig, generate: GenerateConfig, prompt: &PromptConfig) -> Result<Self> {
        let problems = [config.validate(), generate.validate()].concat();
        if !problems.is_empty() {
            return Err(GenerateError::Settings { problems }.into());
        }
        let templates = Templates::load(prompt.template_dir.as_deref())?;
        // How long an answer may be, and where it stops, says nothing of these replies.
        let model = ChatModel::new(GenerateConfig { stop: Vec::new(), max_tokens: None, ..generate })?.map(Arc::new);
        let replies = Arc::new(Replies::new(templates, &config));
        Ok(Self { model, config, replies })
    }

    /// Understands a question as far as settings and options ask for it; `None` if they ask for nothing.
    ///
    /// It fails only if the options are wrong. What the model does is in the notes.
    pub async fn understand(&self, asked: &QuestionInContext) -> Result<Option<Understanding>> {
        let started = Instant::now();
        let config = self.config.with(asked.options)?;
        let has_history = asked.history.iter().any(|turn| !turn.content.trim().is_empty());
        if asked.question.trim().is_empty() || !(config.asks_for_more() || has_history) {
            return Ok(None);
        }
        let mut understanding = Understanding { question: asked.question.trim().to_owned(), ..Understanding::default() };
        match &self.model {
            _ if has_history && !config.rewrite && !config.asks_for_more() => understanding.note_unread_history(),
            None => understanding.notes.push(
                "the question is searched as it is: no language model is configured (`generate.base_url` and `generate.model`)".to_owned(),
            ),
            Some(_) if understanding.question.len() > LONGEST_QUESTION_BYTES => {
                let bytes = understanding.question.len();
                let note =
                    format!("the question is searched as it is: it has {bytes} bytes, at most {LONGEST_QUESTION_BYTES} are understood");
                understanding.notes.push(note);
            }
            Some(model) => {
                let mut work =
                    Work { model, kept: &self.replies, config: &config, understanding, requests: 0, replies_read: 0, deadline: started };
                work.deadline += config.timeout;
                understanding = work.run(Conversation::newest(&asked.history, &config)).await;
            }
        }
        understanding.total_ms = started.elapsed().as_secs_f64() * 1_000.0;
        Ok(Some(understanding))
    }
}

impl Understanding {
    fn note_unread_history(&mut self) {
        self.notes.push("the conversation was left out: `understand.rewrite` is off".to_owned());
    }
}

/// One question while it is being understood.
struct Work<'asked> {
    model: &'asked ChatModel,
    kept: &'asked Replies,
    config: &'asked UnderstandConfig,
    understanding: Understanding,
    /// How many requests were sent.
    requests: usize,
    /// How many replies could be read.
    replies_read: usize,
    deadline: Instant,
}

impl Work<'_> {
    async fn run(mut self, conversation: Conversation) -> Understanding {
        if self.config.rewrite {
            self.rewrite(conversation).await;
        } else if !conversation.turns.is_empty() {
            self.understanding.note_unread_history();
        }
        let config = self.config;
        let (queries, parts, hypothetical) = futures::join!(
            self.texts((config.queries > 0).then_some(Step::Queries)),
            self.texts(config.decompose.then_some(Step::Parts)),
            self.texts(config.hypothetical.then_some(Step::Hypothetical)),
        );
        self.understanding.queries = self.keep(Step::Queries, queries);
        self.understanding.parts = self.keep(Step::Parts, parts);
        self.understanding.hypothetical = self.keep(Step::Hypothetical, hypothetical).pop();
        self.understanding.cached = self.requests == 0 && self.replies_read > 0;
        debug!(requests = self.requests, notes = self.understanding.notes.len(), "a question was understood");
        self.understanding
    }

    async fn rewrite(&mut self, conversation: Conversation) {
        if conversation.turns.is_empty() {
            return;
        }
        if let Some(note) = conversation.note() {
            self.understanding.notes.push(note);
        }
        let wanted = Wanted { step: Step::Rewrite, question: &self.understanding.question, turns: &conversation.turns, count: 1 };
        let reply = self.kept.get(self.model, wanted, self.deadline).await;
        if let Some(rewritten) = self.keep(Step::Rewrite, Some(reply)).pop() {
            self.understanding.rewritten = rewritten != self.understanding.question;
            self.understanding.question = rewritten;
        }
    }

    async fn texts(&self, step: Option<Step>) -> Option<Result<replies::Texts, GenerateError>> {
        let step = step?;
        let count = step.most(self.config);
        let wanted = Wanted { step, question: &self.understanding.question, turns: &[], count };
        Some(self.kept.get(self.model, wanted, self.deadline).await)
    }

    /// Takes what the model replied, or notes why there is nothing to take.
    fn keep(&mut self, step: Step, reply: Option<Result<replies::Texts, GenerateError>>) -> Vec<String> {
        match reply {
            None => Vec::new(),
            Some(Ok(reply)) => {
                self.requests += usize::from(reply.was_asked);
                self.replies_read += 1;
                step.select(reply.texts, &self.understanding.question, self.config)
            }
            Some(Err(error)) => {
                self.requests += 1;
                self.understanding.notes.push(format!("{}: {error}", step.failure()));
                let kind = Error::from(error).kind();
                warn!(step = ?step, error.kind = kind.code(), "the model was of no help with a question, which is searched without");
                Vec::new()
            }
        }
    }
}
