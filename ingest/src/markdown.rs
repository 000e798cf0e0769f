//! What Markdown is made of: front matter, headings, and regions that are not prose.

mod front_matter;
mod outline;
mod region;

pub(crate) use front_matter::{FrontMatter, parse_date};
pub(crate) use outline::{Heading, Outline, Scope};
pub(crate) use region::{Region, RegionKind, regions};
