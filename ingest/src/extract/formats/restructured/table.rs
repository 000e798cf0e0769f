//! Tables that are drawn.

use super::inline::inline;
use crate::extract::formats::lines::Lines;

/// The rows of the table that comes next, if one does.
pub(super) fn read(lines: &mut Lines<'_, '_>) -> Option<Vec<Vec<String>>> {
    let first = lines.peek()?;
    if is_grid_border(first) {
        return Some(grid(lines.take_while(|line| line.starts_with(['+', '|']))));
    }
    is_simple_border(first).then(|| simple(lines))
}

/// `+-----+---+`
fn is_grid_border(line: &str) -> bool {
    let line = line.trim_end();
    line.starts_with('+') && line.ends_with('+') && line.len() > 2 && line.chars().all(|letter| "+-=".contains(letter))
}

/// `=====  ===`
fn is_simple_border(line: &str) -> bool {
    line.starts_with('=') && line.trim_end().contains(' ') && line.chars().all(|letter| letter == '=' || letter == ' ')
}

fn grid(lines: &[&str]) -> Vec<Vec<String>> {
    let mut edges: Vec<usize> = Vec::new();
    for line in lines.iter().filter(|line| is_grid_border(line)) {
        edges.extend(line.chars().enumerate().filter(|(_, letter)| *letter == '+').map(|(at, _)| at));
    }
    edges.sort_unstable();
    edges.dedup();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut is_new = true;
    for line in lines {
        let is_rule = line.contains("+--") || line.contains("--+") || line.contains("+==");
        if is_rule {
            is_new = true;
            continue;
        }
        if is_new {
            rows.push(vec![String::new(); edges.len().saturating_sub(1)]);
            is_new = false;
        }
        let Some(row) = rows.last_mut() else { continue };
        let mut column = None;
        for (at, letter) in line.chars().enumerate() {
            match edges.binary_search(&at) {
                Ok(edge) if letter == '|' => column = Some(edge),
                _ => {
                    if let Some(cell) = column.and_then(|column| row.get_mut(column)) {
                        cell.push(letter);
                    }
                }
            }
        }
        row.iter_mut().for_each(|cell| cell.push(' '));
    }
    rows.iter().map(|row| row.iter().map(|cell| inline(cell.trim())).collect()).collect()
}

fn simple(lines: &mut Lines<'_, '_>) -> Vec<Vec<String>> {
    let border: Vec<char> = lines.next().unwrap_or_default().trim_end().chars().collect();
    let starts: Vec<usize> =
        (0..border.len()).filter(|at| border.get(*at) == Some(&'=') && (*at == 0 || border.get(at - 1) == Some(&' '))).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    while let Some(line) = lines.next() {
        if is_simple_border(line) {
            if lines.peek().is_none_or(|next| next.trim().is_empty()) {
                break;
            }
            continue;
        }
        let is_rule = !line.trim().is_empty() && line.chars().all(|letter| letter == '-' || letter == ' ');
        if line.trim().is_empty() || is_rule {
            continue;
        }
        let cells = cut(line, &starts);
        match rows.last_mut() {
            // Without anything in the first column, a line goes on with the row above.
            Some(above) if cells.first().is_some_and(String::is_empty) => {
                for (cell, more) in above.iter_mut().zip(cells) {
                    cell.push(' ');
                    cell.push_str(&more);
                }
            }
            _ => rows.push(cells),
        }
    }
    rows
}

fn cut(line: &str, starts: &[usize]) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
    let cells = starts.iter().zip(ends).map(|(start, end)| letters.get(*start..end.min(letters.len())).unwrap_or_default());
    cells.map(|cell| inline(cell.iter().collect::<String>().trim())).collect()
}
