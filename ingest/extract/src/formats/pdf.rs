//! PDF: pages, their reading order, paragraphs and tables.
//!
//! PDFium reads the letters; what they form is worked out here. Where its letters make no sense or are missing, a second
//! engine reads the page, and the better of the two is taken.

mod compose;
mod forms;
mod geometry;
mod glyphs;
mod library;
mod lines;
mod page;
mod paragraphs;
mod properties;
mod recognise;
mod rules;
mod second;
mod tables;

use std::path::Path;

use compose::compose;
use page::{PageContent, read_page};
use paragraphs::Compounds;
use pdfium_render::prelude::{PdfDocument, PdfiumError, PdfiumInternalError};
use ragstone_core::{ExtractedText, QualityReport, Refusal, RefusalReason, WarningCode};
use recognise::{RecogniseError, recognise};
use second::SecondEngine;

use crate::quality::{GARBLED, garbled_share, numbers};
use crate::{Limits, RawDocument};

/// What reads the letters, unless something else is said of a page.
const ENGINE: &str = "pdfium";

/// Reads a PDF with the library at this path, or where it usually is.
pub(super) fn read(document: &RawDocument, library: Option<&Path>) -> Result<ExtractedText, Refusal> {
    let pdfium = library::pdfium(library)?;
    let file = pdfium.load_pdf_from_byte_slice(&document.bytes, None).map_err(|error| refusal_of(&error))?;
    let mut reading = Reading::new(document, &file);
    reading.read_pages()?;
    reading.rescue_garbled();
    reading.recognise();
    reading.finish()
}

/// A PDF that is being read.
struct Reading<'a, 'library> {
    document: &'a RawDocument,
    file: &'a PdfDocument<'library>,
    second: SecondEngine<'a>,
    pages: Vec<PageContent>,
    quality: QualityReport,
}

impl<'a, 'library> Reading<'a, 'library> {
    fn new(document: &'a RawDocument, file: &'a PdfDocument<'library>) -> Self {
        Self { document, file, second: SecondEngine::new(&document.bytes), pages: Vec::new(), quality: QualityReport::by(ENGINE) }
    }

