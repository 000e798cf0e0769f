//! Questions about other things: what a collection is unlikely to answer.
//!
//! About a hundred subjects of everyday life, science, history, law and technology, each so narrow that a collection that does
//! answer some is no worse off: the threshold is placed by all of them.

use ragstone_core::Language;

const QUESTIONS: &str = include_str!("questions.tsv");

/// The questions in these languages. A text of unknown language is mostly a short English one.
pub(crate) fn questions(languages: &[Language]) -> Vec<&'static str> {
    let is_asked = |language: &str| {
        languages.iter().any(|asked| asked.as_str() == language || (asked == &Language::unknown() && language == "english"))
    };
    let pairs = QUESTIONS.lines().filter_map(|line| line.split_once('\t'));
    pairs.filter(|(language, _)| is_asked(language)).map(|(_, question)| question).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::FEWEST_UNANSWERABLE;

    #[test]
    fn every_line_is_a_question_in_a_language() {
        for line in QUESTIONS.lines() {
            let (language, question) = line.split_once('\t').unwrap();
            assert!(language.chars().all(|letter| letter.is_ascii_lowercase()), "{line}");
            assert!(question.ends_with(['?', '？']), "{line}");
        }
    }

    #[test]
    fn there_are_enough_in_each_language() {
        for language in ["english", "unknown", "chinese", "spanish", "german", "french"] {
            assert!(questions(&[Language::new(language)]).len() >= 2 * FEWEST_UNANSWERABLE, "{language}");
        }
        assert_eq!(questions(&[Language::new("welsh")]), Vec::<&str>::new());
        let both = questions(&["english", "chinese"].map(Language::new));
        assert_eq!(both.len(), questions(&[Language::new("english")]).len() + questions(&[Language::new("chinese")]).len());
    }
}
