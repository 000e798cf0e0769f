//! How many tokens a text may be, where no tokenizer is at hand.

use crate::script::Script;

/// A token.
const WHOLE: usize = 100;
/// Words with more letters are in few vocabularies as a whole.
const USUAL_LETTERS: usize = 6;

/// Estimates the tokens of a text, by its letters' scripts; special tokens are not counted.
///
/// It is meant to count too many rather than too few for ordinary text, whatever the model's vocabulary is. Against two of them, that
/// of BERT's English models and cl100k_base: English 1.8 times as many tokens as there are, Markdown with code 1.6 to 1.7 times,
/// Spanish 1.2 and 1.4, Chinese 1.6 and 1.2; single paragraphs of Chinese, Vietnamese and Turkish down to 0.92.
pub(super) fn tokens(text: &str) -> usize {
    let mut counter = Counter::default();
    for character in text.chars() {
        counter.add(character);
    }
    counter.tokens()
}

/// Where the first so many tokens of a text end, by the same estimate.
pub(super) fn end_of(text: &str, most_tokens: usize) -> usize {
    let mut counter = Counter::default();
    for (position, character) in text.char_indices() {
        counter.add(character);
        if counter.tokens() > most_tokens {
            return position;
        }
    }
    text.len()
}

/// Hundredths of tokens. A word has whole tokens: what it has begun counts.
#[derive(Default)]
struct Counter {
    complete: usize,
    word: usize,
    letters: usize,
    previous: Option<char>,
}

impl Counter {
    fn add(&mut self, character: char) {
        if self.previous.is_some_and(|previous| border(previous, character)) {
            self.complete += rounded_up(self.word);
            (self.word, self.letters) = (0, 0);
        }
        self.word += self.hundredths(character);
        self.letters += 1;
        self.previous = Some(character);
    }

    fn tokens(&self) -> usize {
        (self.complete + rounded_up(self.word)) / WHOLE
    }

    fn hundredths(&self, character: char) -> usize {
        if character.is_alphabetic() {
            return of_letter(character, self.letters);
        }
        match character {
            '\n' if self.previous != Some('\n') => WHOLE,
            _ if character.is_whitespace() => 0,
            _ if character.is_ascii_digit() => 50,
            _ => WHOLE * character.len_utf8().saturating_sub(1).max(1),
        }
    }
}

/// Between two words, as far as tokens do not reach across.
fn border(previous: char, next: char) -> bool {
    let kind = |character: char| (character.is_alphabetic(), character.is_numeric(), character.is_whitespace());
    kind(previous) != kind(next)
}

fn rounded_up(hundredths: usize) -> usize {
    hundredths.next_multiple_of(WHOLE)
}

fn of_letter(letter: char, letters_before: usize) -> usize {
    match Script::of(letter) {
        Script::Latin if letter.is_ascii() && letters_before < USUAL_LETTERS => 28,
        Script::Latin if letter.is_ascii() => 45,
        Script::Latin | Script::Arabic | Script::Hebrew => 90,
        Script::Cyrillic => 58,
        Script::Greek => 110,
        Script::Hangul => 130,
        _ => 150,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: usize) {
        assert_eq!(tokens(text), expected, "{text}");
        assert_eq!(end_of(text, expected), text.len(), "{text}");
        for fewer in 0..expected {
            let start = text.get(..end_of(text, fewer)).unwrap();
            assert!(tokens(start) <= fewer, "{fewer} of {text}: {start}");
        }
    }

    #[test]
    fn counts_by_letters() {
        check("", 0);
        check("the", 1);
        check("the cat", 2);
        check("stone-age", 4);
        check("antidisestablishmentarianism", 12);
        check("知识库", 5);
        check("Где находится столица?", 14);
        check("2024-11-24", 6);
        check("a\n\n\nb", 3);
        check("🦀", 3);
        check("   ", 0);
    }
}
