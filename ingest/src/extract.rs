//! Bytes to text: what a document is, its encoding, its title, its language.

mod encoding;
mod html;
mod language;

use std::path::Path;

use chrono::Utc;
use ragstone_core::{Document, DocumentHead, FieldValue, Revision};

pub use language::detect as detect_language;

use crate::markdown::{FrontMatter, Outline};
use crate::{IngestError, RawDocument};

const MARKDOWN: &str = "text/markdown";
const HTML: &str = "text/html";
const PLAIN_TEXT: &str = "text/plain";

/// Why bytes are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    /// A document in a format that is not read: its description and media type.
    OtherDocument(&'static str, &'static str),
    /// No document at all: an image, a program, an archive.
    NoDocument(&'static str),
}

/// Says whether a document is something else than text: by its content, and by its name where the content is text that
/// is not for reading.
pub fn not_text(source: &str, bytes: &[u8]) -> Option<NotText> {
    by_name(source).or_else(|| by_content(bytes))
}

fn by_name(source: &str) -> Option<NotText> {
    match extension(source)?.as_str() {
        "svg" => Some(NotText::NoDocument("image")),
        "eml" | "mbox" | "msg" => Some(NotText::OtherDocument("an e-mail", "message/rfc822")),
        "rtf" => Some(NotText::OtherDocument("rich text", "application/rtf")),
        _ => None,
    }
}

fn extension(source: &str) -> Option<String> {
    Some(Path::new(source).extension()?.to_string_lossy().to_ascii_lowercase())
}

fn by_content(bytes: &[u8]) -> Option<NotText> {
    use infer::MatcherType as Type;

    let Some(kind) = infer::get(bytes) else {
        return looks_binary(bytes).then_some(NotText::NoDocument("binary"));
    };
    // A text may start like a picture ("BM"): of what is readable as text, only these have text as their signature.
    if looks_like_text(bytes) && !matches!(kind.mime_type(), "application/pdf" | "application/rtf" | "application/postscript") {
        return None;
    }
    let no_document = |kind| Some(NotText::NoDocument(kind));
    match kind.matcher_type() {
        Type::Text => None,
        Type::Doc => Some(NotText::OtherDocument("an office document", kind.mime_type())),
        Type::Book => Some(NotText::OtherDocument("an e-book", kind.mime_type())),
        Type::Archive if kind.mime_type() == "application/pdf" => Some(NotText::OtherDocument("a PDF", kind.mime_type())),
        Type::Archive if kind.mime_type() == "application/rtf" => Some(NotText::OtherDocument("rich text", kind.mime_type())),
        Type::Archive => no_document("archive"),
        Type::Image => no_document("image"),
        Type::Audio => no_document("audio"),
        Type::Video => no_document("video"),
        Type::Font => no_document("font"),
        Type::App => no_document("program"),
        _ => no_document("binary"),
    }
}

/// Whether the beginning is UTF-8 without control characters, but for a character that is cut at its end.
fn looks_like_text(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..8192).unwrap_or(bytes);
    let readable = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(beginning.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !readable.chars().any(|letter| letter.is_control() && !letter.is_whitespace())
}

/// Whether more than a hundredth of the beginning is NUL bytes; a stray one is found in texts too.
fn looks_binary(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..8192).unwrap_or(bytes);
    let nul_bytes = beginning.iter().filter(|byte| **byte == 0).count();
    nul_bytes * 100 > beginning.len() && encoding::without_byte_order_mark(bytes)
}

/// Whether more than a fiftieth of what came out of decoding is control characters: no encoding explains it.
fn is_unreadable(text: &str) -> bool {
    let (mut all, mut control) = (0_usize, 0_usize);
    for letter in text.chars().take(8192) {
        all += 1;
        control += usize::from(letter.is_control() && !letter.is_whitespace());
    }
    control * 50 > all
}

/// Turns a raw document into text with a head. Never panics: a library's panic becomes an error.
pub fn extract(raw: RawDocument, revision: Revision) -> Result<Document, IngestError> {
    std::panic::catch_unwind(|| extract_text(raw, revision)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
        Err(IngestError::ExtractionPanicked { message: message.unwrap_or_default() })
    })
}

