//! Columns that align, whatever the script.

use unicode_width::UnicodeWidthStr;

use super::terminal::{self, STRONG};

/// Writes rows under a header; the last column takes what is left of the width.
pub(crate) fn show<const COLUMNS: usize>(header: [&str; COLUMNS], rows: &[[String; COLUMNS]]) {
    let mut widths = header.map(UnicodeWidthStr::width);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    terminal::say(format!("{STRONG}{}{STRONG:#}", line(&header.map(str::to_owned), &widths)));
    for row in rows {
        terminal::say(line(row, &widths));
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| pad(cell, *width));
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Fills up with spaces to a width in columns; a wide character takes two.
fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_align() {
        assert_eq!(line(&["中文".into(), "x".into()], &[6, 1]), "中文    x");
        assert_eq!(line(&["abcd".into(), "x".into()], &[6, 1]), "abcd    x");
    }
}
