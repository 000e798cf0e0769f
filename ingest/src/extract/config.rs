//! The settings `[extract]`, and where the worker is.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

/// Raised when the same bytes give another text than before, so that they are read again.
const READERS_VERSION: u32 = 3;

/// How documents are turned into text (`[extract]`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtractConfig {
    /// The program that reads PDF, office documents, e-mail and archives; empty: the `ragstone-extract` beside this program.
    pub worker: Option<PathBuf>,
    /// How many of them run at once, at most; 0: as many as there are cores.
    pub workers: usize,
    /// The memory that each may take.
    pub worker_memory: ByteSize,
    /// A document that takes longer is given up and its worker ended.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// The most text that one document may give, and the most bytes that one archive may expand to.
    pub max_text_bytes: ByteSize,
    /// How deep archives in archives are opened; 0: not at all.
    pub max_archive_depth: usize,
    /// The languages (`eng`, `eng+deu`) in which `tesseract` recognises pages without text; empty: such pages are named and left out.
    pub recognise: Option<String>,
}

/// Where the worker and the library that it reads PDFs with were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerLocation {
    /// The program; without it, only text formats can be read.
    pub program: Option<PathBuf>,
    /// PDFium's shared library.
    pub pdfium: Option<PathBuf>,
}

impl Default for ExtractConfig {
    fn default() -> Self {
        Self {
            worker: None,
            workers: 0,
            worker_memory: ByteSize::gib(1),
            timeout: Duration::from_secs(60),
            max_text_bytes: ByteSize::mib(256),
            max_archive_depth: 3,
            recognise: None,
        }
    }
}

impl ExtractConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.workers > 256 {
            problems.push(format!("extract.workers is {}, it must be at most 256", self.workers));
        }
        if self.worker_memory < ByteSize::mib(128) {
            problems.push(format!("extract.worker_memory is {}, it must be at least 128 MiB", self.worker_memory));
        }
        if self.timeout < Duration::from_secs(1) {
            problems.push(format!("extract.timeout is {:?}, it must be at least 1s", self.timeout));
        }
        if self.max_text_bytes < ByteSize::kib(1) || self.max_text_bytes > ByteSize::gib(4) {
            problems.push(format!("extract.max_text_bytes is {}, it must be from 1 KiB to 4 GiB", self.max_text_bytes));
        }
        if self.max_archive_depth > 16 {
            problems.push(format!("extract.max_archive_depth is {}, it must be at most 16", self.max_archive_depth));
        }
        if let Some(languages) = self.recognise.as_deref().filter(|languages| !are_languages(languages)) {
            problems.push(format!("extract.recognise is `{languages}`, it must be languages of tesseract such as `eng` or `eng+deu`"));
        }
        problems
    }

    /// Changes when the same bytes may give another text.
    pub fn fingerprint(&self) -> String {
        format!("{READERS_VERSION}/{}/{:?}", self.max_text_bytes.as_u64(), self.recognise)
    }

    /// How many workers run at once.
    pub(super) fn worker_limit(&self) -> usize {
        if self.workers > 0 { self.workers } else { std::thread::available_parallelism().map_or(2, usize::from) }
    }
}

fn are_languages(text: &str) -> bool {
    let is_language = |name: &str| !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-/".contains(letter));
    text.split('+').all(is_language) && !text.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_are_named() {
        assert!(ExtractConfig::default().validate().is_empty());
        let wrong = ExtractConfig {
            workers: 1000,
            worker_memory: ByteSize::mib(1),
            timeout: Duration::from_millis(5),
            max_text_bytes: ByteSize(0),
            max_archive_depth: 100,
            recognise: Some("eng; rm".to_owned()),
            ..ExtractConfig::default()
        };
        let problems = wrong.validate().join("\n");
        for key in ["workers", "worker_memory", "timeout", "max_text_bytes", "max_archive_depth", "recognise"] {
            assert!(problems.contains(&format!("extract.{key} ")), "{key} is missing in {problems}");
        }
    }

    #[test]
    fn only_what_changes_the_text_changes_the_fingerprint() {
        let plain = ExtractConfig::default();
        let slower = ExtractConfig { workers: 7, timeout: Duration::from_secs(5), ..plain.clone() };
        let recognising = ExtractConfig { recognise: Some("eng".to_owned()), ..plain.clone() };
        assert_eq!(plain.fingerprint(), slower.fingerprint());
        assert_ne!(plain.fingerprint(), recognising.fingerprint());
    }
}
