//! The members of an archive, between the worker that unpacks it and whoever reads them.
//!
//! They wait in a nameless file on the disk. Were they handed over one by one as the worker sends them, it would have
//! to wait for their reader, who may himself wait for a worker to read one of them.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use fs_err as fs;
use ragstone_core::UnreadableMember;

use crate::{FailedDocument, IngestError, RawDocument};

/// The members of an archive or a mailbox, one by one, each a document of its own; then those that could not be read.
#[derive(Debug)]
pub struct MemberStream {
    archive: Box<RawDocument>,
    spool: Spool,
}

/// Members on the disk, unread. The file has no name: it is gone when this is.
#[derive(Debug)]
pub(in crate::extract) struct Spool {
    file: Arc<fs::File>,
    entries: VecDeque<Entry>,
    unreadable: VecDeque<UnreadableMember>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    modified_at: Option<DateTime<Utc>>,
    start: u64,
    bytes: u64,
}

/// Takes members in.
pub(super) struct SpoolWriter {
    file: fs::File,
    buffer: Vec<u8>,
    entries: VecDeque<Entry>,
    end: u64,
}

/// So much is written at once.
const BUFFER_BYTES: usize = 1 << 20;

impl MemberStream {
    /// `archive` is what the members inherit from; its bytes are not needed any more.
    pub(in crate::extract) fn new(archive: RawDocument, spool: Spool) -> Self {
        Self { archive: Box::new(RawDocument { bytes: Vec::new(), ..archive }), spool }
    }

    /// How many are left.
    pub fn remaining(&self) -> usize {
        self.spool.entries.len() + self.spool.unreadable.len()
    }

    /// The next member, with the archive's tags and fields and its own name behind the archive's.
    pub async fn next(&mut self) -> Option<Result<RawDocument, FailedDocument>> {
        let Some(entry) = self.spool.entries.pop_front() else {
            let UnreadableMember { name, refusal } = self.spool.unreadable.pop_front()?;
            let source = self.source(&name);
            return Some(Err(FailedDocument::new(source, &IngestError::Refused { refusal }.into())));
        };
        let source = self.source(&entry.name);
        let file = Arc::clone(&self.spool.file);
        let (start, length) = (entry.start, entry.bytes);
        let read = tokio::task::spawn_blocking(move || read_at(&file, start, length)).await;
        let bytes = match read {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Some(Err(FailedDocument::new(source, &IngestError::Spool { source: error }.into()))),
            Err(error) => return Some(Err(FailedDocument::new(source, &IngestError::Task(error).into()))),
        };
        Some(Ok(RawDocument {
            source,
            bytes,
            tags: self.archive.tags.clone(),
            fields: self.archive.fields.clone(),
            default_fields: self.archive.default_fields.clone(),
            date: self.archive.date,
            modified_at: entry.modified_at.or(self.archive.modified_at),
            ..RawDocument::new("", "")
        }))
    }

    fn source(&self, member: &str) -> String {
        format!("{}/{member}", self.archive.source)
    }
}

fn read_at(mut file: &fs::File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl SpoolWriter {
    pub(super) async fn new() -> io::Result<Self> {
        let file = tokio::task::spawn_blocking(tempfile::tempfile).await??;
        Ok(Self { file: fs::File::from_parts(file, "the members of an archive"), buffer: Vec::new(), entries: VecDeque::new(), end: 0 })
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES { self.write_out().await } else { Ok(()) }
    }

    pub(super) fn end_member(&mut self, name: String, modified_at: Option<DateTime<Utc>>, bytes: u64) {
        self.entries.push_back(Entry { name, modified_at, start: self.end, bytes });
        self.end += bytes;
    }

    pub(super) async fn finish(mut self, unreadable: Vec<UnreadableMember>) -> io::Result<Spool> {
        self.write_out().await?;
        Ok(Spool { file: Arc::new(self.file), entries: self.entries, unreadable: unreadable.into() })
    }

    async fn write_out(&mut self) -> io::Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        let mut file = self.file.try_clone()?;
        tokio::task::spawn_blocking(move || file.write_all(&buffer)).await?
    }
}
