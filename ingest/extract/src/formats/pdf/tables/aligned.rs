//! Lines with wide gaps, whose parts stand under each other: tables without rules between their cells, and columns of
//! prose that the file draws line by line across the page.

use super::super::geometry::Bounds;
use super::super::lines::Line;
use super::{Rows, is_table};

/// No page has more lines under each other.
const LINES: usize = 400;

/// What a stretch of lines is made of.
#[derive(Debug)]
pub(in super::super) enum Part {
    /// Lines of text, in reading order.
    Text(Vec<Line>),
    /// A table.
    Table(Rows),
}

/// Finds the tables among the lines, and puts columns one after the other.
pub(in super::super) fn with_tables(lines: Vec<Line>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = Vec::new();
    let rows: Vec<Vec<Line>> = lines.iter().map(Line::cells).collect();
    let (mut rest, mut lines) = (rows.as_slice(), lines.into_iter());
    while !rest.is_empty() {
        let length = match part_at(rest) {
            Some((part, length)) => {
                parts.extend((!text.is_empty()).then(|| Part::Text(std::mem::take(&mut text))));
                parts.push(part);
                lines.by_ref().take(length).for_each(drop);
                length
            }
            None => {
                text.extend(lines.next());
                1
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    parts.extend((!text.is_empty()).then_some(Part::Text(text)));
    parts
}

/// The table or the columns that begin with the first of the rows, and of how many rows they are.
fn part_at(rows: &[Vec<Line>]) -> Option<(Part, usize)> {
    if rows.first()?.len() < 2 {
        return None;
    }
    let together = rows.get(..stretch(rows))?;
    if let Some(lines) = prose_of(together) {
        return Some((Part::Text(lines), together.len()));
    }
    let mut candidate = together.get(..together.iter().take_while(|row| row.len() >= 2).count())?;
    while candidate.len() >= 3 {
        if let Some(table) = table_of(candidate) {
            return Some((Part::Table(table), candidate.len()));
        }
        candidate = candidate.split_last()?.1;
    }
    None
}

/// How many of the rows follow each other downwards and have columns in common.
fn stretch(rows: &[Vec<Line>]) -> usize {
    const WIDEST_STEP: f32 = 4.0;
    let mut columns: Vec<Bounds> = Vec::new();
    let mut former: Option<&Line> = None;
    for (number, row) in rows.iter().take(LINES).enumerate() {
        let Some(first) = row.first() else { return number };
        let follows = former.is_none_or(|former| {
            let step = former.bounds.bottom - first.bounds.bottom;
            step > 0.0 && step < WIDEST_STEP * former.height.max(1.0)
        });
        let with_row = columns_of(columns.iter().copied().chain(row.iter().map(|cell| cell.bounds)).collect());
        let is_bridged = with_row.len() < 2 || (number >= 3 && with_row.len() < columns.len());
        if !follows || is_bridged {
            return number;
        }
        columns = with_row;
        former = Some(first);
    }
    rows.len().min(LINES)
}

/// Where cells stand under each other. Two columns that a cell bridges are one.
fn columns_of(mut cells: Vec<Bounds>) -> Vec<Bounds> {
    cells.sort_by(|one, two| one.left.total_cmp(&two.left));
    let mut columns: Vec<Bounds> = Vec::new();
    for cell in cells {
        match columns.last_mut() {
            Some(column) if column.shares_width(cell) => *column = column.with(cell),
            _ => columns.push(cell),
        }
    }
    columns
}

/// The lines column by column, if the columns are prose: most lines have words in several, and most of these fill them.
fn prose_of(rows: &[Vec<Line>]) -> Option<Vec<Line>> {
    const LEAST_ROWS: usize = 4;
    const LONG: usize = 15;
    let columns = columns_of(rows.iter().flatten().map(|cell| cell.bounds).collect());
    let column_of = |cell: &Line| columns.iter().position(|column| column.shares_width(cell.bounds));
    let cells: Vec<&Line> = rows.iter().flatten().collect();
    let fills = |cell: &&&Line| {
        let width = column_of(cell).and_then(|column| columns.get(column)).map_or(f32::MAX, |column| column.width());
        cell.bounds.width() > 0.75 * width && cell.text().chars().count() >= LONG
    };
    let broad_rows = rows.iter().filter(|row| row.len() >= 2).count();
    if broad_rows < LEAST_ROWS || broad_rows * 2 < rows.len() || cells.iter().filter(fills).count() * 2 < cells.len() {
        return None;
    }
    let mut ordered: Vec<(usize, Line)> = cells.into_iter().filter_map(|cell| Some((column_of(cell)?, cell.clone()))).collect();
    ordered.sort_by_key(|(column, _)| *column);
    Some(ordered.into_iter().map(|(_, line)| line).collect())
}

/// The cells in their columns, if they have columns that a table would have.
fn table_of(rows: &[Vec<Line>]) -> Option<Rows> {
    let columns = columns_of(rows.iter().flatten().map(|cell| cell.bounds).collect());
    let least = if columns.len() == 2 { 4 } else { 3 };
    if columns.len() < 2 || rows.len() < least {
        return None;
    }
    let mut table: Rows = Vec::new();
    for row in rows {
        let mut cells = vec![String::new(); columns.len()];
        for cell in row {
            let at = columns.iter().position(|column| column.shares_width(cell.bounds))?;
            let text = cells.get_mut(at)?;
            if !text.is_empty() {
                return None;
            }
            *text = cell.text();
            text.extend(cell.is_hyphenated.then_some('-'));
        }
        table.push(cells);
    }
    (is_table(&table) && is_filled(&table) && !is_list(&table)).then_some(table)
}

/// Whether nearly all cells say something, and most of them in a few words: sentences in columns are no table.
fn is_filled(table: &Rows) -> bool {
    const LONG: usize = 60;
    const SENTENCE: usize = 25;
    let longer_than = |least: usize| table.iter().flatten().filter(|cell| cell.chars().count() > least).count();
    let cells = table.iter().flatten().count();
    longer_than(0) * 4 >= cells * 3 && longer_than(LONG) * 5 <= cells && longer_than(SENTENCE) * 2 <= cells
}

/// Whether the first column only numbers the second, or the last is where a table of contents points.
fn is_list(table: &Rows) -> bool {
    let is_mark = |cell: &String| cell.chars().count() <= 4 && !cell.chars().any(char::is_alphabetic);
    let marks = table.iter().filter_map(|row| row.first()).filter(|cell| is_mark(cell)).count();
    let dots = table.iter().flatten().filter(|cell| cell.contains("....") || cell.contains(". . .")).count();
    let is_of_two = table.first().is_some_and(|row| row.len() == 2);
    (is_of_two && marks * 2 > table.len()) || dots * 3 > table.len()
}

#[cfg(test)]
mod tests {
    use super::super::super::glyphs::Glyph;
    use super::super::super::lines::lines;
    use super::super::super::lines::tests::drawn;
    use super::*;

    /// Rows of cells, each at its distance from the left; 12 points from row to row.
    fn parts(rows: &[&[(f32, &str)]]) -> Vec<Part> {
        let mut glyphs = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            glyphs.extend(row.iter().flat_map(|(left, text)| drawn(text, *left, 700.0 - 12.0 * number as f32)));
            glyphs.push(Glyph::LineBreak);
        }
        with_tables(lines(&glyphs))
    }

    fn check(rows: &[&[(f32, &str)]], expected: &[&[&str]]) {
        let tables = parts(rows).into_iter().filter_map(|part| if let Part::Table(rows) = part { Some(rows) } else { None });
        let expected: Vec<Vec<&str>> = expected.iter().map(|row| row.to_vec()).collect();
        assert_eq!(tables.flatten().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn columns_make_a_table() {
        let heading: &[(f32, &str)] = &[(0.0, "A heading above it")];
        let head: &[(f32, &str)] = &[(0.0, "Land"), (100.0, "People"), (200.0, "Capital")];
        let austria: &[(f32, &str)] = &[(0.0, "Austria"), (110.0, "8.9"), (200.0, "Vienna")];
        let belgium: &[(f32, &str)] = &[(0.0, "Belgium"), (105.0, "11.5"), (200.0, "Brussels")];
        check(
            &[heading, head, austria, belgium],
            &[&["Land", "People", "Capital"], &["Austria", "8.9", "Vienna"], &["Belgium", "11.5", "Brussels"]],
        );
        check(&[head, austria], &[]);
    }

    #[test]
    fn lists_are_none() {
        check(
            &[
                &[(0.0, "1."), (30.0, "one")],
                &[(0.0, "2."), (30.0, "two")],
                &[(0.0, "3."), (30.0, "three")],
                &[(0.0, "4."), (30.0, "four")],
            ],
            &[],
        );
        check(
            &[
                &[(0.0, "One ...."), (100.0, "1")],
                &[(0.0, "Two ...."), (100.0, "2")],
                &[(0.0, "Three ..."), (100.0, "3")],
                &[(0.0, "Four ...."), (100.0, "4")],
            ],
            &[],
        );
    }

    #[test]
    fn prose_is_read_column_by_column() {
        let row = |left, right| [(0.0, left), (200.0, right)];
        let rows = [
            row("this is the first line", "and this one the fifth"),
            row("this is the second one", "this one is the sixth,"),
            row("then there is the third", "this one the seventh,"),
            row("and then the fourth one", "and the eighth ends it."),
        ];
        let rows: Vec<&[(f32, &str)]> = rows.iter().map(|row| row.as_slice()).collect();
        let parts = parts(&rows);
        let [Part::Text(lines)] = parts.as_slice() else { panic!("one stretch of text: {parts:?}") };
        let text: Vec<String> = lines.iter().map(Line::text).collect();
        assert_eq!(
            (text[0].as_str(), text[3].as_str(), text[4].as_str()),
            ("this is the first line", "and then the fourth one", "and this one the fifth")
        );
    }
}
