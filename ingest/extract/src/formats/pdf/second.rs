//! The second engine: slower, and blind to much that PDFium reads, but it looks into embedded fonts for what their letters
//! are where the file does not say it, and reads vertical lines that PDFium drops.

use std::cell::OnceCell;
use std::panic::{self, AssertUnwindSafe};

use pdf_oxide::PdfDocument;

/// A PDF that the second engine opens when it is first asked.
pub(super) struct SecondEngine<'a> {
    bytes: &'a [u8],
    opened: OnceCell<Option<PdfDocument>>,
}

impl<'a> SecondEngine<'a> {
    pub(super) const NAME: &'static str = "pdf_oxide";

    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, opened: OnceCell::new() }
    }

    /// The text of a page, the first being 0, in paragraphs; nothing where it cannot be read.
    pub(super) fn paragraphs(&self, page: usize) -> Option<Vec<String>> {
        let text = panic::catch_unwind(AssertUnwindSafe(|| {
            let document = self.opened.get_or_init(|| PdfDocument::from_bytes(self.bytes.to_vec()).ok());
            document.as_ref()?.extract_text(page).ok()
        }));
        let text = text.ok().flatten()?;
        let paragraphs: Vec<String> =
            text.split("\n\n").map(|paragraph| paragraph.trim().to_owned()).filter(|paragraph| !paragraph.is_empty()).collect();
        (!paragraphs.is_empty()).then_some(paragraphs)
    }
}
