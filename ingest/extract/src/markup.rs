//! Writing Markdown that says what the document said, and no more.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A paragraph's text with everything escaped that Markdown would take for structure at the start of one of its lines:
/// headings, quotes, fences, tables, HTML, underlines that make a heading of the line above, and indented code.
///
/// List markers stay: a line that begins with `-` or `1.` in a document is an item there too.
pub(crate) fn paragraph(text: &str) -> Cow<'_, str> {
    if text.lines().all(|line| escape_at(line).is_none() && !line.starts_with([' ', '\t'])) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<String> = text.lines().map(|line| escaped(line.trim_start())).collect();
    Cow::Owned(lines.join("\n"))
}

/// A heading of level 1 to 6, on one line.
pub(crate) fn heading(level: u8, text: &str) -> String {
    format!("{} {}", "#".repeat(usize::from(level.clamp(1, 6))), one_line(text))
}

/// A pipe table; its first row is the head. Cells become one line, their pipes are escaped, short rows are filled.
/// Empty for a table without any cell that says something.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let says_something = rows.iter().flatten().any(|cell| !cell.trim().is_empty());
    if !says_something {
        return String::new();
    }
    let mut written = String::new();
    for (number, row) in rows.iter().enumerate() {
        for column in 0..columns {
            let text = row.get(column).map(|cell| cell_text(cell)).unwrap_or_default();
            let _ = write!(written, "| {text}{}", if text.is_empty() { "" } else { " " });
        }
        written.push_str("|\n");
        if number == 0 {
            written.push_str(&"| --- ".repeat(columns));
            written.push_str("|\n");
        }
    }
    written.truncate(written.trim_end().len());
    written
}

fn cell_text(cell: &str) -> String {
    one_line(cell).replace('\\', "\\\\").replace('|', "\\|")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(line: &str) -> String {
    let Some((before, after)) = escape_at(line).and_then(|at| line.split_at_checked(at)) else { return line.to_owned() };
    format!("{before}\\{after}")
}

/// Where a backslash keeps the line from being structure.
fn escape_at(line: &str) -> Option<usize> {
    let line = line.trim_end();
    let first = line.chars().next()?;
    let rest = line.trim_start_matches(first);
    let is_structure = match first {
        '#' => line.len() - rest.len() <= 6 && (rest.is_empty() || rest.starts_with([' ', '\t'])),
        '>' | '|' => true,
        '`' | '~' => line.len() - rest.len() >= 3,
        '<' => rest.starts_with(|next: char| next.is_ascii_alphabetic() || "/!?".contains(next)),
        // An underline, or a rule.
        '=' | '-' | '_' | '*' => rest.is_empty(),
        _ => false,
    };
    is_structure.then_some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_stay_paragraphs() {
        let check = |text: &str, expected: &str| assert_eq!(paragraph(text), expected, "{text:?}");
        check("plain text\nof two lines", "plain text\nof two lines");
        check("# 1 of 3", "\\# 1 of 3");
        check("#hashtag", "#hashtag");
        check("> 5 %", "\\> 5 %");
        check("Total\n-----", "Total\n\\-----");
        check("- an item\n1. another", "- an item\n1. another");
        check("    indented", "indented");
        check("```", "\\```");
        check("|x| < 1", "\\|x| < 1");
        check("<b>", "\\<b>");
        check("< 5", "< 5");
        check("a\n\tb", "a\nb");
        check("", "");
    }

    #[test]
    fn tables_have_as_many_cells_in_every_row() {
        let rows = [vec!["a".to_owned(), "b\nc".to_owned()], vec!["1|2".to_owned()]];
        assert_eq!(table(&rows), "| a | b c |\n| --- | --- |\n| 1\\|2 | |");
        assert_eq!(table(&[vec![" ".to_owned()]]), "");
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn headings_are_one_line() {
        assert_eq!(heading(9, " two\nlines "), "###### two lines");
    }
}
