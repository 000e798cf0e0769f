//! Tables: ruled ones by their rules, others by their columns. What is not surely a table stays text.

mod aligned;
mod ruled;

pub(super) use aligned::{Part, with_tables};
pub(super) use ruled::{RuledTable, ruled_tables};

/// A table's cells, row by row.
pub(super) type Rows = Vec<Vec<String>>;

/// Whether these cells are worth a table: two rows and columns at least, most rows filled, no cell as long as a page.
fn is_table(rows: &Rows) -> bool {
    const LONGEST_CELL: usize = 2_000;
    let filled = |row: &&Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count() >= 2;
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    rows.len() >= 2
        && columns >= 2
        && rows.iter().filter(filled).count() * 2 > rows.len()
        && rows.iter().flatten().all(|cell| cell.len() <= LONGEST_CELL)
}

/// Takes out the rows and columns that say nothing.
fn without_empty(rows: Rows) -> Rows {
    let says_something = |cell: &String| !cell.trim().is_empty();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let kept: Vec<usize> = (0..columns).filter(|column| rows.iter().any(|row| row.get(*column).is_some_and(says_something))).collect();
    let filled = rows.into_iter().filter(|row| row.iter().any(says_something));
    filled.map(|row| kept.iter().map(|column| row.get(*column).cloned().unwrap_or_default()).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &[&[&str]]) -> Rows {
        table.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn tables_have_rows_and_columns() {
        assert!(is_table(&rows(&[&["a", "b"], &["1", "2"]])));
        assert!(!is_table(&rows(&[&["a", "b"]])));
        assert!(!is_table(&rows(&[&["a", ""], &["1", ""], &["1", "2"]])));
        assert!(!is_table(&rows(&[&["a", &"long ".repeat(1000)], &["1", "2"]])));
    }

    #[test]
    fn empty_rows_and_columns_are_left_out() {
        assert_eq!(without_empty(rows(&[&["a", "", "b"], &["", "", ""], &["1", "", ""]])), rows(&[&["a", "b"], &["1", ""]]));
    }
}
