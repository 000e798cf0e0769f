//! Where sentences end.

use crate::is_spaceless;

/// Words whose full stop does not end a sentence.
const ABBREVIATIONS: [&str; 39] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "rev", "gen", "col", "capt", "lt", "sgt", "gov", "sen", "rep", "vs", "eg", "ie",
    "cf", "approx", "ca", "resp", "incl", "est", "dept", "mt", "ft", "bzw", "usw", "z.b", "d.h", "u.a", "al", "op", "corp", "inc", "ltd",
];

/// Words whose full stop does not end a sentence when a number follows.
const BEFORE_NUMBERS: [&str; 14] = ["no", "nr", "fig", "vol", "p", "pp", "sec", "ch", "art", "eq", "ver", "v", "chap", "tab"];

/// The offsets at which sentences end, the end of the text included. A text in backticks is never cut.
pub(super) fn sentence_ends(text: &str) -> Vec<usize> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let at = |position: usize| characters.get(position).map(|&(_, character)| character);
    let offset = |position: usize| characters.get(position).map_or(text.len(), |&(offset, _)| offset);
    let mut ends = Vec::new();
    let mut position = 0;
    while let Some(character) = at(position) {
        position += 1;
        if character == '`' {
            position = after_code(&characters, position);
            continue;
        }
        if !is_terminator(character) {
            continue;
        }
        let first = position - 1;
        while at(position).is_some_and(is_terminator) {
            position += 1;
        }
        while at(position).is_some_and(is_closer) {
            position += 1;
        }
        position = after_citation(&characters, position);
        let ends_here = match character {
            '。' | '！' | '？' | '；' | '｡' | '।' | '॥' | '؟' | '۔' => true,
            '…' => at(position).is_none_or(is_spaceless) || first.checked_sub(1).and_then(at).is_some_and(is_spaceless),
            _ => {
                let before = text.get(..offset(first)).unwrap_or_default();
                let after = text.get(offset(position)..).unwrap_or_default();
                ends_latin(character, before, after)
            }
        };
        if ends_here {
            ends.push(offset(position));
        }
    }
    if ends.last() != Some(&text.len()) {
        ends.push(text.len());
    }
    ends
}

fn is_terminator(character: char) -> bool {
    matches!(character, '.' | '!' | '?' | '。' | '！' | '？' | '；' | '…' | '｡' | '।' | '॥' | '؟' | '۔')
}

fn is_closer(character: char) -> bool {
    matches!(character, '"' | '\'' | ')' | ']' | '*' | '_' | '”' | '’' | '»' | '」' | '』' | '）' | '》' | '】')
}

/// Past the backtick that closes a code span; where none does, right behind the one that opens it.
fn after_code(characters: &[(usize, char)], position: usize) -> usize {
    let closing = characters.iter().skip(position).position(|&(_, character)| character == '`');
    closing.map_or(position, |distance| position + distance + 1)
}

/// Past a document's own `[3]` right behind a sentence.
fn after_citation(characters: &[(usize, char)], position: usize) -> usize {
    let mut rest = characters.iter().skip(position).map(|&(_, character)| character);
    if rest.next() != Some('[') {
        return position;
    }
    let inside = rest.by_ref().take_while(|&character| character != ']').collect::<String>();
    let is_citation = !inside.is_empty() && inside.chars().all(|character| character.is_ascii_digit() || ", -^".contains(character));
    if is_citation { position + inside.chars().count() + 2 } else { position }
}

/// Whether `.`, `!` or `?` between `before` and `after` ends a sentence.
fn ends_latin(terminator: char, before: &str, after: &str) -> bool {
    let Some(next) = after.chars().next() else { return true };
    if !next.is_whitespace() {
        return is_spaceless(next);
    }
    let Some(following) = after.trim_start().chars().next() else { return true };
    if terminator != '.' {
        return !following.is_lowercase();
    }
    let word = before.rsplit(|each: char| each.is_whitespace() || matches!(each, '(' | '[' | '“' | '"')).next().unwrap_or_default();
    !following.is_lowercase() && !is_abbreviation(word, following)
}

fn is_abbreviation(word: &str, following: char) -> bool {
    let lower = word.to_lowercase();
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // `U.S`, `e.g`; but not `1.5` or `example.com`.
    let is_dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    is_initial
        || is_dotted
        || ABBREVIATIONS.contains(&lower.as_str())
        || (following.is_ascii_digit() && BEFORE_NUMBERS.contains(&lower.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &[&str]) {
        let text = expected.concat();
        let mut start = 0;
        let mut sentences = Vec::new();
        for end in sentence_ends(&text) {
            sentences.push(text.get(start..end).unwrap());
            start = end;
        }
        assert_eq!(sentences, expected);
    }

    #[test]
    fn full_stops_that_end_nothing() {
        check(&["Dr. J. Smith of the U.S. Army paid 3.50 on example.com, e.g. No. 5, vs. Fig. 3."]);
        check(&["Use `a. B` here.", " Is it so?", " Yes!", " (Really.)", " “Quoted.”", " Cited.[3]", " End"]);
        check(&["Wait... what?", " Version 1.2.3 is out.", " 2 more."]);
    }

    #[test]
    fn other_scripts() {
        check(&["他说：“好。”", "然后走了；", "真的吗？！", "是的……", "完"]);
        check(&["これはペンです。", "「そうですか。」", "はい"]);
        check(&["यह है।", " वह है।"]);
        check(&["版本 1.0 发布。", "OK."]);
    }
}
