//! From bytes to a document: what it is, its encoding, its title, its limits.

use ragstone_core::{Document, EncodingEvidence, FieldValue, Markup, Revision, WarningCode};

use super::*;

fn read(source: &str, bytes: impl Into<Vec<u8>>) -> Result<Document, IngestError> {
    extract(RawDocument::new(source, bytes), Revision::of(&[]))
}

#[test]
fn a_document_knows_what_it_is() {
    let document = read("/docs/leave-policy.md", "---\nauthor: Ann\n---\n# Leave\n\nThirty days.\n").unwrap();
    assert_eq!(
        (document.head.title.as_str(), document.head.media_type.as_str(), document.markup),
        ("Leave", "text/markdown", Markup::Markdown)
    );
    assert_eq!(document.head.fields["author"], FieldValue::Text("Ann".to_owned()));
    let document = read(
        "/docs/parking_rules.txt",
        "No parking is allowed in front of the building after midnight, says the board of directors, and whoever does so will pay for it.",
    )
    .unwrap();
    assert_eq!((document.head.title.as_str(), document.head.language.as_str()), ("parking rules", "english"));
    assert_eq!(read("/a.rs", "fn main() {}").unwrap().markup, Markup::Code);
    assert_eq!(read("/a.csv", "a,b\n1,2\n").unwrap().quality.tables, 1);
}

#[test]
fn encodings_are_found_and_said() {
    let check = |bytes: &[u8], text: &str, name: &str, evidence: EncodingEvidence| {
        let document = read("/a.txt", bytes).unwrap();
        let encoding = document.quality.encoding.unwrap();
        assert_eq!((document.text.as_str(), encoding.name.as_str(), encoding.decided_by), (text, name, evidence));
    };
    check("Grüße aus Köln".as_bytes(), "Grüße aus Köln", "UTF-8", EncodingEvidence::Valid);
    check(b"\xff\xfeG\0r\0\xfc\0n\0", "Grün", "UTF-16LE", EncodingEvidence::ByteOrderMark);
    let russian = encoding_rs::WINDOWS_1251.encode("Съешь же ещё этих мягких французских булок, да выпей чаю.").0;
    check(&russian, "Съешь же ещё этих мягких французских булок, да выпей чаю.", "windows-1251", EncodingEvidence::Detected);
}

#[test]
fn what_the_caller_says_goes_first() {
    let raw = RawDocument {
        title: Some("Mine".to_owned()),
        media_type: Some("text/plain; charset=utf-8".to_owned()),
        ..RawDocument::new("/a.md", "# Theirs")
    };
    let document = extract(raw, Revision::of(&[])).unwrap();
    assert_eq!((document.head.title.as_str(), document.head.media_type.as_str()), ("Mine", "text/plain"));
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    for (bytes, expected) in [
        (&b""[..], "is empty"),
        (b" \n\t ", "has no text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no document (image)"),
        (b"\0\x01\x02\0\0\0\x03", "is no document (binary)"),
        (b"%PDF-1.7\n", "ragstone-extract"),
        (b"---\ntitle: x\n---\n", "only front matter"),
    ] {
        let error = read("/a.md", bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn too_long_texts_are_cut_and_say_so() {
    let mut reading = reading::Reading::plain("äöü".repeat(10));
    markup::cut_off(&mut reading, 5);
    assert_eq!((reading.text.as_str(), reading.warnings[0].code), ("äö", WarningCode::CutOff));
}

#[test]
fn garbled_letters_are_noticed() {
    let document = read("/a.txt", "\u{e001}\u{e002}\u{e003}\u{e004} and a few words").unwrap();
    assert!(document.quality.garbled_share > 0.1);
    assert_eq!(document.quality.warnings[0].code, WarningCode::GarbledText);
}
