//! The letters on a page as PDFium gives them: in the order in which the file draws them, which is nearly always the
//! order in which they are read.

use pdfium_render::prelude::{PdfPage, PdfPageText, PdfPageTextChar, PdfiumError};

use super::geometry::{Bounds, QuarterTurns};

/// A letter, or what stands between letters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Glyph {
    /// A letter that is drawn.
    Drawn {
        /// Which one.
        character: char,
        /// Where.
        bounds: Bounds,
        /// Whether its line runs up or down the page.
        is_turned: bool,
    },
    /// White space between words.
    Space,
    /// The end of a line.
    LineBreak,
    /// The end of a line, with a hyphen.
    Hyphen,
}

/// The letters of a page, at most `limit` of them.
pub(super) fn glyphs(page: &PdfPage<'_>, text: &PdfPageText<'_>, limit: usize) -> Vec<Glyph> {
    let turns = quarter_turns(page);
    let mut glyphs = Vec::new();
    let mut high_surrogate = None;
    for character in text.chars().iter().take(limit) {
        let value = character.unicode_value();
        if (0xd800..0xdc00).contains(&value) {
            high_surrogate = Some(value);
            continue;
        }
        let value = match (high_surrogate.take(), value) {
            (Some(high), 0xdc00..0xe000) => 0x1_0000 + ((high - 0xd800) << 10) + (value - 0xdc00),
            _ => value,
        };
        if let Some(glyph) = glyph(&character, value, turns) {
            glyphs.push(glyph);
        }
    }
    put_ligatures_in_order(&mut glyphs);
    glyphs
}

/// By how much the page is turned when it is shown.
pub(super) fn quarter_turns(page: &PdfPage<'_>) -> QuarterTurns {
    QuarterTurns(page.rotation().map_or(0, |rotation| (rotation.as_degrees() / 90.0) as u8))
}

fn glyph(letter: &PdfPageTextChar<'_>, value: u32, turns: QuarterTurns) -> Option<Glyph> {
    let is_generated = letter.is_generated().unwrap_or(false);
    match char::from_u32(value) {
        Some('\u{2}') if letter.is_hyphen().unwrap_or(false) => return Some(Glyph::Hyphen),
        Some('\r') if is_generated => return Some(Glyph::LineBreak),
        Some('\n') if is_generated => return None,
        Some(space) if is_generated && space.is_whitespace() => return Some(Glyph::Space),
        _ => {}
    }
    let known = char::from_u32(value).filter(|character| !matches!(character, '\0' | '\u{fffe}' | '\u{ffff}'));
    let character = known.unwrap_or('\u{fffd}');
    match bounds(letter, turns) {
        // Marks without a width say nothing about the text.
        _ if matches!(character, '\u{ad}' | '\u{200b}' | '\u{feff}') => None,
        Ok(bounds) => Some(Glyph::Drawn { character, bounds, is_turned: is_turned(letter, turns) }),
        Err(_) if character.is_whitespace() => Some(Glyph::Space),
        Err(_) => Some(Glyph::Drawn { character, bounds: Bounds::NOWHERE, is_turned: false }),
    }
}

/// Whether the letter is turned by a quarter to one side, on the page as it is shown.
fn is_turned(letter: &PdfPageTextChar<'_>, turns: QuarterTurns) -> bool {
    let quarters = letter.angle_radians().map_or(0.0, |angle| (angle / std::f32::consts::FRAC_PI_2).round());
    (quarters as u8) % 2 != turns.0 % 2
}

fn bounds(character: &PdfPageTextChar<'_>, turns: QuarterTurns) -> Result<Bounds, PdfiumError> {
    let rect = character.loose_bounds()?;
    let bounds = Bounds { left: rect.left().value, right: rect.right().value, bottom: rect.bottom().value, top: rect.top().value };
    Ok(turns.turn_bounds(bounds))
}

/// One shape may stand for several letters, as lam and alef do in Arabic. PDFium turns right-to-left text into its
/// reading order letter by letter, those within a shape included, which were in that order already: back they go.
fn put_ligatures_in_order(glyphs: &mut [Glyph]) {
    let shape = |glyph: &Glyph| match glyph {
        Glyph::Drawn { bounds, .. } if bounds.width() > 0.0 => Some(*bounds),
        _ => None,
    };
    let same_shape = |one: &Glyph, two: &Glyph| shape(one).zip(shape(two)).is_some_and(|(one, two)| one.is(two));
    for letters in glyphs.chunk_by_mut(same_shape) {
        let is_right_to_left = |glyph: &Glyph| matches!(glyph, Glyph::Drawn { character, .. } if is_right_to_left(*character));
        let is_other_letter = |glyph: &Glyph| matches!(glyph, Glyph::Drawn { character, .. } if character.is_alphanumeric());
        if letters.iter().any(is_right_to_left) && letters.iter().all(|glyph| is_right_to_left(glyph) || !is_other_letter(glyph)) {
            letters.reverse();
        }
    }
}

/// Whether the letter is of a script that is written from right to left.
pub(super) fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_one_shape_are_put_in_order() {
        let at = |character, left| Glyph::Drawn {
            character,
            bounds: Bounds { left, right: left + 5.0, bottom: 0.0, top: 10.0 },
            is_turned: false,
        };
        let check = |before: &[(char, f32)], after: &str| {
            let mut glyphs: Vec<Glyph> = before.iter().map(|(character, left)| at(*character, *left)).collect();
            put_ligatures_in_order(&mut glyphs);
            let text: String = glyphs
                .iter()
                .filter_map(|glyph| if let Glyph::Drawn { character, .. } = glyph { Some(*character) } else { None })
                .collect();
            assert_eq!(text, after);
        };
        check(&[('ا', 20.0), ('إ', 10.0), ('ل', 10.0), ('ن', 5.0)], "الإن");
        check(&[('f', 10.0), ('i', 10.0)], "fi");
        check(&[(' ', 10.0), ('ي', 10.0), ('ح', 10.0)], "حي ");
    }
}
