//! The settings `[source]` and `[chunk]`.

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

/// What is read (`[source]`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceConfig {
    /// A larger file is refused by name. A document is held in memory while it is chunked.
    pub max_file_bytes: ByteSize,
    /// Whether files and folders whose name starts with a dot are read.
    pub hidden: bool,
    /// Whether symbolic links are followed.
    pub follow_links: bool,
}

impl Default for SourceConfig {
    fn default() -> Self {
        Self { max_file_bytes: ByteSize::mib(32), hidden: false, follow_links: false }
    }
}

/// How text is split (`[chunk]`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChunkConfig {
    /// Whether a document is split at all.
    pub strategy: ChunkStrategy,
    /// The size of what is embedded for a chunk, in the model's tokens: its title, headings and text together.
    /// More than the model reads is lowered to what it reads.
    pub max_tokens: usize,
    /// How many tokens of a chunk are repeated at the start of the next, where the text allows.
    pub overlap_tokens: usize,
}

/// Whether and how a document is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChunkStrategy {
    /// At headings, paragraphs and sentences, into chunks of at most `max_tokens`.
    Split,
    /// One chunk a document; the model reads its beginning, the lexical leg all of it.
    Document,
}

impl Default for ChunkConfig {
    fn default() -> Self {
        Self { strategy: ChunkStrategy::Split, max_tokens: 256, overlap_tokens: 32 }
    }
}

impl SourceConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.max_file_bytes.as_u64() == 0 {
            problems.push("source.max_file_bytes must be more than 0".to_owned());
        }
        problems
    }
}

impl ChunkConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(16..=8192).contains(&self.max_tokens) {
            problems.push(format!("chunk.max_tokens is {}, it must be from 16 to 8192", self.max_tokens));
        }
        if self.overlap_tokens * 2 > self.max_tokens {
            problems.push(format!(
                "chunk.overlap_tokens ({}) must be at most half of chunk.max_tokens ({})",
                self.overlap_tokens, self.max_tokens
            ));
        }
        problems
    }

    /// What of these settings changes the chunks, for a document's revision.
    pub(crate) fn fingerprint(&self) -> String {
        format!("{:?}/{}/{}", self.strategy, self.max_tokens, self.overlap_tokens)
    }
}
