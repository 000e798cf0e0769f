//! E-mails and mailboxes: text that begins with the lines of a header.

use super::Format;

/// How much of a file its first header takes; some are long.
const HEADER: usize = 16 << 10;

/// Names of header lines that hardly any other text begins a line with.
const NAMES: [&str; 18] = [
    "bcc",
    "cc",
    "content-transfer-encoding",
    "content-type",
    "date",
    "delivered-to",
    "dkim-signature",
    "from",
    "in-reply-to",
    "message-id",
    "mime-version",
    "received",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
];

/// Whether the file is an e-mail or a mailbox.
pub(super) fn detect(name: &str, bytes: &[u8]) -> Option<Format> {
    let text = start_of(bytes);
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty()).peekable();
    let first = lines.peek()?;
    if first.starts_with("From ") && first.split_whitespace().count() >= 4 {
        lines.next();
        return (known_headers(lines) >= 2).then_some(Format::Mbox);
    }
    let is_named_so = name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("eml"));
    let needed = if is_named_so { 1 } else { 3 };
    (known_headers(lines) >= needed).then_some(Format::Eml)
}

/// The first of the text; as UTF-16, if its byte order mark or its zeros say so.
fn start_of(bytes: &[u8]) -> String {
    let start = bytes.get(..HEADER).unwrap_or(bytes);
    let units = |from_bytes: fn([u8; 2]) -> u16| -> Vec<u16> { start.as_chunks::<2>().0.iter().map(|pair| from_bytes(*pair)).collect() };
    let text = match start {
        [0xff, 0xfe, ..] | [_, 0, _, 0, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] | [0, _, 0, _, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(start).into_owned(),
    };
    text.trim_start_matches('\u{feff}').to_owned()
}

/// How many well-known lines the header has; none if it is not a header.
fn known_headers<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let mut known = 0;
    for line in lines.take_while(|line| !line.trim().is_empty()) {
        if line.starts_with([' ', '\t', '>']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return known.min(2) };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return known.min(2);
        }
        known += usize::from(NAMES.contains(&name.to_ascii_lowercase().as_str()));
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_make_a_mail() {
        let check = |name: &str, text: &str, expected: Option<Format>| assert_eq!(detect(name, text.as_bytes()), expected, "{text}");
        check("a", "From: a@b.c\nTo: d@e.f\nSubject: hello\n\nText", Some(Format::Eml));
        check("a", "Received: by x\n\tfor y\nDate: today\nFrom: a\n\nText", Some(Format::Eml));
        check("a.eml", "Subject: only this\n\nText", Some(Format::Eml));
        check("a.txt", "Subject: only this\n\nText", None);
        check("a", "From a@b.c Mon Jan 1 00:00:00 2024\nFrom: a\nTo: b\n\nText", Some(Format::Mbox));
        check("a", "From here on it is only text: nothing else", None);
        check("a.yaml", "from: a\nto: b\n", None);
        check("a", "", None);
        let wide: Vec<u8> = "\u{feff}From: a\nTo: b\nSubject: c\n\nText".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(detect("a", &wide), Some(Format::Eml));
    }
}
