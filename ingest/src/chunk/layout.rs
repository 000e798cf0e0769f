//! What is known of a document's form before it is split.

use ragstone_core::{Markup, Span};

use super::program;
use crate::markdown::{FrontMatter, Outline, Region, RegionKind, regions};

/// Where a document's text begins, its headings, and its parts that are no prose.
pub(crate) struct Layout {
    pub(crate) markup: Markup,
    /// After the front matter.
    pub(crate) body_start: usize,
    /// Headings; of a program what encloses each line.
    pub(crate) outline: Outline,
    pub(crate) regions: Vec<Region>,
}

/// The rows of a table below its header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableRows {
    pub(crate) header: Span,
    pub(crate) rows: Span,
}

impl Layout {
    /// Only a Markdown file has front matter: what other formats were turned into has none.
    pub(crate) fn of(text: &str, markup: Markup, media_type: &str) -> Self {
        if markup != Markup::Markdown {
            let outline = if markup == Markup::Code { program::outline(text) } else { Outline::default() };
            return Self { markup, body_start: 0, outline, regions: Vec::new() };
        }
        let body_start = if media_type == "text/markdown" { FrontMatter::parse(text).end } else { 0 };
        Self { markup, body_start, outline: Outline::of(text, body_start), regions: regions(text, body_start) }
    }

    /// The tables that have rows, in order.
    pub(crate) fn tables(&self) -> impl Iterator<Item = TableRows> {
        self.regions.iter().filter_map(|region| match region.kind {
            RegionKind::Table { header } if header.end < region.span.end => {
                Some(TableRows { header, rows: Span { start: header.end, end: region.span.end } })
            }
            _ => None,
        })
    }
}
