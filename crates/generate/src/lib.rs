//! Hits become an answer in which every statement can be traced to a passage.
//!
//! **Where in the flow:** the end of the read path, after `ragstone-retrieve`. It knows nothing of retrieval: the caller
//! finds hits and hands them over, so that each half can be measured alone.
//!
//! ```text
//! question ──model──▶ Understanding (searched elsewhere)
//! Vec<Hit> ──relevant only──▶ Passage ──budget, fence──▶ Prompt ──model──▶ text ──CitationChecker──▶ Answer
//!                                └──────────no model──▶ best sentences ────────────────────────────▶ Answer
//! ```
//!
//! * An [`Understander`] stands before the search: it makes an [`Understanding`] of a question and the conversation before it.
//! * An [`Answerer`] is made once from [`GenerateConfig`] and [`PromptConfig`]; it streams [`AnswerEvent`]s.
//! * An [`Answer`] says how it was made ([`AnswerMode`]) and what it rests on ([`Citation`]: passage, document, span).
//! * An [`Examiner`] judges answers by the passages they cite, and proposes questions, for evaluations.
//! * A [`CitationChecker`] takes every `[n]` that does not resolve out of the text, while it streams.
//!
//! ```no_run
//! # async fn example(embedder: std::sync::Arc<dyn ragstone_core::Embedder>, hits: Vec<ragstone_core::Hit>) -> ragstone_core::Result<()> {
//! use ragstone_generate::{Answerer, GenerateConfig, PromptConfig};
//!
//! let generate = GenerateConfig {
//!     base_url: Some("http://127.0.0.1:11434/v1".to_owned()),
//!     model: Some("llama3.2".to_owned()),
//!     ..GenerateConfig::default()
//! };
//! let answerer = Answerer::new(generate, PromptConfig::default(), embedder)?;
//! let answer = answerer.answer_whole("What is ownership?", hits).await?;
//! for citation in &answer.citations {
//!     assert!(answer.text.contains(&format!("[{}]", citation.number)));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! **The key decision:** the model is not trusted. It is called only when a passage is relevant or the [`Policy`] says otherwise,
//! documents reach it as fenced data, and what it cites is checked here, character by character. The cost: text from a `[` or a backtick on is
//! held back until it is decided, at most a few hundred characters; and a request is sent once, so whoever calls decides
//! about trying again.

mod answer;
mod answerer;
mod citation;
mod config;
mod error;
mod examiner;
mod extractive;
mod model;
mod passage;
mod prompt;
#[cfg(test)]
mod testing;
mod thinking;
mod understanding;

pub use answer::{Answer, AnswerEvent, AnswerMode, Citation, Usage};
pub use answerer::{Answerer, NOT_FROM_DOCUMENTS, NOTHING_FOUND, Question};
pub use citation::{CheckedCitations, CitationChecker};
pub use config::{GenerateConfig, Policy, PromptConfig};
pub use error::GenerateError;
pub use examiner::{Examiner, ProposedQuestion};
pub use model::EndpointReport;
pub use understanding::{QuestionInContext, Role, Turn, UnderstandConfig, UnderstandOptions, Understander, Understanding};
