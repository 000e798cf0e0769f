//! Text to chunks, sized in the embedding model's own tokens.
//!
//! ```text
//! text ─layout─▶ headings, tables ─lines, prose─▶ cuts ─piece─▶ pieces that fit ─packing─▶ chunks
//! ```
//!
//! Each step passes over the text once, so that time grows with its length and no faster.

mod border;
mod budget;
mod chunkers;
mod embedded;
mod layout;
mod lines;
mod packing;
mod piece;
mod program;
mod prose;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use ragstone_core::{Chunk, ChunkId, ChunkRecord, Document, Embedder, PageRange, Span};

pub use chunkers::Chunkers;
pub use embedded::embedded_text;
pub(crate) use embedded::text_above;

use self::budget::Budget;
use self::layout::Layout;
use self::lines::LineCuts;
use self::packing::{pack, takes_overlap};
use self::piece::{Piece, pieces};
use crate::{ChunkConfig, ChunkStrategy, IngestError};

/// So many pieces are packed at once, a megabyte or two of text.
const PACKED_AT_ONCE: usize = 16_384;

/// Splits documents into chunks.
#[derive(Clone)]
pub struct Chunker {
    embedder: Arc<dyn Embedder>,
    config: ChunkConfig,
}

/// The chunks of a document, in order.
pub type ChunkPlan = Vec<ChunkRecord>;

impl Chunker {
    /// A chunker for a model; sizes are counted by its tokenizer.
    pub fn new(embedder: Arc<dyn Embedder>, config: ChunkConfig) -> Self {
        Self { embedder, config }
    }

    /// The settings it works by.
    pub fn config(&self) -> &ChunkConfig {
        &self.config
    }

    /// Splits a document. Every span is of its text, and none is empty.
    pub fn split(&self, document: &Document) -> Result<ChunkPlan, IngestError> {
        let Document { head, text, markup, .. } = document;
        let layout = Layout::of(text, *markup, &head.media_type);
        let passages = match self.config.strategy {
            ChunkStrategy::Document => {
                let body = Span { start: layout.body_start, end: text.len() };
                vec![Passage { span: trimmed(text, body), table_header: None }]
            }
            ChunkStrategy::Split => {
                let budget = Budget::new(&*self.embedder, &self.config, head, text, &layout)?;
                self.passages(text, &layout, &budget)
            }
        };
        Ok(identify(document, &layout, passages))
    }

    fn passages(&self, text: &str, layout: &Layout, budget: &Budget<'_>) -> Vec<Passage> {
        let mut source = pieces(text, LineCuts::of(text, layout), budget);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut passages = Vec::new();
        loop {
            pieces.extend(source.by_ref().take(PACKED_AT_ONCE - pieces.len()));
            let is_last = pieces.len() < PACKED_AT_ONCE;
            let mut chunks = pack(&pieces, self.config.min_tokens, self.config.overlap_tokens);
            // More text may follow that belongs to the last one.
            let rest = if is_last { pieces.len() } else { chunks.pop().map_or(pieces.len(), |last| last.start) };
            let mut before_start = 0;
            for chunk in chunks {
                let says_something = |place: &usize| pieces.get(*place).is_some_and(|piece| !trimmed(text, piece.span).is_empty());
                // Empty lines at its start are no part of a chunk.
                let text_start = chunk.clone().find(says_something);
                let earliest = std::mem::replace(&mut before_start, text_start.unwrap_or(chunk.start)) + 1;
                if text_start.is_none() {
                    continue;
                }
                let chunk = with_overlap(&pieces, chunk, earliest, self.config.overlap_tokens);
                let Some((first, last)) = pieces.get(chunk).and_then(|pieces| pieces.first().zip(pieces.last())) else { continue };
                let span = trimmed(text, Span { start: first.span.start, end: last.span.end });
                passages.push(Passage { span, table_header: budget.table_header_at(span.start) });
            }
            if is_last {
                return passages;
            }
            pieces.drain(..rest);
        }
    }
}

/// Cuts a chunk from its document as the catalog remembers it; nothing if the span does not fit the text.
pub(crate) fn cut(document: &Document, ordinal: usize, record: &ChunkRecord) -> Option<Chunk> {
    Some(Chunk {
        id: record.id,
        ordinal: u32::try_from(ordinal).ok()?,
        span: record.span,
        text: record.span.of(&document.text)?.to_owned(),
        heading_path: record.heading_path.clone(),
        pages: PageRange::of(record.span, &document.pages),
        table_header: record.table_header.and_then(|header| header.of(&document.text)).map(str::to_owned),
    })
}

/// A chunk before it has an id.
struct Passage {
    span: Span,
    table_header: Option<Span>,
}

/// Starts a chunk earlier, where it starts inside a paragraph: by as many pieces, back to the `earliest`, as the overlap and its
/// room allow.
fn with_overlap(pieces: &[Piece], chunk: Range<usize>, earliest: usize, overlap: usize) -> Range<usize> {
    let own: usize = pieces.get(chunk.clone()).unwrap_or_default().iter().map(|piece| piece.tokens).sum();
    let before = pieces.get(earliest..chunk.start).unwrap_or_default();
    let mut first = pieces.get(chunk.start);
    let (mut start, mut repeated) = (chunk.start, 0);
    for piece in before.iter().rev() {
        repeated += piece.tokens;
        if first.is_none_or(|first| !takes_overlap(first.border)) || repeated > overlap || own + repeated > piece.room {
            break;
        }
        first = Some(piece);
        start -= 1;
    }
    start..chunk.end
}

fn identify(document: &Document, layout: &Layout, passages: Vec<Passage>) -> ChunkPlan {
    let mut occurrences: HashMap<String, u32> = HashMap::new();
    let mut plan = Vec::with_capacity(passages.len());
    for Passage { span, table_header } in passages {
        let text = span.of(&document.text).unwrap_or_default();
        if is_only_comments(text) {
            continue;
        }
        let heading_path = layout.outline.path_at(span.start);
        let header = table_header.and_then(|header| header.of(&document.text));
        let embedded = embedded_text(&document.head, &heading_path, header, text);
        let occurrence = occurrences.entry(embedded.clone()).or_default();
        let id = ChunkId::from_content(document.head.id, &embedded, *occurrence);
        *occurrence += 1;
        plan.push(ChunkRecord { id, span, heading_path, table_header });
    }
    plan
}

/// Whether nothing is left of a text without its HTML comments.
fn is_only_comments(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some((_, after)) = rest.strip_prefix("<!--").and_then(|comment| comment.split_once("-->")) {
        rest = after.trim_start();
    }
    rest.is_empty()
}

/// Without empty lines before it and white space after it; its first line stays indented.
fn trimmed(text: &str, span: Span) -> Span {
    let piece = span.of(text).unwrap_or_default();
    let leading = piece.len() - piece.trim_start_matches(['\n', '\r']).len();
    let kept = piece.trim_end().len();
    Span { start: span.start + leading.min(kept), end: span.start + kept }
}
