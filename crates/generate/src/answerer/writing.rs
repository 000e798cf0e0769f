//! A model's answer while it is being written: thoughts dropped, citations checked, length bounded.

use futures::Stream;
use futures::stream;

use crate::citation::CitationChecker;
use crate::model::{ChatModel, Reply, ReplyEvent};
use crate::passage::Passage;
use crate::thinking::ThoughtFilter;
use crate::{Answer, AnswerEvent, AnswerMode, GenerateError, Usage};

/// What is known of an answer that is not complete.
pub(super) struct Writing {
    reply: Reply,
    thoughts: ThoughtFilter,
    checker: CitationChecker,
    text: String,
    passages: Vec<Passage>,
    model: String,
    base_url: String,
    bytes_left: usize,
    /// More came than fits.
    is_full: bool,
}

/// Where a stream of events stands.
enum Progress {
    Writing(Box<Writing>),
    Written(Box<Answer>),
    Over,
}

/// How a model ended.
struct Ending {
    finish_reason: String,
    usage: Option<Usage>,
}

impl Writing {
    pub(super) fn new(model: &ChatModel, reply: Reply, passages: Vec<Passage>, max_answer_bytes: usize) -> Self {
        Self {
            reply,
            thoughts: ThoughtFilter::default(),
            checker: CitationChecker::new(passages.len()),
            text: String::new(),
            passages,
            model: model.name().to_owned(),
            base_url: model.base_url().to_owned(),
            bytes_left: max_answer_bytes,
            is_full: false,
        }
    }

    pub(super) fn into_events(self) -> impl Stream<Item = Result<AnswerEvent, GenerateError>> + Send + 'static {
        stream::try_unfold(Progress::Writing(Box::new(self)), |progress| async move {
            match progress {
                Progress::Writing(writing) => writing.step().await.map(Some),
                Progress::Written(answer) => Ok(Some((AnswerEvent::Done { answer: *answer }, Progress::Over))),
                Progress::Over => Ok(None),
            }
        })
    }

    /// The next event that says something.
    async fn step(mut self: Box<Self>) -> Result<(AnswerEvent, Progress), GenerateError> {
        loop {
            let reply = if self.is_full { ReplyEvent::cut_off() } else { self.reply.next().await? };
            let ending = match reply {
                ReplyEvent::End { finish_reason, usage } => Ending { finish_reason, usage },
                ReplyEvent::Text(text) => match self.take(&text) {
                    delta if delta.is_empty() => continue,
                    delta => return Ok((AnswerEvent::Delta { text: delta }, Progress::Writing(self))),
                },
            };
            let (rest, answer) = self.end(ending)?;
            return Ok(match rest.as_str() {
                "" => (AnswerEvent::Done { answer }, Progress::Over),
                _ => (AnswerEvent::Delta { text: rest }, Progress::Written(Box::new(answer))),
            });
        }
    }

    /// Checks more text and gives what of it can be shown.
    fn take(&mut self, text: &str) -> String {
        let visible = self.thoughts.push(text);
        let end = visible.floor_char_boundary(self.bytes_left);
        let fitting = visible.get(..end).unwrap_or_default();
        self.bytes_left -= end;
        self.is_full = end < visible.len();
        let delta = self.checker.push(fitting);
        self.text.push_str(&delta);
        delta
    }

    /// The text that was held back, and the whole answer.
    fn end(mut self, ending: Ending) -> Result<(String, Answer), GenerateError> {
        let thoughts = std::mem::take(&mut self.thoughts);
        let mut rest = self.checker.push(&thoughts.finish());
        let found = self.checker.finish();
        rest.push_str(&found.rest);
        let text = self.text + &rest;
        if text.is_empty() {
            return Err(GenerateError::Empty { base_url: self.base_url, model: self.model, finish_reason: ending.finish_reason });
        }
        let cited = |number: &usize| self.passages.iter().find(|passage| passage.number == *number).map(Passage::cite_whole);
        let answer = Answer {
            text,
            mode: AnswerMode::Generated,
            grounded: !found.cited.is_empty(),
            citations: found.cited.iter().filter_map(cited).collect(),
            removed_citations: found.removed,
            model: Some(self.model),
            passages_given: self.passages.len(),
            finish_reason: Some(ending.finish_reason),
            usage: ending.usage,
        };
        Ok((rest, answer))
    }
}
