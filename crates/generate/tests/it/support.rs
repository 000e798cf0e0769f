//! Hits and servers for the tests.

pub(crate) mod cassette;
pub(crate) mod raw_server;
pub(crate) mod scripted;

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use futures::TryStreamExt;
use ragstone_core::testing::WordEmbedder;
use ragstone_core::{Chunk, ChunkId, DocumentHead, DocumentId, Error, Fields, Hit, Language, Relevance, Revision, Span};
use ragstone_generate::{Answer, AnswerEvent, Answerer, GenerateConfig, PromptConfig};

/// A hit on a text that stands at byte 100 of its document.
pub(crate) fn hit(source: &str, text: &str) -> Hit {
    let document = DocumentId::from_source(source);
    Hit {
        rank: 1,
        score: 1.0,
        chunk: Chunk {
            id: ChunkId::from_content(document, text, 0),
            ordinal: 0,
            span: Span { start: 100, end: 100 + text.len() },
            text: text.to_owned(),
            heading_path: Vec::new(),
            pages: None,
            table_header: None,
        },
        document: DocumentHead {
            id: document,
            source: source.to_owned(),
            title: format!("Title of {source}"),
            media_type: "text/markdown".to_owned(),
            language: Language::unknown(),
            tags: Vec::new(),
            modified_at: DateTime::UNIX_EPOCH,
            fields: Fields::new(),
            revision: Revision::of(&[text.as_bytes()]),
        },
        dense: None,
        lexical: None,
        relevance: Relevance { relevant: true, similarity: None, coverage: 1.0, evidence: None, needed: None },
        steps: Vec::new(),
        found: None,
        highlights: Vec::new(),
    }
}

/// Two passages on ownership, which the recorded exchanges are about.
pub(crate) fn ownership_hits() -> Vec<Hit> {
    vec![
        hit("book/ch04-01.md", "Ownership is a set of rules that govern how a Rust program manages memory."),
        hit("book/ch04-02.md", "A reference is like a pointer that follows the rules of borrowing."),
    ]
}

/// Settings for a model at an address, with short limits.
pub(crate) fn model_at(base_url: &str) -> GenerateConfig {
    GenerateConfig {
        base_url: Some(base_url.to_owned()),
        model: Some("small-model".to_owned()),
        first_token_timeout: Duration::from_secs(20),
        idle_timeout: Duration::from_secs(20),
        ..GenerateConfig::default()
    }
}

pub(crate) fn answerer(config: GenerateConfig) -> Answerer {
    Answerer::new(config, PromptConfig::default(), Arc::new(WordEmbedder::default())).expect("valid settings")
}

/// What a stream gave: the deltas joined, and how it ended.
pub(crate) struct Streamed {
    pub(crate) deltas: String,
    pub(crate) end: Result<Answer, Error>,
}

/// Reads a stream to its end.
pub(crate) async fn stream(answerer: &Answerer, question: &str, hits: Vec<Hit>) -> Streamed {
    let mut events = std::pin::pin!(answerer.answer(question, hits));
    let mut deltas = String::new();
    loop {
        match events.try_next().await {
            Ok(Some(AnswerEvent::Delta { text })) => deltas.push_str(&text),
            Ok(Some(AnswerEvent::Done { answer })) => {
                assert!(events.try_next().await.expect("no error after the end").is_none(), "nothing comes after `Done`");
                return Streamed { deltas, end: Ok(answer) };
            }
            Ok(None) => panic!("the stream ended without `Done`"),
            Err(error) => return Streamed { deltas, end: Err(error) },
        }
    }
}
