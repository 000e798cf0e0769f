//! Asks the model, and keeps what it replied.

use std::time::Instant;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::step::Step;
use super::{Turn, UnderstandConfig};
use crate::GenerateError;
use crate::model::{ChatModel, Messages, ReplyEvent, excerpt};
use crate::prompt::{QuestionVariables, Template, Templates, code_for};
use crate::thinking::ThoughtFilter;

/// What an entry takes apart from its texts, roughly.
const ENTRY_BYTES: usize = 128;

/// The model, the prompts and everything in them, hashed.
type Key = [u8; 32];

/// Replies of a model, asked for or kept.
pub(super) struct Replies {
    templates: Templates,
    kept: Cache<Key, Vec<String>, ByBytes>,
    longest_bytes: usize,
    timeout: std::time::Duration,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'asked> {
    pub(super) step: Step,
    pub(super) question: &'asked str,
    pub(super) turns: &'asked [Turn],
    pub(super) count: usize,
}

/// What was replied.
pub(super) struct Texts {
    pub(super) texts: Vec<String>,
    /// Whether a request was sent for it.
    pub(super) was_asked: bool,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Vec<String>> for ByBytes {
    fn weight(&self, _: &Key, texts: &Vec<String>) -> u64 {
        let bytes = ENTRY_BYTES + texts.iter().map(|text| text.len() + size_of::<String>()).sum::<usize>();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl Replies {
    pub(super) fn new(templates: Templates, config: &UnderstandConfig) -> Self {
        let capacity = config.cache.as_u64();
        let entries = usize::try_from(capacity).unwrap_or(usize::MAX) / (2 * ENTRY_BYTES);
        Self {
            templates,
            kept: Cache::with_weighter(entries, capacity, ByBytes),
            longest_bytes: usize::try_from(config.max_reply.as_u64()).unwrap_or(usize::MAX),
            timeout: config.timeout,
        }
    }

    /// What the model replies; from an earlier time if it was asked the very same.
    pub(super) async fn get(&self, model: &ChatModel, wanted: Wanted<'_>, deadline: Instant) -> Result<Texts, GenerateError> {
        if Instant::now() >= deadline {
            return Err(self.too_late(model));
        }
        let fence = code_for(&wanted.turns.iter().map(|turn| turn.content.as_str()).chain([wanted.question]).collect::<Vec<_>>());
        let Wanted { step, question, turns, count } = wanted;
        let variables = QuestionVariables { question, fence: &fence, conversation: turns, count };
        let system = self.templates.render(Template::Understand, &variables)?;
        let user = self.templates.render(step.template(), &variables)?;
        let messages = Messages { system: &system, user: &user };

        let mut was_asked = false;
        let key = key(model, messages);
        let asking = self.kept.get_or_insert_async(&key, async {
            was_asked = true;
            let reply = self.ask(model, step, messages).await?;
            step.read(&reply).map_err(|problem| nonsense(model, problem, &reply))
        });
        let Ok(texts) = tokio::time::timeout_at(deadline.into(), asking).await else {
            return Err(self.too_late(model));
        };
        Ok(Texts { texts: texts?, was_asked })
    }

    fn too_late(&self, model: &ChatModel) -> GenerateError {
        GenerateError::Timeout { base_url: model.base_url().to_owned(), setting: "understand.timeout", waited: self.timeout }
    }

    /// The whole reply, without thoughts.
    async fn ask(&self, model: &ChatModel, step: Step, messages: Messages<'_>) -> Result<String, GenerateError> {
        let mut reply = model.ask(messages).await?;
        let mut thoughts = ThoughtFilter::default();
        let mut text = String::new();
        while let ReplyEvent::Text(more) = reply.next().await? {
            text.push_str(&thoughts.push(&more));
            if text.len() <= self.longest_bytes {
                continue;
            }
            if step.is_prose() {
                break;
            }
            return Err(nonsense(model, "it is longer than `understand.max_reply` allows".to_owned(), &text));
        }
        text.push_str(&thoughts.finish());
        Ok(text)
    }
}

fn key(model: &ChatModel, messages: Messages<'_>) -> Key {
    let mut hasher = blake3::Hasher::new_derive_key("ragstone 2026 reply");
    for part in [model.base_url(), model.name(), messages.system, messages.user] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

fn nonsense(model: &ChatModel, problem: String, reply: &str) -> GenerateError {
    GenerateError::Nonsense { base_url: model.base_url().to_owned(), model: model.name().to_owned(), problem, excerpt: excerpt(reply) }
}
