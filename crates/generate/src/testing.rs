//! Hits and an embedder for this crate's unit tests.

use async_trait::async_trait;
use chrono::DateTime;
use ragstone_core::{
    Chunk, ChunkId, DocumentHead, DocumentId, Embedder, EmbeddingSpec, Fields, Hit, Language, Pooling, Relevance, Result, Revision, Span,
};

/// A relevant hit that is the whole of its document.
pub(crate) fn hit(source: &str, text: &str) -> Hit {
    let document = DocumentId::from_source(source);
    Hit {
        rank: 1,
        score: 1.0,
        chunk: Chunk {
            id: ChunkId::from_content(document, text, 0),
            ordinal: 0,
            span: Span { start: 0, end: text.len() },
            text: text.to_owned(),
            heading_path: vec!["Guide".to_owned(), "Basics".to_owned()],
            pages: None,
            table_header: None,
        },
        document: DocumentHead {
            id: document,
            source: source.to_owned(),
            title: "A title".to_owned(),
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

/// Counts words, and embeds a text as the bag of its hashed words; reads ASCII only.
pub(crate) struct WordEmbedder {
    spec: EmbeddingSpec,
}

impl Default for WordEmbedder {
    fn default() -> Self {
        let spec = EmbeddingSpec {
            model: "words".to_owned(),
            revision: "1".to_owned(),
            dimension: 256,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 256,
        };
        Self { spec }
    }
}

impl WordEmbedder {
    fn embed(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; self.spec.dimension];
        for word in ragstone_core::words(text) {
            let hash = blake3::hash(word.as_bytes());
            vector[usize::from(hash.as_bytes()[0])] += 1.0;
        }
        let length = vector.iter().map(|value: &f32| value * value).sum::<f32>().sqrt().max(1e-6);
        vector.iter().map(|value| value / length).collect()
    }
}

#[async_trait]
impl Embedder for WordEmbedder {
    fn spec(&self) -> &EmbeddingSpec {
        &self.spec
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn readable_share(&self, text: &str) -> f32 {
        if text.is_ascii() { 1.0 } else { 0.0 }
    }

    fn similarity_threshold(&self) -> f32 {
        0.3
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        Ok(texts.iter().map(|text| self.embed(text)).collect())
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        Ok(self.embed(text))
    }
}
