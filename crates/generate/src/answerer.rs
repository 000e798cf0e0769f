//! A question and its hits become an answer.

mod writing;

use std::sync::Arc;

use futures::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use ragstone_core::{Embedder, Error, Hit, Result};
use tracing::debug;

use crate::extractive::{self, Extract};
use crate::model::{ChatModel, Messages};
use crate::passage::{Passage, relevant_passages};
use crate::prompt::{PromptBuilder, Sources};
use crate::{Answer, AnswerEvent, AnswerMode, EndpointReport, GenerateConfig, GenerateError, Policy, PromptConfig};
use writing::{Opening, Writing};

/// What is said when no passage is relevant.
pub const NOTHING_FOUND: &str = "Nothing in the documents answers this question.";

/// What stands before an answer that a model gives of its own because no passage is relevant ([`Policy::PreferCorpus`]).
pub const NOT_FROM_DOCUMENTS: &str = "The documents do not answer this question. What follows is the language model's own knowledge.";

/// What is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// In the user's words.
    pub text: String,
    /// What happens where the documents do not answer; otherwise as the configuration says.
    pub policy: Option<Policy>,
}

impl<Text: Into<String>> From<Text> for Question {
    fn from(text: Text) -> Self {
        Self { text: text.into(), policy: None }
    }
}

/// Answers questions from passages: with a model where one is configured, with the passages' own sentences otherwise.
pub struct Answerer {
    parts: Arc<Parts>,
}

struct Parts {
    model: Option<ChatModel>,
    prompts: PromptBuilder,
    embedder: Arc<dyn Embedder>,
    policy: Policy,
    max_passages: usize,
    max_answer_bytes: usize,
}

type Events = BoxStream<'static, Result<AnswerEvent>>;

impl Answerer {
    /// Checks the settings and the templates; connects to nothing yet.
    pub fn new(generate: GenerateConfig, prompt: PromptConfig, embedder: Arc<dyn Embedder>) -> Result<Self> {
        let problems = [generate.validate(), prompt.validate()].concat();
        if !problems.is_empty() {
            return Err(GenerateError::Settings { problems }.into());
        }
        let max_answer_bytes = usize::try_from(generate.max_answer_bytes.as_u64()).unwrap_or(usize::MAX);
        let prompts = PromptBuilder::new(&prompt, Arc::clone(&embedder))?;
        let policy = generate.policy;
        let model = ChatModel::new(generate)?;
        let parts = Parts { model, prompts, embedder, policy, max_passages: prompt.max_passages, max_answer_bytes };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// Answers as a stream. The deltas together are the answer's text; the last event is [`AnswerEvent::Done`], or an error.
    ///
    /// Only hits that the retriever judged relevant are used. Nothing happens before the stream is polled, and dropping it
    /// ends the request to the model.
    pub fn answer<Asked: Into<Question>>(
        &self,
        question: Asked,
        hits: Vec<Hit>,
    ) -> impl Stream<Item = Result<AnswerEvent>> + Send + 'static + use<Asked> {
        let parts = Arc::clone(&self.parts);
        let question = question.into();
        stream::once(async move { parts.begin(question, hits).await }).try_flatten()
    }

    /// Answers at once.
    pub async fn answer_whole(&self, question: impl Into<Question>, hits: Vec<Hit>) -> Result<Answer> {
        let mut events = std::pin::pin!(self.answer(question, hits));
        let mut answer = None;
        while let Some(event) = events.try_next().await? {
            if let AnswerEvent::Done { answer: whole } = event {
                answer = Some(whole);
            }
        }
        answer.ok_or_else(|| Error::from(GenerateError::NoEnd))
    }

    /// What a question may be answered from unless it says otherwise.
    pub fn policy(&self) -> Policy {
        self.parts.policy
    }

    /// The model's name; `None` where answers are extractive.
    pub fn model(&self) -> Option<&str> {
        self.parts.model.as_ref().map(ChatModel::name)
    }

    /// Asks the configured server what models it has; `None` where none is configured.
    pub async fn probe(&self) -> Result<Option<EndpointReport>> {
        match &self.parts.model {
            Some(model) => Ok(Some(model.probe().await?)),
            None => Ok(None),
        }
    }
}

impl Parts {
    async fn begin(self: Arc<Self>, question: Question, hits: Vec<Hit>) -> Result<Events> {
        let passages = relevant_passages(hits, self.max_passages);
        let Some(model) = &self.model else {
            let answer = if passages.is_empty() { not_found() } else { self.extract(&question.text, &passages).await? };
            return Ok(whole(answer));
        };
        let policy = question.policy.unwrap_or(self.policy);
        let opening = match (policy, passages.is_empty()) {
            (Policy::Strict, true) => {
                debug!("no hit is relevant, the model is not asked");
                return Ok(whole(not_found()));
            }
            (Policy::Strict | Policy::PreferCorpus, false) => Opening::on(Sources::Passages),
            (Policy::Open, false) => Opening::on(Sources::PassagesAndKnowledge),
            (Policy::PreferCorpus, true) => Opening { remark: Some(NOT_FROM_DOCUMENTS), ..Opening::on(Sources::Knowledge) },
            (Policy::Open, true) => Opening::on(Sources::Knowledge),
        };
        self.write(model, opening, &question.text, passages).await
    }

    async fn write(&self, model: &ChatModel, opening: Opening, question: &str, passages: Vec<Passage>) -> Result<Events> {
        let prompt = self.prompts.build(opening.sources, question, passages)?;
        debug!(model = model.name(), passages = prompt.passages.len(), prompt.bytes = prompt.user.len(), "asking the model");
        let reply = model.ask(Messages { system: &prompt.system, user: &prompt.user }).await?;
        let writing = Writing::new(model, reply, opening, prompt.passages).at_most(self.max_answer_bytes);
        Ok(writing.into_events().map_err(Error::from).boxed())
    }

    async fn extract(&self, question: &str, passages: &[Passage]) -> Result<Answer> {
        let Extract { text, citations } = extractive::extract(question, passages, self.embedder.as_ref()).await?;
        Ok(Answer {
            text,
            mode: AnswerMode::Extractive,
            grounded: !citations.is_empty(),
            citations,
            removed_citations: Vec::new(),
            model: None,
            passages_given: passages.len(),
            finish_reason: None,
            usage: None,
        })
    }
}

fn not_found() -> Answer {
    Answer {
        text: NOTHING_FOUND.to_owned(),
        mode: AnswerMode::NotFound,
        grounded: false,
        citations: Vec::new(),
        removed_citations: Vec::new(),
        model: None,
        passages_given: 0,
        finish_reason: None,
        usage: None,
    }
}

/// An answer that did not come in pieces.
fn whole(answer: Answer) -> Events {
    let delta = AnswerEvent::Delta { text: answer.text.clone() };
    stream::iter([Ok(delta), Ok(AnswerEvent::Done { answer })]).boxed()
}
