//! E-mails as they are sent: RFC 5322 with MIME parts.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use ragstone_core::{Refusal, RefusalReason};

use super::letter::{Letter, Part};
use crate::Limits;

/// Reads an e-mail.
pub(super) fn read(bytes: &[u8]) -> Result<Letter, Refusal> {
    let bytes = in_ascii(bytes);
    let message = MessageParser::new()
        .parse(bytes.as_ref())
        .ok_or_else(|| Refusal { reason: RefusalReason::Damaged, detail: "it has no header that could be read".to_owned() })?;
    let mut letter = letter(&message, 0);
    let has_found_parts = message.parts.iter().skip(1).any(|part| !part.is_multipart());
    if letter.parts.is_empty() && !has_found_parts {
        letter.take_undivided(&message);
    }
    Ok(letter)
}

/// When an e-mail was sent.
pub(super) fn date(bytes: &[u8]) -> Option<DateTime<Utc>> {
    sent_at(&MessageParser::new().parse_headers(bytes)?)
}

/// A file in UTF-16 as UTF-8, which leaves what an e-mail may hold as it is.
fn in_ascii(bytes: &[u8]) -> Cow<'_, [u8]> {
    let encoding = match bytes {
        [0xff, 0xfe, ..] | [_, 0, _, 0, ..] => encoding_rs::UTF_16LE,
        [0xfe, 0xff, ..] | [0, _, 0, _, ..] => encoding_rs::UTF_16BE,
        _ => return Cow::Borrowed(bytes),
    };
    Cow::Owned(encoding.decode(bytes).0.into_owned().into_bytes())
}

fn letter(message: &Message<'_>, depth: usize) -> Letter {
    let mut letter = Letter {
        subject: message.subject().map(|subject| subject.trim().to_owned()).filter(|subject| !subject.is_empty()),
        from: people(message.from()),
        to: people(message.to()),
        cc: people(message.cc()),
        date: sent_at(message),
        is_malformed: message.parts.iter().any(|part| part.is_encoding_problem && part.is_text()),
        ..Letter::default()
    };
    for part in message.text_bodies() {
        match &part.body {
            PartType::Text(text) => letter.parts.push(Part::Plain(text.replace("\r\n", "\n"))),
            PartType::Html(html) => letter.parts.push(Part::Html(html.clone().into_owned())),
            _ => {}
        }
    }
    for part in message.attachments() {
        match &part.body {
            PartType::Message(inner) if depth < Limits::DEPTH => letter.parts.push(Part::Letter(Box::new(self::letter(inner, depth + 1)))),
            _ => letter.attachments.push(attachment_name(part)),
        }
    }
    letter
}

impl Letter {
    /// Of a message that says it has parts but whose boundary is nowhere, all that follows its header is text.
    fn take_undivided(&mut self, message: &Message<'_>) {
        let body = message.parts.first().and_then(|root| message.raw_message.get(usize::try_from(root.offset_body).ok()?..));
        let text = String::from_utf8_lossy(body.unwrap_or_default());
        if !text.trim().is_empty() {
            self.parts.push(Part::Plain(text.replace("\r\n", "\n")));
            self.is_undivided = true;
            self.attachments.clear();
        }
    }
}

fn people(address: Option<&Address<'_>>) -> Vec<String> {
    let people = address.into_iter().flat_map(|address| address.iter());
    let shown = people.filter_map(|person| match (person.name.as_deref(), person.address.as_deref()) {
        (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    });
    shown.collect()
}

fn sent_at(message: &Message<'_>) -> Option<DateTime<Utc>> {
    message.date().filter(|date| date.is_valid()).and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0))
}

fn attachment_name(part: &MessagePart<'_>) -> String {
    let kind = || part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("*")));
    part.attachment_name().map(str::to_owned).or_else(kind).unwrap_or_else(|| "a nameless part".to_owned())
}

#[cfg(test)]
mod tests {
    use ragstone_core::{FieldValue, WarningCode};

    use super::*;

    const ALTERNATIVES: &str = "From: Ann <ann@x.org>\r\nTo: bob@x.org, Cy <cy@x.org>\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n\
        Date: Mon, 1 Jan 2024 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
        --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nQ2Fmw6kgYXQgdGVuLg==\r\n\
        --a\r\nContent-Type: text/html\r\n\r\n<h1>Caf\u{e9}</h1>\r\n--a--\r\n\
        --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=menu.pdf\r\n\r\nx\r\n--m--\r\n";

    #[test]
    fn of_alternatives_the_plain_text_is_taken() {
        let text = read(ALTERNATIVES.as_bytes()).unwrap().into_text();
        assert_eq!((text.text.trim(), text.structured), ("Café at ten.", false));
        assert_eq!(text.title.as_deref(), Some("Café"));
        assert_eq!(text.fields["from"], FieldValue::Text("Ann <ann@x.org>".to_owned()));
        assert_eq!(text.fields["to"], FieldValue::List(vec!["bob@x.org".to_owned(), "Cy <cy@x.org>".to_owned()]));
        assert_eq!(text.modified_at.unwrap().to_rfc3339(), "2024-01-01T09:00:00+00:00");
        assert_eq!(text.quality.warnings[0].code, WarningCode::AttachmentsSkipped);
        assert!(text.quality.warnings[0].message.contains("menu.pdf"));
    }

    #[test]
    fn html_alone_becomes_markdown() {
        let mail = "From: a@b.c\nSubject: x\nContent-Type: text/html\n\n<h1>News</h1><p>It rains.</p>";
        let text = read(mail.as_bytes()).unwrap().into_text();
        assert_eq!((text.text.trim(), text.structured), ("# News\n\nIt rains.", true));
    }

    #[test]
    fn a_body_whose_boundary_is_nowhere_is_kept() {
        let mail =
            "From: a@b.c\nContent-Type: multipart/mixed; boundary=\"one\"\n\n--other\nContent-Type: text/plain\n\nIt rains.\n--other--\n";
        let text = read(mail.as_bytes()).unwrap().into_text();
        assert!(text.text.contains("It rains."), "{text:?}");
        assert_eq!(text.quality.warnings[0].code, WarningCode::Damaged);
    }

    #[test]
    fn messages_in_messages_are_read() {
        let mail = "From: a@b.c\nContent-Type: multipart/digest; boundary=m\n\n--m\n\nFrom: d@e.f\nSubject: Inner\n\n# Hello\n--m--\n";
        let text = read(mail.as_bytes()).unwrap().into_text();
        assert_eq!(text.text.trim(), "## Inner\n\nFrom: d@e.f\n\n\\# Hello");
    }

    #[test]
    fn sixteen_bits_a_letter() {
        let wide: Vec<u8> = "\u{feff}From: a@b.c\nSubject: Größe\n\nSüß.".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let text = read(&wide).unwrap().into_text();
        assert_eq!((text.title.as_deref(), text.text.as_str()), (Some("Größe"), "Süß."));
    }

    #[test]
    fn broken_messages_end_somehow() {
        let nested = "Content-Type: message/rfc822\n\n".repeat(1_000);
        for mail in ["", "\0\0\0", "From:", "Content-Type: multipart/mixed; boundary=\n\n--", nested.as_str()] {
            let _ = read(mail.as_bytes()).map(Letter::into_text);
        }
    }
}
