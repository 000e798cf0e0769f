//! Rich Text Format: what `WordPad`, old Word and much other software save, and what Outlook keeps mails in.

pub(super) mod encodings;
mod group;
mod reader;
mod tokens;

use ragstone_core::{ExtractedText, FieldValue, QualityReport, Refusal, WarningCode};

use self::reader::Reader;
use super::blocks::Blocks;
use crate::RawDocument;

/// Reads an RTF document.
pub(crate) fn read(document: &RawDocument) -> Result<ExtractedText, Refusal> {
    let mut blocks = Blocks::up_to(document.limits);
    let found = write(&document.bytes, &mut blocks);
    let mut quality = QualityReport::by("rtf");
    if let Some(fault) = found.fault {
        quality.warn(WarningCode::Damaged, fault);
    }
    let mut text = blocks.into_text(quality);
    text.title = found.properties.title;
    text.modified_at = found.properties.modified_at;
    for (name, value) in found.properties.fields {
        text.fields.insert(name.to_owned(), FieldValue::Text(value));
    }
    Ok(text)
}

/// Writes an RTF text's blocks.
pub(super) fn write(bytes: &[u8], blocks: &mut Blocks) -> reader::Found {
    Reader::new(blocks).read(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Limits};

    fn document(bytes: &[u8]) -> ExtractedText {
        let limits = Limits { text_bytes: 1 << 20 };
        let raw = RawDocument { name: "a.rtf".to_owned(), format: Format::Rtf, bytes: bytes.to_vec(), limits, recognise: None };
        read(&raw).unwrap()
    }

    fn check(rtf: &str, expected: &str) {
        assert_eq!(document(format!("{{\\rtf1\\ansi\\ansicpg1252 {rtf}}}").as_bytes()).text, expected, "{rtf}");
    }

    #[test]
    fn paragraphs_and_letters() {
        check("One\\par Two\\line three\\par", "One\n\nTwo\nthree");
        check("Gr\\'f6\\'dfe \\u8364? \\u-10179?\\u-8704?\\emdash\\~x\\_y\\-z\\{\\}", "Größe € 😀—\u{a0}x-yz{}");
        check("{\\uc2\\u8364 ab}c\\uc0\\u8364 d", "€c€d");
        check("{\\v hidden}seen {\\*\\unknown gone}{\\pict 0102}{\\fldinst HYPERLINK}{\\fldrslt link}", "seen link");
    }

    #[test]
    fn bytes_are_in_the_code_page_of_their_font() {
        let fonts = "{\\fonttbl{\\f0\\fcharset204 Arial;}{\\f1\\fcharset128 MS Mincho;}}";
        check(&format!("{fonts}\\f0\\'c4\\'e0 \\f1\\'93\\'fa\\'96\\'7b"), "Да 日本");
    }

    #[test]
    fn structure() {
        check(
            "{\\stylesheet{\\s0 Normal;}{\\s1 heading 1;}{\\s2\\outlinelevel1 x;}}\\pard\\s1 A\\par\\pard\\s2 B\\par\\pard\\s0 C",
            "# A\n\n## B\n\nC",
        );
        check("{\\listtext\\bullet\\tab}\\ls1 a\\par{\\listtext 2.\\tab}\\ilvl1 b\\par", "- a\n  2. b");
        check("Word{\\footnote Note.} goes on.", "Word [1] goes on.\n\n[1] Note.");
    }

    #[test]
    fn tables() {
        let row = |cells: &str| format!("\\trowd\\cellx1\\cellx2\\pard\\intbl {cells}\\row");
        let rtf = format!("before\\par {}{}\\pard after", row("A\\cell B\\cell"), row("1\\par 2\\cell 3\\cell"));
        let text = document(format!("{{\\rtf1 {rtf}}}").as_bytes());
        assert!(text.text.starts_with("before\n\n") && text.text.ends_with("\n\nafter"), "{}", text.text);
        assert_eq!(text.quality.tables, 1);
    }

    #[test]
    fn properties() {
        let text = document(b"{\\rtf1{\\info{\\title T}{\\author A}{\\revtim\\yr2024\\mo2\\dy29\\hr13\\min5}}x}");
        assert_eq!(text.title.as_deref(), Some("T"));
        assert_eq!(text.modified_at.unwrap().to_rfc3339(), "2024-02-29T13:05:00+00:00");
        assert_eq!(text.fields.get("author"), Some(&FieldValue::Text("A".to_owned())));
    }

    #[test]
    fn hostile_files_end() {
        assert!(document(&b"{\\rtf1 ".repeat(200_000)).quality.warnings.iter().any(|warning| warning.code == WarningCode::Damaged));
        document(&b"}".repeat(1000));
        document(b"{\\rtf1\\u99999999 \\u-1 x\\bin99999999 y");
        let whole = b"{\\rtf1{\\info{\\title T}}{\\footnote a}\\trowd b\\cell\\row \\'93\\'fa}";
        for length in 0..whole.len() {
            document(&whole[..length]);
        }
    }
}
