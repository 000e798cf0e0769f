//! Letters become words, and words lines.

use super::geometry::{Bounds, median};
use super::glyphs::{Glyph, is_right_to_left};

/// A gap of this many letter heights is no space between words: something else begins behind it.
const WIDE_GAP: f32 = 0.9;

/// Letters without a gap between them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) bounds: Bounds,
}

/// Words beside each other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    pub(super) bounds: Bounds,
    /// The height of its letters; marks above and below do not count.
    pub(super) height: f32,
    /// Whether it ends within a word; the hyphen is not in its text.
    pub(super) is_hyphenated: bool,
}

impl Line {
    /// Its words, one space between them.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        text
    }

    pub(super) fn is_right_to_left(&self) -> bool {
        let letters =
            |test: fn(char) -> bool| self.words.iter().flat_map(|word| word.text.chars()).filter(|character| test(*character)).count();
        letters(is_right_to_left) * 2 > letters(char::is_alphabetic)
    }

    /// The parts of it between wide gaps.
    pub(super) fn cells(&self) -> Vec<Self> {
        let is_near = |word: &Word, next: &Word| word.bounds.gap_to(next.bounds) <= WIDE_GAP * self.height;
        let mut cells: Vec<Self> = self.words.chunk_by(is_near).map(|words| Self::of(words.to_vec(), self.height)).collect();
        if let Some(last) = cells.last_mut() {
            last.is_hyphenated = self.is_hyphenated;
        }
        cells
    }

    fn of(words: Vec<Word>, height: f32) -> Self {
        let bounds = words.iter().fold(Bounds::NOTHING, |bounds, word| bounds.with(word.bounds));
        Self { words, bounds, height, is_hyphenated: false }
    }
}

/// The lines of these letters, in their order.
pub(super) fn lines<'a>(glyphs: impl IntoIterator<Item = &'a Glyph>) -> Vec<Line> {
    let mut writer = Writer::default();
    for glyph in glyphs {
        match *glyph {
            // A space as wide as the gap between two columns shows in where the words are.
            Glyph::Drawn { character, .. } if character.is_whitespace() => writer.end_word(),
            Glyph::Drawn { character, bounds, is_turned } => writer.letter(character, bounds, is_turned),
            Glyph::Space => writer.end_word(),
            Glyph::LineBreak => writer.line_break(),
            Glyph::Hyphen => writer.hyphen(),
        }
    }
    writer.end_line(false);
    writer.lines
}

#[derive(Default)]
struct Writer {
    lines: Vec<Line>,
    words: Vec<Word>,
    word: Option<Word>,
    /// Where the line is so far.
    bounds: Option<Bounds>,
    /// PDFium has ended the line; what follows may still stand on it, as raised numbers do.
    is_broken: bool,
}

impl Writer {
    fn letter(&mut self, character: char, bounds: Bounds, is_turned: bool) {
        if let Some(line) = self.bounds {
            if !is_turned && self.leaves(line, bounds) || is_turned && self.is_broken {
                self.end_line(false);
            } else if self.is_broken {
                self.end_word();
            }
        }
        self.is_broken = false;
        let is_apart =
            !is_turned && self.word.as_ref().is_some_and(|word| word.bounds.gap_to(bounds) > WIDE_GAP * word.bounds.height().max(1.0));
        if is_apart || self.word.as_ref().is_some_and(|word| is_change_of_script(word, character)) {
            self.end_word();
        }
        let word = self.word.get_or_insert_with(|| Word { text: String::new(), bounds });
        word.text.push(character);
        word.bounds = word.bounds.with(bounds);
        self.bounds = Some(self.bounds.map_or(bounds, |line| line.with(bounds)));
    }

