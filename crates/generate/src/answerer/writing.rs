//! A model's answer while it is being written: thoughts dropped, citations checked, length bounded.

use futures::Stream;
use futures::stream;

use crate::citation::CitationChecker;
use crate::model::{ChatModel, Reply, ReplyEvent};
use crate::passage::Passage;
use crate::prompt::Sources;
use crate::thinking::ThoughtFilter;
use crate::{Answer, AnswerEvent, AnswerMode, GenerateError, Usage};

/// How an answer begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    /// What it may rest on.
    pub(super) sources: Sources,
    /// What is said before the model's first word.
    pub(super) remark: Option<&'static str>,
}

impl Opening {
    /// With the model's first word.
    pub(super) fn on(sources: Sources) -> Self {
        Self { sources, remark: None }
    }
}

/// What is known of an answer that is not complete.
pub(super) struct Writing {
    reply: Reply,
    thoughts: ThoughtFilter,
    checker: CitationChecker,
    text: String,
    opening: Opening,
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
    pub(super) fn new(model: &ChatModel, reply: Reply, opening: Opening, passages: Vec<Passage>) -> Self {
        Self {
            reply,
            thoughts: ThoughtFilter::default(),
            checker: CitationChecker::new(passages.len()),
            text: String::new(),
            opening,
            passages,
            model: model.name().to_owned(),
            base_url: model.base_url().to_owned(),
            bytes_left: usize::MAX,
            is_full: false,
        }
    }

    /// A longer answer is cut off.
    pub(super) fn at_most(self, max_answer_bytes: usize) -> Self {
        Self { bytes_left: max_answer_bytes, ..self }
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
        self.keep(delta)
    }

    /// Takes text into the answer, after the remark if it is the first.
    fn keep(&mut self, text: String) -> String {
        let shown = match self.opening.remark {
            Some(remark) if self.text.is_empty() && !text.is_empty() => format!("{remark}\n\n{}", text.trim_start()),
            _ => text,
        };
        self.text.push_str(&shown);
        shown
    }

    /// The text that was held back, and the whole answer.
    fn end(mut self, ending: Ending) -> Result<(String, Answer), GenerateError> {
        let thoughts = std::mem::take(&mut self.thoughts);
        let mut rest = self.checker.push(&thoughts.finish());
        let found = std::mem::replace(&mut self.checker, CitationChecker::new(0)).finish();
        rest.push_str(&found.rest);
        let rest = self.keep(rest);
        let text = self.text;
        if text.is_empty() {
            return Err(GenerateError::Empty { base_url: self.base_url, model: self.model, finish_reason: ending.finish_reason });
        }
        let cited = |number: &usize| self.passages.iter().find(|passage| passage.number == *number).map(Passage::cite_whole);
        let answer = Answer {
            text,
            mode: if self.opening.sources == Sources::Knowledge { AnswerMode::OwnKnowledge } else { AnswerMode::Generated },
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
