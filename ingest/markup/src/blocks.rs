//! Writing Markdown, block by block.

use std::borrow::Cow;

/// Lists are written no deeper: what is indented more would be code.
const MAX_ITEM_DEPTH: usize = 8;

/// A Markdown text in the making: blocks with an empty line between them, but for the items of a list.
#[derive(Debug, Default)]
pub struct Blocks {
    text: String,
    ends_with_item: bool,
}

impl Blocks {
    /// Levels beyond those of Markdown become its last.
    pub fn heading(&mut self, level: usize, text: &str) {
        let text = one_line(text);
        if !text.is_empty() {
            self.markdown(&format!("{} {text}", "#".repeat(level.clamp(1, 6))));
        }
    }

    /// Lines that Markdown would take for structure are escaped.
    pub fn paragraph(&mut self, text: &str) {
        let lines: Vec<Cow<'_, str>> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(escaped).collect();
        self.markdown(&lines.join("\n"));
    }

    /// An item of a list in so many others; `marker` is `-` or a number with its dot.
    pub fn item(&mut self, depth: usize, marker: &str, text: &str) {
        let text = one_line(text);
        if text.is_empty() {
            return;
        }
        let indent = "   ".repeat(depth.min(MAX_ITEM_DEPTH));
        let line = format!("{indent}{marker} {text}");
        if self.ends_with_item {
            self.text.push('\n');
            self.text.push_str(&line);
        } else {
            self.markdown(&line);
        }
        self.ends_with_item = true;
    }

    /// Fenced; the fence is longer than any in the code.
    pub fn code(&mut self, language: &str, code: &str) {
        let code = code.trim_matches(['\n', '\r']).trim_end();
        if code.trim().is_empty() {
            return;
        }
        let longest = code.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        let language = language.split_whitespace().next().unwrap_or_default().replace('`', "");
        self.markdown(&format!("{fence}{language}\n{code}\n{fence}"));
    }

    /// The first row is the header. Short rows are filled; a table without any text is left out.
    pub fn table(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        if rows.iter().flatten().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let mut table = String::new();
        for (number, row) in rows.iter().enumerate() {
            write_row(&mut table, row, columns);
            if number == 0 {
                write_rule(&mut table, columns);
            }
        }
        self.markdown(table.trim_end());
    }

    /// A block that is Markdown already.
    pub fn markdown(&mut self, block: &str) {
        if block.trim().is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(block);
        self.ends_with_item = false;
    }

    /// What was written.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// A row of a pipe table, filled up to so many columns.
pub fn write_row<T: AsRef<str>>(table: &mut String, cells: impl IntoIterator<Item = T>, columns: usize) {
    let mut written = 0;
    for cell in cells {
        table.push_str("| ");
        let text = one_line(cell.as_ref());
        if !text.is_empty() {
            // A bar that is escaped already stays so.
            table.push_str(&text.replace("\\|", "|").replace('|', "\\|"));
            table.push(' ');
        }
        written += 1;
    }
    table.push_str(&"| ".repeat(columns.saturating_sub(written)));
    table.push_str("|\n");
}

/// The line below a table's header.
pub fn write_rule(table: &mut String, columns: usize) {
    table.push_str(&"| --- ".repeat(columns));
    table.push_str("|\n");
}

/// White space of any kind becomes one space.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(line: &str) -> Cow<'_, str> {
    if is_structure(line) { Cow::Owned(format!("\\{line}")) } else { Cow::Borrowed(line) }
}

/// Whether Markdown would take a line for a heading, a quote, a table, a fence, an underline or a rule. Markers of items
/// are left: such a line is one in most notations.
fn is_structure(line: &str) -> bool {
    let Some(first) = line.chars().next() else { return false };
    let rest = line.trim_start_matches(first);
    match first {
        '#' => rest.is_empty() || rest.starts_with([' ', '\t']),
        '>' | '|' => true,
        '`' | '~' => line.len() - rest.len() >= 3,
        '=' | '-' | '_' | '*' => rest.trim().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_say_what_they_were_told() {
        let mut blocks = Blocks::default();
        blocks.heading(9, " Two\nlines ");
        blocks.paragraph("# 1 of 3\n  |x| < 1\n\n====\nplain");
        blocks.item(0, "-", "one\ntwo");
        blocks.item(1, "1.", "three");
        blocks.item(99, "-", "deep");
        blocks.code("rust ignore", "let a = \"```\";\n\n");
        blocks.table(&[vec!["a".to_owned(), "b\nc".to_owned()], vec!["1|2".to_owned()]]);
        blocks.table(&[vec![" ".to_owned()]]);
        blocks.code("", " \n");
        let deep = "   ".repeat(MAX_ITEM_DEPTH);
        let expected = format!(
            "###### Two lines\n\n\\# 1 of 3\n\\|x| < 1\n\\====\nplain\n\n- one two\n   1. three\n{deep}- deep\n\n````rust\nlet a = \"```\";\n````\n\n| a | b c |\n| --- | --- |\n| 1\\|2 | |"
        );
        assert_eq!(blocks.into_text(), expected);
    }
}
