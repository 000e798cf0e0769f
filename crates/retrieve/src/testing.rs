//! Small stand-ins for the ports, and a collection to search, for the tests of this crate.

mod library;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use async_trait::async_trait;
use ragstone_core::{
    Chunk, ChunkId, DocumentHead, DocumentId, Embedder, EmbeddingSpec, Fields, Language, LexicalEncoder, Pooling, Result, Revision,
    ScoredChunk, SparseVector, words,
};

pub(crate) use library::{Library, document};

/// A lexical encoder with a few stop words, and one rule of English grammar: a last `s` is dropped.
pub(crate) struct WordEncoder;

const STOP_WORDS: [&str; 9] = ["a", "the", "of", "is", "in", "how", "do", "i", "and"];

impl LexicalEncoder for WordEncoder {
    fn encode_passage(&self, text: &str, language: &Language) -> SparseVector {
        let mut indices: Vec<u32> = words(text)
            .iter()
            .filter(|word| !STOP_WORDS.contains(&word.as_str()))
            .map(|word| if language.as_str() == "english" { word.trim_end_matches('s') } else { word.as_str() })
            .map(term)
            .collect();
        indices.sort_unstable();
        indices.dedup();
        let values = vec![1.0; indices.len()];
        SparseVector { indices, values }
    }

    fn encode_query(&self, text: &str, languages: &[Language]) -> SparseVector {
        let mut indices: Vec<u32> = languages.iter().flat_map(|language| self.encode_passage(text, language).indices).collect();
        indices.sort_unstable();
        indices.dedup();
        let values = vec![1.0; indices.len()];
        SparseVector { indices, values }
    }
}

fn term(word: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish() as u32
}

/// An embedding model that knows three topics, and English only.
pub(crate) struct TopicEmbedder {
    spec: EmbeddingSpec,
}

const TOPICS: [&[&str]; 3] =
    [&["car", "automobile", "vehicle", "engine"], &["bread", "bake", "dough", "flour"], &["rust", "memory", "ownership", "borrow"]];

impl TopicEmbedder {
    pub(crate) fn new() -> Self {
        Self::named("topics")
    }

    /// The same under another name: another model.
    pub(crate) fn named(model: &str) -> Self {
        let spec = EmbeddingSpec {
            model: model.to_owned(),
            revision: "1".to_owned(),
            dimension: TOPICS.len() + 2,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 256,
        };
        Self { spec }
    }

    /// Embeds a passage. What passages and queries have besides topics is not alike.
    pub(crate) fn embed(&self, text: &str) -> Vec<f32> {
        self.embed_with(text, [0.5, 0.0])
    }

    fn embed_with(&self, text: &str, off_topic: [f32; 2]) -> Vec<f32> {
        let words = words(text);
        let mut vector: Vec<f32> = TOPICS.iter().map(|topic| topic.iter().filter(|word| words.contains(**word)).count() as f32).collect();
        vector.extend(off_topic);
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter().map(|value| value / length).collect()
    }
}

#[async_trait]
impl Embedder for TopicEmbedder {
    fn spec(&self) -> &EmbeddingSpec {
        &self.spec
    }

    fn count_tokens(&self, text: &str) -> usize {
        words(text).len()
    }

    fn readable_share(&self, text: &str) -> f32 {
        let words = words(text);
        let readable = words.iter().filter(|word| word.is_ascii()).count();
        if words.is_empty() { 0.0 } else { readable as f32 / words.len() as f32 }
    }

    fn similarity_threshold(&self) -> f32 {
        0.8
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        Ok(texts.iter().map(|text| self.embed(text)).collect())
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        Ok(self.embed_with(text, [0.0, 0.5]))
    }
}

/// A passage of this title and text.
pub(crate) fn passage(title: &str, text: &str) -> ScoredChunk {
    let id = DocumentId::from_source(title);
    let head = DocumentHead {
        id,
        source: title.to_owned(),
        title: title.to_owned(),
        media_type: "text/plain".to_owned(),
        language: Language::new("english"),
        tags: Vec::new(),
        modified_at: chrono::DateTime::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[text.as_bytes()]),
    };
    let chunk = Chunk {
        id: ChunkId::from_content(id, text, 0),
        ordinal: 0,
        span: (0..text.len()).into(),
        heading_path: Vec::new(),
        table_header: None,
        pages: None,
        text: text.to_owned(),
    };
    ScoredChunk { chunk, head }
}
