//! Models that are known by name: what their files do not say.

use ragstone_core::Pooling;

/// What must be known of a model to use it well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownModel {
    /// The folder's name, letter case ignored.
    pub name: &'static str,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Put before a query.
    pub query_prefix: &'static str,
    /// Put before a passage.
    pub passage_prefix: &'static str,
    /// The length that it was trained for.
    pub max_tokens: usize,
    /// Cosine similarity from which on two texts are about the same thing. Scores of different models are not comparable:
    /// some never go below 0.7.
    pub similarity_threshold: f32,
    /// What it was trained to read.
    pub reads: Reads,
}

/// What a model was trained to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// English; other languages in Latin script in part.
    English,
    /// Chinese, and English in part.
    Chinese,
    /// Fifty languages and more, in all their scripts.
    ManyLanguages,
}

const BGE_QUERY: &str = "Represent this sentence for searching relevant passages: ";
const BGE_QUERY_CHINESE: &str = "为这个句子生成表示以用于检索相关文章：";

/// The models that are known; others take what their folder says, and defaults.
///
/// Only the first threshold was measured: for 86 to 96 % of the questions of SciFact, XQuAD and HotpotQA some passage of their own
/// set reaches it, and for 0 to 14 % some passage of another set. The others follow the score ranges on the models' cards.
pub const KNOWN_MODELS: &[KnownModel] = &[
    mean("all-MiniLM-L6-v2", 256, 0.4, Reads::English),
    mean("all-MiniLM-L12-v2", 128, 0.4, Reads::English),
    mean("multi-qa-MiniLM-L6-cos-v1", 512, 0.4, Reads::English),
    mean("paraphrase-multilingual-MiniLM-L12-v2", 128, 0.4, Reads::ManyLanguages),
    mean("gte-small", 512, 0.8, Reads::English),
    mean("gte-base", 512, 0.8, Reads::English),
    cls("bge-small-en-v1.5", BGE_QUERY, 512, 0.6, Reads::English),
    cls("bge-base-en-v1.5", BGE_QUERY, 512, 0.6, Reads::English),
    cls("bge-large-en-v1.5", BGE_QUERY, 512, 0.6, Reads::English),
    cls("bge-small-zh-v1.5", BGE_QUERY_CHINESE, 512, 0.5, Reads::Chinese),
    cls("bge-base-zh-v1.5", BGE_QUERY_CHINESE, 512, 0.5, Reads::Chinese),
    cls("bge-m3", "", 8_192, 0.5, Reads::ManyLanguages),
    cls("mxbai-embed-large-v1", BGE_QUERY, 512, 0.6, Reads::English),
    cls("snowflake-arctic-embed-xs", BGE_QUERY, 512, 0.6, Reads::English),
    cls("snowflake-arctic-embed-s", BGE_QUERY, 512, 0.6, Reads::English),
    cls("snowflake-arctic-embed-m", BGE_QUERY, 512, 0.6, Reads::English),
    e5("e5-small-v2", Reads::English),
    e5("e5-base-v2", Reads::English),
    e5("multilingual-e5-small", Reads::ManyLanguages),
    e5("multilingual-e5-base", Reads::ManyLanguages),
    e5("multilingual-e5-large", Reads::ManyLanguages),
];

/// The model of this name.
pub(crate) fn known(name: &str) -> Option<&'static KnownModel> {
    KNOWN_MODELS.iter().find(|model| model.name.eq_ignore_ascii_case(name))
}

const fn mean(name: &'static str, max_tokens: usize, similarity_threshold: f32, reads: Reads) -> KnownModel {
    KnownModel { name, pooling: Pooling::Mean, query_prefix: "", passage_prefix: "", max_tokens, similarity_threshold, reads }
}

const fn cls(name: &'static str, query_prefix: &'static str, max_tokens: usize, similarity_threshold: f32, reads: Reads) -> KnownModel {
    KnownModel { name, pooling: Pooling::Cls, query_prefix, passage_prefix: "", max_tokens, similarity_threshold, reads }
}

const fn e5(name: &'static str, reads: Reads) -> KnownModel {
    KnownModel { query_prefix: "query: ", passage_prefix: "passage: ", ..mean(name, 512, 0.8, reads) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_by_name_whatever_its_case() {
        assert_eq!(known("All-minilm-l6-V2").map(|model| model.max_tokens), Some(256));
        assert_eq!(known("my-model"), None);
    }

    #[test]
    fn no_name_is_twice() {
        for model in KNOWN_MODELS {
            assert_eq!(KNOWN_MODELS.iter().filter(|other| other.name == model.name).count(), 1, "{}", model.name);
        }
    }
}
