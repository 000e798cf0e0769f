//! What a reader of a text format gives, and how it becomes a document.

use chrono::{DateTime, Utc};
use ragstone_core::{Document, DocumentHead, DocumentId, FieldValue, Fields, Markup, Page, QualityReport, Revision, Warning, WarningCode};

use super::language;
use super::source_name::file_title;
use crate::report::without_nul;
use crate::{IngestError, RawDocument};

/// More of the letters than this being no text in any language, and a person should look.
const GARBLED_SHARE: f32 = 0.05;

/// A text and what its document says about itself.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) markup: Markup,
    /// Where the text begins, after front matter.
    pub(super) body_start: usize,
    pub(super) title: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) date: Option<DateTime<Utc>>,
    pub(super) fields: Fields,
    pub(super) pages: Vec<Page>,
    pub(super) tables: u32,
    pub(super) warnings: Vec<Warning>,
}

impl Reading {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn markdown(text: impl Into<String>) -> Self {
        Self { text: text.into(), markup: Markup::Markdown, ..Self::default() }
    }

    pub(super) fn warn(&mut self, code: WarningCode, message: impl Into<String>) {
        self.warnings.push(Warning { code, message: message.into() });
    }

    /// Adds a property; what is empty says nothing.
    pub(super) fn property(&mut self, name: &str, value: &str) {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if !value.is_empty() {
            self.fields.entry(name.to_owned()).or_insert(FieldValue::Text(value));
        }
    }

    /// The document: what its user says goes before what it says itself.
    pub(super) fn into_document(
        self,
        raw: RawDocument,
        media_type: String,
        mut quality: QualityReport,
        revision: Revision,
    ) -> Result<Document, IngestError> {
        let body = self.text.get(self.body_start..).unwrap_or_default();
        if body.trim().is_empty() {
            return Err(IngestError::NoText { what: if self.body_start > 0 { "only front matter" } else { "only white space or markup" } });
        }
        quality.warnings.extend(self.warnings);
        quality.tables = quality.tables.max(self.tables);
        if quality.garbled_share == 0.0 {
            quality.garbled_share = garbled_share(body);
            if quality.garbled_share > GARBLED_SHARE {
                let percent = quality.garbled_share * 100.0;
                quality.warn(WarningCode::GarbledText, format!("{percent:.0} % of its letters are no text in any language"));
            }
        }
        let mut tags: Vec<String> = self.tags.into_iter().chain(raw.tags).collect();
        tags.sort();
        tags.dedup();
        let mut fields = raw.default_fields;
        fields.extend(self.fields);
        fields.extend(raw.fields);
        if let Some((name, _)) = fields.iter().find(|(_, value)| matches!(value, FieldValue::Number(number) if !number.is_finite())) {
            return Err(IngestError::NotFinite { field: name.clone() });
        }
        let found_title = self.title.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|title| !title.is_empty());
        // A caller that gives an empty title says that there is none.
        let title = raw.title.unwrap_or_else(|| found_title.unwrap_or_else(|| file_title(&raw.source)));
        let head = DocumentHead {
            id: DocumentId::from_source(&raw.source),
            title: without_nul(&title),
            language: language::detect(body),
            source: raw.source,
            media_type,
            tags,
            modified_at: raw.date.or(self.date).or(raw.modified_at).unwrap_or_else(Utc::now),
            fields,
            revision,
        };
        Ok(Document { head, text: self.text, markup: self.markup, pages: self.pages, quality })
    }
}

/// The share of the letters that are replacement characters, private or controls.
fn garbled_share(text: &str) -> f32 {
    let (mut all, mut garbled) = (0_u32, 0_u32);
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        all += 1;
        let is_private = matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
        garbled += u32::from(is_private || letter.is_control() || letter == char::REPLACEMENT_CHARACTER);
    }
    if garbled == 0 { 0.0 } else { (f64::from(garbled) / f64::from(all)) as f32 }
}
