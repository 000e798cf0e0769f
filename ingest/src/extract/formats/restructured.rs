//! reStructuredText, line by line.

mod directive;
mod inline;
mod table;

use self::inline::inline;
use super::lines::{Lines, indent};
use crate::extract::reading::Reading;
use crate::markdown::parse_date;
use ragstone_markup::Blocks;

/// What is nested deeper is read as paragraphs.
const MAX_DEPTH: usize = 24;

/// Characters that underline titles.
const ADORNMENTS: &str = "=-`:.'\"~^_*+#<>!$%&(),/;?@[\\]{|}";

pub(super) fn read(text: &str) -> Reading {
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader::default();
    reader.body(&lines, 0);
    Reading { text: reader.blocks.into_text(), ..reader.head }
}

#[derive(Default)]
struct Reader {
    blocks: Blocks,
    head: Reading,
    /// The adornments of titles, outermost first, and whether there is a line above as well.
    styles: Vec<(char, bool)>,
    /// Whether text came already, so that a list of fields is none about the document.
    has_begun: bool,
}

impl Reader {
    fn body(&mut self, lines: &[&str], depth: usize) {
        let mut lines = Lines::new(lines);
        while let Some(line) = lines.peek() {
            if line.trim().is_empty() {
                lines.skip(1);
            } else if depth == 0 && self.title(&mut lines) {
                self.has_begun |= self.styles.len() > 1;
            } else if let Some(rows) = table::read(&mut lines) {
                self.blocks.table(&rows);
            } else if line.starts_with(".. ") || line == ".." {
                self.explicit(&mut lines, depth);
            } else if indent(line) > 0 {
                self.inner(&lines.indented(), depth);
            } else if line.starts_with(">>>") {
                let example = lines.take_while(|line| !line.trim().is_empty());
                self.blocks.code("pycon", &example.join("\n"));
            } else if let Some((name, value)) = field(line) {
                lines.skip(1);
                self.field(name, value, &lines.indented(), depth);
            } else if let Some((marker, text)) = item(line) {
                lines.skip(1);
                self.item(marker, text, &mut lines, depth);
            } else {
                self.paragraph(&mut lines, depth);
                self.has_begun = true;
            }
        }
    }

    /// What stands in something else.
    fn inner(&mut self, lines: &[&str], depth: usize) {
        if depth < MAX_DEPTH {
            self.body(lines, depth + 1);
        } else {
            self.blocks.paragraph(&lines.join("\n"));
        }
    }

    fn title(&mut self, lines: &mut Lines<'_, '_>) -> bool {
        let (first, second, third) = (lines.peek(), lines.peek_at(1), lines.peek_at(2));
        if let (Some(above), Some(title), Some(below)) = (first.and_then(adornment), second, third.and_then(adornment))
            && above.0 == below.0
            && !title.trim().is_empty()
            && adornment(title).is_none()
        {
            lines.skip(3);
            self.heading(title, (above.0, true));
            return true;
        }
        if let (Some(title), Some((letter, length))) = (first, second.and_then(adornment))
            && indent(title) == 0
            && adornment(title).is_none()
            && (length >= title.trim_end().chars().count() || length >= 4)
        {
            lines.skip(2);
            self.heading(title, (letter, false));
            return true;
        }
        // A line of its own, between paragraphs.
        let is_transition =
            first.and_then(adornment).is_some_and(|(_, length)| length >= 4) && second.is_none_or(|line| line.trim().is_empty());
        if is_transition {
            lines.skip(1);
        }
        is_transition
    }

