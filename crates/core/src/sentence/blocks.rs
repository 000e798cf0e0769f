//! A passage as paragraphs, table rows and blocks of code.

use crate::{Span, is_spaceless};

use super::boundary;

/// A part of a passage that can hold an answer.
#[derive(Debug)]
pub(super) enum Block {
    Paragraph(Paragraph),
    Row(Span),
    Code(Span),
}

/// Lines that belong together, joined into one text without their indents and quote marks.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    joined: String,
    /// Where each line begins, in `joined` and in the passage.
    lines: Vec<(usize, usize)>,
}

/// Reads a passage line by line.
pub(super) fn read(passage: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph = Paragraph::default();
    let mut code: Option<OpenCode> = None;
    let mut tag: Option<&str> = None;
    let mut start = 0;
    for line in passage.split_inclusive('\n') {
        let end = start + line.len();
        if let Some(open) = code.take() {
            if open.is_closed_by(line) {
                blocks.push(Block::Code(Span { start: open.start, end }));
            } else {
                code = Some(open);
            }
            start = end;
            continue;
        }
        if let Some(end_of_tag) = tag.take() {
            tag = (!line.contains(end_of_tag)).then_some(end_of_tag);
            start = end;
            continue;
        }
        match Line::read(line) {
            Line::OpenTag(end_of_tag) => {
                paragraph.end(&mut blocks);
                tag = Some(end_of_tag);
            }
            Line::Fence(fence) => {
                paragraph.end(&mut blocks);
                code = Some(OpenCode { start, fence });
            }
            Line::Underline if paragraph.lines.len() == 1 => paragraph = Paragraph::default(),
            Line::Underline | Line::Skipped => paragraph.end(&mut blocks),
            Line::Row => {
                paragraph.end(&mut blocks);
                blocks.push(Block::Row(Span { start, end }));
            }
            Line::Item(indent) => {
                paragraph.end(&mut blocks);
                paragraph.add(line, start, indent);
            }
            Line::Text(indent) => paragraph.add(line, start, indent),
        }
        start = end;
    }
    paragraph.end(&mut blocks);
    if let Some(open) = code {
        blocks.push(Block::Code(Span { start: open.start, end: passage.len() }));
    }
    blocks
}

impl Paragraph {
    /// The sentences, as spans of the passage.
    pub(super) fn sentences(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut start = 0;
        for end in boundary::sentence_ends(&self.joined) {
            let Some(sentence) = self.joined.get(start..end) else { continue };
            let first = start + (sentence.len() - sentence.trim_start().len());
            let last = start + sentence.trim_end().len();
            if first < last {
                spans.push(Span { start: self.in_passage(first), end: self.in_passage(last - 1) + 1 });
            }
            start = end;
        }
        spans
    }

    fn add(&mut self, line: &str, start: usize, indent: usize) {
        let Some(content) = line.get(indent..) else { return };
        let content = content.trim_end();
        let joint = match (self.joined.chars().next_back(), content.chars().next()) {
            (Some(last), Some(first)) if !(is_wide(last) && is_wide(first)) => " ",
            _ => "",
        };
        self.joined.push_str(joint);
        self.lines.push((self.joined.len(), start + indent));
        self.joined.push_str(content);
    }

    fn end(&mut self, blocks: &mut Vec<Block>) {
        let paragraph = std::mem::take(self);
        if !paragraph.joined.trim().is_empty() {
            blocks.push(Block::Paragraph(paragraph));
        }
    }

    fn in_passage(&self, offset: usize) -> usize {
        let line = self.lines.partition_point(|&(in_joined, _)| in_joined <= offset);
        let (in_joined, in_passage) = line.checked_sub(1).and_then(|line| self.lines.get(line)).copied().unwrap_or_default();
        in_passage + (offset - in_joined)
    }
}

struct OpenCode {
    start: usize,
    fence: (char, usize),
}

