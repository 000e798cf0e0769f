//! Files, folders, patterns and standard input, as a user names them.

use std::io::Read;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use super::{FileSource, OpenedSource, RawDocument, SourceConfig, SourceItem};
use crate::{IngestError, SourceError};

const STANDARD_INPUT: &str = "-";

/// Paths to read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathsSource {
    /// Files, folders, patterns such as `docs/**/*.md`, and `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// What standard input is called: its source becomes `stdin:NAME`, and the ending says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only what is, or lies under, one of these absolute paths is read and removed; all, if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<PathBuf>,
}

impl PathsSource {
    /// All of these paths.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { paths: paths.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn title(&self) -> String {
        self.paths.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn scope(&self) -> Vec<String> {
        let config = SourceConfig::default();
        let files = self.files().filter_map(|path| FileSource::new(std::slice::from_ref(path), &config).ok());
        files.flat_map(|files| files.scope()).chain(self.input_source()).collect()
    }

    pub(super) fn open(&self, config: &SourceConfig) -> Result<OpenedSource, IngestError> {
        if self.paths.is_empty() {
            return Err(SourceError::NoPaths.into());
        }
        if self.reads_standard_input() && self.name.is_none() {
            return Err(SourceError::UnnamedInput.into());
        }
        let paths: Vec<PathBuf> = self.files().cloned().collect();
        let files = FileSource::new(&paths, config)?.only(&self.changed);
        let input = self.input_source();
        let total = Some(files.count() + u64::from(input.is_some()));
        let prunable_roots = files.prunable_roots();
        let limit = config.max_file_bytes;
        let input = input.into_iter().map(move |source| read_input(std::io::stdin().lock(), source, limit));
        Ok(OpenedSource { items: Box::new(input.chain(files.into_items())), total, prunable_roots })
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.paths.iter().filter(|path| path.as_path() != Path::new(STANDARD_INPUT))
    }

    fn reads_standard_input(&self) -> bool {
        self.paths.iter().any(|path| path.as_path() == Path::new(STANDARD_INPUT))
    }

    fn input_source(&self) -> Option<String> {
        let name = self.name.as_ref()?;
        self.reads_standard_input().then(|| format!("stdin:{name}"))
    }
}

fn read_input(input: impl Read, source: String, limit: ByteSize) -> SourceItem {
    let mut bytes = Vec::new();
    let error = match input.take(limit.as_u64() + 1).read_to_end(&mut bytes) {
        Err(source) => SourceError::StandardInput { source }.into(),
        Ok(size) if size as u64 > limit.as_u64() => IngestError::TooLarge { size: ByteSize(size as u64), limit },
        Ok(_) => return SourceItem::Document(RawDocument::new(source, bytes)),
    };
    SourceItem::failed(source, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_is_a_document_with_a_name() {
        let item = read_input(&b"# Notes"[..], "stdin:notes.md".to_owned(), ByteSize(7));
        assert!(matches!(item, SourceItem::Document(document) if document.source == "stdin:notes.md" && document.bytes == b"# Notes"));
        let endless = read_input(std::io::repeat(b'x'), "stdin:x".to_owned(), ByteSize(7));
        assert!(matches!(endless, SourceItem::Failed(failed) if failed.reason.contains("the limit is 7 B")));
    }

    #[test]
    fn what_is_missing_is_named() {
        let open = |source: PathsSource| source.open(&SourceConfig::default()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(open(PathsSource::default()).contains("nothing to read"));
        assert!(open(PathsSource::new(["-".into()])).contains("`--name notes.md`"));
        let named = PathsSource { name: Some("a.md".to_owned()), ..PathsSource::new(["-".into()]) };
        assert_eq!((named.open(&SourceConfig::default()).unwrap().total, named.scope()), (Some(1), vec!["stdin:a.md".to_owned()]));
    }
}
