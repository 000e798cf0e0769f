//! The program `git`, called so that neither a repository nor the environment can make it do more than read.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::objects::{self, Entry};
use crate::{IngestError, SourceError};

/// Listing is done in memory; a million files take a tenth of it.
const LARGEST_LIST: ByteSize = ByteSize::gib(1);
const LONGEST_MESSAGE: u64 = 4096;
const LOCAL_TIMEOUT: Duration = Duration::from_secs(300);

/// What git says of a name that leads nowhere.
const MISSING_REVISION: [&str; 3] = ["Needed a single revision", "unknown revision", "couldn't find remote ref"];

/// What git says of a folder that is none.
const NO_REPOSITORY: &str = "not a git repository";

/// Variables that would lead git to another repository, or make it run another program.
const UNWANTED: [&str; 22] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_EDITOR",
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PAGER",
    "GIT_PREFIX",
    "GIT_PROXY_COMMAND",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TEMPLATE_DIR",
    "GIT_TRACE",
    "GIT_WORK_TREE",
];

/// A repository in a folder.
#[derive(Debug, Clone)]
pub(super) struct Git {
    folder: PathBuf,
    /// What the user calls it.
    repository: String,
    is_copy: bool,
    /// Deleted when nobody reads from it any more.
    _temporary: Option<Arc<TempDir>>,
}

impl Git {
    /// The user's own.
    pub(super) fn in_folder(folder: PathBuf, repository: &str) -> Self {
        Self { folder, repository: repository.to_owned(), is_copy: false, _temporary: None }
    }

    /// Our copy of a remote one.
    pub(super) fn copy_in(folder: PathBuf, repository: &str, temporary: Option<TempDir>) -> Self {
        Self { folder, repository: repository.to_owned(), is_copy: true, _temporary: temporary.map(Arc::new) }
    }

    pub(super) fn is_copy(&self) -> bool {
        self.is_copy
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The id of the commit that a revision names.
    pub(super) fn commit(&self, revision: &str) -> Result<String, IngestError> {
        let name = format!("{revision}^{{commit}}");
        let id = self.run("find the revision in", &["rev-parse", "--verify", "--end-of-options", &name], LOCAL_TIMEOUT);
        let id = id.map_err(|error| self.no_revision(revision, self.no_repository(error)))?;
        Ok(String::from_utf8_lossy(&id).trim().to_owned())
    }

    fn no_repository(&self, error: IngestError) -> IngestError {
        match error {
            IngestError::Source(SourceError::GitFailed { message, .. }) if message.contains(NO_REPOSITORY) => {
                SourceError::NotARepository { repository: self.repository.clone() }.into()
            }
            error => error,
        }
    }

    /// Another attempt would not find it either, unlike what else git may fail at.
    pub(super) fn no_revision(&self, revision: &str, error: IngestError) -> IngestError {
        match error {
            IngestError::Source(SourceError::GitFailed { message, repository, .. })
                if MISSING_REVISION.iter().any(|telling| message.contains(telling)) =>
            {
                SourceError::NoRevision { repository, revision: revision.to_owned() }.into()
            }
            error => error,
        }
    }

    pub(super) fn commit_date(&self, commit: &str) -> Result<Option<DateTime<Utc>>, IngestError> {
        let date = self.run("read", &["show", "--no-patch", "--no-show-signature", "--format=%cI", commit], LOCAL_TIMEOUT)?;
        let date = DateTime::parse_from_rfc3339(String::from_utf8_lossy(&date).trim()).ok();
        Ok(date.map(|date| date.with_timezone(&Utc)))
    }

    /// All files of a commit, in the order of their paths.
    pub(super) fn files(&self, commit: &str) -> Result<Vec<Entry>, IngestError> {
        let list = self.run("list", &["ls-tree", "-r", "-z", "--full-tree", commit], LOCAL_TIMEOUT)?;
        Ok(objects::parse_list(&list)?)
    }

    /// Runs git and returns what it prints.
    pub(super) fn run(&self, action: &'static str, arguments: &[&str], timeout: Duration) -> Result<Vec<u8>, IngestError> {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(cannot_run)?;
        // Both are read while git runs: it would wait for room in a full pipe.
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let output = std::thread::spawn(move || read_up_to(output, LARGEST_LIST.as_u64() + 1));
        let errors = std::thread::spawn(move || read_up_to(errors, LONGEST_MESSAGE));
        let finished = wait(&mut child, timeout);
        let output = output.join().unwrap_or_default();
        let message = errors.join().unwrap_or_default();
        let Some(success) = finished.map_err(|source| SourceError::Git { source })? else {
            return Err(SourceError::GitTimeout { action, repository: self.repository.clone(), timeout }.into());
        };
        if output.len() as u64 > LARGEST_LIST.as_u64() {
            return Err(SourceError::TooManyFiles { repository: self.repository.clone(), limit: LARGEST_LIST }.into());
        }
        if !success {
            let message = essence(&String::from_utf8_lossy(&message));
            return Err(SourceError::GitFailed { action, repository: self.repository.clone(), message }.into());
        }
        Ok(output)
    }

    /// A git that asks nobody, runs no hooks and speaks only these protocols.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        for variable in UNWANTED {
            command.env_remove(variable);
        }
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "")
            .env("SSH_ASKPASS", "")
            .env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
            .env("GIT_ALLOW_PROTOCOL", "http:https:ssh")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C")
            .args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat"])
            .arg("-C")
            .arg(&self.folder)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }
}

pub(super) fn cannot_run(source: std::io::Error) -> SourceError {
    if source.kind() == std::io::ErrorKind::NotFound { SourceError::NoGit } else { SourceError::Git { source } }
}

/// Whether it ended well; nothing if it was stopped because it took too long.
fn wait(child: &mut Child, timeout: Duration) -> std::io::Result<Option<bool>> {
    let deadline = Instant::now() + timeout;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// Reads to the end, so that the writer is never held up, and keeps the beginning.
fn read_up_to(pipe: Option<impl Read>, limit: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        // What broke off is seen by its length, or by how git ended.
        let _ = pipe.by_ref().take(limit).read_to_end(&mut kept);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    }
    kept
}

/// The lines in which git says what is wrong.
fn essence(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let telling = lines.iter().filter_map(|line| line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")));
    let telling: Vec<&str> = telling.collect();
    let shown = if telling.is_empty() { lines } else { telling };
    shown.into_iter().take(3).collect::<Vec<_>>().join("; ")
}
