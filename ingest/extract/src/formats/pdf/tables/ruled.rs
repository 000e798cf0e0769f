//! Tables whose cells are ruled.

use super::super::geometry::Bounds;
use super::super::glyphs::Glyph;
use super::super::lines::lines;
use super::super::paragraphs::{Compounds, paragraphs};
use super::super::rules::{Rule, Rules};
use super::{Rows, is_table, without_empty};

/// Lines this near to each other are one.
const NEAR: f32 = 3.0;

/// Grids of more lines are patterns or plots.
const MOST_LINES: usize = 400;

/// A ruled table and the letters that are in it.
#[derive(Debug)]
pub(in super::super) struct RuledTable {
    pub(in super::super) rows: Rows,
    pub(in super::super) bounds: Bounds,
}

/// The ruled tables on a page with these letters.
pub(in super::super) fn ruled_tables(rules: &Rules, glyphs: &[Glyph]) -> Vec<RuledTable> {
    let mut tables = Vec::new();
    for grid in grids(rules) {
        let Some(cells) = grid.cells(glyphs) else { continue };
        let rows = without_empty(cells);
        if is_table(&rows) {
            tables.push(RuledTable { rows, bounds: grid.bounds() });
        }
    }
    tables
}

/// Rules that cross each other: the sides of its columns, the heights of its rows.
#[derive(Debug, Default)]
struct Grid {
    rules: Rules,
    /// From left to right.
    sides: Vec<f32>,
    /// From the top down.
    heights: Vec<f32>,
}

/// The groups of rules that hang together and have cells.
fn grids(rules: &Rules) -> Vec<Grid> {
    let (mut horizontal, mut vertical) = (rules.horizontal.clone(), rules.vertical.clone());
    if horizontal.len() > MOST_LINES * 10 || vertical.len() > MOST_LINES * 10 {
        return Vec::new();
    }
    let mut grids = Vec::new();
    while let Some(first) = horizontal.pop() {
        let mut grid = Grid { rules: Rules { horizontal: vec![first], vertical: Vec::new() }, ..Grid::default() };
        loop {
            let (crossing, others): (Vec<Rule>, Vec<Rule>) =
                vertical.into_iter().partition(|rule| grid.rules.horizontal.iter().any(|other| cross(*other, *rule)));
            vertical = others;
            grid.rules.vertical.extend(crossing);
            let (crossing, others): (Vec<Rule>, Vec<Rule>) =
                horizontal.into_iter().partition(|rule| grid.rules.vertical.iter().any(|other| cross(*rule, *other)));
            horizontal = others;
            if crossing.is_empty() {
                break;
            }
            grid.rules.horizontal.extend(crossing);
        }
        grid.sides = places(&grid.rules.vertical);
        grid.heights = places(&grid.rules.horizontal);
        grid.heights.reverse();
        let is_grid = grid.sides.len() >= 3 && grid.heights.len() >= 3;
        if is_grid && grid.sides.len() <= MOST_LINES && grid.heights.len() <= MOST_LINES {
            grids.push(grid);
        }
    }
    grids
}

fn cross(horizontal: Rule, vertical: Rule) -> bool {
    (horizontal.from - NEAR..=horizontal.to + NEAR).contains(&vertical.at)
        && (vertical.from - NEAR..=vertical.to + NEAR).contains(&horizontal.at)
}

/// Where the rules are, in order; those beside each other count once.
fn places(rules: &[Rule]) -> Vec<f32> {
    let mut places: Vec<f32> = rules.iter().map(|rule| rule.at).collect();
    places.sort_by(f32::total_cmp);
    places.dedup_by(|next, place| *next - *place < NEAR);
    places
}

impl Grid {
    fn bounds(&self) -> Bounds {
        let end = |values: &[f32], last: bool| if last { values.last() } else { values.first() }.copied().unwrap_or_default();
        Bounds {
            left: end(&self.sides, false),
            right: end(&self.sides, true),
            bottom: end(&self.heights, true),
            top: end(&self.heights, false),
        }
    }

