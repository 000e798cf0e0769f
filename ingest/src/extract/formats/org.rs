//! Org, line by line.

use super::lines::{Lines, dedented, indent};
use super::scan::{first_letter, split_before, split_near};
use crate::extract::reading::Reading;
use crate::markdown::parse_date;
use ragstone_markup::Blocks;

pub(super) fn read(text: &str) -> Reading {
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader::default();
    reader.body(Lines::new(&lines));
    Reading { text: reader.blocks.into_text(), ..reader.head }
}

#[derive(Default)]
struct Reader {
    blocks: Blocks,
    head: Reading,
}

impl Reader {
    fn body(&mut self, mut lines: Lines<'_, '_>) {
        while let Some(line) = lines.peek() {
            let text = line.trim();
            if let Some((level, title)) = heading(line) {
                lines.skip(1);
                self.heading(level, title);
            } else if let Some(name) = prefixed(text, "#+begin_") {
                lines.skip(1);
                self.block(name, &mut lines);
            } else if let Some((name, value)) = text.strip_prefix("#+").and_then(|keyword| keyword.split_once(':')) {
                lines.skip(1);
                self.keyword(&name.to_ascii_lowercase(), value.trim());
            } else if is_drawer(text) {
                let before = lines;
                lines.skip(1);
                let end = lines.take_while(|line| !line.trim().eq_ignore_ascii_case(":end:"));
                if lines.next().is_none() || end.iter().any(|line| heading(line).is_some()) {
                    // A drawer that is not closed is text.
                    lines = before;
                    lines.skip(1);
                    self.blocks.paragraph(text);
                }
            } else if text.starts_with('|') {
                self.table(lines.take_while(|line| line.trim_start().starts_with('|')));
            } else if text.is_empty() || text == "#" || text.starts_with("# ") || text.starts_with("#+") || is_rule(text) {
                lines.skip(1);
            } else if text == ":" || text.starts_with(": ") {
                let verbatim = lines.take_while(|line| line.trim() == ":" || line.trim_start().starts_with(": "));
                let verbatim: Vec<&str> = verbatim.iter().map(|line| line.trim_start().get(2..).unwrap_or_default()).collect();
                self.blocks.code("", &verbatim.join("\n"));
            } else if let Some((marker, text)) = item(line) {
                let depth = indent(line);
                lines.skip(1);
                let more = lines.take_while(|line| continues(line) && indent(line) > depth);
                self.blocks.item(depth / 2, marker, &inline(&format!("{text} {}", more.join(" "))));
            } else {
                self.paragraph(&mut lines);
            }
        }
    }

    fn paragraph(&mut self, lines: &mut Lines<'_, '_>) {
        let first = lines.next().unwrap_or_default();
        let rest = lines.take_while(continues);
        self.blocks.paragraph(&inline(&[&[first], rest].concat().join("\n")));
    }

    fn heading(&mut self, level: usize, title: &str) {
        let (title, tags) = match title.trim_end().rsplit_once(char::is_whitespace) {
            Some((title, tags)) if tags.len() > 2 && tags.starts_with(':') && tags.ends_with(':') => (title, Some(tags)),
            _ => (title, None),
        };
        let title =
            ["TODO ", "DONE ", "WAITING ", "COMMENT "].iter().find_map(|state| title.strip_prefix(state)).unwrap_or(title).trim_start();
        let title = match title.strip_prefix("[#").and_then(|rest| rest.split_once(']')) {
            Some((priority, title)) if priority.len() == 1 => title.trim_start(),
            _ => title,
        };
        let title = inline(title);
        if self.head.title.is_none() {
            self.head.title = Some(title.clone());
        }
        self.blocks.heading(level, &title);
        self.head.tags.extend(tags.into_iter().flat_map(|tags| tags.split(':')).filter(|tag| !tag.is_empty()).map(str::to_owned));
    }

    fn keyword(&mut self, name: &str, value: &str) {
        match name {
            "title" => self.head.title = Some(inline(value)),
            "author" | "language" | "description" | "subtitle" => self.head.property(name, value),
            "date" => self.head.date = parse_date(value.trim_start_matches(['<', '['])),
            "filetags" | "keywords" => {
                self.head.tags.extend(value.split([':', ',', ' ']).map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()));
            }
            "caption" => self.blocks.paragraph(&inline(value)),
            _ => {}
        }
    }

    /// `#+begin_src rust` up to its end; of a quotation and the like, the lines are read as ever.
    fn block(&mut self, name: &str, lines: &mut Lines<'_, '_>) {
        let mut words = name.split_whitespace();
        let name = words.next().unwrap_or_default().to_ascii_lowercase();
        let language = words.next().unwrap_or_default();
        if !matches!(name.as_str(), "src" | "example" | "export" | "comment") {
            return;
        }
        let end = format!("#+end_{name}");
        let inside = lines.take_until(|line| line.trim().eq_ignore_ascii_case(&end));
        match name.as_str() {
            "src" => self.blocks.code(language, &dedented(inside).join("\n")),
            "example" => self.blocks.code("", &dedented(inside).join("\n")),
            _ => {}
        }
    }

    fn table(&mut self, lines: &[&str]) {
        let rows = lines.iter().map(|line| line.trim().trim_matches('|')).filter(|line| !is_table_rule(line));
        let rows: Vec<Vec<String>> = rows.map(|line| line.split('|').map(|cell| inline(cell.trim())).collect()).collect();
        self.blocks.table(&rows);
    }
}

