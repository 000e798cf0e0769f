//! Pieces to chunks: of all ways to pack them, the one that costs least.
//!
//! Every chunk costs something, so that there are few; every cut costs the more, the closer it tears apart what belongs
//! together; sections in one chunk cost something, so that each has its own; and so does a chunk that is too small.

use std::ops::Range;

use super::border::Border;
use super::piece::Piece;

/// One chunk more.
const CHUNK: f64 = 1.0;

/// A chunk with nothing in it; one that lacks half of the minimum costs half of it.
const SMALL: f64 = 4.0;

/// A section that starts inside a chunk.
const JOINED_SECTION: f64 = 1.5;

/// A chunk that goes on after the end of the section it starts in.
const LEFT_SECTION: f64 = 1.5;

/// Packs pieces, in order and each once. A chunk is larger than its room only if it is one piece.
///
/// A chunk that starts inside a paragraph leaves `overlap` tokens free.
pub(crate) fn pack(pieces: &[Piece], min_tokens: usize, overlap: usize) -> Vec<Range<usize>> {
    let largest_room = pieces.iter().map(|piece| piece.room).max().unwrap_or_default();
    // The best way to pack what is before each piece.
    let mut best = vec![Packed { cost: 0.0, last_start: 0 }];
    for end in 1..=pieces.len() {
        let mut chosen = Packed { cost: f64::INFINITY, last_start: end - 1 };
        let mut inside = Inside::default();
        let before = pieces.get(..end).unwrap_or_default();
        for (start, (piece, packed)) in before.iter().zip(&best).enumerate().rev() {
            inside.tokens += piece.tokens;
            let is_single = start + 1 == end;
            if inside.tokens > largest_room && !is_single {
                break;
            }
            let reserved = if start > 0 && takes_overlap(piece.border) { overlap } else { 0 };
            if is_single || inside.tokens + reserved <= piece.room {
                let cost = packed.cost + cut_cost(piece.border) + inside.cost(piece.border, min_tokens);
                if cost < chosen.cost {
                    chosen = Packed { cost, last_start: start };
                }
            }
            inside.add_border(piece.border);
        }
        best.push(chosen);
    }
    let mut chunks = Vec::new();
    let mut end = pieces.len();
    while let Some(packed) = best.get(end).filter(|_| end > 0) {
        chunks.push(packed.last_start..end);
        end = packed.last_start;
    }
    chunks.reverse();
    chunks
}

/// Whether a chunk that starts here repeats the end of the one before.
pub(crate) fn takes_overlap(border: Border) -> bool {
    border < Border::block(usize::MAX)
}

/// The best way found to pack some pieces.
struct Packed {
    cost: f64,
    /// Where its last chunk starts.
    last_start: usize,
}

/// What is in a chunk, apart from the border it starts at.
#[derive(Default)]
struct Inside {
    tokens: usize,
    sections: f64,
    strongest: Option<Border>,
}

impl Inside {
    fn add_border(&mut self, border: Border) {
        self.strongest = self.strongest.max(Some(border));
        if border.is_section() {
            self.sections += 1.0;
        }
    }

    fn cost(&self, start: Border, min_tokens: usize) -> f64 {
        let leaves_section = self.strongest.is_some_and(|border| border.is_section() && border > start);
        let left = if leaves_section { LEFT_SECTION } else { 0.0 };
        let missing = min_tokens.saturating_sub(self.tokens) as f64 / min_tokens.max(1) as f64;
        CHUNK + JOINED_SECTION * self.sections + left + SMALL * missing
    }
}

fn cut_cost(border: Border) -> f64 {
    match border {
        Border::Section(_) => 0.0,
        Border::Block(indent) => 0.5 + f64::from(indent.0.min(20)) * 0.05,
        // A function that fits is worth a chunk more.
        Border::Statement(indent) => 1.8 + f64::from(indent.0.min(20)) * 0.01,
        Border::Line => 2.0,
        Border::Sentence => 2.0,
        Border::Clause => 5.0,
        Border::Word => 8.0,
        Border::Letter => 16.0,
    }
}
