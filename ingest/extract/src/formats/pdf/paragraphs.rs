//! Lines become paragraphs.
//!
//! A page says where its lines are, not what belongs together. What decides here is what a reader goes by: the distance
//! between lines, indentation, and whether the first word of a line would have fitted onto the line before.

mod compounds;

pub(super) use compounds::Compounds;

use super::geometry::{Bounds, median};
use super::lines::Line;

/// Lines this much further apart than the page's usual distance begin another paragraph.
const WIDER: f32 = 1.3;

/// The distance of lines in heights of letters, where a page does not show it.
const USUAL_DISTANCE: f32 = 1.2;

/// What stands between a line and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// The sentence goes on.
    None,
    /// Another line of the same paragraph: an item, a verse, an address.
    Line,
    /// Another paragraph.
    Paragraph,
}

/// The paragraphs of these lines, which stand between two tables or make up the page.
pub(super) fn paragraphs(lines: &[Line], compounds: &Compounds) -> Vec<String> {
    let distance = usual_distance(lines);
    let mut paragraphs: Vec<String> = Vec::new();
    let mut former: Option<&Line> = None;
    for column in lines.chunk_by(|line, next| stand_together(line, next, distance)) {
        let width = column.iter().fold(Bounds::NOTHING, |bounds, line| bounds.with(line.bounds));
        let is_prose = column.iter().filter(|line| room(line, width) < 0.15 * width.width()).count() * 2 >= column.len();
        for (number, line) in column.iter().enumerate() {
            let between = match former {
                Some(former) if number > 0 => break_between(former, line, width, is_prose),
                Some(former) if goes_on_elsewhere(former, line) => Break::None,
                _ => Break::Paragraph,
            };
            append(&mut paragraphs, former, line, between, compounds);
            former = Some(line);
        }
    }
    if let (Some(last), Some(true)) = (paragraphs.last_mut(), former.map(|line| line.is_hyphenated)) {
        last.push('-');
    }
    paragraphs
}

/// How far apart the page's lines are, in heights of their letters.
fn usual_distance(lines: &[Line]) -> f32 {
    let distances = lines.windows(2).filter_map(|pair| {
        let [line, next] = pair else { return None };
        let distance = (line.bounds.bottom - next.bounds.bottom) / line.height.max(1.0);
        (line.bounds.shares_width(next.bounds) && (0.5..2.5).contains(&distance)).then_some(distance)
    });
    median(distances.collect()).unwrap_or(USUAL_DISTANCE)
}

/// Whether the second line follows below the first, in letters of the same size.
fn stand_together(line: &Line, next: &Line, distance: f32) -> bool {
    let height = line.height.max(1.0);
    let step = (line.bounds.bottom - next.bounds.bottom) / height;
    let size = next.height / height;
    line.bounds.shares_width(next.bounds) && (0.3..distance * WIDER).contains(&step) && (0.77..1.3).contains(&size)
}

fn break_between(line: &Line, next: &Line, column: Bounds, is_prose: bool) -> Break {
    if begins_item(next) {
        return Break::Line;
    }
    let first_word = next.words.first().map_or(0.0, |word| word.bounds.width());
    let would_have_fitted = room(line, column) > first_word + line.height;
    let is_indented = indent(next, column) > 0.8 * line.height && indent(line, column) < 0.5 * line.height;
    let is_first = is_indented && !begins_item(line) && ends_sentence(line);
    match (would_have_fitted, is_first) {
        (_, true) => Break::Paragraph,
        (true, _) if is_prose && ends_sentence(line) => Break::Paragraph,
        (true, _) => Break::Line,
        (false, _) => Break::None,
    }
}

/// Whether a sentence goes on at the top of the next column, or below a picture.
fn goes_on_elsewhere(line: &Line, next: &Line) -> bool {
    let same_size = (0.9..1.1).contains(&(next.height / line.height.max(1.0)));
    let starts_small = next.words.first().and_then(|word| word.text.chars().next()).is_some_and(char::is_lowercase);
    same_size && starts_small && (line.is_hyphenated || !ends_sentence(line)) && line.words.len() > 3
}

/// How much of the line is empty at its end.
fn room(line: &Line, column: Bounds) -> f32 {
    if line.is_right_to_left() { line.bounds.left - column.left } else { column.right - line.bounds.right }
}

/// How much of the line is empty at its beginning.
fn indent(line: &Line, column: Bounds) -> f32 {
    if line.is_right_to_left() { column.right - line.bounds.right } else { line.bounds.left - column.left }
}

fn ends_sentence(line: &Line) -> bool {
    let last = line.words.last().and_then(|word| word.text.trim_end_matches(['"', '”', '’', '»', ')', '」']).chars().next_back());
    !line.is_hyphenated && last.is_some_and(|last| ".:;!?…。！？؟۔।".contains(last))
}

