//! What the tests share: PDFs made on the spot, and a worker process to ask.

pub(crate) mod package;
pub(crate) mod pdf;
pub(crate) mod worker;

use ragstone_core::{ExtractedText, ExtractionRequest, Refusal};
use ragstone_extract::{Extraction, Extractor, RawDocument, ReadError};

/// A request for a document under this name.
pub(crate) fn request(name: &str, bytes: &[u8]) -> ExtractionRequest {
    ExtractionRequest {
        name: name.to_owned(),
        media_type: String::new(),
        bytes: bytes.len() as u64,
        max_text_bytes: 16 << 20,
        recognise: None,
    }
}

/// Reads a document in this process.
pub(crate) fn read(name: &str, bytes: Vec<u8>) -> Result<ExtractedText, Refusal> {
    let document = RawDocument::of(request(name, &bytes), bytes)?;
    match Extractor::default().read(&document, &mut |_| Ok(())) {
        Ok(Extraction::Text(text)) => Ok(*text),
        Err(ReadError::Refused(refusal)) => Err(refusal),
        other => panic!("neither a text nor a refusal: {other:?}"),
    }
}

/// The texts of the pages.
pub(crate) fn page_texts(text: &ExtractedText) -> Vec<&str> {
    text.pages.iter().map(|page| page.span.of(&text.text).unwrap()).collect()
}
