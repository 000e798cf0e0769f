//! Pieces of a text: what stands between two cuts, none larger than a chunk.

use ragstone_core::Span;
use text_splitter::TextSplitter;

use super::border::{Border, Cut};
use super::budget::{BYTES_PER_TOKEN, Budget};

/// Words are taken together up to so many letters; a longer word is cut.
const WORDS_LETTERS: usize = 48;

/// A stretch without a single clause is split in parts of this size, so that the time stays proportional to its length.
const STRETCH_BYTES: usize = 16 * 1024;

/// What is not cut any further.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) span: Span,
    pub(crate) tokens: usize,
    /// How many tokens a chunk may have that starts here.
    pub(crate) room: usize,
    /// What stands between it and the piece before.
    pub(crate) border: Border,
}

/// Cuts a text at all its cuts, and what is too large for a chunk between words.
pub(crate) fn pieces<'text>(
    text: &'text str,
    cuts: impl Iterator<Item = Cut> + 'text,
    budget: &'text Budget<'text>,
) -> impl Iterator<Item = Piece> + 'text {
    let mut cuts = cuts.peekable();
    let between = std::iter::from_fn(move || {
        let cut = cuts.next()?;
        let end = cuts.peek().map_or(text.len(), |next| next.at);
        Some((cut, end))
    });
    between.flat_map(move |(cut, end)| fitting(text, cut, end, budget))
}

fn fitting(text: &str, cut: Cut, end: usize, budget: &Budget<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if let Some(piece) = whole(text, cut, end, budget) {
        pieces.push(piece);
        return pieces;
    }
    let cuts = between_words(text, cut, end);
    let ends = cuts.iter().skip(1).map(|next| next.at).chain([end]);
    for (cut, end) in cuts.iter().zip(ends) {
        push_halved(text, *cut, end, budget, &mut pieces);
    }
    pieces
}

/// The piece between two places, if a chunk can hold it.
fn whole(text: &str, cut: Cut, end: usize, budget: &Budget<'_>) -> Option<Piece> {
    let span = Span { start: cut.at, end };
    let room = budget.room_at(cut.at);
    // What has so many bytes need not be counted.
    if span.len() > (room + 1) * BYTES_PER_TOKEN {
        return None;
    }
    let tokens = budget.size(span.of(text)?);
    (tokens <= room).then_some(Piece { span, tokens, room, border: cut.border })
}

/// A few words may have more tokens than there is room for; one letter is taken as it is.
fn push_halved(text: &str, cut: Cut, end: usize, budget: &Budget<'_>, pieces: &mut Vec<Piece>) {
    if let Some(piece) = whole(text, cut, end, budget) {
        pieces.push(piece);
        return;
    }
    let middle = text.floor_char_boundary(cut.at.midpoint(end));
    if middle <= cut.at {
        let room = budget.room_at(cut.at);
        pieces.push(Piece { span: Span { start: cut.at, end }, tokens: room, room, border: cut.border });
        return;
    }
    push_halved(text, cut, middle, budget, pieces);
    push_halved(text, Cut { at: middle, border: Border::Letter }, end, budget, pieces);
}

/// Cuts every few words, never before white space, and inside words that are too long to be any.
fn between_words(text: &str, cut: Cut, end: usize) -> Vec<Cut> {
    let splitter = TextSplitter::new(WORDS_LETTERS);
    let mut cuts = vec![cut];
    let mut stretch = cut.at;
    while stretch < end {
        let stretch_end = text.floor_char_boundary(end.min(stretch + STRETCH_BYTES)).max(text.ceil_char_boundary(stretch + 1));
        let words = splitter.chunk_indices(text.get(stretch..stretch_end).unwrap_or_default());
        cuts.extend(words.map(|(offset, _)| stretch + offset).filter(|at| *at > cut.at).map(|at| Cut { at, border: border_at(text, at) }));
        stretch = stretch_end;
    }
    cuts
}

fn border_at(text: &str, at: usize) -> Border {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = text.get(at..).and_then(|after| after.chars().next());
    let is_inside = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
    if is_inside { Border::Letter } else { Border::Word }
}