/// Whether the line begins with a bullet or a number: `-`, `1.`, `(a)`, `[12]`.
fn begins_item(line: &Line) -> bool {
    let [first, _, ..] = line.words.as_slice() else { return false };
    let mark = first.text.as_str();
    if matches!(mark, "-" | "*" | "–" | "•") {
        return true;
    }
    let inner = mark.trim_start_matches(['(', '[']).trim_end_matches(['.', ')', ']']);
    let is_marked = mark.ends_with(['.', ')', ']']) && !inner.is_empty();
    let is_number = inner.len() <= 4 && inner.chars().all(|character| character.is_ascii_digit());
    let is_letter = inner.len() == 1 && mark.ends_with([')', ']']) && inner.chars().all(|character| character.is_ascii_alphabetic());
    is_marked && (is_number || is_letter)
}

fn append(paragraphs: &mut Vec<String>, former: Option<&Line>, line: &Line, between: Break, compounds: &Compounds) {
    let text = line.text();
    let was_hyphenated = former.is_some_and(|former| former.is_hyphenated);
    let Some(paragraph) = paragraphs.last_mut() else {
        paragraphs.push(text);
        return;
    };
    match between {
        Break::None if was_hyphenated => {
            if compounds.keep_hyphen(paragraph, &text) {
                paragraph.push('-');
            }
        }
        Break::None if is_spaceless(paragraph.chars().next_back()) || is_spaceless(text.chars().next()) => {}
        Break::None => paragraph.push(' '),
        Break::Line | Break::Paragraph if was_hyphenated => paragraph.push_str(if between == Break::Line { "-\n" } else { "-" }),
        Break::Line => paragraph.push('\n'),
        Break::Paragraph => {}
    }
    if between == Break::Paragraph { paragraphs.push(text) } else { paragraph.push_str(&text) }
}

/// Whether the character is of a script that is written without spaces.
fn is_spaceless(character: Option<char>) -> bool {
    character.is_some_and(|character| matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{e00}'..='\u{eff}'))
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::Glyph;
    use super::super::lines::lines;
    use super::super::lines::tests::drawn;
    use super::*;

    /// Lines of letters of 5 × 10; each says how far from the left and how high it stands.
    fn check(page: &[(f32, f32, &str)], expected: &[&str]) {
        let glyphs: Vec<Glyph> =
            page.iter().flat_map(|(left, bottom, text)| [drawn(text, *left, *bottom), vec![Glyph::LineBreak]].concat()).collect();
        let lines = lines(&glyphs);
        assert_eq!(paragraphs(&lines, &Compounds::of(&lines)), expected);
    }

    #[test]
    fn lines_are_joined() {
        check(
            &[(0.0, 100.0, "This is a sentence that goes"), (0.0, 88.0, "on, and ends here.")],
            &["This is a sentence that goes on, and ends here."],
        );
        check(
            &[
                (0.0, 100.0, "There were no appoint-"),
                (0.0, 88.0, "ments of well-known"),
                (0.0, 76.0, "or hardly less well-"),
                (0.0, 64.0, "known people at all."),
            ],
            &["There were no appointments of well-known or hardly less well-known people at all."],
        );
        check(
            &[(0.0, 100.0, "吾輩は猫である。名前は"), (0.0, 88.0, "まだ無い。どこで生れた")],
            &["吾輩は猫である。名前はまだ無い。どこで生れた"],
        );
    }

    #[test]
    fn paragraphs_are_told_by_distance_and_indentation() {
        check(
            &[(0.0, 100.0, "The first paragraph of two"), (0.0, 70.0, "The second, further below.")],
            &["The first paragraph of two", "The second, further below."],
        );
        check(
            &[
                (0.0, 100.0, "A paragraph that fills lines"),
                (0.0, 88.0, "and ends with a full stop ok."),
                (15.0, 76.0, "Another one, indented, too"),
                (0.0, 64.0, "long for one line of a page."),
            ],
            &["A paragraph that fills lines and ends with a full stop ok.", "Another one, indented, too long for one line of a page."],
        );
    }

    #[test]
    fn what_would_have_fitted_stands_on_its_own_line() {
        check(
            &[(0.0, 100.0, "Roses are red"), (0.0, 88.0, "violets are blue"), (0.0, 76.0, "and this is by far the longest line")],
            &["Roses are red\nviolets are blue\nand this is by far the longest line"],
        );
        check(
            &[(0.0, 100.0, "- an item that is long enough"), (0.0, 88.0, "- another item, just as long.")],
            &["- an item that is long enough\n- another item, just as long."],
        );
    }

    #[test]
    fn a_sentence_goes_on_in_the_next_column() {
        check(
            &[(0.0, 100.0, "Words at the foot of the"), (300.0, 700.0, "column before this one.")],
            &["Words at the foot of the column before this one."],
        );
        check(&[(0.0, 100.0, "A heading"), (300.0, 700.0, "and text elsewhere.")], &["A heading", "and text elsewhere."]);
    }
}
