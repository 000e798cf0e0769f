//! Bytes to UTF-8: byte order mark, UTF-8, wide encodings by where their NUL bytes are, what the document declares,
//! then detection.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use ragstone_core::{EncodingEvidence as Evidence, EncodingFound, QualityReport, WarningCode};

/// With fewer bytes beyond ASCII, statistics are a guess.
const LEAST_BYTES_TO_DETECT: usize = 16;

/// So much of the beginning is looked at for NUL bytes.
const SAMPLE_BYTES: usize = 4096;

/// A text and how its encoding was found.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) found: EncodingFound,
    /// Whether it was detected from very little.
    is_guess: bool,
}

impl Decoded {
    fn new(text: impl Into<String>, name: &str, decided_by: Evidence) -> Self {
        Self { text: text.into(), found: EncodingFound { name: name.to_owned(), decided_by }, is_guess: false }
    }

    /// Says how the text was decoded, and what a reader should know about it.
    pub(super) fn report_to(&self, quality: &mut QualityReport) {
        let name = &self.found.name;
        quality.encoding = Some(self.found.clone());
        let lost = self.text.matches(char::REPLACEMENT_CHARACTER).count();
        if lost > 0 {
            quality.warn(WarningCode::UndecodableBytes, format!("{lost} characters fit no encoding, read as {name}: save it as UTF-8"));
        }
        if self.is_guess {
            quality
                .warn(WarningCode::EncodingGuessed, format!("the encoding was guessed from very few bytes, as {name}: save it as UTF-8"));
        }
    }
}

/// A wide encoding, with or without a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wide {
    Utf32 { big_endian: bool },
    Utf16 { big_endian: bool },
}

/// Whether NUL bytes are halves of letters, not binary data.
pub(super) fn is_wide(bytes: &[u8]) -> bool {
    Encoding::for_bom(bytes).is_some() || utf_32_mark(bytes).is_some() || wide_without_mark(bytes).is_some()
}

/// Decodes text. What no encoding explains becomes U+FFFD; nothing is dropped.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    // Before UTF-16, whose mark the little-endian one begins with.
    if let Some(big_endian) = utf_32_mark(bytes) {
        return Decoded::new(decode_utf_32(bytes.get(4..).unwrap_or_default(), big_endian), "UTF-32", Evidence::ByteOrderMark);
    }
    if let Some((encoding, mark_length)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark_length..).unwrap_or_default();
        return Decoded::new(text_of(encoding, body), encoding.name(), Evidence::ByteOrderMark);
    }
    match wide_without_mark(bytes) {
        Some(Wide::Utf32 { big_endian }) => return Decoded::new(decode_utf_32(bytes, big_endian), "UTF-32", Evidence::Detected),
        Some(Wide::Utf16 { big_endian }) => {
            let encoding = if big_endian { UTF_16BE } else { UTF_16LE };
            return Decoded::new(text_of(encoding, bytes), encoding.name(), Evidence::Detected);
        }
        None => {}
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded::new(text, UTF_8.name(), Evidence::Valid);
    }
    if let Some(encoding) = declared(bytes).filter(|encoding| *encoding != UTF_8) {
        return Decoded::new(text_of(encoding, bytes), encoding.name(), Evidence::Declared);
    }
    if is_nearly_utf_8(bytes) {
        return Decoded::new(text_of(UTF_8, bytes), UTF_8.name(), Evidence::Detected);
    }
    let encoding = detect(bytes);
    let beyond_ascii = bytes.iter().filter(|byte| !byte.is_ascii()).take(LEAST_BYTES_TO_DETECT).count();
    Decoded {
        is_guess: beyond_ascii < LEAST_BYTES_TO_DETECT,
        ..Decoded::new(text_of(encoding, bytes), encoding.name(), Evidence::Detected)
    }
}

fn text_of<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    encoding.decode_without_bom_handling(bytes).0
}

/// The byte order of UTF-32 with a mark, which the web's encodings do not know.
fn utf_32_mark(bytes: &[u8]) -> Option<bool> {
    match bytes.first_chunk::<4>()? {
        [0xFF, 0xFE, 0, 0] => Some(false),
        [0, 0, 0xFE, 0xFF] => Some(true),
        _ => None,
    }
}