fn extract_text(raw: RawDocument, revision: Revision) -> Result<Document, IngestError> {
    if raw.bytes.is_empty() {
        return Err(IngestError::Empty);
    }
    // A caller that says what it is means it.
    let other = if raw.media_type.is_some() { by_content(&raw.bytes) } else { not_text(&raw.source, &raw.bytes) };
    match other {
        Some(NotText::OtherDocument(description, media_type)) => return Err(IngestError::UnsupportedFormat { description, media_type }),
        Some(NotText::NoDocument(_)) => return Err(IngestError::Binary),
        None => {}
    }
    let media_type = raw.media_type.as_deref().map_or_else(|| media_type(&raw.source, &raw.bytes).to_owned(), essence);
    let decoded = encoding::decode(&raw.bytes, media_type == HTML);
    if is_unreadable(&decoded) {
        return Err(IngestError::Binary);
    }
    let (text, front_matter, own_title) = match media_type.as_str() {
        HTML => {
            let page = html::to_markdown(&decoded)?;
            (page.markdown, FrontMatter::default(), page.title)
        }
        MARKDOWN => {
            let front_matter = FrontMatter::parse(&decoded);
            let heading = Outline::of(&decoded, front_matter.end).first().map(str::to_owned);
            (decoded, front_matter, heading)
        }
        _ => (decoded, FrontMatter::default(), None),
    };
    let body = text.get(front_matter.end..).unwrap_or_default();
    if body.trim().is_empty() {
        return Err(IngestError::NoText { what: if front_matter.end > 0 { "only front matter" } else { "only white space or markup" } });
    }
    let mut tags: Vec<String> = front_matter.tags.into_iter().chain(raw.tags).collect();
    tags.sort();
    tags.dedup();
    let mut fields = front_matter.fields;
    fields.extend(raw.fields);
    if let Some((name, _)) = fields.iter().find(|(_, value)| matches!(value, FieldValue::Number(number) if !number.is_finite())) {
        return Err(IngestError::NotFinite { field: name.clone() });
    }
    let found_title = front_matter.title.or(own_title).filter(|title| !title.trim().is_empty());
    // A caller that gives an empty title says that there is none.
    let title = raw.title.unwrap_or_else(|| found_title.unwrap_or_else(|| file_title(&raw.source)));
    let head = DocumentHead {
        id: ragstone_core::DocumentId::from_source(&raw.source),
        title,
        language: detect_language(body),
        source: raw.source,
        media_type,
        tags,
        modified_at: front_matter.date.or(raw.modified_at).unwrap_or_else(Utc::now),
        fields,
        revision,
    };
    Ok(Document { head, text })
}

/// A media type without its parameters, in lower case: `Text/HTML; charset=utf-8` is `text/html`.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn media_type(source: &str, bytes: &[u8]) -> &'static str {
    match extension(source).as_deref() {
        Some("md" | "markdown" | "mdx" | "mkd") => MARKDOWN,
        Some("html" | "htm" | "xhtml") => HTML,
        _ if infer::get(bytes).is_some_and(|kind| kind.mime_type() == HTML) => HTML,
        _ => PLAIN_TEXT,
    }
}

/// The file's name without folder and extension, as a title of last resort.
fn file_title(source: &str) -> String {
    let path = Path::new(source.trim_end_matches('/'));
    path.file_stem().map_or_else(|| source.to_owned(), |stem| stem.to_string_lossy().replace(['_', '-'], " "))
}

#[cfg(test)]
mod tests {
    use ragstone_core::FieldValue;

    use super::*;

    fn document(source: &str, bytes: &[u8]) -> Result<Document, String> {
        extract(RawDocument::new(source, bytes), Revision::of(&[])).map_err(|error| error.to_string())
    }