/// `*** Title`.
fn heading(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('*');
    let level = line.len() - title.len();
    (level > 0 && title.starts_with(' ')).then(|| (level, title.trim()))
}

fn prefixed<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn is_drawer(text: &str) -> bool {
    let name = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    name.is_some_and(|name| !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "-_".contains(letter)))
}

fn is_rule(text: &str) -> bool {
    text.len() >= 5 && text.bytes().all(|byte| byte == b'-')
}

/// `---+---`, and rows that only say how wide or how aligned columns are.
fn is_table_rule(line: &str) -> bool {
    line.starts_with('-') && line.chars().all(|letter| "-+|".contains(letter))
}

fn item(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start();
    let (marker, rest) = text.split_once(' ')?;
    let number = marker.strip_suffix(['.', ')']).filter(|number| !number.is_empty() && number.len() <= 4);
    let is_number = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let is_bullet = matches!(marker, "-" | "+") || (marker == "*" && indent(line) > 0);
    let rest = rest.trim_start();
    let rest = ["[ ] ", "[X] ", "[-] "].iter().find_map(|mark| rest.strip_prefix(mark)).unwrap_or(rest);
    (is_number || is_bullet).then_some((if is_number { marker } else { "-" }, rest))
}

/// Whether a line belongs to the paragraph or the item above.
fn continues(line: &str) -> bool {
    let text = line.trim();
    !text.is_empty() && heading(line).is_none() && item(line).is_none() && !text.starts_with("#+") && !text.starts_with('|')
}

/// Links show their text; code and verbatim text are Markdown's code.
fn inline(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (plain, after) = split_before(rest, |letter| matches!(letter, '[' | '=' | '~'));
        written.push_str(plain);
        let Some((mark, inside)) = first_letter(after) else { return written };
        let link = after.strip_prefix("[[").and_then(|link| split_near(link, "]]"));
        if let Some((link, after)) = link {
            let shown = link.split_once("][").map_or_else(|| link.trim_start_matches("file:"), |(_, text)| text);
            written.push_str(shown);
            rest = after;
            continue;
        }
        let may_open = written.chars().next_back().is_none_or(|letter| letter.is_whitespace() || "-('\"{".contains(letter));
        let marked = if mark == '[' { None } else { split_near(inside, if mark == '=' { "=" } else { "~" }) };
        let is_marked = |code: &str, after: &str| {
            let closes = after.chars().next().is_none_or(|letter| letter.is_whitespace() || "-.,;:!?'\")}[".contains(letter));
            closes && !code.is_empty() && !code.starts_with(' ') && !code.ends_with(' ')
        };
        match marked.filter(|(code, after)| may_open && is_marked(code, after)) {
            Some((code, after)) => {
                written.push_str(&format!("`{code}`"));
                rest = after;
            }
            None => {
                written.push(mark);
                rest = inside;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(read(text).text, expected, "{text:?}");
    }

    #[test]
    fn headings_and_properties() {
        let text = "#+TITLE: Notes\n#+AUTHOR: Ann Ode\n#+DATE: <2024-05-06 Mon>\n#+FILETAGS: :work:\n\n* TODO [#A] First :urgent:\n:PROPERTIES:\n:ID: 12\n:END:\nText with [[https://x.org][a link]], =code= and a=b.\n** Deep\n# a comment\nMore\n";
        let reading = read(text);
        assert_eq!(reading.text, "# First\n\nText with a link, `code` and a=b.\n\n## Deep\n\nMore");
        assert_eq!(reading.title.as_deref(), Some("Notes"));
        assert_eq!(reading.tags, ["work", "urgent"]);
        assert_eq!(reading.date.unwrap().to_rfc3339(), "2024-05-06T00:00:00+00:00");
    }

    #[test]
    fn blocks() {
        check("#+BEGIN_SRC python :results output\n  x = 1\n#+END_SRC\n", "```python\nx = 1\n```");
        check("#+begin_quote\nSaid.\n#+end_quote\n", "Said.");
        check("#+begin_src c\nnot closed", "```c\nnot closed\n```");
        check(": a\n: b\n", "```\na\nb\n```");
        check("| a | b |\n|---+---|\n| 1 | 2 |\n", "| a | b |\n| --- | --- |\n| 1 | 2 |");
        check("- one\n  goes on\n  - [X] two\n1. three\n", "- one goes on\n   - two\n1. three");
        check(":LOGBOOK:\nnot closed", ":LOGBOOK:\n\nnot closed");
        check("[[open link and =open code", "[[open link and =open code");
    }
}
