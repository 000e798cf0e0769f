//! Asks the questions, several at once.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use ragstone_core::{Hit, Result};

use crate::{AskedQuestion, Place};

/// What is examined: finds passages and, if it is asked to, answers from them.
#[async_trait]
pub trait Subject: Send + Sync {
    /// The passages for a question, best first.
    async fn search(&self, question: &str) -> Result<Vec<Hit>>;

    /// An answer; `None` if answers are not examined.
    async fn answer(&self, question: &str) -> Result<Option<GivenAnswer>>;
}

/// An answer, as far as it is judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GivenAnswer {
    /// The text, with its citations.
    pub text: String,
    /// Whether it gives no answer.
    pub abstained: bool,
    /// The passages cited.
    pub cited: Vec<CitedPassage>,
    /// The share of its sentences that the cited passages support.
    pub faithfulness: Option<f64>,
    /// The same, as a language model judges it.
    pub judged_faithfulness: Option<f64>,
}

/// A passage that an answer cites.
#[derive(Debug, Clone, PartialEq)]
pub struct CitedPassage {
    /// Where it is.
    pub place: Place,
    /// The source of its document.
    pub source: String,
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundPassage {
    /// Where it is.
    pub place: Place,
    /// The source of its document.
    pub source: String,
    /// What it was ordered by.
    pub score: f32,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// Best first.
    pub found: Vec<FoundPassage>,
    /// Where answers are examined.
    pub answer: Option<GivenAnswer>,
    /// How long the search took.
    pub search_time: Duration,
    /// Why there is nothing, or no answer.
    pub failure: Option<String>,
}

/// Asks all questions, so many at once, and gives what became of each, in order. What fails for one question is noted with it.
pub async fn examine(subject: &dyn Subject, questions: &[AskedQuestion], at_once: usize, done: &(dyn Fn() + Sync)) -> Vec<Examined> {
    let mut examinations: Vec<BoxFuture<'_, Examined>> = Vec::with_capacity(questions.len());
    for question in questions {
        examinations.push(Box::pin(async move {
            let examined = examine_one(subject, question).await;
            done();
            examined
        }));
    }
    stream::iter(examinations).buffered(at_once.max(1)).collect().await
}

async fn examine_one(subject: &dyn Subject, asked: &AskedQuestion) -> Examined {
    let began = Instant::now();
    let searched = subject.search(&asked.question).await;
    let search_time = began.elapsed();
    let found = match searched {
        Ok(hits) => hits.iter().map(FoundPassage::from).collect(),
        Err(error) => return Examined { found: Vec::new(), answer: None, search_time, failure: Some(error.to_string()) },
    };
    match subject.answer(&asked.question).await {
        Ok(answer) => Examined { found, answer, search_time, failure: None },
        Err(error) => Examined { found, answer: None, search_time, failure: Some(error.to_string()) },
    }
}

impl From<&Hit> for FoundPassage {
    fn from(hit: &Hit) -> Self {
        let place = Place { document: hit.document.id, span: hit.chunk.span };
        Self { place, source: hit.document.source.clone(), score: hit.score }
    }
}
