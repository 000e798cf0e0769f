//! Word documents and slides as blocks.

use office_oxide::ir::{Element, HeaderFooter, InlineContent, List, ListStyle, Note, Paragraph, Section, Table};

use super::super::blocks::Blocks;
use super::super::grid::Grid;
use crate::Limits;

/// Writes sections, and keeps what belongs at the end.
pub(super) struct Writer<'a> {
    blocks: &'a mut Blocks,
    footnotes: Vec<String>,
    comments: Vec<String>,
    /// Texts at the page's edge, each once.
    margins: Vec<String>,
    /// Whether something lay too deep in other things to be read.
    is_cut: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(blocks: &'a mut Blocks) -> Self {
        Self { blocks, footnotes: Vec::new(), comments: Vec::new(), margins: Vec::new(), is_cut: false }
    }

    pub(super) fn section(&mut self, section: &Section) {
        let margins = [
            &section.first_page_header,
            &section.header,
            &section.even_page_header,
            &section.first_page_footer,
            &section.footer,
            &section.even_page_footer,
        ];
        for margin in margins.into_iter().flatten() {
            self.margin(margin);
        }
        self.elements(&section.elements, 0);
    }

    /// A slide is a page; what its author meant to say about it follows it.
    pub(super) fn slide(&mut self, slide: &Section) {
        self.blocks.page();
        self.elements(&slide.elements, 0);
        let Some(notes) = &slide.speaker_notes else { return };
        if notes.iter().any(|note| !self.flat(note, 0).trim().is_empty()) {
            self.blocks.paragraph("Notes:");
            self.elements(notes, 0);
        }
    }

    /// Writes footnotes, comments, headers and footers, after everything else; false if something was not read.
    pub(super) fn finish(mut self) -> bool {
        for note in std::mem::take(&mut self.footnotes) {
            self.blocks.paragraph(&note);
        }
        for comment in std::mem::take(&mut self.comments) {
            self.blocks.paragraph(&comment);
        }
        for margin in std::mem::take(&mut self.margins) {
            self.blocks.paragraph(&margin);
        }
        !self.is_cut
    }

    fn is_too_deep(&mut self, depth: usize) -> bool {
        self.is_cut |= depth > Limits::DEPTH;
        depth > Limits::DEPTH
    }

    fn margin(&mut self, margin: &HeaderFooter) {
        let text = self.flat_all(&margin.content, "\n", 0);
        let says_something = text.chars().filter(|letter| letter.is_alphabetic()).count() > 3;
        if says_something && !self.margins.contains(&text) && self.margins.len() < 100 {
            self.margins.push(text);
        }
    }

    fn elements(&mut self, elements: &[Element], depth: usize) {
        if self.is_too_deep(depth) {
            return;
        }
        for element in elements {
            if self.blocks.is_full() {
                return;
            }
            match element {
                Element::Heading(heading) => self.blocks.heading(heading.level, &inline(&heading.content)),
                Element::Paragraph(paragraph) => self.paragraph(paragraph),
                Element::Table(table) => self.table(table, depth),
                Element::List(list) => self.list(list, 0),
                Element::TextBox(frame) => self.elements(&frame.content, depth + 1),
                Element::CodeBlock(code) => self.blocks.code(&code.content),
                Element::Footnote(note) | Element::Endnote(note) => self.note(note),
                _ => {}
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph) {
        let is_slide_number = paragraph.placeholder_role.as_deref() == Some("sldNum");
        if !is_slide_number {
            self.blocks.paragraph(&inline(&paragraph.content));
        }
    }

    fn table(&mut self, table: &Table, depth: usize) {
        if let Some(caption) = &table.caption {
            self.blocks.paragraph(caption);
        }
        // A table of one cell is a frame, and may hold a whole document.
        if let [row] = table.rows.as_slice()
            && let [cell] = row.cells.as_slice()
        {
            return self.elements(&cell.content, depth + 1);
        }
        let mut grid = Grid::default();
        for row in &table.rows {
            if grid.bytes() > self.blocks.room() {
                break;
            }
            grid.row();
            for cell in &row.cells {
                grid.cell(self.flat_all(&cell.content, " ", 0), cell.col_span, cell.row_span);
            }
        }
        self.blocks.table(grid);
    }

    fn list(&mut self, list: &List, depth: usize) {
        if self.is_too_deep(depth) {
            return;
        }
        let first = list.start_number.unwrap_or(1);
        let numbered =
            list.ordered && !matches!(list.style, Some(ListStyle::Bullet | ListStyle::Dash | ListStyle::Square | ListStyle::Circle));
        for (number, item) in (first..).zip(&list.items) {
            let marker = if numbered { format!("{number}.") } else { "-".to_owned() };
            let text = self.flat_all(&item.content, "\n", 0);
            self.blocks.item(depth, &marker, &text);
            if let Some(nested) = &item.nested {
                self.list(nested, depth + 1);
            }
        }
    }

    fn note(&mut self, note: &Note) {
        let text = self.flat_all(&note.content, " ", 0);
        if text.trim().is_empty() {
            return;
        }
        let marker = note.marker.as_deref().filter(|marker| !marker.trim().is_empty());
        if note.author.is_some() || marker.is_some_and(|marker| marker.starts_with("Comment")) {
            self.comments.push(format!("{}: {text}", marker.unwrap_or("Comment")));
        } else {
            let number = note.id.to_string();
            self.footnotes.push(format!("[{}] {text}", marker.unwrap_or(&number)));
        }
    }

    fn flat_all(&mut self, elements: &[Element], separator: &str, depth: usize) -> String {
        let texts = elements.iter().map(|element| self.flat(element, depth)).filter(|text| !text.trim().is_empty());
        texts.collect::<Vec<_>>().join(separator)
    }

    /// An element's text without its structure, for cells.
    fn flat(&mut self, element: &Element, depth: usize) -> String {
        if self.is_too_deep(depth) {
            return String::new();
        }
        match element {
            Element::Heading(heading) => inline(&heading.content),
            Element::Paragraph(paragraph) => inline(&paragraph.content),
            Element::TextBox(frame) => self.flat_all(&frame.content, " ", depth + 1),
            Element::CodeBlock(code) => code.content.clone(),
            Element::Table(table) => {
                let cells = table.rows.iter().flat_map(|row| &row.cells);
                let texts = cells.map(|cell| self.flat_all(&cell.content, " ", depth + 1)).filter(|text| !text.is_empty());
                texts.collect::<Vec<_>>().join(" ")
            }
            Element::List(list) => self.flat_list(list, depth),
            _ => String::new(),
        }
    }

    fn flat_list(&mut self, list: &List, depth: usize) -> String {
        if self.is_too_deep(depth) {
            return String::new();
        }
        let mut texts = Vec::new();
        for item in &list.items {
            texts.push(self.flat_all(&item.content, " ", depth + 1));
            if let Some(nested) = &item.nested {
                texts.push(self.flat_list(nested, depth + 1));
            }
        }
        texts.join(" ")
    }
}

/// A paragraph's text; where a footnote is referred to, its number in brackets.
fn inline(content: &[InlineContent]) -> String {
    let mut text = String::new();
    for part in content {
        match part {
            InlineContent::Text(span) => text.push_str(&span.text),
            InlineContent::LineBreak => text.push('\n'),
            InlineContent::FootnoteRef(reference) | InlineContent::EndnoteRef(reference) => {
                let number = reference.note_id.to_string();
                text.push_str(&format!(" [{}]", reference.marker.as_deref().unwrap_or(&number)));
            }
            _ => {}
        }
    }
    text
}
