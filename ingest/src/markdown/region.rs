//! The parts of a Markdown text that are not prose: tables and verbatim text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use ragstone_core::Span;

/// A part of a text that follows rules of its own. Begins at a line's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) span: Span,
    pub(crate) kind: RegionKind,
}

/// What a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegionKind {
    /// A pipe table: each line a row. The header is the first row and the line of dashes below it.
    Table { header: Span },
    /// A block of code.
    Verbatim,
}

/// The regions of `text` after `from`, in order; none is in another.
pub(crate) fn regions(text: &str, from: usize) -> Vec<Region> {
    let body = text.get(from..).unwrap_or_default();
    let line_start = |at: usize| body.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let line_end = |at: usize| body.get(at..).and_then(|after| after.find('\n')).map_or(body.len(), |newline| at + newline + 1);
    let mut regions: Vec<Region> = Vec::new();
    let mut table_start = 0;
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => {
                let span = Span { start: from + line_start(range.start), end: from + range.end };
                regions.push(Region { span, kind: RegionKind::Verbatim });
            }
            Event::Start(Tag::Table(_)) => table_start = line_start(range.start),
            Event::End(TagEnd::TableHead) => {
                let dashes_end = line_end(line_end(range.start));
                let header = Span { start: from + table_start, end: from + dashes_end };
                regions.push(Region { span: header, kind: RegionKind::Table { header } });
            }
            Event::End(TagEnd::Table) => {
                if let Some(table) = regions.last_mut() {
                    table.span.end = from + range.end;
                }
            }
            _ => {}
        }
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_code_are_found_wherever_they_are() {
        let text =
            "one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n- item\n\n  ```rust\n  fn x() {}\n  ```\n\n> | q |\n> |---|\n> | r |\n";
        let found: Vec<(&str, Option<&str>)> = regions(text, 0)
            .iter()
            .map(|region| {
                let header = match region.kind {
                    RegionKind::Table { header } => header.of(text),
                    RegionKind::Verbatim => None,
                };
                (region.span.of(text).unwrap(), header)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", Some("| a | b |\n|---|---|\n")),
                ("  ```rust\n  fn x() {}\n  ```", None),
                ("> | q |\n> |---|\n> | r |\n", Some("> | q |\n> |---|\n")),
            ]
        );
    }

    #[test]
    fn a_table_of_nothing_but_its_header_is_one() {
        let text = "| a |\n|---|";
        let header = Span { start: 0, end: text.len() };
        assert_eq!(regions(text, 0), [Region { span: header, kind: RegionKind::Table { header } }]);
    }
}
