//! An embedder without a model.

#![expect(clippy::indexing_slicing, reason = "the place is below the length")]

use async_trait::async_trait;

use crate::{Embedder, EmbeddingSpec, Pooling, Result, words};

/// Counts words, and embeds a text as the bag of its hashed words; reads ASCII only.
#[derive(Debug)]
pub struct WordEmbedder {
    spec: EmbeddingSpec,
}

impl Default for WordEmbedder {
    fn default() -> Self {
        let spec = EmbeddingSpec {
            model: "words".to_owned(),
            revision: "1".to_owned(),
            dimension: 512,
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
        for word in words(text) {
            let [low, high, ..] = *blake3::hash(word.as_bytes()).as_bytes();
            vector[usize::from(u16::from_le_bytes([low, high])) % self.spec.dimension] += 1.0;
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
