//! The formats, one module each.

mod archive;
mod blocks;
mod book;
mod grid;
mod html;
mod mail;
mod office;
mod opendocument;
mod package;
mod pdf;
mod rich_text;
mod xml;

use std::io;
use std::path::PathBuf;

use ragstone_core::{ExtractedText, Refusal, RefusalReason, UnreadableMember, WarningCode};

use crate::{Format, Limits, Member, RawDocument, ReadError, quality};

/// Reads documents. It keeps no state between them, apart from the PDFium library, which is loaded with the first PDF.
#[derive(Debug, Clone, Default)]
pub struct Extractor {
    /// The PDFium library. Looked for beside the program and in `.runtime/pdfium` above it where nothing is said.
    pub pdfium: Option<PathBuf>,
}

/// What came out of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Extraction {
    /// Its text.
    Text(Box<ExtractedText>),
    /// It was an archive or a mailbox, and all members were sent.
    Members {
        /// Those that could not be read.
        unreadable: Vec<UnreadableMember>,
    },
}

impl Extractor {
    /// Reads a document. The members of an archive or a mailbox are sent one after the other.
    pub fn read(&self, document: &RawDocument, send: &mut dyn FnMut(Member) -> io::Result<()>) -> Result<Extraction, ReadError> {
        let mut text = match document.format {
            Format::Pdf => pdf::read(document, self.pdfium.as_deref())?,
            Format::Docx | Format::Xlsx | Format::Pptx | Format::Doc | Format::Xls | Format::Ppt => office::read(document)?,
            Format::Odt | Format::Ods | Format::Odp => opendocument::read(document)?,
            Format::Rtf => rich_text::read(document)?,
            Format::Epub => book::read(document)?,
            Format::Eml | Format::Msg => mail::read(document)?,
            Format::Mbox => return Ok(Extraction::Members { unreadable: mail::unpack(document, send)? }),
            Format::Zip | Format::Tar | Format::Gzip => return Ok(Extraction::Members { unreadable: archive::unpack(document, send)? }),
        };
        if text.text.trim().is_empty() {
            return Err(Refusal { reason: RefusalReason::NoText, detail: "nothing is written in it".to_owned() }.into());
        }
        if text.media_type.is_empty() {
            document.format.media_type().clone_into(&mut text.media_type);
        }
        cut(&mut text, document.limits);
        quality::complete(&mut text);
        Ok(Extraction::Text(Box::new(text)))
    }
}

/// Cuts the text where its limit is.
fn cut(text: &mut ExtractedText, limits: Limits) {
    let limit = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
    if text.text.len() <= limit {
        return;
    }
    text.text.truncate(text.text.floor_char_boundary(limit));
    let end = text.text.len();
    for page in &mut text.pages {
        page.span.start = page.span.start.min(end);
        page.span.end = page.span.end.min(end);
    }
    text.quality.warn(WarningCode::CutOff, format!("the text was cut after {limit} bytes; `extract.max_text_bytes` allows more"));
}

#[cfg(test)]
mod tests {
    use ragstone_core::{Page, Span};

    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        let pages = vec![Page { number: 1, span: Span { start: 0, end: 3 } }, Page { number: 2, span: Span { start: 3, end: 8 } }];
        let mut text = ExtractedText { text: "aböüß".to_owned(), pages, ..ExtractedText::default() };
        cut(&mut text, Limits { text_bytes: 5 });
        assert_eq!(text.text, "abö");
        assert_eq!(text.pages[1].span, Span { start: 3, end: 4 });
        assert_eq!(text.quality.warnings[0].code, WarningCode::CutOff);
        let warnings = text.quality.warnings.len();
        cut(&mut text, Limits { text_bytes: 4 });
        assert_eq!(text.quality.warnings.len(), warnings);
    }
}
