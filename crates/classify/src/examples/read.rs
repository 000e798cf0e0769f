//! Which reader a path needs.

use std::io::Cursor;
use std::path::Path;

use super::{Examples, Origin, delimited, folder, lines};
use crate::{ClassifyError, TextStream};

/// Which columns or keys have the text and the label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The text.
    pub text: String,
    /// The label, or the list of labels.
    pub label: String,
    /// What stands between several labels in one cell, if one may have several.
    pub separator: Option<String>,
}

impl Default for Columns {
    fn default() -> Self {
        Self { text: "text".to_owned(), label: "label".to_owned(), separator: None }
    }
}

/// How a file is written.
pub(crate) enum Format {
    Delimited(u8),
    JsonLines,
    Lines,
}

/// Reads examples from a file (`.csv`, `.tsv`, `.jsonl`) or a folder of folders, one for each label.
pub fn read_examples(path: &Path, columns: &Columns) -> Result<Examples, ClassifyError> {
    if path.is_dir() {
        return folder::read(path);
    }
    let text = read_text(path)?;
    match format(path) {
        Some(Format::Delimited(separator)) => delimited::examples(path, &text, separator, columns),
        Some(Format::JsonLines) => lines::examples(path, &text, columns),
        Some(Format::Lines) | None => Err(ClassifyError::UnknownFormat { path: path.to_owned() }),
    }
}

/// Reads texts without labels: the same files, or one text a line (`.txt`).
pub fn read_texts(path: &Path, columns: &Columns) -> Result<Vec<String>, ClassifyError> {
    if format(path).is_none() {
        return Err(ClassifyError::UnknownFormat { path: path.to_owned() });
    }
    let texts = TextStream::new(path, Cursor::new(read_text(path)?), columns)?.map(|line| line.map(|line| line.text));
    texts.filter(|text| text.as_ref().map_or(true, |text| !text.trim().is_empty())).collect()
}

/// By its extension; nothing for one that is not known.
pub(crate) fn format(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "csv" => Some(Format::Delimited(b',')),
        "tsv" | "tab" => Some(Format::Delimited(b'\t')),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "txt" => Some(Format::Lines),
        _ => None,
    }
}

/// A file as text, without its byte order mark. The first byte that is not UTF-8 is named with its line.
pub(super) fn read_text(path: &Path) -> Result<String, ClassifyError> {
    let bytes = fs_err::read(path).map_err(|source| ClassifyError::Unreadable { path: path.to_owned(), source })?;
    let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => rest.to_vec(),
        None => bytes,
    };
    String::from_utf8(bytes).map_err(|error| not_utf8(path, error.as_bytes(), error.utf8_error().valid_up_to()))
}

fn not_utf8(path: &Path, bytes: &[u8], valid: usize) -> ClassifyError {
    let before = bytes.get(..valid).unwrap_or_default();
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
    let position = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    let byte = bytes.get(valid).copied().unwrap_or_default();
    ClassifyError::NotUtf8 { origin: Origin { file: path.display().to_string(), line }, byte, position }
}
