//! The content of an OpenDocument file as blocks.

use super::super::blocks::Blocks;
use super::super::grid::Grid;
use super::super::xml::{Tag, Token, Xml};
use super::styles::Styles;
use crate::Limits;

/// A cell or a row that is written once and stands many times is taken this often.
const REPETITIONS: u32 = 1000;

/// Where no text is, or none for readers.
const SKIPPED: [&str; 17] = [
    "office:automatic-styles",
    "office:event-listeners",
    "office:font-face-decls",
    "office:forms",
    "office:scripts",
    "presentation:settings",
    "svg:desc",
    "svg:title",
    "table:calculation-settings",
    "table:content-validations",
    "table:data-pilot-tables",
    "table:database-ranges",
    "table:named-expressions",
    "table:tracked-changes",
    "text:ruby-text",
    "text:table-of-content",
    "text:tracked-changes",
];

/// What is at the edge of a slide.
const MARGINS: [&str; 4] = ["date-time", "footer", "header", "page-number"];

pub(super) struct Content<'x, 'b> {
    xml: Xml<'x>,
    styles: Styles,
    is_spreadsheet: bool,
    blocks: &'b mut Blocks,
    footnotes: Vec<String>,
    comments: Vec<String>,
    /// Frames that are anchored in the paragraph being read.
    beside: Vec<String>,
    /// Whether something lay too deep in other things to be read.
    is_cut: bool,
}

/// What was wrong with a content.
pub(super) struct Faults {
    /// Where the XML is broken.
    pub(super) broken: Option<String>,
    /// Whether something lay too deep in other things to be read.
    pub(super) is_cut: bool,
}

impl<'x, 'b> Content<'x, 'b> {
    pub(super) fn new(content: &'x str, styles: Styles, is_spreadsheet: bool, blocks: &'b mut Blocks) -> Self {
        let xml = Xml::new(content);
        Self { xml, styles, is_spreadsheet, blocks, footnotes: Vec::new(), comments: Vec::new(), beside: Vec::new(), is_cut: false }
    }

    /// Writes everything, notes and comments last.
    pub(super) fn write(mut self) -> Faults {
        self.children(0);
        for note in self.footnotes.iter().chain(&self.comments) {
            self.blocks.paragraph(note);
        }
        Faults { broken: self.xml.fault().map(str::to_owned), is_cut: self.is_cut }
    }

    fn is_too_deep(&mut self, depth: usize) -> bool {
        self.is_cut |= depth > Limits::DEPTH;
        depth > Limits::DEPTH
    }

