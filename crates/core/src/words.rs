//! Where words begin and end, in scripts that put spaces between them and in scripts that do not.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::is_spaceless;

/// Writes a text so that whoever splits it at spaces and punctuation gets what can be matched.
///
/// A run of a script without spaces becomes its letters and its overlapping pairs (`知识库` → `知 识 库 知识 识库`): no
/// dictionary, and the same whatever surrounds it. Full-width letters and digits become ASCII. All else, and the whole of
/// a text without such scripts, stays as it is.
pub fn spaced(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|letter| is_spaceless(letter) || is_full_width(letter)) {
        return Cow::Borrowed(text);
    }
    let mut spaced = String::with_capacity(text.len() * 3);
    let mut run: Vec<char> = Vec::new();
    for letter in text.chars() {
        if !is_spaceless(letter) {
            push_run(&mut spaced, &mut run);
            spaced.push(to_half_width(letter));
        } else if letter.is_alphanumeric() {
            run.push(letter);
        } else if !is_mark(letter) {
            push_run(&mut spaced, &mut run);
        }
    }
    push_run(&mut spaced, &mut run);
    Cow::Owned(spaced)
}

/// The words of a text in lower case, as [`Filter::Contains`](crate::Filter::Contains) compares them.
pub fn words(text: &str) -> BTreeSet<String> {
    let spaced = spaced(text);
    spaced.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn push_run(spaced: &mut String, run: &mut Vec<char>) {
    if run.is_empty() {
        return;
    }
    spaced.push(' ');
    for letter in run.iter() {
        spaced.extend([*letter, ' ']);
    }
    for (first, second) in run.iter().zip(run.iter().skip(1)) {
        spaced.extend([*first, *second, ' ']);
    }
    run.clear();
}

/// Tone marks and signs of Thai, Lao, Khmer and Myanmar, which stand inside words although they are no letters.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{0E47}'..='\u{0E4E}' | '\u{0EC8}'..='\u{0ECE}' | '\u{1037}'..='\u{103A}' | '\u{17C9}'..='\u{17D3}' | '\u{17DD}')
}

fn is_full_width(letter: char) -> bool {
    matches!(letter, '\u{FF01}'..='\u{FF5E}')
}

fn to_half_width(letter: char) -> char {
    if !is_full_width(letter) {
        return letter;
    }
    char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut expected: Vec<_> = expected.iter().map(|word| (*word).to_owned()).collect();
        expected.sort();
        assert_eq!(words(text).into_iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn splits_every_script() {
        check("Hello, World 2024!", &["hello", "world", "2024"]);
        check("知识库", &["知", "识", "库", "知识", "识库"]);
        check("Rust的库。", &["rust", "的", "库", "的库"]);
        check("Ｒｕｓｔ２０２４年", &["rust2024", "年"]);
        check("コード・単体", &["コ", "ー", "ド", "コー", "ード", "単", "体", "単体"]);
        check("ที่", &["ท", "ี", "ที"]);
        check(" … ", &[]);
    }

    #[test]
    fn leaves_scripts_with_spaces_alone() {
        assert!(matches!(spaced("Größe, naïve, 한국어"), Cow::Borrowed(_)));
    }
}
