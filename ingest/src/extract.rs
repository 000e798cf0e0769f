//! Bytes to text: what a document is, its encoding, its title, its language, and how well it could be read.
//!
//! Text formats are read in this process. Everything else is read by worker processes ([`ExtractConfig`] limits their
//! memory and time): a document that crashes its reader or never ends costs a worker, not the ingest.

mod config;
mod detect;
mod encoding;
mod formats;
mod language;
mod markup;
mod reading;
mod source_name;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;

use ragstone_core::{Document, ExtractedText, ExtractionRequest, Markup, QualityReport, Revision};

pub use config::{ExtractConfig, WorkerLocation};
pub(crate) use formats::delimiter;
pub use language::detect as detect_language;
pub use worker::MemberStream;

use self::detect::{Kind, WorkerFormat};
use self::encoding::Decoded;
use self::reading::Reading;
use self::worker::{WorkerAnswer, WorkerPool};
use crate::{IngestError, RawDocument};

/// Reads documents of every format. Cheap to clone: clones share their workers.
#[derive(Clone)]
pub struct Extractor {
    config: Arc<ExtractConfig>,
    workers: Arc<WorkerPool>,
}

/// What a document turned out to be.
#[derive(Debug)]
pub enum Extracted {
    /// One text.
    Document(Box<Document>),
    /// An archive or a mailbox: documents of their own.
    Members(MemberStream),
}

/// Why bytes are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    /// A document that a worker reads: what such documents are called, and the media type.
    OtherDocument(&'static str, &'static str),
    /// No document at all: an image, a program.
    NoDocument(&'static str),
}

impl Default for Extractor {
    /// Reads text formats only.
    fn default() -> Self {
        Self::new(ExtractConfig::default(), WorkerLocation::default())
    }
}

impl Extractor {
    /// Starts nothing yet; without a worker's program, formats that need one are refused by name.
    pub fn new(config: ExtractConfig, worker: WorkerLocation) -> Self {
        Self { workers: Arc::new(WorkerPool::new(config.clone(), worker)), config: Arc::new(config) }
    }

    /// The settings it works by.
    pub fn config(&self) -> &ExtractConfig {
        &self.config
    }

    /// Reads a document. A worker that crashes, hangs or runs out of memory is an error of a kind that is worth another
    /// attempt (`Unavailable`, `Timeout`); what the document itself is to blame for is `InvalidInput` or `TooLarge`.
    pub async fn read(&self, raw: RawDocument, revision: Revision) -> Result<Extracted, IngestError> {
        let limit = usize::try_from(self.config.max_text_bytes.as_u64()).unwrap_or(usize::MAX);
        match tokio::task::spawn_blocking(move || read_here(raw, &revision, limit).map(|read| (read, revision))).await?? {
            (ReadHere::Document(document), _) => Ok(Extracted::Document(document)),
            (ReadHere::ForWorker(raw, format), revision) => self.read_in_worker(*raw, format, revision).await,
        }
    }

    async fn read_in_worker(&self, raw: RawDocument, format: WorkerFormat, revision: Revision) -> Result<Extracted, IngestError> {
        let request = ExtractionRequest {
            name: source_name::file_name(&raw.source),
            media_type: format.media_type.to_owned(),
            bytes: raw.bytes.len() as u64,
            max_text_bytes: self.config.max_text_bytes.as_u64(),
            recognise: self.config.recognise.clone(),
        };
        match self.workers.read(&request, &raw.bytes, format.description).await? {
            WorkerAnswer::Members(spool) => Ok(Extracted::Members(MemberStream::new(raw, spool))),
            WorkerAnswer::Text(text) => {
                let document = tokio::task::spawn_blocking(move || from_worker(raw, *text, format, revision)).await??;
                Ok(Extracted::Document(Box::new(document)))
            }
        }
    }
}

