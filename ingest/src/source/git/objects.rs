//! What a commit contains: a list of files, and the content of each.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use bytesize::ByteSize;

use super::command::{Git, cannot_run};
use crate::{IngestError, SourceError};

/// An entry of a commit's tree.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) object: String,
    pub(super) kind: ObjectKind,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    File,
    Link,
    Submodule,
}

/// Reads `mode type id<TAB>path<NUL>`, over and over.
pub(super) fn parse_list(list: &[u8]) -> Result<Vec<Entry>, SourceError> {
    let entries = list.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| parse_entry(entry).ok_or_else(|| SourceError::GitProtocol { object: String::from_utf8_lossy(entry).into() }))
        .collect()
}

fn parse_entry(entry: &[u8]) -> Option<Entry> {
    let tab = entry.iter().position(|byte| *byte == b'\t')?;
    let (attributes, path) = entry.split_at_checked(tab)?;
    let mut attributes = std::str::from_utf8(attributes).ok()?.split(' ');
    let (mode, _kind, object) = (attributes.next()?, attributes.next()?, attributes.next()?);
    let kind = match mode {
        "120000" => ObjectKind::Link,
        "160000" => ObjectKind::Submodule,
        _ => ObjectKind::File,
    };
    let is_id = object.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| Entry { path: String::from_utf8_lossy(path.get(1..).unwrap_or_default()).into(), object: object.to_owned(), kind })
}

/// A `git cat-file --batch`, asked for one object after the other.
pub(super) struct Objects {
    git: Git,
    process: Option<Process>,
}

struct Process {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn open(git: Git) -> Result<Self, IngestError> {
        Ok(Self { process: Some(Process::start(&git)?), git })
    }

    /// The content of a file; a larger one than this is read past. Blocking.
    pub(super) fn read(&mut self, object: &str, limit: ByteSize) -> Result<Vec<u8>, IngestError> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => Process::start(&self.git)?,
        };
        // After a broken answer nobody knows where the next one begins: the process is then not put back.
        let content = process.read(object, limit)?;
        self.process = Some(process);
        content.map_err(|size| IngestError::TooLarge { size, limit })
    }
}

impl Process {
    fn start(git: &Git) -> Result<Self, SourceError> {
        let mut command = git.command(&["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(cannot_run)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(requests), Some(answers)) => Ok(Self { child, requests, answers: BufReader::new(answers) }),
            _ => Err(SourceError::GitProtocol { object: "cat-file".to_owned() }),
        }
    }

    fn read(&mut self, object: &str, limit: ByteSize) -> Result<Result<Vec<u8>, ByteSize>, SourceError> {
        let nonsense = || SourceError::GitProtocol { object: object.to_owned() };
        let broken = |source| SourceError::Git { source };
        self.requests.write_all(format!("{object}\n").as_bytes()).and_then(|()| self.requests.flush()).map_err(broken)?;
        let mut header = String::new();
        (&mut self.answers).take(1024).read_line(&mut header).map_err(broken)?;
        // `id type size`, or `id missing`.
        let size: u64 = header.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(nonsense)?;
        // A line feed follows the content.
        let mut content = (&mut self.answers).take(size + 1);
        if size > limit.as_u64() {
            std::io::copy(&mut content, &mut std::io::sink()).map_err(broken)?;
            return Ok(Err(ByteSize(size)));
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(broken)?;
        if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
            return Err(nonsense());
        }
        Ok(Ok(bytes))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