    #[test]
    fn markdown_with_front_matter() {
        let text = "---\ntitle: Leave policy\ntags: [hr, leave]\ndays: 30\ndate: 2026-01-02\n---\n# Leave\n\nThirty days.\n";
        let document = document("/docs/leave.md", text.as_bytes()).unwrap();
        assert_eq!(document.text, text, "the text is kept whole, so that spans are the file's own");
        assert_eq!((document.head.title.as_str(), document.head.media_type.as_str()), ("Leave policy", MARKDOWN));
        assert_eq!(document.head.tags, ["hr", "leave"]);
        assert_eq!(document.head.fields.get("days"), Some(&FieldValue::Number(30.0)));
        assert_eq!(document.head.modified_at.to_rfc3339(), "2026-01-02T00:00:00+00:00");
    }

    #[test]
    fn titles_come_from_the_best_source() {
        let title = |source: &str, text: &str| document(source, text.as_bytes()).unwrap().head.title;
        assert_eq!(title("/a/first-steps.md", "Intro\n\n# Getting started\n\nText"), "Getting started");
        assert_eq!(title("/a/first-steps.txt", "# not markdown"), "first steps");
        assert_eq!(title("/a/x.html", "<title>A &amp; B</title><p>Text</p>"), "A & B");
        assert_eq!(title("/a/page", "<!DOCTYPE html><html><head><title>T</title></head><body>x</body></html>"), "T");
    }

    #[test]
    fn html_becomes_markdown_without_scripts() {
        let page = "<html><head><style>p{}</style></head><body><nav>Menu</nav><h1>Title</h1><p>One <b>two</b> <a href=\"https://example.com\">three</a>.</p><script>x()</script></body></html>";
        let document = document("/a.html", page.as_bytes()).unwrap();
        assert_eq!(document.text, "# Title\n\nOne **two** three.");
    }

    #[test]
    fn other_encodings_are_decoded() {
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。");
        let document_text = |bytes: &[u8]| document("/a.txt", bytes).unwrap().text;
        assert!(document_text(&shift_jis).starts_with("吾輩は猫である。"));
        assert_eq!(document_text(b"\xEF\xBB\xBFplain"), "plain");
        assert_eq!(document_text(b"\xFF\xFEh\0i\0"), "hi");
        assert_eq!(document_text(b"\xFF\xFE\0\0h\0\0\0i\0\0\0"), "hi");
        assert_eq!(document_text(b"\0\0\xFE\xFF\0\0\0h\0\0\0i"), "hi");
        assert!(document_text("Größe und Maße für Fußböden".encode_latin1().as_slice()).starts_with("Größe"));
    }

    #[test]
    fn what_is_no_text_is_refused_with_the_reason() {
        let check = |bytes: &[u8], expected: &str| {
            let error = document("/a.md", bytes).unwrap_err();
            assert!(error.contains(expected), "{error:?} should contain {expected:?}");
        };
        check(b"", "is empty");
        check(b" \n\t\n", "has no text: only white space");
        check(b"---\ntitle: x\n---\n", "has no text: only front matter");
        check(b"%PDF-1.7\n...", "is a PDF (application/pdf), which cannot be read yet");
        let noise: Vec<u8> = (0..3000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        check(&noise, "is binary data");
        check(b"abc\0\0def", "is binary data");
        assert!(document("/a.txt", b"BMI is body mass over height squared.").is_ok(), "BM starts a bitmap, and many a word");
        assert!(document("/a.txt", format!("{}\0", "text ".repeat(100)).as_bytes()).is_ok(), "a stray NUL byte is no binary");
        let nested = format!("<html>{}deep", "<div>".repeat(3000));
        let error = document("/a.html", nested.as_bytes()).unwrap_err();
        assert!(error.contains("HTML elements, the limit is"), "{error}");
    }

    trait EncodeLatin1 {
        fn encode_latin1(&self) -> Vec<u8>;
    }

    impl EncodeLatin1 for str {
        fn encode_latin1(&self) -> Vec<u8> {
            encoding_rs::WINDOWS_1252.encode(self).0.into_owned()
        }
    }
}
