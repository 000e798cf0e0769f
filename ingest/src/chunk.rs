//! Text to chunks, sized in the embedding model's own tokens.

use std::collections::HashMap;
use std::sync::Arc;

use ragstone_core::{Chunk, ChunkId, ChunkRecord, Document, DocumentHead, Embedder, Span};
use text_splitter::{ChunkConfig as SplitterConfig, ChunkSizer, MarkdownSplitter, TextSplitter};

use crate::markdown::{FrontMatter, Outline};
use crate::{ChunkConfig, ChunkStrategy, IngestError};

/// The two tokens that a BERT-like model puts around a text.
const SPECIAL_TOKENS: usize = 2;

/// Title and headings take at most this share of what is embedded; longer ones push the end of the text out.
const CONTEXT_SHARE: usize = 4;

/// A token of ordinary text has 1 to 8 bytes. Data without spaces can be one "unknown" token however long it is;
/// counting a token for every 16 bytes keeps such a chunk small.
const BYTES_PER_TOKEN: usize = 16;

/// The Markdown splitter's time grows with the square of the length; sections of this size are split apart.
const SECTION_BYTES: usize = 512 * 1024;

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
        let Document { head, text } = document;
        let has_headings = matches!(head.media_type.as_str(), "text/markdown" | "text/html");
        let body_start = if head.media_type == "text/markdown" { FrontMatter::parse(text).end } else { 0 };
        let body = text.get(body_start..).unwrap_or_default();
        let outline = if has_headings { Outline::of(text, body_start) } else { Outline::default() };

        let spans = match self.config.strategy {
            ChunkStrategy::Document => vec![trimmed(body, body_start)],
            ChunkStrategy::Split => {
                let splitter = self.splitter(self.context_tokens(head, &outline))?;
                if has_headings {
                    let splitter = MarkdownSplitter::new(splitter);
                    let sections = sections(text, &outline, body_start);
                    let split = |section: Span| {
                        let pieces = splitter.chunk_indices(section.of(text).unwrap_or_default());
                        pieces.map(|(offset, piece)| trimmed(piece, section.start + offset)).collect::<Vec<_>>()
                    };
                    sections.into_iter().flat_map(split).collect()
                } else {
                    let pieces = TextSplitter::new(splitter);
                    pieces.chunk_indices(body).map(|(offset, piece)| trimmed(piece, body_start + offset)).collect()
                }
            }
        };
        Ok(identify(document, &outline, spans))
    }

    fn splitter(&self, context_tokens: usize) -> Result<SplitterConfig<TokenSizer<'_>>, IngestError> {
        let embedded_tokens = self.config.max_tokens.min(self.embedder.spec().max_tokens);
        let context_tokens = context_tokens.min(embedded_tokens / CONTEXT_SHARE);
        let tokens = embedded_tokens.saturating_sub(SPECIAL_TOKENS + context_tokens);
        let overlap = self.config.overlap_tokens.min(tokens / 2);
        SplitterConfig::new(tokens)
            .with_sizer(TokenSizer(&*self.embedder))
            .with_overlap(overlap)
            .map_err(|_| IngestError::ChunkSize { tokens, overlap })
    }

    /// How many tokens title and headings take at most, in this document.
    fn context_tokens(&self, head: &DocumentHead, outline: &Outline) -> usize {
        let contexts = outline.paths().map(|path| context(head, &path));
        let longest = contexts.max_by_key(String::len).unwrap_or_else(|| context(head, &[]));
        self.embedder.count_tokens(&longest) + self.embedder.count_tokens(&self.embedder.spec().passage_prefix)
    }
}

/// What is embedded for a chunk, and what its words are counted in: title, headings, text.
///
/// A heading that the chunk starts with is not repeated.
pub fn embedded_text(head: &DocumentHead, heading_path: &[String], text: &str) -> String {
    let above = heading_path.get(..heading_path.len() - own_headings(heading_path, text)).unwrap_or_default();
    let context = context(head, above);
    // A title that the text starts with says nothing new either.
    if context.is_empty() || (above.is_empty() && own_headings(std::slice::from_ref(&head.title), text) == 1) {
        return text.to_owned();
    }
    format!("{context}\n{text}")
}

/// Cuts a chunk from its document as the catalog remembers it; nothing if the span does not fit the text.
pub(crate) fn cut(document: &Document, ordinal: usize, record: &ChunkRecord) -> Option<Chunk> {
    Some(Chunk {
        id: record.id,
        ordinal: u32::try_from(ordinal).ok()?,
        span: record.span,
        text: record.span.of(&document.text)?.to_owned(),
        heading_path: record.heading_path.clone(),
    })
}

fn context(head: &DocumentHead, above: &[String]) -> String {
    let titled = !head.title.is_empty() && above.first() != Some(&head.title);
    titled.then_some(&head.title).into_iter().chain(above).map(String::as_str).collect::<Vec<_>>().join(" > ")
}

/// How many of the innermost headings the text starts with, one below the other.
fn own_headings(heading_path: &[String], text: &str) -> usize {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_underline(line));
    let lines: Vec<&str> = lines.take(heading_path.len()).collect();
    let text_starts_with = |headings: &[String]| headings.iter().zip(&lines).all(|(heading, line)| is_heading(line, heading));
    let innermost = |count: &usize| heading_path.get(heading_path.len() - count..).is_some_and(text_starts_with);
    (1..=lines.len()).rev().find(innermost).unwrap_or(0)
}

fn is_heading(line: &str, heading: &str) -> bool {
    let line = line.trim_start_matches('#').trim_start();
    line == heading || line.trim_end_matches('#').trim_end() == heading
}

/// Whether a line makes a heading of the one above it.
fn is_underline(line: &str) -> bool {
    line.chars().all(|letter| letter == '=') || line.chars().all(|letter| letter == '-')
}

/// A long Markdown text cut at headings into sections of about [`SECTION_BYTES`]; a short one whole.
fn sections(text: &str, outline: &Outline, body_start: usize) -> Vec<Span> {
    let mut sections = Vec::new();
    let mut start = body_start;
    for heading in outline.starts() {
        if heading >= start + SECTION_BYTES {
            sections.push(Span { start, end: heading });
            start = heading;
        }
    }
    sections.push(Span { start, end: text.len() });
    sections
}

fn identify(document: &Document, outline: &Outline, spans: Vec<Span>) -> ChunkPlan {
    let mut occurrences: HashMap<String, u32> = HashMap::new();
    let mut plan = Vec::with_capacity(spans.len());
    for span in spans {
        let text = span.of(&document.text).unwrap_or_default();
        if is_only_comments(text) {
            continue;
        }
        let heading_path = outline.path_at(span.start);
        let embedded = embedded_text(&document.head, &heading_path, text);
        let occurrence = occurrences.entry(embedded.clone()).or_default();
        let id = ChunkId::from_content(document.head.id, &embedded, *occurrence);
        *occurrence += 1;
        plan.push(ChunkRecord { id, span, heading_path });
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

fn trimmed(piece: &str, start: usize) -> Span {
    let leading = piece.len() - piece.trim_start_matches(['\n', '\r']).len();
    let kept = piece.trim_end().len();
    Span { start: start + leading.min(kept), end: start + kept }
}

struct TokenSizer<'embedder>(&'embedder dyn Embedder);

impl ChunkSizer for TokenSizer<'_> {
    fn size(&self, chunk: &str) -> usize {
        self.0.count_tokens(chunk).max(chunk.len() / BYTES_PER_TOKEN)
    }
}
