//! Writing Markdown, and reading pages of HTML as Markdown: for the formats that are read in process as for those of the
//! worker.

#![forbid(unsafe_code)]

mod blocks;
mod html;

pub use self::blocks::{Blocks, one_line, write_row, write_rule};
pub use self::html::{Links, Page};
