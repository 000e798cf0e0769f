//! Text whose beginning says what it is.

use serde_json::Value;

use super::{Kind, TextFormat, WorkerFormat, names};

const MAIL: WorkerFormat = WorkerFormat { description: "e-mails", media_type: "message/rfc822" };
const MAILBOX: WorkerFormat = WorkerFormat { description: "mailboxes", media_type: "application/mbox" };

/// Headers that every e-mail has some of, in lower case.
const MAIL_HEADERS: [&str; 14] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "received",
    "mime-version",
    "return-path",
    "delivered-to",
    "content-type",
    "content-transfer-encoding",
    "reply-to",
    "x-mailer",
];

/// What a text is whatever its name says; `named` is what its name says.
pub(super) fn kind(text: &str, named: Option<TextFormat>) -> Option<Kind> {
    let start = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let text_kind = |format| Some(Kind::Text(format));
    if start.starts_with('<') {
        return markup(start, named);
    }
    if named.is_some_and(|named| !matches!(named, TextFormat::Json | TextFormat::JsonLines | TextFormat::Plain)) {
        return None;
    }
    if let Some(kind) = mail(start) {
        return Some(kind);
    }
    if start.starts_with("WEBVTT") || is_subrip(start) {
        return text_kind(TextFormat::Subtitles);
    }
    if let Some(format) = text.strip_prefix("#!").and_then(names::by_interpreter) {
        return text_kind(format);
    }
    json(start, named).map(Kind::Text)
}

/// HTML, XML or a picture.
fn markup(start: &str, named: Option<TextFormat>) -> Option<Kind> {
    let first = first_element(start)?;
    let is_declared = start.starts_with("<?xml");
    match first.as_str() {
        "html" => Some(Kind::Text(TextFormat::Html)),
        "svg" => Some(Kind::NoDocument("image")),
        _ if is_declared => Some(Kind::Text(TextFormat::Xml)),
        // A piece of a page: Markdown may begin with one too.
        "head" | "body" if named.is_none_or(|named| named == TextFormat::Plain) => Some(Kind::Text(TextFormat::Html)),
        _ => None,
    }
}

/// The name of the first element or of the document type, after declarations and comments.
fn first_element(text: &str) -> Option<String> {
    let mut rest = text;
    for _ in 0..64 {
        rest = rest.trim_start().strip_prefix('<')?;
        let end = if rest.starts_with("!--") { "-->" } else { ">" };
        let is_type = rest.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("!doctype"));
        if !rest.starts_with(['?', '!']) || is_type {
            let name = if is_type { rest.get(8..)?.trim_start() } else { rest };
            let letters = name.chars().take_while(|letter| letter.is_alphanumeric() || "-_.:".contains(*letter));
            return Some(letters.collect::<String>().to_ascii_lowercase()).filter(|name| !name.is_empty());
        }
        rest = rest.split_once(end)?.1;
    }
    None
}

fn mail(start: &str) -> Option<Kind> {
    let mut lines = start.lines();
    let first = lines.next()?;
    let is_envelope = first.strip_prefix("From ").is_some_and(|rest| rest.split_whitespace().count() >= 4 && rest.contains(':'));
    if is_envelope {
        return (known_headers(lines) >= 1).then_some(Kind::Worker(MAILBOX));
    }
    (known_headers(start.lines()) >= 2).then_some(Kind::Worker(MAIL))
}

/// How many of the lines before the first empty one are well-known headers; none if one of them is no header at all.
/// `Date` and `To` are words of other texts too: without a sender, a subject or a machine's header they do not count.
fn known_headers<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let mut known = 0;
    let mut certain = false;
    for line in lines.take(200).take_while(|line| !line.trim().is_empty()) {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':').filter(|(name, _)| is_header_name(name)) else { return 0 };
        let name = name.to_ascii_lowercase();
        known += usize::from(MAIL_HEADERS.contains(&name.as_str()));
        certain |= matches!(name.as_str(), "from" | "subject" | "message-id" | "received" | "mime-version" | "return-path");
    }
    if certain { known } else { 0 }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `1`, then `00:00:01,000 --> 00:00:02,000`.
fn is_subrip(start: &str) -> bool {
    let mut lines = start.lines();
    let is_number = lines.next().is_some_and(|line| !line.trim().is_empty() && line.trim().bytes().all(|byte| byte.is_ascii_digit()));
    is_number && lines.next().is_some_and(|line| line.contains(" --> ") && line.contains(':'))
}

/// JSON that can be parsed, or is called so. What looks like JSON and is broken is left to its name.
fn json(start: &str, named: Option<TextFormat>) -> Option<TextFormat> {
    let opens = |text: &str| text.starts_with('{') || (text.starts_with('[') && !text.starts_with("[["));
    if !opens(start) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(start).into_iter::<Value>();
    let first = values.next()?;
    let Ok(first) = first else {
        let looks_meant = start.get(1..).is_some_and(|rest| rest.trim_start().starts_with(['"', '{']));
        return looks_meant.then_some(named.filter(|named| *named != TextFormat::Plain).unwrap_or(TextFormat::Json));
    };
    if first.get("nbformat").is_some() && first.get("cells").is_some_and(Value::is_array) {
        return Some(TextFormat::Notebook);
    }
    match values.next() {
        None => Some(TextFormat::Json),
        Some(Ok(_)) => Some(TextFormat::JsonLines),
        Some(Err(_)) => named.filter(|named| *named != TextFormat::Plain),
    }
}