    fn heading(&mut self, title: &str, style: (char, bool)) {
        let level = self.styles.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.styles.push(style);
            self.styles.len() - 1
        });
        let title = inline(title.trim());
        if self.head.title.is_none() {
            self.head.title = Some(title.clone());
        }
        self.blocks.heading(level + 1, &title);
    }

    fn field(&mut self, name: &str, value: &str, more: &[&str], depth: usize) {
        let whole = inline(&format!("{value} {}", more.join(" ")));
        if depth > 0 || self.has_begun {
            self.blocks.item(depth, "-", &format!("{name}: {whole}"));
            return;
        }
        match name.to_ascii_lowercase().as_str() {
            "date" | "revised" => self.head.date = self.head.date.or_else(|| parse_date(whole.trim_matches(['$', ' ']))),
            "tags" | "keywords" => self.head.tags.extend(whole.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty())),
            "title" => self.head.title = Some(whole),
            "authors" => self.head.property("author", &whole),
            known @ ("author" | "organization" | "version" | "status" | "copyright" | "language") => self.head.property(known, &whole),
            "abstract" | "dedication" => self.blocks.paragraph(&whole),
            // What tells a program how to show the page.
            _ => {}
        }
    }

    /// An item and what is indented below it.
    fn item(&mut self, marker: &str, text: &str, lines: &mut Lines<'_, '_>, depth: usize) {
        let first = lines.take_while(|line| indent(line) > 0 && item(line.trim_start()).is_none());
        let is_literal = first.last().map_or(text, |line| line).trim_end().ends_with("::");
        let whole = format!("{text} {}", first.join(" "));
        let whole = if is_literal { without_literal_mark(&whole) } else { whole };
        let marker = if marker.starts_with(|letter: char| letter.is_ascii_digit()) { marker } else { "-" };
        self.blocks.item(depth, marker, &inline(&whole));
        let below = lines.indented();
        if is_literal {
            self.blocks.code("", &below.join("\n"));
        } else {
            self.inner(&below, depth);
        }
    }

    fn paragraph(&mut self, lines: &mut Lines<'_, '_>, depth: usize) {
        let Some(first) = lines.next() else { return };
        let is_term = lines.peek().is_some_and(|line| indent(line) > 0 && !line.trim().is_empty());
        if is_term && !first.trim_end().ends_with("::") {
            self.blocks.paragraph(&format!("**{}**", inline(first).replace("**", "")));
            self.inner(&lines.indented(), depth);
            return;
        }
        let rest = lines.take_while(|line| !line.trim().is_empty() && indent(line) == 0 && !line.starts_with(".. "));
        let whole = std::iter::once(&first).chain(rest).map(|line| line.strip_prefix("| ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
        if !whole.trim_end().ends_with("::") {
            self.blocks.paragraph(&inline(&whole));
            return;
        }
        self.blocks.paragraph(&inline(&without_literal_mark(&whole)));
        let quoted = |line: &str| line.starts_with('>');
        let literal = lines.indented();
        let literal = if literal.is_empty() { lines.take_while(quoted).to_vec() } else { literal };
        self.blocks.code("", &literal.join("\n"));
    }
}

/// `::` alone says that code follows, and is no text; after a word it is a colon.
fn without_literal_mark(text: &str) -> String {
    let text = text.trim_end().trim_end_matches("::");
    if text.is_empty() || text.ends_with(char::is_whitespace) { text.trim_end().to_owned() } else { format!("{text}:") }
}

/// The character and the length of a line of nothing but one sign.
fn adornment(line: &str) -> Option<(char, usize)> {
    let line = line.trim_end();
    let first = line.chars().next().filter(|letter| ADORNMENTS.contains(*letter))?;
    let length = line.len();
    (length >= 2 && line.chars().all(|letter| letter == first)).then_some((first, length))
}

/// `:name: value`.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix(':')?.split_once(':')?;
    let is_field = !name.trim().is_empty() && !name.starts_with(' ') && (value.is_empty() || value.starts_with(' '));
    is_field.then(|| (name, value.trim()))
}

/// The marker of an item and its text.
fn item(line: &str) -> Option<(&str, &str)> {
    let (marker, text) = line.split_once(' ').unwrap_or((line, ""));
    let is_number = |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_marker = match marker {
        "-" | "*" | "+" | "•" => true,
        "#." => true,
        _ => marker.strip_suffix(['.', ')']).is_some_and(|number| is_number(number.trim_start_matches('('))) && !text.is_empty(),
    };
    is_marker.then(|| (if marker == "#." { "1." } else { marker.trim_start_matches('(') }, text.trim()))
}

#[cfg(test)]
mod tests;
