//! Signatures of files that are not text.

use infer::MatcherType;

use super::{Kind, WorkerFormat};
use crate::extract::encoding;

/// PDFs may begin with something else, but not far.
const PDF_START_WITHIN: usize = 1024;

/// Formats that begin with a signature.
const SIGNATURES: [(&[u8], WorkerFormat); 7] = [
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", WorkerFormat { description: "office documents", media_type: "application/x-ole-storage" }),
    (b"{\\rtf", WorkerFormat { description: "RTF documents", media_type: "application/rtf" }),
    (b"\x1F\x8B\x08", WorkerFormat { description: "compressed files", media_type: "application/gzip" }),
    // What older mailers and editors put before it.
    (b"\xEF\xBB\xBF{\\rtf", WorkerFormat { description: "RTF documents", media_type: "application/rtf" }),
];
const PDF: WorkerFormat = WorkerFormat { description: "PDF documents", media_type: "application/pdf" };
const ZIP: WorkerFormat = WorkerFormat { description: "office documents, books and archives", media_type: "application/zip" };
const TAR: WorkerFormat = WorkerFormat { description: "archives", media_type: "application/x-tar" };

pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    if let Some((_, format)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return Some(Kind::Worker(*format));
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(Kind::Worker(TAR));
    }
    let text = looks_like_text(bytes);
    let start = bytes.get(..PDF_START_WITHIN).unwrap_or(bytes);
    if !text && start.windows(5).any(|window| window == b"%PDF-") {
        return Some(Kind::Worker(PDF));
    }
    // A text may start like a picture ("BM").
    let Some(found) = infer::get(bytes).filter(|_| !text) else {
        return (!text && looks_binary(bytes)).then_some(Kind::NoDocument("binary"));
    };
    match found.matcher_type() {
        MatcherType::Text => None,
        MatcherType::Archive if found.mime_type() == "application/postscript" => Some(Kind::NoDocument("PostScript file")),
        MatcherType::Archive if found.mime_type() == "application/vnd.sqlite3" => Some(Kind::NoDocument("database")),
        MatcherType::Archive => Some(Kind::NoDocument("archive")),
        MatcherType::Image => Some(Kind::NoDocument("image")),
        MatcherType::Audio => Some(Kind::NoDocument("audio")),
        MatcherType::Video => Some(Kind::NoDocument("video")),
        MatcherType::Font => Some(Kind::NoDocument("font")),
        MatcherType::App => Some(Kind::NoDocument("program")),
        _ => Some(Kind::NoDocument("binary")),
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

/// Whether more than a hundredth of the beginning is NUL bytes, and they are not half of a wide encoding; a stray one is
/// found in texts too.
pub(in crate::extract) fn looks_binary(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..8192).unwrap_or(bytes);
    let nul_bytes = beginning.iter().filter(|byte| **byte == 0).count();
    nul_bytes * 100 > beginning.len() && !encoding::is_wide(bytes)
}
