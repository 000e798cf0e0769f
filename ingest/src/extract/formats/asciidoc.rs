//! AsciiDoc, line by line.

mod inline;
mod table;

use std::collections::HashMap;

use self::inline::inline;
use super::lines::{Lines, indent};
use crate::extract::reading::Reading;
use crate::markdown::parse_date;
use ragstone_markup::Blocks;

/// What is nested deeper is read as paragraphs.
const MAX_DEPTH: usize = 24;

pub(super) fn read(text: &str) -> Reading {
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader::default();
    let mut rest = Lines::new(&lines);
    reader.header(&mut rest);
    reader.body(&mut rest, 0);
    Reading { text: reader.blocks.into_text(), ..reader.head }
}

#[derive(Default)]
struct Reader {
    blocks: Blocks,
    head: Reading,
    /// The document's attributes, which `{name}` stands for.
    attributes: HashMap<String, String>,
}

/// What is said about a block in the lines above it.
#[derive(Default)]
struct Said<'a> {
    title: &'a str,
    /// What is between brackets: `source,rust`.
    style: &'a str,
}

impl Reader {
    /// The title, and the author and the revision below it.
    fn header(&mut self, lines: &mut Lines<'_, '_>) {
        lines.take_while(|line| line.trim().is_empty() || (line.starts_with("//") && !line.starts_with("////")));
        self.attribute_lines(lines);
        let Some(title) = lines.peek().and_then(|line| line.strip_prefix("= ").or_else(|| line.strip_prefix("# "))) else { return };
        lines.skip(1);
        let title = self.inline(title);
        self.blocks.heading(1, &title);
        self.head.title = Some(title);
        if let Some(author) = lines.peek().filter(|line| is_author(line)) {
            lines.skip(1);
            let names: Vec<&str> = author.split(';').map(|author| author.split('<').next().unwrap_or_default().trim()).collect();
            self.head.property("author", &names.join(", "));
            if let Some(revision) = lines.peek().filter(|line| line.starts_with(|first: char| first == 'v' || first.is_ascii_digit())) {
                lines.skip(1);
                self.head.date = revision.split([',', ' ', ':']).find_map(|word| parse_date(word.trim()));
            }
        }
        self.attribute_lines(lines);
    }

    fn attribute_lines(&mut self, lines: &mut Lines<'_, '_>) {
        for line in lines.take_while(|line| attribute(line).is_some()) {
            if let Some((name, value)) = attribute(line) {
                self.attribute(name, value);
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        match name {
            "author" | "description" | "language" | "version" => self.head.property(name, value),
            "lang" => self.head.property("language", value),
            "keywords" => self.head.tags.extend(value.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty())),
            "revdate" | "date" => self.head.date = self.head.date.or_else(|| parse_date(value)),
            _ => {}
        }
        self.attributes.insert(name.to_owned(), value.to_owned());
    }

    fn inline(&self, text: &str) -> String {
        inline(text, &self.attributes)
    }

    fn body(&mut self, lines: &mut Lines<'_, '_>, depth: usize) {
        let mut said = Said::default();
        while let Some(line) = lines.peek().map(str::trim_end) {
            if let Some((level, title)) = heading(line) {
                lines.skip(1);
                let title = self.inline(title);
                if self.head.title.is_none() {
                    self.head.title = Some(title.clone());
                }
                self.blocks.heading(level, &title);
            } else if let Some(style) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                lines.skip(1);
                said.style = if style.starts_with('[') { said.style } else { style };
                continue;
            } else if let Some(title) = line.strip_prefix('.').filter(|title| !title.is_empty() && !title.starts_with(['.', ' '])) {
                lines.skip(1);
                said.title = title;
                continue;
            } else if let Some((name, value)) = attribute(line) {
                lines.skip(1);
                self.attribute(name, value);
            } else if let Some(delimiter) = delimiter(line) {
                lines.skip(1);
                self.delimited(delimiter, &said, lines, depth);
            } else if line.is_empty() || line == "+" || is_silent(line) {
                lines.skip(1);
                // What is said above an empty line is said about nothing.
                if !line.is_empty() {
                    continue;
                }
            } else if let Some((level, marker, text)) = item(line) {
                lines.skip(1);
                let more = lines.take_while(continues_paragraph);
                let text = definition(text).map_or_else(|| text.to_owned(), |(term, rest)| format!("**{term}:** {rest}"));
                let whole = self.inline(&format!("{text} {}", more.join(" ")));
                self.blocks.item(level, marker, &whole);
            } else {
                self.paragraph(&said, lines);
            }
            said = Said::default();
        }
    }