fn decode_utf_32(bytes: &[u8], big_endian: bool) -> String {
    let number: fn([u8; 4]) -> u32 = if big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
    let (letters, _) = bytes.as_chunks::<4>();
    letters.iter().map(|letter| char::from_u32(number(*letter)).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Of letters that are mostly ASCII, NUL bytes are three of four or every second one, always at the same places. Without
/// any, the text must be of another script: then the line ends and spaces give it away.
fn wide_without_mark(bytes: &[u8]) -> Option<Wide> {
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let (letters, _) = sample.as_chunks::<4>();
    if letters.len() < 2 {
        return None;
    }
    let mut nul = [0_usize; 4];
    for letter in letters {
        for (count, byte) in nul.iter_mut().zip(letter) {
            *count += usize::from(*byte == 0);
        }
    }
    let mostly = |count: usize| count * 10 >= letters.len() * 4;
    let hardly = |count: usize| count * 50 <= letters.len();
    match nul {
        [a, b, c, d] if hardly(a) && mostly(b) && c == letters.len() && d == letters.len() => Some(Wide::Utf32 { big_endian: false }),
        [a, b, c, d] if a == letters.len() && b == letters.len() && mostly(c) && hardly(d) => Some(Wide::Utf32 { big_endian: true }),
        [a, b, c, d] if hardly(a) && hardly(c) && mostly(b) && mostly(d) => Some(Wide::Utf16 { big_endian: false }),
        [a, b, c, d] if mostly(a) && mostly(c) && hardly(b) && hardly(d) => Some(Wide::Utf16 { big_endian: true }),
        _ => None,
    }
}

/// Whether it is UTF-8 with a few bytes broken: most of what is beyond ASCII is valid, which is no accident.
fn is_nearly_utf_8(bytes: &[u8]) -> bool {
    let (mut valid, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    valid >= broken * 10
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// The `charset` of a page or the `encoding` of an XML document, in the first kilobyte, where their standards want it.
/// Other texts may speak of encodings too.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes)).trim_start().to_ascii_lowercase();
    if !start.starts_with('<') {
        return None;
    }
    let (_, after) = start.split_once("charset=").or_else(|| start.strip_prefix("<?xml")?.split_once("?>")?.0.split_once("encoding="))?;
    let label: String =
        after.trim_start_matches(['"', '\'']).chars().take_while(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c)).collect();
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, name: &str, evidence: Evidence) {
        let decoded = decode(bytes);
        assert_eq!((decoded.text.as_str(), decoded.found.name.as_str(), decoded.found.decided_by), (text, name, evidence), "{bytes:?}");
    }

    fn utf_16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn marks_and_places_of_nul_bytes() {
        check(b"\xEF\xBB\xBFplain", "plain", "UTF-8", Evidence::ByteOrderMark);
        check(b"\xFF\xFEh\0i\0", "hi", "UTF-16LE", Evidence::ByteOrderMark);
        check(b"\xFF\xFE\0\0h\0\0\0i\0\0\0", "hi", "UTF-32", Evidence::ByteOrderMark);
        check(b"\0\0\xFE\xFF\0\0\0h\0\0\0i", "hi", "UTF-32", Evidence::ByteOrderMark);
        let text = "A letter that is 10 € dear, as said.";
        check(&utf_16(text, u16::to_le_bytes), text, "UTF-16LE", Evidence::Detected);
        check(&utf_16(text, u16::to_be_bytes), text, "UTF-16BE", Evidence::Detected);
        let wide: Vec<u8> = text.chars().flat_map(|letter| (letter as u32).to_le_bytes()).collect();
        check(&wide, text, "UTF-32", Evidence::Detected);
        check("Größe".as_bytes(), "Größe", "UTF-8", Evidence::Valid);
        assert!(!is_wide(b"abc\0\0def\0\0ghi"), "NUL bytes anywhere are binary data");
    }

    #[test]
    fn declarations_count_where_there_are_any() {
        let russian = encoding_rs::WINDOWS_1251.encode("Да").0;
        let page = [b"<meta charset=\"windows-1251\"><p>".as_slice(), &russian].concat();
        check(&page, "<meta charset=\"windows-1251\"><p>Да", "windows-1251", Evidence::Declared);
        let document = [b"<?xml version='1.0' encoding='windows-1251'?><p>".as_slice(), &russian].concat();
        assert!(decode(&document).text.ends_with("Да"));
    }

    #[test]
    fn old_encodings_are_detected() {
        let check = |encoding: &'static Encoding, text: &str| {
            let decoded = decode(&encoding.encode(text).0);
            assert_eq!(decoded.text, text, "{}", decoded.found.name);
            assert!(!decoded.is_guess);
        };
        check(encoding_rs::SHIFT_JIS, "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。");
        check(encoding_rs::GBK, "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。");
        check(encoding_rs::BIG5, "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。");
        check(encoding_rs::WINDOWS_1251, "Все люди рождаются свободными и равными в своём достоинстве и правах.");
        check(
            encoding_rs::WINDOWS_1252,
            "Größe, Maße, Füße, Bäume, Häuser, Öfen, Übel, Ärger, Fußböden, Käse, Süßes, Öl, Äpfel, Flüsse, Möbel, Züge",
        );
    }

    #[test]
    fn doubts_are_said() {
        let mut quality = QualityReport::default();
        decode(b"caf\xE9").report_to(&mut quality);
        assert_eq!(quality.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), [WarningCode::EncodingGuessed]);
        let mut quality = QualityReport::default();
        let mostly = [b"\xFF".as_slice(), "Größe und Maße für Fußböden öde Übel äöüß".repeat(3).as_bytes()].concat();
        decode(&mostly).report_to(&mut quality);
        assert_eq!(quality.encoding.as_ref().unwrap().name, "UTF-8", "one broken byte makes no other encoding");
        assert_eq!(quality.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), [WarningCode::UndecodableBytes]);
    }
}
