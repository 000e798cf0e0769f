//! Turns documents of all kinds into text, in a process of its own.
//!
//! **Where in the flow:** the `extract` step of the write path, for the formats that only large libraries can read, or that
//! an attacker would choose: PDF, Office, OpenDocument, RTF, EPUB, e-mails and archives. `ragstone-ingest` starts the binary
//! of this crate as a worker, gives it documents and takes texts; it names no document library itself. Plain text,
//! Markdown, HTML and source code never come here.
//!
//! ```text
//! ExtractionRequest + bytes ──detect──▶ RawDocument ──Extractor──▶ Extraction ──▶ ExtractionReply
//! ```
//!
//! * [`detect`] says which [`Format`] a file has, by its content.
//! * [`Extractor::read`] turns a [`RawDocument`] into an [`Extraction`]: a text with its pages and a report on how well it
//!   could be read, or the [`Member`]s of an archive, one after the other. Anything else is a
//!   [`Refusal`](ragstone_core::Refusal) that says why.
//! * [`serve`] answers requests over two pipes until the first ends; [`answer`] answers one.
//!
//! ```
//! use ragstone_core::{ExtractionRequest, RefusalReason};
//! use ragstone_extract::RawDocument;
//!
//! let picture = b"\x89PNG\r\n\x1a\n".to_vec();
//! let request = ExtractionRequest { name: "logo.pdf".into(), media_type: "application/pdf".into(), bytes: 8, max_text_bytes: 1000, recognise: None };
//! let refusal = RawDocument::of(request, picture).unwrap_err();
//! assert_eq!((refusal.reason, refusal.detail.as_str()), (RefusalReason::Unsupported, "it is a picture (PNG)"));
//! ```
//!
//! **Why a process:** a document may take all memory, loop for ever, or crash the library that reads it, and nothing within
//! a process survives that. A worker has a memory limit and a time limit; what ends it costs one document. The price is a
//! copy of each document over a pipe, which is nothing beside reading it.
//!
//! **Why two engines for PDF:** PDFium reads nearly everything, in the right order, at a few milliseconds a page; it knows
//! nothing of paragraphs and tables, which are worked out here from where the letters stand. `pdf_oxide` is asked only for
//! pages whose letters make no sense or are missing: it looks into embedded fonts for what their letters are. For all
//! others it was measured to be worse (nothing from encrypted files, right-to-left text backwards).

mod detect;
mod document;
mod formats;
mod limits;
mod markup;
mod protocol;
mod quality;

pub use detect::{Format, detect};
pub use document::{Member, RawDocument, ReadError};
pub use formats::{Extraction, Extractor};
pub use limits::Limits;
pub use protocol::{ProtocolError, answer, serve};