    /// Whether the letter is not on the line: it is above or below, or it begins another one at the same height.
    fn leaves(&self, line: Bounds, letter: Bounds) -> bool {
        let shared = line.shared_height(letter);
        let is_raised = letter.height() < 0.8 * line.height() && shared > 0.05;
        let is_elsewhere = shared < 0.3 && !is_raised && letter.height() > 0.0;
        let begins_another = (shared < 0.5 && !is_raised) || line.gap_to(letter) < -0.5 * letter.height().max(1.0);
        is_elsewhere || (self.is_broken && begins_another)
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn line_break(&mut self) {
        self.is_broken = true;
    }

    fn hyphen(&mut self) {
        self.end_line(true);
    }

    fn end_line(&mut self, is_hyphenated: bool) {
        self.end_word();
        self.is_broken = false;
        self.bounds = None;
        let mut words = std::mem::take(&mut self.words);
        let Some(height) = median(words.iter().map(|word| word.bounds.height()).collect()) else { return };
        replace_bullet(&mut words);
        let is_hyphenated = is_hyphenated || cut_hyphen(&mut words);
        self.lines.push(Line { is_hyphenated, ..Line::of(words, height) });
    }
}

/// A space between an Arabic or Hebrew word and a Latin one is often lost when the order is turned around.
fn is_change_of_script(word: &Word, next: char) -> bool {
    let Some(last) = word.text.chars().next_back() else { return false };
    let is_latin = |character: char| character.is_ascii_alphabetic();
    (is_right_to_left(last) && is_latin(next)) || (is_latin(last) && is_right_to_left(next) && next.is_alphabetic())
}

/// Bullets come from fonts of symbols, which say anything.
fn replace_bullet(words: &mut [Word]) {
    if words.len() < 2 {
        return;
    }
    let Some(first) = words.first_mut() else { return };
    let mut characters = first.text.chars();
    let (Some(only), None) = (characters.next(), characters.next()) else { return };
    let is_bullet = "•▪▫■□●○◦‣⁃➢➤❑❖✓✔".contains(only)
        || matches!(only, '\u{1}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fffd}');
    if is_bullet {
        first.text = "-".to_owned();
    }
}

/// Takes a hyphen off the end of the line, if it is within a word.
fn cut_hyphen(words: &mut [Word]) -> bool {
    let Some(last) = words.last_mut() else { return false };
    let Some(stem) = last.text.strip_suffix(['-', '\u{2010}']) else { return false };
    let is_within_word = stem.chars().next_back().is_some_and(char::is_alphabetic);
    if is_within_word {
        last.text.truncate(stem.len());
    }
    is_within_word
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The glyphs of a text that stands at this place in letters of 10 × 10.
    pub(in super::super) fn drawn(text: &str, left: f32, bottom: f32) -> Vec<Glyph> {
        let place = |(number, character): (usize, char)| {
            let left = left + number as f32 * 5.0;
            Glyph::Drawn { character, bounds: Bounds { left, right: left + 5.0, bottom, top: bottom + 10.0 }, is_turned: false }
        };
        text.chars().enumerate().map(place).collect()
    }

    fn texts(glyphs: &[Glyph]) -> Vec<String> {
        lines(glyphs).iter().map(|line| line.text() + if line.is_hyphenated { "~" } else { "" }).collect()
    }

    #[test]
    fn lines_are_told_by_their_places() {
        let two = [drawn("one two", 0.0, 50.0), vec![Glyph::LineBreak], drawn("three", 0.0, 38.0)].concat();
        assert_eq!(texts(&two), ["one two", "three"]);
        // PDFium has seen no break, but the letters are on another line.
        assert_eq!(texts(&[drawn("one", 0.0, 50.0), vec![Glyph::Space], drawn("two", 0.0, 38.0)].concat()), ["one", "two"]);
        // A raised number does not end its line.
        let raised =
            [drawn("km", 0.0, 50.0), vec![Glyph::LineBreak], drawn("2", 10.0, 53.0), vec![Glyph::LineBreak], drawn("big", 40.0, 50.0)]
                .concat();
        assert_eq!(texts(&raised), ["km 2 big"]);
    }

    #[test]
    fn hyphens_at_the_end_are_taken_off() {
        assert_eq!(texts(&[drawn("appoint", 0.0, 50.0), vec![Glyph::Hyphen], drawn("ments", 0.0, 38.0)].concat()), ["appoint~", "ments"]);
        assert_eq!(texts(&drawn("self-", 0.0, 0.0)), ["self~"]);
        assert_eq!(texts(&drawn("1990-", 0.0, 0.0)), ["1990-"]);
    }

    #[test]
    fn bullets_and_gaps() {
        assert_eq!(texts(&drawn("\u{84} item", 0.0, 0.0)), ["- item"]);
        let wide = [drawn("left", 0.0, 0.0), drawn("right", 100.0, 0.0)].concat();
        let cells: Vec<String> = lines(&wide)[0].cells().into_iter().map(|cell| cell.text()).collect();
        assert_eq!(cells, ["left", "right"]);
        assert_eq!(texts(&drawn("Pythonمن", 0.0, 0.0)), ["Python من"]);
    }
}