impl OpenCode {
    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim().trim_start_matches(['>', ' ']);
        let (character, length) = self.fence;
        line.chars().count() >= length && line.chars().all(|each| each == character)
    }
}

enum Line {
    /// Blank, a heading, a rule, a comment, an include, the target of a link.
    Skipped,
    /// The first line of a tag or comment that goes on until this.
    OpenTag(&'static str),
    /// What makes a heading of one line above it, and a rule anywhere else.
    Underline,
    Fence((char, usize)),
    Row,
    /// A list item, with the length of its marker.
    Item(usize),
    /// Anything else, with the length of its indent and quote marks.
    Text(usize),
}

impl Line {
    fn read(line: &str) -> Self {
        let content = line.trim_start_matches([' ', '\t', '>']);
        let indent = line.len() - content.len();
        let content = content.trim_end();
        if content.is_empty() || is_heading(content) || is_directive(content) {
            return Self::Skipped;
        }
        if let Some(end) = open_tag(content) {
            return Self::OpenTag(end);
        }
        if let Some(fence) = fence(content) {
            return Self::Fence(fence);
        }
        if content.len() > 1 && (content.chars().all(|each| each == '=') || content.chars().all(|each| each == '-')) {
            return Self::Underline;
        }
        if content.chars().all(|each| matches!(each, '*' | '_' | '-' | ' ' | '|' | ':' | '+')) {
            return Self::Skipped;
        }
        if content.starts_with('|') {
            return Self::Row;
        }
        match item_marker(content) {
            0 => Self::Text(indent),
            marker => Self::Item(indent + marker),
        }
    }
}

fn is_heading(content: &str) -> bool {
    let text = content.trim_start_matches('#');
    let level = content.len() - text.len();
    (1..=6).contains(&level) && (text.is_empty() || text.starts_with([' ', '\t']))
}

/// A comment, a tag without text, an include of mdBook, the target of a link.
fn is_directive(content: &str) -> bool {
    if content.starts_with("{{#") && content.ends_with("}}") {
        return true;
    }
    if content.starts_with('[') && content.split_once("]: ").is_some_and(|(name, _)| !name.contains(']')) {
        return true;
    }
    let is_lone_tag = begins_tag(content) && content.find('>') == Some(content.len() - 1);
    is_lone_tag || (content.starts_with('<') && content.ends_with('>') && super::markup::without_markup(content).is_empty())
}

/// What closes a tag or comment that does not close on its line.
fn open_tag(content: &str) -> Option<&'static str> {
    if content.starts_with("<!--") {
        return (!content.contains("-->")).then_some("-->");
    }
    (begins_tag(content) && !content.contains('>')).then_some(">")
}

/// `<Tag attribute…` or `</Tag`; `<T` alone could be a comparison.
fn begins_tag(content: &str) -> bool {
    let Some(name) = content.strip_prefix('<') else { return false };
    name.trim_start_matches('/').starts_with(|first: char| first.is_ascii_alphabetic())
}

fn fence(content: &str) -> Option<(char, usize)> {
    let character = content.chars().next().filter(|first| matches!(first, '`' | '~'))?;
    let info = content.trim_start_matches(character);
    let length = content.len() - info.len();
    (length >= 3 && !info.contains('`')).then_some((character, length))
}

/// The length of `- `, `* `, `+ `, `1. ` or `1) `; 0 where there is none.
fn item_marker(content: &str) -> usize {
    let after_digits = content.trim_start_matches(|each: char| each.is_ascii_digit());
    let digits = content.len() - after_digits.len();
    let rest = match digits {
        0 => content.strip_prefix(['-', '*', '+']),
        1..=3 => after_digits.strip_prefix(['.', ')']),
        _ => None,
    };
    match rest {
        Some(text) if text.starts_with([' ', '\t']) => content.len() - text.trim_start().len(),
        _ => 0,
    }
}

/// Written without spaces, punctuation included: a line break between two of them is no space.
fn is_wide(character: char) -> bool {
    is_spaceless(character) || matches!(character, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF65}')
}
