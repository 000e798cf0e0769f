//! How much text fits into a chunk, by where it starts.

use ragstone_core::{DocumentHead, Embedder, Span};

use super::layout::{Layout, TableRows};
use crate::markdown::Outline;
use crate::{ChunkConfig, IngestError};

/// The two tokens that a BERT-like model puts around a text.
const SPECIAL_TOKENS: usize = 2;

/// Title and headings take at most a quarter of what is embedded; longer ones push the end of the text out.
const CONTEXT_SHARE: usize = 4;

/// The header of a table that would take more than half is not repeated.
const HEADER_SHARE: usize = 2;

/// With fewer tokens nothing can be said.
const FEWEST_TOKENS: usize = 8;

/// A token of ordinary text has 1 to 8 bytes. Data without spaces can be one "unknown" token however long it is;
/// counting a token for every 16 bytes keeps such a chunk small.
pub(crate) const BYTES_PER_TOKEN: usize = 16;

/// The tokens that a document's chunks may have.
pub(crate) struct Budget<'document> {
    embedder: &'document dyn Embedder,
    outline: &'document Outline,
    /// For title, headings, table header and text.
    tokens: usize,
    /// What a chunk under no heading has above it.
    title_tokens: usize,
    /// What the chunks under each heading have above them.
    path_tokens: Vec<usize>,
    tables: Vec<Table>,
}

/// A table whose header is repeated.
struct Table {
    place: TableRows,
    header_tokens: usize,
}

impl<'document> Budget<'document> {
    pub(crate) fn new(
        embedder: &'document dyn Embedder,
        config: &ChunkConfig,
        head: &DocumentHead,
        text: &str,
        layout: &'document Layout,
    ) -> Result<Self, IngestError> {
        let spec = embedder.spec();
        let prefix_tokens = embedder.count_tokens(&spec.passage_prefix);
        let tokens = config.max_tokens.min(spec.max_tokens).saturating_sub(SPECIAL_TOKENS + prefix_tokens);
        if tokens < FEWEST_TOKENS {
            return Err(IngestError::ChunkTooSmall { tokens, max_tokens: config.max_tokens, model_tokens: spec.max_tokens });
        }
        let title_tokens = embedder.count_tokens(&head.title);
        let mut path_tokens: Vec<usize> = Vec::with_capacity(layout.outline.headings().len());
        for heading in layout.outline.headings() {
            let above = heading.parent.and_then(|parent| path_tokens.get(parent)).copied();
            let above = above.unwrap_or(if heading.text == head.title { 0 } else { title_tokens });
            path_tokens.push(above + 1 + embedder.count_tokens(&heading.text));
        }
        let mut tables = Vec::new();
        for place in layout.tables() {
            let header_tokens = size(embedder, place.header.of(text).unwrap_or_default());
            if header_tokens <= tokens / HEADER_SHARE {
                tables.push(Table { place, header_tokens });
            }
        }
        Ok(Self { embedder, outline: &layout.outline, tokens, title_tokens, path_tokens, tables })
    }

    /// How many tokens of text a chunk may have that starts at `position`.
    pub(crate) fn room_at(&self, position: usize) -> usize {
        let heading = self.outline.innermost_at(position).and_then(|index| self.path_tokens.get(index));
        let context_tokens = heading.copied().unwrap_or(self.title_tokens).min(self.tokens / CONTEXT_SHARE);
        let header_tokens = self.table_at(position).map_or(0, |table| table.header_tokens);
        self.tokens - context_tokens - header_tokens
    }

    /// The header to repeat for a chunk that starts at `position`.
    pub(crate) fn table_header_at(&self, position: usize) -> Option<Span> {
        self.table_at(position).map(|table| table.place.header)
    }

    /// How many tokens a text counts as, at least one.
    pub(crate) fn size(&self, text: &str) -> usize {
        size(self.embedder, text)
    }

    fn table_at(&self, position: usize) -> Option<&Table> {
        let begun = self.tables.partition_point(|table| table.place.rows.start <= position);
        self.tables.get(begun.checked_sub(1)?).filter(|table| position < table.place.rows.end)
    }
}

fn size(embedder: &dyn Embedder, text: &str) -> usize {
    embedder.count_tokens(text).max(text.len() / BYTES_PER_TOKEN).max(1)
}
