//! Documents that are ZIP packages: what they say, and those that expand, repeat or nest without end.

use ragstone_core::{ExtractedText, FieldValue, RefusalReason, WarningCode};

use crate::support::package::{docx, docx_of, epub, odt};
use crate::support::read;

const PARAGRAPH: &str = "<w:p><w:r><w:t>It rains.</w:t></w:r></w:p>";

fn warnings(text: &ExtractedText) -> Vec<WarningCode> {
    text.quality.warnings.iter().map(|warning| warning.code).collect()
}

/// Tables in tables, so many, around a paragraph.
fn nested_table(depth: usize) -> String {
    format!("{}{PARAGRAPH}{}", "<w:tbl><w:tr><w:tc>".repeat(depth), "</w:tc></w:tr></w:tbl>".repeat(depth))
}

#[test]
fn a_word_document_keeps_its_structure() {
    let heading = r#"<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Weather</w:t></w:r></w:p>"#;
    let cell = |text: &str| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
    let table = format!("<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>", cell("Day"), cell("Rain"), cell("1"), cell("2 mm"));
    let text = read("a.docx", docx(&format!("{heading}{PARAGRAPH}{table}"))).unwrap();
    assert!(text.text.contains("Weather\n\nIt rains.\n\n| Day | Rain |\n| --- | --- |\n| 1 | 2 mm |"), "{}", text.text);
    assert_eq!((text.quality.tables, warnings(&text)), (1, vec![]));
}

#[test]
fn what_nests_too_deep_is_said() {
    let text = read("a.docx", docx(&format!("{PARAGRAPH}{}", nested_table(200)))).unwrap();
    assert!(text.text.starts_with("It rains."), "{text:?}");
    assert!(!warnings(&text).is_empty(), "{text:?}");
    let deep = format!("<text:p>It rains.</text:p>{}<text:p>Deep.</text:p>{}", "<text:section>".repeat(200), "</text:section>".repeat(200));
    let text = read("a.odt", odt(&deep)).unwrap();
    assert_eq!((text.text.as_str(), warnings(&text)), ("It rains.", vec![WarningCode::CutOff]));
}

#[test]
fn a_bomb_is_too_large() {
    let refusal = read("a.docx", docx_of(&" ".repeat(1 << 20), 1100)).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::TooLarge, "{refusal:?}");
}

#[test]
fn a_book_is_read_in_its_order() {
    let text = read("a.epub", epub(&["one"], "<html><head><title/></head><body><h1>Tides</h1><p>The moon.</p></body></html>")).unwrap();
    assert_eq!((text.text.as_str(), text.title.as_deref()), ("# Tides\n\nThe moon.", Some("Tides")));
    assert_eq!(text.fields["author"], FieldValue::Text("Ann".to_owned()));
}

#[test]
fn a_chapter_that_is_listed_again_is_read_once() {
    let spine = ["one"; 50_000];
    let text = read("a.epub", epub(&spine, &format!("<p>{}</p>", "The moon. ".repeat(10_000)))).unwrap();
    assert_eq!(text.text.matches("The moon.").count(), 10_000);
}

#[test]
fn a_missing_chapter_is_named() {
    let text = read("a.epub", epub(&["lost", "one"], "<p>The moon.</p>")).unwrap();
    assert_eq!((text.text.as_str(), warnings(&text)), ("The moon.", vec![WarningCode::PartUnreadable]));
    assert!(text.quality.warnings[0].message.contains("lost.xhtml"));
}

#[test]
fn a_chapter_without_an_end_keeps_its_words() {
    let text = read("a.epub", epub(&["one"], &format!("{}The moon.", "<div>".repeat(200_000)))).unwrap();
    assert_eq!((text.text.as_str(), warnings(&text)), ("The moon.", vec![WarningCode::Damaged]));
}
