//! Typst: the text between its code; formulas stay as they are written.

mod code;

use std::collections::HashMap;

use super::scan::{bracketed, first_letter, split_before, split_near};
use crate::extract::reading::Reading;
use crate::markdown::parse_date;
use ragstone_markup::{Blocks, one_line};

/// Content in content is read so deep.
const MAX_DEPTH: usize = 64;

pub(super) fn read(text: &str) -> Reading {
    let mut reader = Reader { rest: text, ..Reader::default() };
    while !reader.rest.is_empty() {
        reader.markup(0);
        // A bracket that nobody opened ends nothing.
        reader.rest = reader.rest.strip_prefix(']').unwrap_or(reader.rest);
    }
    reader.end_block();
    Reading { text: reader.blocks.into_text(), ..reader.head }
}

/// What the block is that is being read.
#[derive(Debug, Clone, Copy, Default)]
enum Kind {
    #[default]
    Paragraph,
    Heading(usize),
    Item(usize, &'static str),
}

#[derive(Default)]
struct Reader<'a> {
    rest: &'a str,
    blocks: Blocks,
    head: Reading,
    words: String,
    kind: Kind,
    /// Texts that were given a name.
    named: HashMap<&'a str, String>,
    /// The cells of the tables that are being read, the innermost last.
    cells: Vec<Vec<String>>,
}

impl<'a> Reader<'a> {
    /// Reads up to the bracket that closes the content, or to the end.
    fn markup(&mut self, depth: usize) {
        let mut open = 0_usize;
        let mut is_at_line_start = depth == 0;
        while let Some((letter, after)) = first_letter(self.rest) {
            if is_at_line_start && self.line_start() {
                continue;
            }
            is_at_line_start = letter == '\n';
            match letter {
                ']' if open == 0 => return,
                '\n' => {
                    self.rest = after;
                    self.line_end();
                }
                '#' => {
                    self.rest = after;
                    self.code(depth);
                }
                '`' => self.raw(),
                '$' => {
                    let formula = split_near(after, "$");
                    self.words.push_str(&formula.map_or_else(|| "$".to_owned(), |(formula, _)| format!("${}$", one_line(formula))));
                    self.rest = formula.map_or(after, |(_, rest)| rest);
                }
                '\\' => {
                    let (escaped, rest) = first_letter(after).unwrap_or((' ', ""));
                    self.words.push(escaped);
                    self.rest = rest;
                }
                '/' if after.starts_with('/') && !self.words.ends_with(':') => self.rest = split_before(after, |letter| letter == '\n').1,
                '/' if after.starts_with('*') => self.rest = after.split_once("*/").map_or("", |(_, rest)| rest),
                '<' if label(after).is_some() => self.rest = label(after).unwrap_or_default(),
                '*' => {
                    self.words.push_str("**");
                    self.rest = after;
                }
                _ => {
                    open = if letter == '[' { open + 1 } else { open - usize::from(letter == ']') };
                    self.words.push(letter);
                    let (plain, rest) = split_before(after, |letter| "[]\n#`$\\/<*".contains(letter));
                    self.words.push_str(plain);
                    self.rest = rest;
                }
            }
        }
    }

    /// What a line begins with says what it is: `= Title`, `- item`, `+ item`, `/ Term: …`.
    fn line_start(&mut self) -> bool {
        let line = self.rest.trim_start_matches([' ', '\t']);
        let indent = self.rest.len() - line.len();
        let title = line.trim_start_matches('=');
        let level = line.len() - title.len();
        let (kind, rest) = match first_letter(line) {
            Some(('=', _)) if title.starts_with(' ') => (Kind::Heading(level), title),
            Some(('-' | '/', rest)) if rest.starts_with(' ') => (Kind::Item(indent / 2, "-"), rest),
            Some(('+', rest)) if rest.starts_with(' ') => (Kind::Item(indent / 2, "1."), rest),
            _ => return false,
        };
        self.end_block();
        self.kind = kind;
        self.rest = rest.trim_start_matches(' ');
        true
    }

    fn line_end(&mut self) {
        let next = self.rest.trim_start_matches([' ', '\t', '\r']);
        if next.is_empty() || next.starts_with('\n') || matches!(self.kind, Kind::Heading(_)) {
            self.end_block();
        } else {
            self.words.push('\n');
        }
    }

    /// `` `code` `` or a block of it between three.
    fn raw(&mut self) {
        let inside = self.rest.trim_start_matches('`');
        let fence = self.rest.len() - inside.len();
        let marks = "`".repeat(fence);
        if fence == 2 {
            self.rest = inside;
            return;
        }
        // What is not closed ends with the text.
        let found = if fence == 1 { split_near(inside, "`") } else { Some(inside.split_once(&marks).unwrap_or((inside, ""))) };
        let Some((code, rest)) = found else {
            self.words.push('`');
            self.rest = inside;
            return;
        };
        self.rest = rest;
        let is_block = fence >= 3 && code.contains('\n') && self.cells.is_empty();
        if is_block {
            let (language, code) = code.split_once('\n').unwrap_or(("", code));
            self.end_block();
            let lines: Vec<&str> = code.lines().collect();
            self.blocks.code(language.trim(), &super::lines::dedented(&lines).join("\n"));
        } else {
            self.words.push_str(&format!("`{}`", one_line(code)));
        }
    }

    fn end_block(&mut self) {
        if !self.cells.is_empty() {
            self.words.push(' ');
            return;
        }
        let words = std::mem::take(&mut self.words);
        match std::mem::take(&mut self.kind) {
            Kind::Paragraph => self.blocks.paragraph(&words),
            Kind::Item(depth, marker) => self.blocks.item(depth, marker, &words),
            Kind::Heading(level) => {
                let title = one_line(&words);
                if self.head.title.is_none() {
                    self.head.title = Some(title.clone());
                }
                self.blocks.heading(level, &title);
            }
        }
    }

    /// `#set document(title: …)` and the same of a template.
    fn properties(&mut self, arguments: &str) {
        let value = |name: &str| {
            let value = arguments.split_once(name)?.1.trim_start();
            let value = value.strip_prefix('(').unwrap_or(value).trim_start();
            let quoted = value.strip_prefix('"').and_then(|value| value.split_once('"')).map(|(value, _)| value);
            quoted.or_else(|| bracketed(value, '[', ']').map(|(value, _)| value)).map(one_line).filter(|value| !value.is_empty())
        };
        if let Some(title) = value("title:") {
            self.head.title = Some(title);
        }
        let author = value("author:").or_else(|| value("authors:"));
        self.head.property("author", &author.unwrap_or_default());
        self.head.date = value("date:").and_then(|date| parse_date(&date)).or(self.head.date);
    }
}

/// What comes after a label (`<name>`).
fn label(after: &str) -> Option<&str> {
    let (name, rest) = split_before(after, |letter| !(letter.is_alphanumeric() || "-_:.".contains(letter)));
    rest.strip_prefix('>').filter(|_| !name.is_empty())
}

#[cfg(test)]
mod tests;
