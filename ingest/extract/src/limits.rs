//! How much may come out of a document: what expands without end is an attack.

use std::io::{self, Read};

/// What a document may expand to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The text, or all members together, in bytes.
    pub text_bytes: u64,
}

/// The warning about what lies deeper than [`Limits::DEPTH`].
pub(crate) const TOO_DEEP: &str = "what lies more than 64 deep in other parts was not read";

impl Limits {
    /// The most members of an archive or messages of a mailbox that are read.
    pub const MEMBERS: usize = 100_000;
    /// How deep parts may lie in parts (messages in messages, groups in groups).
    pub const DEPTH: usize = 64;
    /// The most pages of a PDF that are read.
    pub const PAGES: usize = 100_000;
    /// The most bytes that one part of a container may expand to (a sheet's XML is many times its text).
    pub const PART_BYTES: u64 = 1 << 30;
}

/// Reads to the end, but no more than `limit` bytes; whether there was more is the second value's business.
pub(crate) fn read_up_to(source: &mut dyn Read, limit: u64) -> io::Result<Bounded> {
    let mut bytes = Vec::new();
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= limit {
        return Ok(Bounded::Whole(bytes));
    }
    bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Bounded::Cut(bytes))
}

/// What [`read_up_to`] read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bounded {
    /// All there was.
    Whole(Vec<u8>),
    /// As much as was allowed; there was more.
    Cut(Vec<u8>),
}
