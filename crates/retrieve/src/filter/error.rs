//! What is wrong with a filter, and where.

use std::fmt;

use ragstone_core::Span;
use unicode_width::UnicodeWidthChar;

/// A filter that cannot be read. Displays the problem, the text and a line of carets under the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    problem: Box<FilterProblem>,
    span: Span,
    excerpt: Excerpt,
}

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// Nothing was written.
    #[error("the filter is empty: write a condition such as `tags = guide`")]
    Empty,
    /// It is too long to be read.
    #[error("the filter has {bytes} bytes, at most {limit} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Too many parentheses or `not`s inside one another.
    #[error("the filter is nested more than {limit} deep")]
    TooDeep {
        /// The most that is read.
        limit: usize,
    },
    /// A quoted text has no end.
    #[error("the quote is never closed")]
    UnclosedQuote,
    /// A character that means nothing here.
    #[error("unexpected `{character}`{hint}")]
    StrayCharacter {
        /// The character.
        character: char,
        /// What was perhaps meant.
        hint: &'static str,
    },
    /// Something else was expected.
    #[error("expected {expected}, found {found}{hint}")]
    Unexpected {
        /// What may stand here.
        expected: &'static str,
        /// What does.
        found: String,
        /// What was perhaps meant.
        hint: &'static str,
    },
    /// There is no such field.
    #[error("unknown field `{name}`: {hint}")]
    UnknownField {
        /// What was written.
        name: String,
        /// What was perhaps meant, or all there are.
        hint: String,
    },
    /// The operator does not fit the field.
    #[error("`{field}` is {kind} and cannot be compared with `{operator}`: use {usable}")]
    WrongOperator {
        /// The field, as it was written.
        field: String,
        /// What it holds.
        kind: &'static str,
        /// The operator.
        operator: &'static str,
        /// The operators that fit.
        usable: &'static str,
    },
    /// The value does not fit the field.
    #[error("`{value}` is not {expected}")]
    WrongValue {
        /// What was written.
        value: String,
        /// What the field takes.
        expected: &'static str,
    },
}

impl FilterError {
    pub(super) fn new(text: &str, span: Span, problem: FilterProblem) -> Self {
        Self { excerpt: Excerpt::around(text, span), problem: Box::new(problem), span }
    }

    /// What is wrong.
    pub fn problem(&self) -> &FilterProblem {
        &self.problem
    }

    /// Where: bytes of the filter's text. Empty where something is missing.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The byte at which the wrong part begins.
    pub fn offset(&self) -> usize {
        self.span.start
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(formatter)?;
        if self.excerpt.text.is_empty() {
            return Ok(());
        }
        let Excerpt { text, indent, width } = &self.excerpt;
        write!(formatter, "\n  {text}\n  {:indent$}{}", "", "^".repeat(*width))
    }
}

impl std::error::Error for FilterError {}

/// One line of the filter around the wrong part; `indent` and `width` are terminal columns.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    text: String,
    indent: usize,
    width: usize,
}

impl Excerpt {
    /// Characters that are shown before and from the start of the wrong part.
    const BEFORE: usize = 60;
    const AFTER: usize = 60;

    fn around(text: &str, span: Span) -> Self {
        let (before, rest) = text.split_at_checked(span.start).unwrap_or((text, ""));
        let mut shown: Vec<char> = before.chars().rev().take(Self::BEFORE).collect();
        if shown.len() < before.chars().count() {
            shown.push('…');
        }
        let mut excerpt = Self { text: String::new(), indent: 0, width: 0 };
        for character in shown.into_iter().rev() {
            excerpt.indent += excerpt.push(character);
        }
        for (offset, character) in rest.char_indices().take(Self::AFTER) {
            let columns = excerpt.push(character);
            if offset < span.len() {
                excerpt.width += columns;
            }
        }
        if rest.chars().nth(Self::AFTER).is_some() {
            excerpt.text.push('…');
        }
        excerpt.width = excerpt.width.max(1);
        excerpt
    }

    /// Adds a character and says how many columns it takes; control characters become spaces.
    fn push(&mut self, character: char) -> usize {
        let shown = if character.is_control() { ' ' } else { character };
        self.text.push(shown);
        shown.width().unwrap_or(0)
    }
}