    /// Reads page after page, until there is as much text as is allowed.
    fn read_pages(&mut self) -> Result<(), Refusal> {
        let count = usize::try_from(self.file.pages().len()).unwrap_or_default();
        if count == 0 {
            return Err(Refusal { reason: RefusalReason::Damaged, detail: "it has no pages".to_owned() });
        }
        let mut room = usize::try_from(self.document.limits.text_bytes).unwrap_or(usize::MAX);
        let mut compounds = Compounds::default();
        let (mut unreadable, mut reason) = (Vec::new(), None);
        for number in 0..count.min(Limits::PAGES) {
            let page = i32::try_from(number).map_err(|_| PdfiumError::PageIndexOutOfBounds).and_then(|index| self.file.pages().get(index));
            let content = page.and_then(|page| read_page(&page, &mut compounds, room.saturating_add(1))).unwrap_or_else(|error| {
                unreadable.push(page_number(number));
                reason = Some(error);
                PageContent::default()
            });
            room = room.saturating_sub(content.plain().len());
            self.pages.push(content);
            if room == 0 && number + 1 < count {
                let message = format!("only the first {} of {count} pages were read: their text is as long as allowed", number + 1);
                self.quality.warn(WarningCode::CutOff, message);
                break;
            }
        }
        if count > Limits::PAGES && room > 0 {
            self.quality.warn(WarningCode::CutOff, format!("only the first {} of {count} pages were read", Limits::PAGES));
        }
        match reason {
            Some(error) if unreadable.len() == self.pages.len() => {
                Err(Refusal { reason: RefusalReason::Damaged, detail: format!("none of its pages can be read ({error})") })
            }
            Some(error) => {
                let message = format!("{} could not be read ({error})", numbers(&unreadable));
                self.quality.warn(WarningCode::PartUnreadable, message);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Lets the second engine read the pages whose letters make no sense or are missing, and takes what is better.
    fn rescue_garbled(&mut self) {
        let mut rescued = Vec::new();
        let mut missing = Vec::new();
        for (number, page) in self.pages.iter_mut().enumerate() {
            let garbled = garbled_share(&page.plain());
            if garbled < GARBLED && !page.lacks_text {
                continue;
            }
            let other = self.second.paragraphs(number).map(PageContent::of);
            let is_better = |other: &PageContent| {
                let (here, there) = (page.characters(), other.characters());
                let is_clearer = garbled_share(&other.plain()) < garbled * 0.5 && there * 2 > here;
                let has_more = there * 10 > here * 11 && garbled_share(&other.plain()) < GARBLED;
                is_clearer || (page.lacks_text && has_more)
            };
            // It writes right-to-left text backwards.
            let is_safe = !is_right_to_left(&page.plain());
            if let Some(other) = other.filter(|other| is_safe && is_better(other)) {
                *page = other;
                rescued.push(page_number(number));
            } else if page.lacks_text {
                missing.push(page_number(number));
            }
        }
        if !rescued.is_empty() {
            self.quality.engine = format!("{ENGINE} ({}: {})", numbers(&rescued), SecondEngine::NAME);
        }
        if !missing.is_empty() {
            let message = format!("some of the text on {} is missing: its font does not say which letters it has", numbers(&missing));
            self.quality.warn(WarningCode::PartUnreadable, message);
        }
    }

    /// Recognises the pages without text and those that stayed garbled, if that was asked for.
    fn recognise(&mut self) {
        let Some(languages) = &self.document.recognise else { return };
        let (mut recognised, mut failed) = (Vec::new(), None);
        for (number, page) in self.pages.iter_mut().enumerate() {
            if page.characters() > 0 && garbled_share(&page.plain()) < GARBLED {
                continue;
            }
            let Ok(drawn) =
                i32::try_from(number).map_err(|_| PdfiumError::PageIndexOutOfBounds).and_then(|index| self.file.pages().get(index))
            else {
                continue;
            };
            match recognise(&drawn, languages) {
                Ok(paragraphs) if paragraphs.is_empty() => {}
                Ok(paragraphs) => {
                    *page = PageContent::of(paragraphs);
                    recognised.push(page_number(number));
                }
                Err(error) => {
                    let is_hopeless = matches!(error, RecogniseError::NotInstalled | RecogniseError::Run(_));
                    failed = Some((number, error));
                    if is_hopeless {
                        break;
                    }
                }
            }
        }
        if !recognised.is_empty() {
            let message = format!("the text of {} was recognised from pictures and may be wrong in places", numbers(&recognised));
            self.quality.warn(WarningCode::RecognisedFromPictures, message);
        }
        if let Some((number, error)) = failed {
            self.quality.warn(WarningCode::PartUnreadable, format!("page {} could not be recognised: {error}", page_number(number)));
        }
    }

    fn finish(mut self) -> Result<ExtractedText, Refusal> {
        let empty: Vec<u32> =
            (0..).zip(&self.pages).filter(|(_, page)| page.characters() == 0).map(|(number, _)| page_number(number)).collect();
        if empty.len() == self.pages.len() {
            return Err(self.scanned());
        }
        if !empty.is_empty() {
            let verb = if empty.len() == 1 { "has" } else { "have" };
            let message =
                format!("{} {verb} no text and may be scanned; `extract.recognise` reads such pages with tesseract", numbers(&empty));
            self.quality.warn(WarningCode::PagesWithoutText, message);
        }
        let attachments = self.file.attachments().len();
        if attachments > 0 {
            let noun = if attachments == 1 { "file that is attached to it was" } else { "files that are attached to it were" };
            self.quality.warn(WarningCode::AttachmentsSkipped, format!("{attachments} {noun} not read"));
        }
        let mut text = compose(self.pages);
        self.quality.tables = text.quality.tables;
        text.quality = self.quality;
        properties::fill(self.file, &mut text);
        Ok(text)
    }

    /// Why there is no text at all.
    fn scanned(&self) -> Refusal {
        let pages = if self.pages.len() == 1 {
            "its only page is a picture".to_owned()
        } else {
            format!("all {} pages are pictures", self.pages.len())
        };
        let failure = self.quality.warnings.iter().find(|warning| warning.code == WarningCode::PartUnreadable);
        let detail = failure.map_or(pages.clone(), |failure| format!("{pages}; {}", failure.message));
        Refusal { reason: RefusalReason::Scanned, detail }
    }
}

fn is_right_to_left(text: &str) -> bool {
    let right_to_left = text.chars().filter(|character| glyphs::is_right_to_left(*character)).count();
    right_to_left * 10 > text.chars().count()
}

/// As a reader counts pages.
fn page_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

fn refusal_of(error: &PdfiumError) -> Refusal {
    let (reason, detail) = match error {
        PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::PasswordError) => {
            (RefusalReason::Password, "an encrypted PDF".to_owned())
        }
        PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::SecurityError) => {
            (RefusalReason::Unsupported, "a PDF that is encrypted in a way of its own".to_owned())
        }
        PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::FormatError) => {
            (RefusalReason::Damaged, "it begins as a PDF and is none inside".to_owned())
        }
        error => (RefusalReason::Damaged, format!("it cannot be opened ({error})")),
    };
    Refusal { reason, detail }
}
