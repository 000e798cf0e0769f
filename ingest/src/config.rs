//! The settings `[chunk]`.

use ragstone_core::{ContentHash, Revision};
use serde::{Deserialize, Serialize};

/// Changes when the same settings would cut the same text in another way.
const SPLITTER: &str = "2";

/// How text is split (`[chunk]`, and `[collections.NAME.chunk]` for one collection).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChunkConfig {
    /// Whether a document is split at all.
    pub strategy: ChunkStrategy,
    /// The size of what is embedded for a chunk, in the model's tokens: its title, headings and text together.
    /// More than the model reads is lowered to what it reads.
    pub max_tokens: usize,
    /// A section with less text than so many tokens is taken together with its neighbours, as far as they fit.
    pub min_tokens: usize,
    /// How many tokens of a chunk are repeated at the start of the next where a paragraph had to be cut.
    pub overlap_tokens: usize,
}

/// Whether and how a document is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChunkStrategy {
    /// At headings, paragraphs and sentences, rows of tables, items of programs; into chunks of at most `max_tokens`.
    Split,
    /// One chunk a document; the model reads its beginning, the lexical leg all of it.
    Document,
}

impl Default for ChunkConfig {
    fn default() -> Self {
        Self { strategy: ChunkStrategy::Split, max_tokens: 256, min_tokens: 64, overlap_tokens: 0 }
    }
}

impl ChunkConfig {
    /// What is wrong in this section of the settings (`chunk`, `collections.docs.chunk`), by key.
    pub fn validate(&self, section: &str) -> Vec<String> {
        let Self { max_tokens, min_tokens, overlap_tokens, .. } = self;
        let mut problems = Vec::new();
        if !(16..=8192).contains(max_tokens) {
            problems.push(format!("{section}.max_tokens is {max_tokens}, it must be from 16 to 8192"));
        }
        for (key, tokens) in [("min_tokens", min_tokens), ("overlap_tokens", overlap_tokens)] {
            if *tokens > max_tokens / 2 {
                problems.push(format!("{section}.{key} ({tokens}) must be at most half of {section}.max_tokens ({max_tokens})"));
            }
        }
        problems
    }

    /// The revision of a document of this content, split by these settings.
    pub fn revision_of(&self, content: &ContentHash) -> Revision {
        let settings = format!("{SPLITTER}/{:?}/{}/{}/{}", self.strategy, self.max_tokens, self.min_tokens, self.overlap_tokens);
        Revision::of(&[content.as_str().as_bytes(), settings.as_bytes()])
    }
}
