//! Answers compared with the wanted one, as SQuAD does it.

use std::collections::HashMap;

use ragstone_core::without_citations;

/// How an answer compares with the wanted one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AnswerScores {
    /// 1 if both are the same after normalisation, otherwise 0.
    pub exact_match: f64,
    /// The harmonic mean of the shares of words that they have in common.
    pub token_f1: f64,
    /// 1 if the wanted answer stands in the given one, word for word after normalisation, otherwise 0.
    pub contained: f64,
}

/// Compares an answer with the wanted one. Case, punctuation, the articles *a*, *an*, *the* and citations (`[1]`) do not count; in scripts without spaces each
/// letter is a word.
pub fn compare_answers(given: &str, wanted: &str) -> AnswerScores {
    let (given, wanted) = (normalized(&without_citations(given)), normalized(wanted));
    let is_contained = !wanted.is_empty() && given.windows(wanted.len()).any(|words| words == wanted);
    AnswerScores {
        exact_match: f64::from(u8::from(given == wanted)),
        token_f1: token_f1(&given, &wanted),
        contained: f64::from(u8::from(is_contained || given == wanted)),
    }
}

fn token_f1(given: &[String], wanted: &[String]) -> f64 {
    if given.is_empty() || wanted.is_empty() {
        return f64::from(u8::from(given.is_empty() && wanted.is_empty()));
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in wanted {
        *left.entry(word).or_default() += 1;
    }
    let mut common = 0;
    for word in given {
        if let Some(count) = left.get_mut(word.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    2.0 * f64::from(common) / (given.len() + wanted.len()) as f64
}

/// The words of an answer: lower case, without punctuation (which joins what it stood between, as in SQuAD) and articles.
fn normalized(text: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(text.len());
    for letter in text.to_lowercase().chars() {
        if ragstone_core::is_spaceless(letter) && letter.is_alphanumeric() {
            spaced.extend([' ', letter, ' ']);
        } else if letter.is_alphanumeric() || letter.is_whitespace() {
            spaced.push(letter);
        } else if !letter.is_ascii_punctuation() {
            spaced.push(' ');
        }
    }
    spaced.split_whitespace().filter(|word| !matches!(*word, "a" | "an" | "the")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, wanted: &str, exact_match: f64, token_f1: f64, contained: f64) {
        let scores = compare_answers(given, wanted);
        assert!((scores.token_f1 - token_f1).abs() < 1e-12, "{given:?} and {wanted:?}: {scores:?}");
        assert_eq!((scores.exact_match, scores.contained), (exact_match, contained), "{given:?} and {wanted:?}");
    }

    #[test]
    fn as_squad_does() {
        check("The Eiffel Tower.", "eiffel tower", 1.0, 1.0, 1.0);
        check("Ten days [1].", "ten days", 1.0, 1.0, 1.0);
        check("It takes ten days.", "ten days", 0.0, 4.0 / 6.0, 1.0);
        check("days of ten", "ten days", 0.0, 4.0 / 5.0, 0.0);
        check("", "", 1.0, 1.0, 1.0);
        check("", "ten", 0.0, 0.0, 0.0);
        check("twelve", "ten", 0.0, 0.0, 0.0);
        check("ten ten", "ten", 0.0, 2.0 / 3.0, 1.0);
        check("list[0] and [x]", "list0 and x", 1.0, 1.0, 1.0);
    }

    #[test]
    fn letters_are_words_where_no_spaces_are() {
        check("在北京。", "北京", 0.0, 4.0 / 5.0, 1.0);
        check("北京", "北京", 1.0, 1.0, 1.0);
    }
}
