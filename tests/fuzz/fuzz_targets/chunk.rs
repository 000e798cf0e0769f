//! Any text in any markup is split into chunks that are not empty, follow each other, and leave no word out.
#![no_main]

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use ragstone_core::{
    Document, DocumentHead, DocumentId, Embedder, EmbeddingSpec, Fields, Language, Markup, Pooling, QualityReport, Result, Revision,
};
use ragstone_ingest::{ChunkConfig, Chunker};

/// Counts words for tokens; embeds nothing.
struct Counter(EmbeddingSpec);

#[async_trait]
impl Embedder for Counter {
    fn spec(&self) -> &EmbeddingSpec {
        &self.0
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn readable_share(&self, _text: &str) -> f32 {
        1.0
    }

    fn similarity_threshold(&self) -> f32 {
        0.5
    }

    async fn embed_passages(&self, _texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        Ok(Vec::new())
    }

    async fn embed_query(&self, _text: &str) -> Result<Vec<f32>> {
        Ok(Vec::new())
    }
}

fuzz_target!(|input: (u8, u8, &str)| {
    let (markup, size, text) = input;
    let markup = [Markup::Plain, Markup::Markdown, Markup::Code][usize::from(markup) % 3];
    let spec = EmbeddingSpec {
        model: "words".to_owned(),
        revision: "1".to_owned(),
        dimension: 1,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 512,
    };
    let max_tokens = 16 + usize::from(size);
    let config = ChunkConfig { max_tokens, min_tokens: max_tokens / 4, overlap_tokens: max_tokens / 8, ..ChunkConfig::default() };
    let head = DocumentHead {
        id: DocumentId::from_source("a"),
        source: "a".to_owned(),
        title: "A title".to_owned(),
        media_type: if markup == Markup::Markdown { "text/markdown" } else { "text/plain" }.to_owned(),
        language: Language::unknown(),
        tags: Vec::new(),
        modified_at: DateTime::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[]),
    };
    let document = Document { head, text: text.to_owned(), markup, pages: Vec::new(), quality: QualityReport::by("text") };
    let Ok(chunks) = Chunker::new(Arc::new(Counter(spec)), config).split(&document) else { return };
    let mut end = 0;
    for chunk in &chunks {
        let piece = chunk.span.of(text).expect("a span is of the text");
        assert!(!piece.trim().is_empty());
        assert!(chunk.span.end > end, "chunks follow each other");
        end = chunk.span.end;
    }
});
