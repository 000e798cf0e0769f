//! Places where a text may be cut, and how good they are.

use std::cmp::Reverse;

/// What is torn apart by cutting here: the later, the better the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Border {
    /// Letters of a word.
    Letter,
    /// Words of a clause.
    Word,
    /// Clauses of a sentence, lines of a wrapped paragraph, a block and its end.
    Clause,
    /// Sentences of a paragraph.
    Sentence,
    /// Lines that stand for themselves, rows of a table.
    Line,
    /// Statements of a function, by how far they are indented.
    Statement(Reverse<u8>),
    /// Paragraphs, or members of a class, by how far they are indented.
    Block(Reverse<u8>),
    /// Sections, by the level of their heading; items of a program.
    Section(Reverse<u8>),
}

impl Border {
    /// Between paragraphs that are indented by so many columns.
    pub(crate) fn block(indent: usize) -> Self {
        Self::Block(Reverse(u8::try_from(indent).unwrap_or(u8::MAX)))
    }

    /// Between statements that are indented by so many columns.
    pub(crate) fn statement(indent: usize) -> Self {
        Self::Statement(Reverse(u8::try_from(indent).unwrap_or(u8::MAX)))
    }

    /// Before a heading of this level, from 0.
    pub(crate) fn section(level: u8) -> Self {
        Self::Section(Reverse(level))
    }

    /// Whether a section starts here.
    pub(crate) fn is_section(self) -> bool {
        matches!(self, Self::Section(_))
    }
}

/// A place where a text may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The byte before which it would be cut.
    pub(crate) at: usize,
    /// What would be torn apart.
    pub(crate) border: Border,
}
