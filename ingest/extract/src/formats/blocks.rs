//! A document that is being written as Markdown, block after block.

use ragstone_core::{ExtractedText, Page, QualityReport, Span};

use super::grid::Grid;
use crate::{Limits, markup};

/// Lists deeper than this are written as if they were this deep: more indentation says nothing.
const LIST_DEPTH: usize = 8;

/// The blocks written so far. Stops taking more once the text is longer than the limit, so that whoever cuts it there
/// sees that it was cut.
pub(super) struct Blocks {
    text: String,
    pages: Vec<Page>,
    tables: u32,
    limit: usize,
    last_is_item: bool,
}

impl Blocks {
    pub(super) fn up_to(limits: Limits) -> Self {
        let limit = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
        Self { text: String::new(), pages: Vec::new(), tables: 0, limit, last_is_item: false }
    }

    /// Whether there is more text than the limit allows: what follows is not taken.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() > self.limit
    }

    /// How many bytes may still be written.
    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.text.len())
    }

    pub(super) fn heading(&mut self, level: u8, text: &str) {
        if !text.trim().is_empty() {
            self.write(&markup::heading(level, text));
        }
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            self.write(&markup::paragraph(&lines.join("\n")));
        }
    }

    /// An item of a list; `depth` 0 is the outermost. Its lines after the first belong to it.
    pub(super) fn item(&mut self, depth: usize, marker: &str, text: &str) {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return;
        }
        let margin = "  ".repeat(depth.min(LIST_DEPTH));
        let hanging = format!("\n{margin}{}", " ".repeat(marker.chars().count() + 1));
        let written = markup::paragraph(&lines.join("\n")).replace('\n', &hanging);
        let item = format!("{margin}{marker} {written}");
        self.write_after(if self.last_is_item { "\n" } else { "\n\n" }, &item);
        self.last_is_item = true;
    }

    /// A table; one of a single cell is only a frame around its text.
    pub(super) fn table(&mut self, grid: Grid) {
        let rows = grid.into_rows();
        match rows.as_slice() {
            [] => {}
            [only_row] if only_row.len() == 1 => self.paragraph(&only_row.concat()),
            _ => {
                self.tables = self.tables.saturating_add(1);
                self.write(&markup::table(&rows));
            }
        }
    }

    pub(super) fn code(&mut self, text: &str) {
        let longest_fence = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest_fence.max(2) + 1);
        self.write(&format!("{fence}\n{}\n{fence}", text.trim_end()));
    }

    /// What is Markdown already.
    pub(super) fn markdown(&mut self, text: &str) {
        self.write(text.trim());
    }

    /// What follows is on a new page.
    pub(super) fn page(&mut self) {
        let end = self.text.len();
        let number = u32::try_from(self.pages.len() + 1).unwrap_or(u32::MAX);
        self.pages.push(Page { number, span: Span { start: end, end } });
        self.last_is_item = false;
    }

    pub(super) fn into_text(self, mut quality: QualityReport) -> ExtractedText {
        quality.tables = self.tables;
        ExtractedText { text: self.text, pages: self.pages, structured: true, quality, ..ExtractedText::default() }
    }

    fn write(&mut self, block: &str) {
        self.write_after("\n\n", block);
        self.last_is_item = false;
    }

    fn write_after(&mut self, separator: &str, block: &str) {
        if block.is_empty() || self.is_full() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(separator);
        }
        let start = self.text.len();
        self.text.push_str(block);
        if let Some(page) = self.pages.last_mut() {
            let is_first_of_page = page.span.start == page.span.end;
            page.span = Span { start: if is_first_of_page { start } else { page.span.start }, end: self.text.len() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_where_their_text_is() {
        let mut blocks = Blocks::up_to(Limits { text_bytes: 1000 });
        blocks.page();
        blocks.heading(2, "First");
        blocks.paragraph("One.");
        blocks.page();
        blocks.page();
        blocks.item(0, "-", "a");
        blocks.item(1, "-", "b\nc");
        let written = blocks.into_text(QualityReport::by("test"));
        assert_eq!(written.text, "## First\n\nOne.\n\n- a\n  - b\n    c");
        let pages: Vec<&str> = written.pages.iter().map(|page| page.span.of(&written.text).unwrap()).collect();
        assert_eq!(pages, ["## First\n\nOne.", "", "- a\n  - b\n    c"]);
    }

    #[test]
    fn too_much_is_noticed_and_not_kept() {
        let mut blocks = Blocks::up_to(Limits { text_bytes: 10 });
        for _ in 0..100 {
            blocks.paragraph("twelve bytes");
        }
        assert!(blocks.is_full());
        assert_eq!(blocks.into_text(QualityReport::by("test")).text, "twelve bytes");
    }
}
