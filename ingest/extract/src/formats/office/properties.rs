//! What an office document says about itself.

use chrono::{DateTime, Utc};
use office_oxide::ir::Metadata;
use ragstone_core::{ExtractedText, FieldValue, QualityReport, WarningCode};

/// Enough to see what is wrong.
const WARNINGS: usize = 20;

/// Moves the properties to where they belong in the extracted text.
pub(super) fn fill(metadata: Metadata, text: &mut ExtractedText) {
    text.modified_at = metadata.modified.as_deref().and_then(date);
    text.title = metadata.title.filter(|title| !title.trim().is_empty());
    let created = metadata.created.as_deref().and_then(date).map(|created| created.to_rfc3339());
    let properties = [
        ("author", metadata.author),
        ("subject", metadata.subject),
        ("description", metadata.description),
        ("category", metadata.category),
        ("company", metadata.company),
        ("last_modified_by", metadata.last_modified_by),
        ("created", created),
    ];
    for (name, value) in properties {
        let Some(value) = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) else { continue };
        text.fields.insert(name.to_owned(), FieldValue::Text(value));
    }
    let keywords: Vec<String> = metadata.keywords.into_iter().filter(|keyword| !keyword.trim().is_empty()).collect();
    if !keywords.is_empty() {
        text.fields.insert("keywords".to_owned(), FieldValue::List(keywords));
    }
}

/// Passes on what the library had to work around.
pub(super) fn warn(metadata: &Metadata, quality: &mut QualityReport) {
    for message in metadata.warnings.iter().take(WARNINGS) {
        let lower = message.to_lowercase();
        let code = if lower.contains("budget") || lower.contains("limit") {
            WarningCode::CutOff
        } else if metadata.text_truncated {
            WarningCode::PartUnreadable
        } else {
            WarningCode::Damaged
        };
        quality.warn(code, message.trim_matches(['[', ']']));
    }
    if metadata.text_truncated && metadata.warnings.is_empty() {
        quality.warn(WarningCode::PartUnreadable, "the file shows that some of its text is missing");
    }
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|date| date.to_utc())
}
