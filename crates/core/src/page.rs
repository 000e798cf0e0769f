//! Pages: a PDF's pages, a presentation's slides.

use serde::{Deserialize, Serialize};

use crate::Span;

/// One page of a document, and where its text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page {
    /// As a reader counts them: the first is 1, whatever is printed on it.
    pub number: u32,
    /// Its text in the document's; empty for a page without text. Pages follow each other and do not overlap.
    pub span: Span,
}

/// The pages that a passage is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PageRange {
    /// The page it starts on, from 1.
    pub first: u32,
    /// The page it ends on; often the same.
    pub last: u32,
}

impl PageRange {
    /// The pages that a span touches; nothing if the document has no pages.
    pub fn of(span: Span, pages: &[Page]) -> Option<Self> {
        let end = pages.partition_point(|page| page.span.start < span.end.max(span.start + 1));
        let touched = pages.get(..end)?;
        let start = touched.partition_point(|page| page.span.end <= span.start);
        let (first, last) = (touched.get(start).or(touched.last())?, touched.last()?);
        Some(Self { first: first.number, last: last.number })
    }
}

impl std::fmt::Display for PageRange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last {
            write!(formatter, "page {}", self.first)
        } else {
            write!(formatter, "pages {}–{}", self.first, self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_find_their_pages() {
        let page = |number, start, end| Page { number, span: Span { start, end } };
        let pages = [page(1, 0, 10), page(2, 12, 12), page(3, 14, 30)];
        let check = |start, end, expected: Option<(u32, u32)>| {
            assert_eq!(PageRange::of(Span { start, end }, &pages).map(|range| (range.first, range.last)), expected, "{start}..{end}");
        };
        check(0, 10, Some((1, 1)));
        check(5, 20, Some((1, 3)));
        check(14, 30, Some((3, 3)));
        check(40, 50, Some((3, 3)));
        assert_eq!(PageRange::of(Span { start: 0, end: 1 }, &[]), None);
        assert_eq!(PageRange { first: 2, last: 3 }.to_string(), "pages 2–3");
    }
}