/// Says whether a document is something else than text, by its content.
pub fn not_text(source: &str, bytes: &[u8]) -> Option<NotText> {
    let start = bytes.get(..16 << 10).unwrap_or(bytes);
    let of_text = || match encoding::decode(start).text {
        text if is_unreadable(&text) => Kind::NoDocument("binary"),
        text => detect::of_text(source, None, &text),
    };
    match detect::of_bytes(start).unwrap_or_else(of_text) {
        Kind::Text(_) => None,
        Kind::Worker(format) => Some(NotText::OtherDocument(format.description, format.media_type)),
        Kind::NoDocument(what) => Some(NotText::NoDocument(what)),
    }
}

/// Turns a document in a text format into text with a head.
pub fn extract(raw: RawDocument, revision: Revision) -> Result<Document, IngestError> {
    let limit = usize::try_from(ExtractConfig::default().max_text_bytes.as_u64()).unwrap_or(usize::MAX);
    match read_here(raw, &revision, limit)? {
        ReadHere::Document(document) => Ok(*document),
        ReadHere::ForWorker(_, format) => Err(IngestError::WorkerMissing { description: format.description }),
    }
}

enum ReadHere {
    Document(Box<Document>),
    ForWorker(Box<RawDocument>, WorkerFormat),
}

/// Never panics: a library's panic becomes an error.
fn read_here(raw: RawDocument, revision: &Revision, limit: usize) -> Result<ReadHere, IngestError> {
    let read = std::panic::AssertUnwindSafe(|| read_text(raw, revision, limit));
    std::panic::catch_unwind(read).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
        Err(IngestError::ExtractionPanicked { message: message.unwrap_or_default() })
    })
}

fn read_text(raw: RawDocument, revision: &Revision, limit: usize) -> Result<ReadHere, IngestError> {
    if raw.bytes.is_empty() {
        return Err(IngestError::Empty);
    }
    match detect::of_bytes(&raw.bytes) {
        Some(Kind::Worker(format)) => return Ok(ReadHere::ForWorker(Box::new(raw), format)),
        Some(Kind::NoDocument(what)) => return Err(IngestError::NoDocument { what }),
        Some(Kind::Text(_)) | None => {}
    }
    let decoded = encoding::decode(&raw.bytes);
    if is_unreadable(&decoded.text) {
        return Err(IngestError::NoDocument { what: "binary" });
    }
    let said = raw.media_type.as_deref().map(essence);
    let format = match detect::of_text(&raw.source, said.as_deref(), &decoded.text) {
        Kind::Worker(format) => return Ok(ReadHere::ForWorker(Box::new(raw), format)),
        Kind::NoDocument(what) => return Err(IngestError::NoDocument { what }),
        Kind::Text(format) => format,
    };
    let mut quality = QualityReport::by(format.engine());
    decoded.report_to(&mut quality);
    let Decoded { text, .. } = decoded;
    let mut reading = formats::read(format, text)?;
    markup::cut_off(&mut reading, limit);
    let raw = RawDocument { bytes: Vec::new(), ..raw };
    let document = reading.into_document(raw, format.media_type().to_owned(), quality, revision.clone())?;
    Ok(ReadHere::Document(Box::new(document)))
}

fn from_worker(raw: RawDocument, text: ExtractedText, format: WorkerFormat, revision: Revision) -> Result<Document, IngestError> {
    let ExtractedText { media_type, text, structured, pages, title, modified_at, fields, quality } = text;
    let is_on_a_page = |page: &ragstone_core::Page| text.get(page.span.start..page.span.end).is_some();
    if !pages.iter().all(is_on_a_page) || !pages.is_sorted_by(|one, next| one.span.end <= next.span.start) {
        return Err(IngestError::WorkerNonsense { detail: "pages that are not in the text".to_owned() });
    }
    let markup = if structured { Markup::Markdown } else { Markup::Plain };
    let media_type = if media_type.is_empty() { format.media_type.to_owned() } else { media_type };
    let reading = Reading { text, markup, title, date: modified_at, fields, pages, ..Reading::default() };
    reading.into_document(RawDocument { bytes: Vec::new(), ..raw }, media_type, quality, revision)
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

/// A media type without its parameters, in lower case: `Text/HTML; charset=utf-8` is `text/html`.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
