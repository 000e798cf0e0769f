//! Which language a text is in.

use ragstone_core::{Language, is_spaceless};
use whatlang::Lang;

/// Enough text to tell, little enough to be quick.
const SAMPLE_CHARACTERS: usize = 4_000;

/// Shorter texts in Latin, Cyrillic or another shared script are too often mistaken.
const LEAST_CHARACTERS: usize = 60;

/// Detects the language of a text; `unknown` where there is too little of it, or too much doubt.
pub fn detect(text: &str) -> Language {
    let sample: String = text.chars().filter(|letter| letter.is_alphabetic() || letter.is_whitespace()).take(SAMPLE_CHARACTERS).collect();
    let Some(found) = whatlang::detect(&sample) else { return Language::unknown() };
    let script_decides = sample.chars().any(is_spaceless);
    if !script_decides && (sample.chars().count() < LEAST_CHARACTERS || !found.is_reliable()) {
        return Language::unknown();
    }
    Language::new(match found.lang() {
        Lang::Cmn => "chinese".to_owned(),
        Lang::Nob => "norwegian".to_owned(),
        language => language.eng_name().to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages() {
        let check = |text: &str, expected: &str| assert_eq!(detect(text).as_str(), expected, "{text}");
        check(
            "Ownership is what lets the language make promises about memory without a collector of garbage. Each value has an owner, and there is one owner at a time.",
            "english",
        );
        check(
            "Die Würde des Menschen ist unantastbar. Sie zu achten und zu schützen ist Verpflichtung aller staatlichen Gewalt.",
            "german",
        );
        check("你好，世界。今天天气很好。", "chinese");
        check("吾輩は猫である。名前はまだ無い。", "japanese");
        check("ok", "unknown");
        check("", "unknown");
    }
}
