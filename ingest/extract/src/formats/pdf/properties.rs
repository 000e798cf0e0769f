//! What a PDF says about itself.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use pdfium_render::prelude::{PdfDocument, PdfDocumentMetadataTagType as Tag};
use ragstone_core::{ExtractedText, FieldValue};

/// Moves the properties to where they belong in the extracted text.
pub(super) fn fill(file: &PdfDocument<'_>, text: &mut ExtractedText) {
    let property = |tag: Tag| file.metadata().get(tag).map(|property| clean(property.value())).filter(|value| !value.is_empty());
    text.title = property(Tag::Title).and_then(|title| title_of(&title));
    text.modified_at = property(Tag::ModificationDate).and_then(|written| date(&written));
    let created = property(Tag::CreationDate).and_then(|written| date(&written)).map(|created| created.to_rfc3339());
    let fields = [
        ("author", property(Tag::Author)),
        ("subject", property(Tag::Subject)),
        ("keywords", property(Tag::Keywords)),
        ("created", created),
    ];
    for (name, value) in fields {
        text.fields.extend(value.map(|value| (name.to_owned(), FieldValue::Text(value))));
    }
}

/// Without the zeros that end it and white space at its ends.
fn clean(value: &str) -> String {
    value.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Programs write titles that are none.
fn title_of(property: &str) -> Option<String> {
    let title =
        property.strip_prefix("Microsoft Word - ").or_else(|| property.strip_prefix("Microsoft PowerPoint - ")).unwrap_or(property).trim();
    let is_none = title.is_empty() || ["untitled", "title", "document"].iter().any(|none| title.eq_ignore_ascii_case(none));
    (!is_none).then(|| title.to_owned())
}

/// A date of PDF: `D:20240103120000+01'00'`, of which all but the year may be missing.
fn date(written: &str) -> Option<DateTime<Utc>> {
    let written = written.trim().trim_start_matches("D:");
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (moment, zone) = written.split_at_checked(digits)?;
    let part = |from: usize, to: usize, missing: u32| match moment.get(from..to) {
        Some(part) => part.parse().ok(),
        None => Some(missing),
    };
    let day = NaiveDate::from_ymd_opt(moment.get(..4)?.parse().ok()?, part(4, 6, 1)?, part(6, 8, 1)?)?;
    let moment = day.and_hms_opt(part(8, 10, 0)?, part(10, 12, 0)?, part(12, 14, 0)?)?;
    let offset = FixedOffset::east_opt(zone_seconds(zone).unwrap_or_default())?;
    Some(moment.and_local_timezone(offset).single()?.to_utc())
}

fn zone_seconds(zone: &str) -> Option<i32> {
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let mut parts = zone.trim_start_matches(['+', '-']).split('\'');
    let hours: i32 = parts.next()?.parse().ok()?;
    let minutes: i32 = parts.next().and_then(|minutes| minutes.parse().ok()).unwrap_or_default();
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        let check = |written: &str, expected: Option<&str>| {
            assert_eq!(date(written).map(|date| date.to_rfc3339()).as_deref(), expected, "{written}")
        };
        check("D:20240103120000+01'00'", Some("2024-01-03T11:00:00+00:00"));
        check("D:20240103120000Z", Some("2024-01-03T12:00:00+00:00"));
        check("20240103", Some("2024-01-03T00:00:00+00:00"));
        check("D:2024", Some("2024-01-01T00:00:00+00:00"));
        check("D:20241399", None);
        check("yesterday", None);
        check("D:20240103120000-99'99'", Some("2024-01-03T12:00:00+00:00"));
    }

    #[test]
    fn titles_are_titles() {
        assert_eq!(title_of("Microsoft Word - letter.doc"), Some("letter.doc".to_owned()));
        assert_eq!(title_of("Untitled"), None);
        assert_eq!(clean("a\0b \0"), "a b");
    }
}
