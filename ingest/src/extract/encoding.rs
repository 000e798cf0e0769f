//! Bytes to UTF-8: byte order mark, UTF-8, what an HTML page declares, then detection.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// Whether there is no byte order mark, so that a NUL byte means binary data.
pub(super) fn without_byte_order_mark(bytes: &[u8]) -> bool {
    Encoding::for_bom(bytes).is_none() && decode_utf_32(bytes).is_none()
}

/// Decodes text. What no encoding explains becomes U+FFFD; nothing is dropped.
pub(super) fn decode(bytes: &[u8], is_html: bool) -> String {
    // Before UTF-16, whose mark the little-endian one begins with.
    if let Some(text) = decode_utf_32(bytes) {
        return text;
    }
    if let Some((encoding, mark_length)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark_length..).unwrap_or_default();
        return encoding.decode_without_bom_handling(body).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let declared = if is_html { declared_in_html(bytes) } else { None };
    let encoding = declared.filter(|encoding| *encoding != UTF_8).unwrap_or_else(|| detect(bytes));
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// UTF-32 with a byte order mark, which the web's encodings do not know.
fn decode_utf_32(bytes: &[u8]) -> Option<String> {
    let (mark, letters) = bytes.split_first_chunk::<4>()?;
    let number: fn([u8; 4]) -> u32 = match mark {
        [0xFF, 0xFE, 0, 0] => u32::from_le_bytes,
        [0, 0, 0xFE, 0xFF] => u32::from_be_bytes,
        _ => return None,
    };
    let (letters, _) = letters.as_chunks::<4>();
    Some(letters.iter().map(|letter| char::from_u32(number(*letter)).unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// The `charset` in the first kilobyte, where the HTML standard wants it.
fn declared_in_html(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes)).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    let label: String =
        after.trim_start_matches(['"', '\'']).chars().take_while(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c)).collect();
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_declarations_count() {
        let page = [b"<meta charset=\"windows-1251\"><p>".as_slice(), &encoding_rs::WINDOWS_1251.encode("Да").0].concat();
        assert!(decode(&page, true).ends_with("Да"));
    }

    #[test]
    fn undecodable_bytes_are_kept_visible() {
        assert_eq!(decode(b"ok \xC3\x28 \xFF\xFE\xFD", false).chars().filter(|c| c.is_ascii_alphabetic()).collect::<String>(), "ok");
    }
}
