//! Word, Excel and PowerPoint, by `office_oxide`.

mod elements;
mod properties;
mod workbook;

use std::io::Cursor;

use office_oxide::core::Error as CoreError;
use office_oxide::doc::DocError;
use office_oxide::docx::DocxError;
use office_oxide::ir::DocumentIR;
use office_oxide::options::ParseOptions;
use office_oxide::ppt::PptError;
use office_oxide::pptx::PptxError;
use office_oxide::xls::XlsError;
use office_oxide::xlsx::XlsxError;
use office_oxide::{Document, DocumentFormat, OfficeError};
use ragstone_core::{ExtractedText, QualityReport, Refusal, RefusalReason, WarningCode};

use self::elements::Writer;
use super::blocks::Blocks;
use crate::limits::TOO_DEEP;
use crate::{Format, Limits, RawDocument};

const ENGINE: &str = "office_oxide";

/// Reads a document of one of the six formats.
pub(crate) fn read(document: &RawDocument) -> Result<ExtractedText, Refusal> {
    let format = match document.format {
        Format::Docx => DocumentFormat::Docx,
        Format::Xlsx => DocumentFormat::Xlsx,
        Format::Pptx => DocumentFormat::Pptx,
        Format::Doc => DocumentFormat::Doc,
        Format::Xls => DocumentFormat::Xls,
        Format::Ppt => DocumentFormat::Ppt,
        other => return Err(Refusal { reason: RefusalReason::Unsupported, detail: format!("{other:?} is no office format") }),
    };
    let opened = Document::from_reader_with(Cursor::new(document.bytes.clone()), format, &options(document.limits)).map_err(refusal)?;
    let mut blocks = Blocks::up_to(document.limits);
    let mut quality = QualityReport::by(ENGINE);
    let metadata = if let Some(book) = opened.as_xlsx() {
        workbook::write_xlsx(book, &mut blocks, &mut quality)
    } else if let Some(book) = opened.as_xls() {
        workbook::write_xls(book, &mut blocks, &mut quality)
    } else {
        let has_slides = matches!(format, DocumentFormat::Pptx | DocumentFormat::Ppt);
        let content = opened.to_ir();
        write_sections(&content, has_slides, &mut blocks, &mut quality);
        content.metadata
    };
    properties::warn(&metadata, &mut quality);
    let mut text = blocks.into_text(quality);
    properties::fill(metadata, &mut text);
    Ok(text)
}

/// What may come out is bounded by us; the pictures, which take the most memory, are not wanted.
fn options(limits: Limits) -> ParseOptions {
    let mut options = ParseOptions::default();
    options.limits.part_bytes = Limits::PART_BYTES;
    options.limits.package_entries = Limits::MEMBERS;
    options.limits.text_chars = usize::try_from(limits.text_bytes.saturating_mul(4)).unwrap_or(usize::MAX);
    options.limits.memory_bytes = 256 << 20;
    options
}

fn write_sections(content: &DocumentIR, has_slides: bool, blocks: &mut Blocks, quality: &mut QualityReport) {
    let mut writer = Writer::new(blocks);
    for section in &content.sections {
        if has_slides {
            writer.slide(section);
        } else {
            writer.section(section);
        }
    }
    if !writer.finish() {
        quality.warn(WarningCode::CutOff, TOO_DEEP);
    }
}

fn refusal(error: OfficeError) -> Refusal {
    let reason = match &error {
        OfficeError::Doc(DocError::Encrypted) | OfficeError::Ppt(PptError::Encrypted) => RefusalReason::Password,
        OfficeError::Xls(XlsError::Encrypted | XlsError::EncryptionNotSupported(_)) => RefusalReason::Password,
        OfficeError::Core(error)
        | OfficeError::Docx(DocxError::Core(error))
        | OfficeError::Xlsx(XlsxError::Core(error))
        | OfficeError::Pptx(PptxError::Core(error))
            if matches!(error, CoreError::DecompressionLimit { .. } | CoreError::PackageLimit(_)) =>
        {
            RefusalReason::TooLarge
        }
        OfficeError::Doc(DocError::UnsupportedVersion(_)) | OfficeError::Xls(XlsError::UnsupportedVersion(_)) => RefusalReason::Unsupported,
        _ => RefusalReason::Damaged,
    };
    Refusal { reason, detail: error.to_string() }
}
