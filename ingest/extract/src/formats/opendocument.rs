//! OpenDocument texts, spreadsheets and presentations: what `LibreOffice` writes.

mod content;
mod styles;

use chrono::{DateTime, NaiveDateTime, Utc};
use ragstone_core::{ExtractedText, FieldValue, QualityReport, Refusal, RefusalReason, WarningCode};

use self::content::{Content, Faults};
use self::styles::Styles;
use super::blocks::Blocks;
use super::package::{Package, damaged};
use super::xml::{self, Token, Xml};
use crate::limits::TOO_DEEP;
use crate::{Format, RawDocument};

/// Reads an OpenDocument file.
pub(crate) fn read(document: &RawDocument) -> Result<ExtractedText, Refusal> {
    let mut package = Package::open(&document.bytes)?;
    let manifest = package.part("META-INF/manifest.xml")?.unwrap_or_default();
    if xml::decode(&manifest).contains("encryption-data") {
        return Err(Refusal { reason: RefusalReason::Password, detail: "its parts are encrypted".to_owned() });
    }
    let mut quality = QualityReport::by("opendocument");
    let content = package.needed("content.xml")?;
    let content = xml::decode(&content);
    let mut styles = Styles::default();
    match package.part("styles.xml") {
        Ok(part) => styles.learn(&xml::decode(&part.unwrap_or_default())),
        Err(refusal) => quality.warn(WarningCode::PartUnreadable, refusal.detail),
    }
    styles.learn(&content);
    let mut blocks = Blocks::up_to(document.limits);
    let Faults { broken, is_cut } = Content::new(&content, styles, document.format == Format::Ods, &mut blocks).write();
    if let Some(fault) = broken {
        quality.warn(WarningCode::Damaged, format!("its part `content.xml` is broken ({fault}): what was before that was read"));
    }
    let is_broken = !quality.warnings.is_empty();
    let mut text = blocks.into_text(quality);
    if is_broken && text.text.is_empty() {
        return Err(damaged("its part `content.xml` is broken at its beginning".to_owned()));
    }
    if is_cut {
        text.quality.warn(WarningCode::CutOff, TOO_DEEP);
    }
    match package.part("meta.xml") {
        Ok(part) => properties(&xml::decode(&part.unwrap_or_default()), &mut text),
        Err(refusal) => text.quality.warn(WarningCode::PartUnreadable, refusal.detail),
    }
    Ok(text)
}

fn properties(meta: &str, text: &mut ExtractedText) {
    let mut xml = Xml::new(meta);
    while let Some(token) = xml.next() {
        let Token::Start(tag) = token else { continue };
        let field = match tag.name() {
            "dc:title" => {
                text.title = Some(xml.text()).filter(|title| !title.is_empty());
                continue;
            }
            "dc:date" => {
                text.modified_at = date(&xml.text());
                continue;
            }
            "meta:creation-date" => {
                if let Some(created) = date(&xml.text()) {
                    text.fields.insert("created".to_owned(), FieldValue::Text(created.to_rfc3339()));
                }
                continue;
            }
            "meta:initial-creator" => "author",
            "dc:creator" => "last_modified_by",
            "dc:subject" => "subject",
            "dc:description" => "description",
            _ => continue,
        };
        let value = xml.text();
        if !value.is_empty() {
            text.fields.insert(field.to_owned(), FieldValue::Text(value));
        }
    }
}

/// A date as OpenDocument writes it: mostly without a time zone, which is then taken for UTC.
fn date(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc());
    with_zone.or_else(|| Some(text.parse::<NaiveDateTime>().ok()?.and_utc()))
}