    fn children(&mut self, depth: usize) {
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(tag) => self.block(&tag, depth),
                Token::Text(_) => {}
                Token::End => return,
            }
        }
    }

    fn block(&mut self, tag: &Tag<'_>, depth: usize) {
        if self.is_too_deep(depth) || self.blocks.is_full() {
            return self.xml.skip();
        }
        match tag.name() {
            "text:h" => {
                let level = tag.number("text:outline-level").and_then(|level| u8::try_from(level).ok()).unwrap_or(1);
                let text = self.inline(depth);
                self.blocks.heading(level, &text);
            }
            "text:p" => {
                let style = tag.attribute("text:style-name").unwrap_or_default();
                let text = self.inline(depth);
                match self.styles.heading_level(&style) {
                    Some(level) => self.blocks.heading(level, &text),
                    None => self.blocks.paragraph(&text),
                }
            }
            "text:list" => self.list(tag, "", 1, depth),
            "table:table" => self.table(tag, depth),
            "draw:page" => {
                self.blocks.page();
                self.children(depth + 1);
            }
            "draw:frame" if is_title(tag) => {
                let text = self.flat(depth).join(" ");
                self.blocks.heading(2, &text);
            }
            "draw:frame" if is_margin(tag) => self.xml.skip(),
            "presentation:notes" => {
                let notes = self.flat(depth);
                if !notes.is_empty() {
                    self.blocks.paragraph(&format!("Notes:\n{}", notes.join("\n")));
                }
            }
            "office:annotation" => self.comment(depth),
            name if SKIPPED.contains(&name) => self.xml.skip(),
            _ => self.children(depth + 1),
        }
        for frame in std::mem::take(&mut self.beside) {
            self.blocks.paragraph(&frame);
        }
    }

    /// A list, whose style names its outermost one; `level` is from 1.
    fn list(&mut self, tag: &Tag<'_>, inherited: &str, level: u32, depth: usize) {
        if self.is_too_deep(depth) {
            return self.xml.skip();
        }
        let style = tag.attribute("text:style-name").unwrap_or_else(|| inherited.to_owned());
        let is_numbered = self.styles.is_numbered(&style, level);
        let mut number = 0_u32;
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(item) if item.local_name() == "list-item" => {
                    number = item.number("text:start-value").unwrap_or(number.saturating_add(1));
                    let marker = if is_numbered { format!("{number}.") } else { "-".to_owned() };
                    self.item(&marker, &style, level, depth + 1);
                }
                Token::Start(header) if header.local_name() == "list-header" => self.item("-", &style, level, depth + 1),
                Token::Start(_) => self.xml.skip(),
                Token::Text(_) => {}
                Token::End => return,
            }
        }
    }

    fn item(&mut self, marker: &str, style: &str, level: u32, depth: usize) {
        let indent = usize::try_from(level).unwrap_or(1).saturating_sub(1);
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(tag) => match tag.name() {
                    "text:p" => {
                        let text = self.inline(depth);
                        self.blocks.item(indent, marker, &text);
                    }
                    "text:list" => self.list(&tag, style, level + 1, depth + 1),
                    _ => self.block(&tag, depth + 1),
                },
                Token::Text(_) => {}
                Token::End => return,
            }
        }
    }

    fn table(&mut self, tag: &Tag<'_>, depth: usize) {
        let mut grid = Grid::default();
        let name = tag.attribute("table:name").unwrap_or_default();
        self.rows(&mut grid, depth);
        if self.is_spreadsheet && grid.bytes() > 0 {
            self.blocks.heading(2, &name);
        }
        self.blocks.table(grid);
    }

    /// The rows of a table, or of a group of rows in it.
    fn rows(&mut self, grid: &mut Grid, depth: usize) {
        if self.is_too_deep(depth) {
            return self.xml.skip();
        }
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(tag) => match tag.name() {
                    "table:table-row" if grid.bytes() <= self.blocks.room() => {
                        let times = tag.number("table:number-rows-repeated").unwrap_or(1).min(REPETITIONS);
                        grid.row();
                        self.cells(grid, depth + 1);
                        grid.repeat(times.saturating_sub(1), self.blocks.room());
                    }
                    "table:table-header-rows" | "table:table-rows" | "table:table-row-group" => self.rows(grid, depth + 1),
                    "table:shapes" => {
                        let texts = self.flat(depth + 1);
                        self.beside.extend(texts);
                    }
                    _ => self.xml.skip(),
                },
                Token::Text(_) => {}
                Token::End => return,
            }
        }
    }

    fn cells(&mut self, grid: &mut Grid, depth: usize) {
        let mut column = 0_u32;
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(tag) => {
                    let times = tag.number("table:number-columns-repeated").unwrap_or(1);
                    if tag.name() == "table:table-cell" {
                        let shown = self.flat(depth).join(" ");
                        let text = if shown.is_empty() { tag.attribute("office:value").unwrap_or_default() } else { shown };
                        let repetitions = if text.is_empty() { 0 } else { times.min(REPETITIONS) };
                        for repetition in 0..repetitions {
                            grid.put(column.saturating_add(repetition), text.clone());
                        }
                    } else {
                        self.xml.skip();
                    }
                    column = column.saturating_add(times);
                }
                Token::Text(_) => {}
                Token::End => return,
            }
        }
    }

    /// The text of a paragraph.
    fn inline(&mut self, depth: usize) -> String {
        let mut text = String::new();
        self.inline_into(&mut text, depth);
        text
    }

    fn inline_into(&mut self, text: &mut String, depth: usize) {
        if self.is_too_deep(depth) {
            return self.xml.skip();
        }
        while let Some(token) = self.xml.next() {
            match token {
                Token::Text(part) => push_collapsed(text, &part),
                Token::Start(tag) => self.inline_element(&tag, text, depth),
                Token::End => return,
            }
        }
    }

    fn inline_element(&mut self, tag: &Tag<'_>, text: &mut String, depth: usize) {
        match tag.name() {
            "text:s" | "text:tab" => {
                text.push(' ');
                self.xml.skip();
            }
            "text:line-break" => {
                text.push('\n');
                self.xml.skip();
            }
            "text:note" => self.note(text, depth + 1),
            "office:annotation" => self.comment(depth + 1),
            name if SKIPPED.contains(&name) => self.xml.skip(),
            name if name.starts_with("draw:") && name != "draw:a" => {
                let texts = self.flat(depth + 1);
                self.beside.extend(texts);
            }
            _ => self.inline_into(text, depth + 1),
        }
    }

    /// A footnote: its number stays in the text, the rest goes to the end.
    fn note(&mut self, text: &mut String, depth: usize) {
        let mut mark = String::new();
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(tag) if tag.name() == "text:note-citation" => mark = self.xml.text(),
                Token::Start(_) => {
                    let body = self.flat(depth).join(" ");
                    text.push_str(&format!(" [{mark}]"));
                    self.footnotes.push(format!("[{mark}] {body}"));
                }
                Token::Text(_) => {}
                Token::End => return,
            }
        }
    }

    fn comment(&mut self, depth: usize) {
        let mut author = String::new();
        let mut text = String::new();
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(tag) => match tag.name() {
                    "dc:creator" => author = format!(" by {}", self.xml.text()),
                    "text:p" => {
                        text.push(' ');
                        self.inline_into(&mut text, depth + 1);
                    }
                    _ => self.xml.skip(),
                },
                Token::Text(_) => {}
                Token::End => break,
            }
        }
        if !text.trim().is_empty() {
            self.comments.push(format!("Comment{author}: {}", text.trim()));
        }
    }

    /// The paragraphs in an element, without their structure.
    fn flat(&mut self, depth: usize) -> Vec<String> {
        let mut texts = Vec::new();
        self.flat_into(&mut texts, depth);
        texts
    }

    fn flat_into(&mut self, texts: &mut Vec<String>, depth: usize) {
        if self.is_too_deep(depth) {
            return self.xml.skip();
        }
        while let Some(token) = self.xml.next() {
            match token {
                Token::Start(tag) => match tag.name() {
                    "text:p" | "text:h" => {
                        let text = self.inline(depth + 1);
                        texts.extend(Some(text).filter(|text| !text.trim().is_empty()));
                    }
                    "office:annotation" => self.comment(depth + 1),
                    "draw:frame" if is_margin(&tag) => self.xml.skip(),
                    name if SKIPPED.contains(&name) => self.xml.skip(),
                    _ => self.flat_into(texts, depth + 1),
                },
                Token::Text(_) => {}
                Token::End => return,
            }
        }
    }
}

fn is_title(frame: &Tag<'_>) -> bool {
    frame.attribute("presentation:class").as_deref() == Some("title")
}

fn is_margin(frame: &Tag<'_>) -> bool {
    frame.attribute("presentation:class").is_some_and(|class| MARGINS.contains(&class.as_str()))
}

/// White space in the XML is one space, and none at the beginning.
fn push_collapsed(text: &mut String, part: &str) {
    for letter in part.chars() {
        if !letter.is_whitespace() || letter == '\u{a0}' {
            text.push(letter);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}