    /// A block between two lines that are equal.
    fn delimited(&mut self, delimiter: &str, said: &Said<'_>, lines: &mut Lines<'_, '_>, depth: usize) {
        let inside = lines.take_until(|line| line.trim_end() == delimiter);
        if delimiter.starts_with("////") {
            return;
        }
        self.blocks.paragraph(&self.inline(said.title));
        let mut styles = said.style.split(',').map(str::trim);
        let style = styles.next().unwrap_or_default();
        let language = styles.next().unwrap_or_default();
        match delimiter.chars().next() {
            Some('|' | ',' | ':' | '!') => {
                let rows = table::read(delimiter, said.style, inside);
                let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| self.inline(cell)).collect()).collect();
                self.blocks.table(&rows);
            }
            Some('`') => self.blocks.code(delimiter.trim_start_matches('`'), &inside.join("\n")),
            Some('-') if delimiter.len() >= 4 => self.blocks.code(if style == "source" { language } else { "" }, &inside.join("\n")),
            Some('.') => self.blocks.code("", &inside.join("\n")),
            Some('+') if style.contains("math") => self.blocks.markdown(&format!("$$\n{}\n$$", inside.join("\n").trim())),
            Some('+') => {}
            _ if style == "source" || style == "listing" => self.blocks.code(language, &inside.join("\n")),
            _ if depth >= MAX_DEPTH => self.blocks.paragraph(&inside.join("\n")),
            _ => {
                if is_admonition(style) {
                    self.blocks.paragraph(&format!("**{style}:**"));
                }
                self.body(&mut Lines::new(inside), depth + 1);
            }
        }
    }

    fn paragraph(&mut self, said: &Said<'_>, lines: &mut Lines<'_, '_>) {
        let Some(first) = lines.next() else { return };
        let rest = lines.take_while(continues_paragraph);
        let all = [&[first], rest].concat();
        self.blocks.paragraph(&self.inline(said.title));
        let mut styles = said.style.split(',').map(str::trim);
        let style = styles.next().unwrap_or_default();
        if matches!(style, "source" | "listing" | "literal") {
            return self.blocks.code(styles.next().unwrap_or_default(), &all.join("\n"));
        }
        if indent(first) > 0 {
            return self.blocks.code("", &all.join("\n"));
        }
        if all.len() > 1 && all.iter().all(|line| line.starts_with('|')) {
            let rows: Vec<Vec<String>> = all.iter().map(|line| table::cells(line).iter().map(|cell| self.inline(cell)).collect()).collect();
            return self.blocks.table(&rows);
        }
        let lines: Vec<&str> = all.iter().map(|line| line.trim_end().trim_end_matches(" +")).collect();
        let text = self.inline(&lines.join("\n"));
        if is_admonition(style) {
            return self.blocks.paragraph(&format!("**{style}:** {text}"));
        }
        match text.split_once(": ").filter(|(label, _)| is_admonition(label)) {
            Some((label, text)) => self.blocks.paragraph(&format!("**{label}:** {text}")),
            None => self.blocks.paragraph(&text),
        }
    }
}

fn is_author(line: &str) -> bool {
    !line.is_empty() && !line.starts_with([':', '/', '=', '[', '.', '|', '*', '-']) && line.split_whitespace().count() <= 16
}

/// `== Title`, or `## Title`.
fn heading(line: &str) -> Option<(usize, &str)> {
    let first = line.chars().next().filter(|first| matches!(first, '=' | '#'))?;
    let title = line.trim_start_matches(first);
    let level = line.len() - title.len();
    (level <= 6 && title.starts_with(' ')).then(|| (level, title.trim().trim_end_matches(first).trim_end()))
}

/// `:name: value`.
fn attribute(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix(':')?.split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "-_!".contains(letter));
    (is_name && (value.is_empty() || value.starts_with(' '))).then(|| (name.trim_matches('!'), value.trim()))
}

/// A line that opens a block, which its like closes.
fn delimiter(line: &str) -> Option<&str> {
    let first = line.chars().next()?;
    let is_long = line.len() >= 4 && line.chars().all(|letter| letter == first);
    let is_table = matches!(line, "|===" | ",===" | ":===" | "!===");
    let is_fence = line.starts_with("```") && !line.trim_start_matches('`').contains('`');
    let is_delimiter = (is_long && "-.=*_+/".contains(first)) || is_table || line == "--";
    if is_fence { Some("```") } else { is_delimiter.then_some(line) }
}

/// Lines that are not for reading: comments, includes, pictures, conditions, rules, page breaks.
fn is_silent(line: &str) -> bool {
    let is_macro = ["include::", "image::", "video::", "audio::", "ifdef::", "ifndef::", "ifeval::", "endif::", "toc::"];
    (line.starts_with("//") && !line.starts_with("///"))
        || matches!(line, "'''" | "<<<" | "---" | "***")
        || is_macro.iter().any(|name| line.starts_with(name))
}

fn is_admonition(word: &str) -> bool {
    matches!(word, "NOTE" | "TIP" | "IMPORTANT" | "WARNING" | "CAUTION")
}

/// How deep an item is, its marker in Markdown, and its text.
fn item(line: &str) -> Option<(usize, &str, &str)> {
    let text = line.trim_start();
    let deeper = indent(line) / 2;
    if definition(text).is_some() {
        return Some((deeper, "-", text));
    }
    let (marker, rest) = text.split_once(' ')?;
    let first = marker.chars().next()?;
    let level = marker.chars().count() - 1;
    let is_repeated = level < 6 && marker.chars().all(|letter| letter == first);
    match first {
        '*' | '-' | '•' if is_repeated => Some((level + deeper, "-", rest)),
        '.' if is_repeated => Some((level + deeper, "1.", rest)),
        '0'..='9'
            if marker.strip_suffix('.').is_some_and(|number| number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            Some((deeper, marker, rest))
        }
        '<' if marker.ends_with('>') && marker.len() <= 4 => Some((deeper, "1.", rest)),
        _ => None,
    }
}

/// `term:: what it is`.
fn definition(text: &str) -> Option<(&str, &str)> {
    let is_term = |term: &str| !term.is_empty() && !term.contains(['[', '`']) && !term.contains("//");
    text.split_once("::").filter(|(term, rest)| is_term(term) && (rest.is_empty() || rest.starts_with(' ')))
}

/// Whether a line belongs to the paragraph or the item above.
fn continues_paragraph(line: &str) -> bool {
    let line = line.trim_end();
    let is_other = line.is_empty() || line == "+" || delimiter(line).is_some() || item(line).is_some() || is_silent(line);
    let is_style = line.starts_with('[') && line.ends_with(']');
    !is_other && !is_style && heading(line).is_none()
}

#[cfg(test)]
mod tests;
