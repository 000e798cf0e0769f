//! A model's answer as it comes.

use std::pin::Pin;
use std::time::Duration;

use async_openai::error::OpenAIError;
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::transport;
use super::wire::{self, Event};
use crate::{GenerateError, Usage};

/// The events of a stream, with the time limits and the rule for when it is complete.
pub(crate) struct Reply {
    events: Pin<Box<dyn Stream<Item = Result<Event, OpenAIError>> + Send>>,
    limits: Limits,
    has_events: bool,
    has_words: bool,
    finish_reason: Option<String>,
    usage: Option<Usage>,
}

/// How long to wait for what.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) base_url: String,
    pub(super) first_word_by: Instant,
    pub(super) first_token_timeout: Duration,
    pub(super) idle_timeout: Duration,
}

/// A step of a reply.
#[derive(Debug, PartialEq)]
pub(crate) enum ReplyEvent {
    /// More text, as the model wrote it.
    Text(String),
    /// The model ended its answer.
    End {
        /// Why, in its server's word.
        finish_reason: String,
        /// What the server counted.
        usage: Option<Usage>,
    },
}

impl ReplyEvent {
    /// The end of an answer that is longer than allowed.
    pub(crate) fn cut_off() -> Self {
        Self::End { finish_reason: "max_answer_bytes".to_owned(), usage: None }
    }
}

impl Reply {
    pub(super) fn new(events: Pin<Box<dyn Stream<Item = Result<Event, OpenAIError>> + Send>>, limits: Limits) -> Self {
        Self { events, limits, has_events: false, has_words: false, finish_reason: None, usage: None }
    }

    /// The next text, or the end. A stream that stops without a finish reason was cut, and is an error.
    pub(crate) async fn next(&mut self) -> Result<ReplyEvent, GenerateError> {
        loop {
            let next = tokio::time::timeout_at(self.deadline(), self.events.next()).await;
            // The answer is complete; what follows is only its statistics, which may fail to come.
            if let Some(finish_reason) = &self.finish_reason
                && !matches!(next, Ok(Some(Ok(_))))
            {
                return Ok(ReplyEvent::End { finish_reason: finish_reason.clone(), usage: self.usage });
            }
            let event = match next {
                Ok(Some(Ok(event))) => event,
                Ok(Some(Err(error))) => return Err(self.explain(error)),
                Ok(None) => return Err(self.cut("the stream ended without a finish reason")),
                Err(_) => return Err(self.timeout()),
            };
            if let Some(text) = self.read(event)? {
                return Ok(ReplyEvent::Text(text));
            }
        }
    }

    fn read(&mut self, event: Event) -> Result<Option<String>, GenerateError> {
        if let Some(error) = &event.error {
            return Err(GenerateError::FailedMidway { base_url: self.base_url(), message: wire::excerpt(&wire::value_message(error)) });
        }
        let Some(choices) = event.choices else {
            let problem = "an event has no `choices`".to_owned();
            return Err(GenerateError::Garbage {
                base_url: self.base_url(),
                problem,
                excerpt: wire::excerpt(&format!("{:?}", event.usage)),
            });
        };
        self.has_events = true;
        self.usage = event.usage.or(self.usage);
        let Some(choice) = choices.into_iter().next() else { return Ok(None) };
        if choice.finish_reason.is_some() {
            self.finish_reason = choice.finish_reason;
        }
        let Some(message) = choice.delta else { return Ok(None) };
        let text = message.content.filter(|text| !text.is_empty()).or(message.refusal).filter(|text| !text.is_empty());
        self.has_words |= text.is_some() || message.reasoning.is_some_and(|thought| !thought.is_empty());
        Ok(text)
    }

    /// Some servers send an empty first event at once and then load the model: only words end the first wait.
    fn deadline(&self) -> Instant {
        if self.has_words || self.finish_reason.is_some() { Instant::now() + self.limits.idle_timeout } else { self.limits.first_word_by }
    }

    fn timeout(&self) -> GenerateError {
        let base_url = self.base_url();
        if self.has_words {
            return GenerateError::Timeout { base_url, setting: "generate.idle_timeout", waited: self.limits.idle_timeout };
        }
        GenerateError::Timeout { base_url, setting: "generate.first_token_timeout", waited: self.limits.first_token_timeout }
    }

    fn explain(&self, error: OpenAIError) -> GenerateError {
        match error {
            OpenAIError::StreamError(_) => self.cut("the connection was closed"),
            other => transport::explain(other, &self.limits.base_url),
        }
    }

    fn cut(&self, problem: &str) -> GenerateError {
        if self.has_events {
            return GenerateError::Incomplete { base_url: self.base_url(), problem: problem.to_owned() };
        }
        let problem = "the stream has no events".to_owned();
        GenerateError::Garbage { base_url: self.base_url(), problem, excerpt: String::new() }
    }

    fn base_url(&self) -> String {
        self.limits.base_url.clone()
    }
}
