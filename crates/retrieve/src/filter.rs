//! The language of filters: a text becomes a [`Filter`].
//!
//! ```text
//! tags = guide
//! language = english and not source ~ draft
//! tags in (guide, reference) and modified >= 2026-01-01
//! fields.year >= 2020 or fields."review state" = "waiting for you"
//! exists fields.owner and modified > -7d
//! ```
//!
//! # Conditions
//!
//! | write | holds when |
//! |---|---|
//! | `FIELD = VALUE` | the field is the value; for a list (`tags`), one of its members is |
//! | `FIELD != VALUE` | it is not |
//! | `FIELD in (A, B)`, `FIELD not in (A, B)` | it is one of them, none of them |
//! | `FIELD ~ WORDS` | the field's text has all these words, in any order |
//! | `FIELD < VALUE`, `<=`, `>`, `>=` | a number or a time compares so |
//! | `exists FIELD`, `FIELD exists`, `FIELD not exists` | the document has the field, has it not |
//!
//! They are joined by `and`, `or` and `not` (`not` binds first, then `and`, then `or`) and by parentheses. Keywords may be
//! written in any case.
//!
//! # Fields
//!
//! `id`, `source`, `title`, `media_type`, `language` and `tags` (or `tag`) are texts, `modified` (or `modified_at`) is a time,
//! and `fields.NAME` is a custom field; a name with spaces is quoted: `fields."review state"`.
//!
//! # Values
//!
//! A value without spaces is written as it is, any other in quotes, single or double; in quotes, `\` takes the next character
//! as it is, `\n` is a line break and `\t` a tab. Custom fields take `true`, `false` and numbers as such; in quotes they are
//! texts. A time is `2026`, `2026-11` or `2026-11-24` (the whole year, month or day, in UTC), `2026-11-24T10:30:00Z`, or
//! reckoned from now: `-30min`, `-12h`, `-7d`, `-2w`.
//!
//! # Limits
//!
//! 65,536 bytes; conditions nested 64 deep.

mod error;
mod field;
mod lexer;
mod parser;
mod time;

use chrono::{DateTime, Utc};
use ragstone_core::{Filter, FilterField};

pub use error::{FilterError, FilterProblem};

/// The longest filter that is read, in bytes.
const MAX_BYTES: usize = 65_536;

/// Reads a filter. The module's text is the grammar's manual.
pub fn parse_filter(text: &str) -> Result<Filter, FilterError> {
    parse_filter_at(text, Utc::now())
}

/// A field and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedField {
    /// As it was written: `tag`, `fields."review state"`.
    pub name: String,
    /// What it means.
    pub field: FilterField,
}

/// Reads names of fields as filters write them, with commas between: `tags, fields.team, fields."review state"`.
pub fn parse_fields(text: &str) -> Result<Vec<NamedField>, FilterError> {
    parsed(text, Utc::now(), |parser| parser.fields())
}

/// Reads a filter as if it were `now`.
fn parse_filter_at(text: &str, now: DateTime<Utc>) -> Result<Filter, FilterError> {
    parsed(text, now, |parser| parser.filter())
}

fn parsed<T>(text: &str, now: DateTime<Utc>, read: fn(parser::Parser<'_>) -> parser::Parsed<T>) -> Result<T, FilterError> {
    if text.len() > MAX_BYTES {
        return Err(FilterError::new(text, (0..0).into(), FilterProblem::TooLong { bytes: text.len(), limit: MAX_BYTES }));
    }
    let read = lexer::tokens(text).and_then(|tokens| read(parser::Parser::new(&tokens, now)));
    read.map_err(|(problem, span)| FilterError::new(text, span, problem))
}

#[cfg(test)]
mod tests;
