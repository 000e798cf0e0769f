//! A table's cells on their grid.

use std::collections::BTreeSet;

/// The widest and the highest span that is believed; HTML has the same limit for columns.
const SPAN: u32 = 1000;

/// Grids with more positions are written without keeping their columns under each other: most positions are empty.
const POSITIONS: usize = 4_000_000;

/// The cells that say something, row by row. A merged cell's text stands once, where the cell begins.
#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: Vec<Vec<(u32, String)>>,
    /// The row until which each column is covered by a cell from above.
    covered_until: Vec<usize>,
    next_column: u32,
    bytes: usize,
}

impl Grid {
    /// Begins a row.
    pub(super) fn row(&mut self) {
        self.rows.push(Vec::new());
        self.next_column = 0;
    }

    /// Puts a cell where the row's next one belongs: right of the one before, and not under one that reaches down.
    pub(super) fn cell(&mut self, text: String, columns: u32, rows: u32) {
        let row = self.rows.len();
        let column_of = |column: u32| usize::try_from(column).unwrap_or(usize::MAX);
        while self.covered_until.get(column_of(self.next_column)).is_some_and(|until| *until >= row) {
            self.next_column += 1;
        }
        let (columns, rows) = (columns.clamp(1, SPAN), rows.clamp(1, SPAN));
        let column = self.next_column;
        self.next_column = column.saturating_add(columns);
        if rows > 1 {
            let until = row.saturating_add(column_of(rows) - 1);
            let end = column_of(self.next_column);
            if self.covered_until.len() < end {
                self.covered_until.resize(end, 0);
            }
            for covered in self.covered_until.iter_mut().take(end).skip(column_of(column)) {
                *covered = until;
            }
        }
        self.put(column, text);
    }

    /// Puts a text into a column of the row.
    pub(super) fn put(&mut self, column: u32, text: String) {
        if text.trim().is_empty() {
            return;
        }
        self.bytes = self.bytes.saturating_add(text.len());
        if let Some(row) = self.rows.last_mut() {
            row.push((column, text));
        }
    }

    /// Takes the row again and again, while there is room.
    pub(super) fn repeat(&mut self, times: u32, room: usize) {
        let Some(row) = self.rows.last().cloned().filter(|row| !row.is_empty()) else { return };
        let row_bytes: usize = row.iter().map(|(_, text)| text.len()).sum();
        for _ in 0..times {
            if self.bytes > room {
                return;
            }
            self.bytes = self.bytes.saturating_add(row_bytes);
            self.rows.push(row.clone());
        }
    }

    /// How much text it holds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Its rows, without those and without the columns that say nothing.
    pub(super) fn into_rows(self) -> Vec<Vec<String>> {
        let rows: Vec<_> = self.rows.into_iter().filter(|row| !row.is_empty()).collect();
        let columns: BTreeSet<u32> = rows.iter().flatten().map(|(column, _)| *column).collect();
        let columns: Vec<u32> = columns.into_iter().collect();
        if rows.len().saturating_mul(columns.len()) > POSITIONS {
            return rows.into_iter().map(|row| row.into_iter().map(|(_, text)| text).collect()).collect();
        }
        rows.into_iter().map(|row| on_columns(row, &columns)).collect()
    }
}

fn on_columns(row: Vec<(u32, String)>, columns: &[u32]) -> Vec<String> {
    let mut line = vec![String::new(); columns.len()];
    for (column, text) in row {
        let Ok(position) = columns.binary_search(&column) else { continue };
        if let Some(cell) = line.get_mut(position) {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(&text);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_cells_stand_once_and_push_the_others_aside() {
        let mut grid = Grid::default();
        let rows: [&[(&str, u32, u32)]; 4] =
            [&[("head", 2, 1), ("x", 1, 1)], &[("high", 1, 2), ("a", 1, 1), ("b", 1, 1)], &[("c", 1, 1), ("d", 1, 1)], &[("", 3, 1)]];
        for row in rows {
            grid.row();
            for (text, columns, rows) in row {
                grid.cell((*text).to_owned(), *columns, *rows);
            }
        }
        assert_eq!(grid.into_rows(), [["head", "", "x"], ["high", "a", "b"], ["", "c", "d"]]);
    }

    #[test]
    fn far_apart_cells_cost_little() {
        let mut grid = Grid::default();
        for row in 0..3000_u32 {
            grid.row();
            grid.put(row * 5, row.to_string());
        }
        let rows = grid.into_rows();
        assert_eq!((rows.len(), rows[2999].as_slice()), (3000, ["2999".to_owned()].as_slice()));
    }
}