    /// The letters of each cell, as text. What stands in merged cells is in the first of them. Nothing if words go across
    /// the rules, as they do in a chart.
    fn cells(&self, glyphs: &[Glyph]) -> Option<Rows> {
        let (columns, rows) = (self.sides.len() - 1, self.heights.len() - 1);
        let mut cells: Vec<Vec<Glyph>> = vec![Vec::new(); columns * rows];
        let mut current = None;
        let (mut letters, mut torn) = (0_usize, 0_usize);
        let mut former: Option<Bounds> = None;
        for glyph in glyphs {
            if let Glyph::Drawn { bounds, .. } = glyph {
                let place = self.place(*bounds).map(|(row, column)| self.owner(row, column)).map(|(row, column)| row * columns + column);
                let follows =
                    former.is_some_and(|former| former.shared_height(*bounds) > 0.5 && former.gap_to(*bounds) < 0.1 * bounds.height());
                torn += usize::from(follows && current.is_some() && place.is_some() && place != current);
                letters += usize::from(place.is_some());
                current = place;
            }
            former =
                if let Glyph::Drawn { bounds, character, .. } = glyph { (!character.is_whitespace()).then_some(*bounds) } else { None };
            if let Some(cell) = current.and_then(|cell| cells.get_mut(cell)) {
                cell.push(*glyph);
            }
        }
        let text = |glyphs: &Vec<Glyph>| paragraphs(&lines(glyphs), &Compounds::default()).join(" ");
        let is_torn = torn * 40 > letters;
        (!is_torn).then(|| cells.chunks(columns).map(|row| row.iter().map(text).collect()).collect())
    }

    fn place(&self, letter: Bounds) -> Option<(usize, usize)> {
        let (x, y) = letter.middle();
        let column = self.sides.partition_point(|side| *side <= x).checked_sub(1)?;
        let row = self.heights.partition_point(|height| *height >= y).checked_sub(1)?;
        (column + 1 < self.sides.len() && row + 1 < self.heights.len()).then_some((row, column))
    }

    /// The cell that this one is merged into: where no rule is, no border is.
    fn owner(&self, mut row: usize, mut column: usize) -> (usize, usize) {
        let between = |places: &[f32], number: usize| Some(f32::midpoint(*places.get(number)?, *places.get(number + 1)?));
        let is_ruled = |rules: &[Rule], at: Option<&f32>, through: Option<f32>| {
            let Some((at, through)) = at.zip(through) else { return true };
            rules.iter().any(|rule| (rule.at - at).abs() < NEAR && (rule.from - NEAR..=rule.to + NEAR).contains(&through))
        };
        while column > 0 && !is_ruled(&self.rules.vertical, self.sides.get(column), between(&self.heights, row)) {
            column -= 1;
        }
        while row > 0 && !is_ruled(&self.rules.horizontal, self.heights.get(row), between(&self.sides, column)) {
            row -= 1;
        }
        (row, column)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::lines::tests::drawn;
    use super::*;

    fn ruled(boxes: &[(f32, f32, f32, f32)]) -> Rules {
        let mut rules = Rules::default();
        boxes.iter().for_each(|&(left, right, bottom, top)| rules.add(Bounds { left, right, bottom, top }));
        rules
    }

    #[test]
    fn boxes_make_a_table() {
        let rules = ruled(&[(0.0, 50.0, 0.0, 20.0), (50.0, 100.0, 0.0, 20.0), (0.0, 50.0, 20.0, 40.0), (50.0, 100.0, 20.0, 40.0)]);
        // Drawn column by column, as some programs do.
        let glyphs = [
            drawn("name", 5.0, 25.0),
            drawn("Ada", 5.0, 5.0),
            drawn("age", 55.0, 25.0),
            drawn("36", 55.0, 5.0),
            drawn("below", 5.0, -50.0),
        ]
        .concat();
        let tables = ruled_tables(&rules, &glyphs);
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].rows, [["name", "age"], ["Ada", "36"]]);
    }

    #[test]
    fn merged_cells_are_one() {
        let rules = ruled(&[
            (0.0, 50.0, 0.0, 20.0),
            (50.0, 100.0, 0.0, 20.0),
            (0.0, 100.0, 20.0, 40.0),
            (0.0, 50.0, -20.0, 0.0),
            (50.0, 100.0, -20.0, 0.0),
        ]);
        let glyphs =
            [drawn("a", 5.0, 5.0), drawn("b", 60.0, 5.0), drawn("wide head", 40.0, 25.0), drawn("c", 5.0, -15.0), drawn("d", 60.0, -15.0)]
                .concat();
        assert_eq!(ruled_tables(&rules, &glyphs)[0].rows, [["wide head", ""], ["a", "b"], ["c", "d"]]);
    }

    #[test]
    fn words_across_rules_are_no_cells() {
        let rules = ruled(&[(0.0, 50.0, 0.0, 20.0), (50.0, 100.0, 0.0, 20.0), (0.0, 50.0, 20.0, 40.0), (50.0, 100.0, 20.0, 40.0)]);
        let glyphs = [drawn("legends across", 5.0, 25.0), drawn("and another one", 5.0, 5.0)].concat();
        assert!(ruled_tables(&rules, &glyphs).is_empty());
    }

    #[test]
    fn a_frame_is_no_table() {
        let rules = ruled(&[(0.0, 100.0, 0.0, 100.0), (200.0, 300.0, 0.0, 100.0)]);
        assert!(ruled_tables(&rules, &drawn("text", 5.0, 5.0)).is_empty());
        assert!(ruled_tables(&Rules::default(), &[]).is_empty());
    }
}
