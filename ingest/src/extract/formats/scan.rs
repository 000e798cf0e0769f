//! Finding where things end in a text.

/// What opens and is not closed within so many bytes is taken for text: looking farther, again and again, would take
/// for ever in a text that only opens.
const REACH: usize = 4096;

/// What is before the first `end` and what comes after it, if it is near.
pub(super) fn split_near<'a>(text: &'a str, end: &str) -> Option<(&'a str, &'a str)> {
    let near = text.get(..text.floor_char_boundary(REACH))?;
    let at = near.find(end)?;
    Some((text.get(..at)?, text.get(at + end.len()..)?))
}

/// The end of a text, no more of it than is worth looking at.
pub(super) fn tail(text: &str) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(REACH))..).unwrap_or_default()
}

/// What is between a bracket, with which the text begins, and the one that closes it, and what comes after. Brackets
/// behind a backslash do not count.
pub(super) fn bracketed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(open)?;
    let mut depth = 1_usize;
    let mut is_escaped = false;
    for (at, letter) in inside.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if letter == '\\' {
            is_escaped = true;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return Some((inside.get(..at)?, inside.get(at + letter.len_utf8()..)?));
            }
        } else if letter == open {
            depth += 1;
        }
    }
    None
}

/// The text before the first letter that is so, and the text from it on.
pub(super) fn split_before(text: &str, is_it: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at_checked(text.find(is_it).unwrap_or(text.len())).unwrap_or((text, ""))
}

/// The first character and what comes after it.
pub(super) fn first_letter(text: &str) -> Option<(char, &str)> {
    let mut letters = text.chars();
    Some((letters.next()?, letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found() {
        assert_eq!(bracketed("{a{b}\\}c}d", '{', '}'), Some(("a{b}\\}c", "d")));
        assert_eq!(bracketed("{a", '{', '}'), None);
        assert_eq!(bracketed("a}", '{', '}'), None);
        assert_eq!(split_before("ab$c", |letter| letter == '$'), ("ab", "$c"));
        assert_eq!(first_letter("äb"), Some(('ä', "b")));
        assert_eq!(split_near("ä>>b", ">>"), Some(("ä", "b")));
        assert_eq!(split_near(&format!("{}>", "ä".repeat(REACH)), ">"), None);
        assert_eq!(tail(&"ä".repeat(REACH)).len(), REACH);
    }
}
