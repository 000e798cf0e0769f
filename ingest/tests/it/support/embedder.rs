//! An embedding model without a model.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use ragstone_core::{Embedder, EmbeddingSpec, Error, ErrorKind, Pooling, Result, Stage, is_spaceless};

/// A text with this word makes the embedder panic when it counts, as a bug in a tokenizer would.
pub(crate) const PANICS: &str = "makes-the-tokenizer-panic";

/// A text with this word cannot be embedded.
pub(crate) const FAILS: &str = "makes-the-model-fail";

/// Four letters or one Chinese sign are a token; vectors derive from the text's length.
pub(crate) struct FakeEmbedder {
    spec: EmbeddingSpec,
    pub(crate) embedded: AtomicUsize,
    pub(crate) loses_a_vector: AtomicBool,
}

impl Default for FakeEmbedder {
    fn default() -> Self {
        let spec = EmbeddingSpec {
            model: "fake".to_owned(),
            revision: "1".to_owned(),
            dimension: 2,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 512,
        };
        Self { spec, embedded: AtomicUsize::new(0), loses_a_vector: AtomicBool::new(false) }
    }
}

impl FakeEmbedder {
    /// How many passages were embedded since the last call.
    pub(crate) fn take_embedded(&self) -> usize {
        self.embedded.swap(0, Ordering::Relaxed)
    }

    fn vector(text: &str) -> Vec<f32> {
        let angle = text.len() as f32;
        vec![angle.cos(), angle.sin()]
    }
}

#[async_trait]
impl Embedder for FakeEmbedder {
    fn spec(&self) -> &EmbeddingSpec {
        &self.spec
    }

    fn count_tokens(&self, text: &str) -> usize {
        assert!(!text.contains(PANICS), "a bug in a library");
        let tokens = |word: &str| {
            let (signs, letters): (Vec<char>, Vec<char>) = word.chars().partition(|letter| is_spaceless(*letter));
            signs.len() + letters.len().div_ceil(4)
        };
        text.split_whitespace().map(tokens).sum()
    }

    fn readable_share(&self, _text: &str) -> f32 {
        1.0
    }

    fn similarity_threshold(&self) -> f32 {
        0.0
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        if texts.iter().any(|text| text.contains(FAILS)) {
            return Err(Error::new(ErrorKind::Internal, Stage::Embed, "the model is broken"));
        }
        self.embedded.fetch_add(texts.len(), Ordering::Relaxed);
        let lost = usize::from(self.loses_a_vector.load(Ordering::Relaxed));
        Ok(texts.iter().skip(lost).map(|text| Self::vector(text)).collect())
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        Ok(Self::vector(text))
    }
}
