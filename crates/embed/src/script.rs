//! The writing system of a letter, as far as models differ in what they read.

/// A writing system. Letters of those that are not named here count as [`Script::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Devanagari,
    Bengali,
    Tamil,
    OtherIndic,
    Thai,
    Georgian,
    Hangul,
    Kana,
    Han,
    Other,
}

impl Script {
    /// The script of a letter, by Unicode block (version 16).
    pub(crate) fn of(letter: char) -> Self {
        match u32::from(letter) {
            0x0041..=0x024F | 0x1E00..=0x1EFF | 0x2C60..=0x2C7F | 0xA720..=0xA7FF | 0xFB00..=0xFB06 | 0xFF21..=0xFF5A => Self::Latin,
            0x0370..=0x03FF | 0x1F00..=0x1FFF => Self::Greek,
            0x0400..=0x052F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => Self::Cyrillic,
            0x0530..=0x058F => Self::Armenian,
            0x0590..=0x05FF | 0xFB1D..=0xFB4F => Self::Hebrew,
            0x0600..=0x06FF | 0x0750..=0x077F | 0x0870..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Self::Arabic,
            0x0900..=0x097F | 0xA8E0..=0xA8FF => Self::Devanagari,
            0x0980..=0x09FF => Self::Bengali,
            0x0B80..=0x0BFF => Self::Tamil,
            0x0A00..=0x0B7F | 0x0C00..=0x0DFF => Self::OtherIndic,
            0x0E00..=0x0E7F => Self::Thai,
            0x10A0..=0x10FF | 0x1C90..=0x1CBF | 0x2D00..=0x2D2F => Self::Georgian,
            0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF => Self::Hangul,
            0x3040..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F => Self::Kana,
            0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF => Self::Han,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_letters() {
        for (letter, expected) in [
            ('a', Script::Latin),
            ('ñ', Script::Latin),
            ('ß', Script::Latin),
            ('ữ', Script::Latin),
            ('λ', Script::Greek),
            ('ж', Script::Cyrillic),
            ('ש', Script::Hebrew),
            ('م', Script::Arabic),
            ('ह', Script::Devanagari),
            ('ไ', Script::Thai),
            ('한', Script::Hangul),
            ('ひ', Script::Kana),
            ('中', Script::Han),
            ('አ', Script::Other),
        ] {
            assert_eq!(Script::of(letter), expected, "{letter}");
        }
    }
}
