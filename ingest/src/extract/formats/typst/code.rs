//! Code in a Typst document: of a call, the content that it is given.

use super::{MAX_DEPTH, Reader};
use crate::extract::formats::scan::{first_letter, split_before, split_near};

/// Functions whose text in quotes is shown.
const SHOWING: [&str; 14] = [
    "text",
    "strong",
    "emph",
    "upper",
    "lower",
    "smallcaps",
    "highlight",
    "underline",
    "raw",
    "quote",
    "heading",
    "footnote",
    "title",
    "link",
];

impl<'a> Reader<'a> {
    /// Reads the expression behind a `#`.
    pub(super) fn code(&mut self, depth: usize) {
        let name = self.name();
        match name {
            "let" => self.definition(),
            "import" | "include" | "set" | "show" => self.rule(name),
            "if" | "for" | "while" | "context" | "else" => self.until_line_end(depth),
            _ => self.call(name, depth),
        }
        if depth == 0 || self.rest.starts_with(';') {
            self.rest = self.rest.strip_prefix(';').unwrap_or(self.rest);
        }
    }

    /// `a.b-c`
    fn name(&mut self) -> &'a str {
        let is_part = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
        let (name, _) = split_before(self.rest, |letter| !is_part(letter));
        // A full stop at the end is one.
        let name = name.trim_end_matches('.');
        self.rest = self.rest.get(name.len()..).unwrap_or_default();
        name
    }

    /// `#let name = "text"` gives a text a name; other definitions are passed over.
    fn definition(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
        let name = self.name();
        let value = self.rest.trim_start_matches(' ').strip_prefix('=').map(|value| value.trim_start_matches(' '));
        let text = value.and_then(|value| {
            let end = if value.starts_with('"') { "\"" } else { "]" };
            split_near(value.strip_prefix(['"', '['])?, end)
        });
        if let Some((text, _)) = text.filter(|(text, _)| !text.contains(['#', '[', '\\'])) {
            self.named.insert(name, text.to_owned());
        }
        self.statement();
    }

    fn rule(&mut self, name: &str) {
        let before = self.rest;
        self.statement();
        let whole = before.get(..before.len() - self.rest.len()).unwrap_or_default();
        let is_template = name == "show" && whole.trim_start().starts_with(':') && whole.contains(".with(");
        if is_template || whole.trim_start().starts_with("document(") {
            self.properties(whole);
        }
    }

    /// Passes over what is left of a statement: up to the end of the line on which all brackets are closed.
    fn statement(&mut self) {
        let mut open = 0_usize;
        while let Some((letter, after)) = first_letter(self.rest) {
            match letter {
                ']' if open == 0 => return,
                '\n' | ';' if open == 0 => return,
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.saturating_sub(1),
                // An empty line ends what nobody closed.
                '\n' if after.trim_start_matches([' ', '\t']).starts_with("\n=") => return,
                '"' => {
                    self.rest = after;
                    self.quoted();
                    continue;
                }
                '/' if after.starts_with('/') => {
                    self.rest = split_before(after, |letter| letter == '\n').1;
                    continue;
                }
                _ => {}
            }
            self.rest = after;
        }
    }

    /// A text in quotes, behind the first of them.
    fn quoted(&mut self) -> &'a str {
        let start = self.rest;
        let mut is_escaped = false;
        for (at, letter) in start.char_indices() {
            if letter == '"' && !is_escaped {
                self.rest = start.get(at + 1..).unwrap_or_default();
                return start.get(..at).unwrap_or_default();
            }
            is_escaped = letter == '\\' && !is_escaped;
        }
        self.rest = "";
        start
    }

    /// What a name stands for, or a call with its arguments and content.
    fn call(&mut self, name: &'a str, depth: usize) {
        if !self.rest.starts_with(['(', '[', '{', '"']) {
            let text = self.named.get(name).cloned().unwrap_or_else(|| if name.is_empty() { "#".to_owned() } else { name.to_owned() });
            return self.words.push_str(&text);
        }
        loop {
            match first_letter(self.rest) {
                Some(('"', after)) if name.is_empty() => {
                    self.rest = after;
                    let text = self.quoted();
                    self.words.push_str(text);
                    return;
                }
                Some(('(' | '{', after)) => {
                    self.rest = after;
                    self.arguments(name, depth + 1);
                }
                Some(('[', after)) => {
                    self.rest = after;
                    self.content(depth + 1);
                }
                Some(('.', after)) if after.starts_with(|letter: char| letter.is_ascii_lowercase()) && !name.is_empty() => {
                    let before = self.rest;
                    self.rest = after;
                    self.name();
                    if !self.rest.starts_with('(') {
                        self.rest = before;
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    fn content(&mut self, depth: usize) {
        if depth < MAX_DEPTH {
            self.markup(depth);
        }
        self.rest = self.rest.strip_prefix(']').unwrap_or(self.rest);
    }

    /// The arguments up to the bracket that closes them. What is given to a table are its cells.
    fn arguments(&mut self, name: &'a str, depth: usize) {
        let is_table = matches!(name, "table" | "grid");
        let is_row = is_table || (!self.cells.is_empty() && name.ends_with(".header"));
        let outer = if is_row { std::mem::take(&mut self.words) } else { String::new() };
        if is_table {
            self.cells.push(Vec::new());
        }
        let columns = self.walk(name, depth, is_row, false);
        if is_row {
            self.end_cell();
            self.words = outer;
        }
        if is_table && let Some(cells) = self.cells.pop() {
            self.table(&cells, columns);
        }
    }

    fn until_line_end(&mut self, depth: usize) {
        self.walk("", depth + 1, false, true);
    }

    /// Walks over code, and reads the content in it; gives the number of columns if it is an argument.
    fn walk(&mut self, name: &str, depth: usize, is_row: bool, ends_with_line: bool) -> usize {
        let mut columns = 1;
        let mut is_named = false;
        while let Some((letter, after)) = first_letter(self.rest) {
            if depth >= MAX_DEPTH {
                self.rest = "";
                return columns;
            }
            let from_letter = std::mem::replace(&mut self.rest, after);
            match letter {
                ')' | '}' if !ends_with_line => return columns,
                '\n' if ends_with_line => return columns,
                '(' | '{' => {
                    self.walk("", depth + 1, false, false);
                }
                '[' => self.content(depth + 1),
                ',' => {
                    is_named = false;
                    if is_row {
                        self.end_cell();
                    }
                }
                ':' => is_named = true,
                '"' => {
                    let text = self.quoted();
                    let has_own_words = name == "link" && (self.rest.starts_with(")[") || self.rest.trim_start().starts_with(','));
                    if !is_named && !has_own_words && SHOWING.contains(&name) {
                        self.words.push_str(text);
                    }
                }
                '`' | '$' | '/' => {
                    let is_comment = letter == '/' && after.starts_with('/');
                    if is_comment {
                        self.rest = split_before(after, |letter| letter == '\n').1;
                    } else if letter == '`' {
                        self.rest = from_letter;
                        self.raw();
                        self.words.push(' ');
                    } else if let Some((formula, rest)) = split_near(after, "$").filter(|_| letter == '$') {
                        self.words.push_str(&format!("${}$ ", formula.trim()));
                        self.rest = rest;
                    }
                }
                letter if letter.is_alphabetic() => {
                    self.rest = from_letter;
                    let inner = self.name();
                    if inner.is_empty() {
                        self.rest = after;
                    } else if self.rest.starts_with(['(', '[']) {
                        self.call(inner, depth + 1);
                    } else if let Some(text) =
                        self.named.get(inner).filter(|_| !is_named && !self.rest.trim_start().starts_with(':')).cloned()
                    {
                        self.words.push_str(&text);
                    } else if inner == "columns" {
                        columns = column_count(self.rest);
                    }
                }
                _ => {}
            }
        }
        columns
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.words);
        if let Some(cells) = self.cells.last_mut().filter(|_| !cell.trim().is_empty()) {
            cells.push(cell);
        }
    }

    fn table(&mut self, cells: &[String], columns: usize) {
        if !self.cells.is_empty() {
            self.words.push_str(&cells.join(" "));
        } else if columns > 1 {
            self.end_block();
            self.blocks.table(&cells.chunks(columns).map(<[String]>::to_vec).collect::<Vec<_>>());
        } else {
            self.end_block();
            cells.iter().for_each(|cell| self.blocks.paragraph(cell));
        }
    }
}

/// `: 3`, or `: (1fr, auto)`.
fn column_count(text: &str) -> usize {
    let value = text.trim_start_matches([':', ' ']);
    let digits = split_before(value, |letter| !letter.is_ascii_digit()).0;
    if let Ok(count) = digits.parse::<usize>() {
        return count.clamp(1, 1000);
    }
    let Some((list, _)) = value.strip_prefix('(').and_then(|list| split_near(list, ")")) else { return 1 };
    list.split(',').filter(|width| !width.trim().is_empty()).count().clamp(1, 1000)
}
