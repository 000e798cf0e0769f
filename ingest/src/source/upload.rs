//! Documents that a server was sent and has put into a folder, so that a restart can go on with them.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use fs_err as fs;
use ragstone_core::Fields;
use serde::{Deserialize, Serialize};

use super::files::read_bytes;
use super::{OpenedSource, RawDocument, SourceConfig, SourceItem};
use crate::{IngestError, SourceError};

const LIST: &str = "documents.jsonl";

/// The folder of an upload that is complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadSource {
    /// What [`UploadFolder`] has written.
    pub folder: PathBuf,
}

/// An upload that is being written: a file a document, and a list of what is known of each.
#[derive(Debug)]
pub struct UploadFolder {
    folder: PathBuf,
    list: BufWriter<fs::File>,
    count: u64,
}

/// A line of the list.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    file: String,
    source: String,
    media_type: Option<String>,
    title: Option<String>,
    tags: Vec<String>,
    fields: Fields,
    modified_at: Option<DateTime<Utc>>,
    date: Option<DateTime<Utc>>,
}

impl UploadFolder {
    /// Makes the folder, which must not exist yet.
    pub fn create(folder: impl Into<PathBuf>) -> Result<Self, IngestError> {
        let folder = folder.into();
        let unwritable = |source| IngestError::Unreadable { path: folder.clone(), source };
        fs::create_dir(&folder).map_err(unwritable)?;
        let list = BufWriter::new(fs::File::create_new(folder.join(LIST)).map_err(unwritable)?);
        Ok(Self { folder, list, count: 0 })
    }

    /// Writes a document. Blocking.
    pub fn add(&mut self, document: &RawDocument) -> Result<(), IngestError> {
        let file = self.count.to_string();
        let path = self.folder.join(&file);
        let written = fs::write(&path, &document.bytes).and_then(|()| {
            let RawDocument { source, media_type, title, tags, fields, modified_at, date, .. } = document.clone();
            let entry = Entry { file, source, media_type, title, tags, fields, modified_at, date };
            serde_json::to_writer(&mut self.list, &entry)?;
            self.list.write_all(b"\n")
        });
        written.map_err(|source| IngestError::Unreadable { path, source })?;
        self.count += 1;
        Ok(())
    }

    /// Makes all of it durable, and a source that can be read as often as needed.
    pub fn finish(self) -> Result<UploadSource, IngestError> {
        let Self { folder, list, .. } = self;
        let unwritable = |source| IngestError::Unreadable { path: folder.clone(), source };
        let list = list.into_inner().map_err(|error| unwritable(error.into_error()))?;
        list.sync_all().map_err(unwritable)?;
        for file in fs::read_dir(&folder).map_err(unwritable)? {
            let path = file.map_err(unwritable)?.path();
            fs::File::open(&path).and_then(|file| file.sync_all()).map_err(unwritable)?;
        }
        fs::File::open(&folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
        Ok(UploadSource { folder })
    }
}

impl UploadSource {
    pub(super) fn open(&self, config: &SourceConfig) -> Result<OpenedSource, IngestError> {
        let path = self.folder.join(LIST);
        let unreadable = |source| IngestError::Unreadable { path: path.clone(), source };
        let mut entries = Vec::new();
        for line in BufReader::new(fs::File::open(&path).map_err(unreadable)?).lines() {
            let entry: Entry = serde_json::from_str(&line.map_err(unreadable)?)
                .map_err(|_| SourceError::Upload { folder: self.folder.clone(), problem: "its list of documents is not whole" })?;
            if !entry.file.bytes().all(|letter| letter.is_ascii_digit()) {
                return Err(SourceError::Upload { folder: self.folder.clone(), problem: "it lists a file outside of it" }.into());
            }
            entries.push(entry);
        }
        let total = Some(entries.len() as u64);
        let (folder, limit) = (self.folder.clone(), config.max_file_bytes);
        let items = entries.into_iter().map(move |entry| read(&folder, entry, limit));
        Ok(OpenedSource { items: Box::new(items), total, prunable_roots: Vec::new() })
    }
}

fn read(folder: &Path, entry: Entry, limit: ByteSize) -> SourceItem {
    let Entry { file, source, media_type, title, tags, fields, modified_at, date } = entry;
    match read_bytes(&folder.join(file), limit) {
        Ok(bytes) => {
            SourceItem::Document(RawDocument { media_type, title, tags, fields, modified_at, date, ..RawDocument::new(source, bytes) })
        }
        Err(error) => SourceItem::failed(source, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_sent() {
        let parent = tempfile::tempdir().unwrap();
        let mut folder = UploadFolder::create(parent.path().join("1")).unwrap();
        let sent = RawDocument {
            title: Some("A".to_owned()),
            tags: vec!["x".to_owned()],
            media_type: Some("text/html".to_owned()),
            ..RawDocument::new("../../etc/passwd", "<p>a")
        };
        folder.add(&sent).unwrap();
        folder.add(&RawDocument::new("b", vec![0; 100])).unwrap();
        let source = folder.finish().unwrap();
        let small = SourceConfig { max_file_bytes: ByteSize(99), ..SourceConfig::default() };
        let opened = source.open(&small).unwrap();
        assert_eq!(opened.total, Some(2));
        let items: Vec<SourceItem> = opened.items.collect();
        assert!(matches!(&items[0], SourceItem::Document(document) if *document == sent), "{items:?}");
        assert!(matches!(&items[1], SourceItem::Failed(failed) if failed.source == "b"), "{items:?}");
        assert!(UploadFolder::create(parent.path().join("1")).is_err(), "an upload is never mixed with another");
    }

    #[test]
    fn a_list_that_leads_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let source = UploadSource { folder: folder.path().to_owned() };
        for line in ["{", r#"{"file":"../x","source":"x","tags":[],"fields":{}}"#] {
            fs::write(folder.path().join(LIST), line).unwrap();
            assert!(source.open(&SourceConfig::default()).is_err(), "{line}");
        }
    }
}
