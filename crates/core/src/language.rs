//! The language of a text, as far as the lexical leg needs it.

use serde::{Deserialize, Serialize};

/// A language by its English name in lower case (`english`, `german`, `chinese`), or `unknown`.
///
/// The name is what stemmers and stop-word lists go by. `unknown` is a value, not an absence: such texts, mostly
/// short ones, are indexed as English.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Language(String);

impl Language {
    /// A language by its English name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Not known.
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// The English name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character belongs to a script that is written without spaces between words.
///
/// Han, Hiragana, Katakana, Bopomofo, Thai, Lao, Khmer and Myanmar; Hangul has spaces. Blocks after the Unicode
/// standard, version 16, chapters 16 and 18.
pub fn is_spaceless(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0E00..=0x0EFF          // Thai, Lao
        | 0x1000..=0x109F        // Myanmar
        | 0x1780..=0x17FF        // Khmer
        | 0x2E80..=0x2FDF        // CJK radicals
        | 0x3005..=0x3007        // ideographic iteration marks, zero
        | 0x3040..=0x30FF        // Hiragana, Katakana
        | 0x3100..=0x312F        // Bopomofo
        | 0x31F0..=0x31FF        // Katakana extensions
        | 0x3400..=0x4DBF        // Han, extension A
        | 0x4E00..=0x9FFF        // Han
        | 0xA9E0..=0xA9FF        // Myanmar extended
        | 0xAA60..=0xAA7F
        | 0xF900..=0xFAFF        // Han, compatibility
        | 0xFF66..=0xFF9D        // half-width Katakana
        | 0x20000..=0x323AF      // Han, extensions B to H
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_scripts_without_spaces() {
        for letter in ['中', 'ひ', 'カ', 'ไ', 'ລ', 'ខ', 'မ', '𠀀'] {
            assert!(is_spaceless(letter), "{letter}");
        }
        for letter in ['a', 'é', 'я', '한', 'ع', '1', '。', ' '] {
            assert!(!is_spaceless(letter), "{letter}");
        }
    }
}
