//! What an e-mail says, however it was stored.

use chrono::{DateTime, Utc};
use ragstone_core::{ExtractedText, FieldValue, QualityReport, WarningCode};

use crate::formats::html;
use crate::markup;

/// So many attachments are named.
const NAMED_ATTACHMENTS: usize = 10;

/// An e-mail.
#[derive(Debug, Default)]
pub(super) struct Letter {
    pub(super) subject: Option<String>,
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    pub(super) date: Option<DateTime<Utc>>,
    /// Its text, part after part.
    pub(super) parts: Vec<Part>,
    /// The names of what is attached and not read.
    pub(super) attachments: Vec<String>,
    /// Whether its encodings were not as they were declared.
    pub(super) is_malformed: bool,
    /// Whether its parts could not be told from each other.
    pub(super) is_undivided: bool,
}

/// A part of its text.
#[derive(Debug)]
pub(super) enum Part {
    Plain(String),
    Html(String),
    /// An e-mail in the e-mail.
    Letter(Box<Letter>),
}

impl Letter {
    pub(super) fn into_text(self) -> ExtractedText {
        let mut quality = QualityReport::by("mail");
        if !self.attachments.is_empty() {
            quality.warn(WarningCode::AttachmentsSkipped, format!("what is attached was not read: {}", named(&self.attachments)));
        }
        if self.is_malformed {
            quality.warn(WarningCode::UndecodableBytes, "some of it is not in the encoding that it declares");
        }
        if self.is_undivided {
            quality.warn(WarningCode::Damaged, "the boundary between its parts is missing: it was read as one text");
        }
        let structured = self.parts.iter().any(|part| !matches!(part, Part::Plain(_)));
        let mut text = ExtractedText { structured, title: self.subject.clone(), modified_at: self.date, ..ExtractedText::default() };
        for (name, people) in [("from", &self.from), ("to", &self.to), ("cc", &self.cc)] {
            let value = match people.as_slice() {
                [] => continue,
                [one] => FieldValue::Text(one.clone()),
                several => FieldValue::List(several.to_vec()),
            };
            text.fields.insert(name.to_owned(), value);
        }
        let mut written = Vec::new();
        self.write_parts(structured, &mut quality, &mut written);
        text.text = written.join("\n\n");
        text.quality = quality;
        text
    }

    fn write_parts(self, structured: bool, quality: &mut QualityReport, written: &mut Vec<String>) {
        for part in self.parts {
            match part {
                Part::Plain(text) if structured => written.extend(text.split("\n\n").map(|block| markup::paragraph(block).into_owned())),
                Part::Plain(text) => written.push(text),
                Part::Html(html) => match html::to_markdown(&html) {
                    Ok(converted) => {
                        if let Some(fault) = converted.fault {
                            quality.warn(WarningCode::Damaged, format!("a part of it is odd HTML: {fault}"));
                        }
                        written.push(converted.markdown);
                    }
                    Err(reason) => quality.warn(WarningCode::PartUnreadable, format!("a part of it is HTML that cannot be read: {reason}")),
                },
                Part::Letter(letter) => {
                    let Letter { subject, from, .. } = &*letter;
                    written.push(markup::heading(2, subject.as_deref().unwrap_or("An e-mail without a subject")));
                    if !from.is_empty() {
                        written.push(format!("From: {}", from.join(", ")));
                    }
                    letter.write_parts(structured, quality, written);
                }
            }
        }
    }
}

fn named(attachments: &[String]) -> String {
    let mut names: Vec<&str> = attachments.iter().take(NAMED_ATTACHMENTS).map(String::as_str).collect();
    if attachments.len() > names.len() {
        names.push("…");
    }
    names.join(", ")
}
