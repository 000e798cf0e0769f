//! The files of a git repository at one revision, read without a checkout.

mod command;
mod objects;
mod remote;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use ragstone_core::FieldValue;
use serde::{Deserialize, Serialize};

use self::command::Git;
use self::objects::{Entry, ObjectKind, Objects};
use self::remote::Remote;
use super::{KnownVersions, OpenedSource, RawDocument, SourceConfig, SourceItem};
use crate::{IngestError, SourceError};

/// A git repository. The source of a file is `git+URL#path`, whatever the revision, so that a newer one replaces it; the
/// commit it was read from is its field `revision`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GitSource {
    /// A folder, or a URL: `https://…`, `ssh://…` or `git@host:path`.
    pub repository: String,
    /// A branch, a tag or a commit; without it, what the repository has checked out, or its main branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// Where a repository is.
enum Place {
    Folder(PathBuf),
    Remote(Remote),
}

impl GitSource {
    pub(super) fn title(&self) -> String {
        match &self.revision {
            Some(revision) => format!("{} at {revision}", self.repository),
            None => self.repository.clone(),
        }
    }

    pub(super) fn scope(&self) -> Option<String> {
        self.place().ok().map(|place| place.scope())
    }

    pub(super) fn open(&self, config: &SourceConfig, known: KnownVersions) -> Result<OpenedSource, IngestError> {
        let revision = self.revision.as_deref().unwrap_or("HEAD");
        ensure_revision(revision)?;
        let place = self.place()?;
        let scope = place.scope();
        let git = match place {
            Place::Folder(folder) => Git::in_folder(folder, &self.repository),
            Place::Remote(remote) => remote.fetch(revision, config)?,
        };
        let commit = git.commit(if git.is_copy() { remote::FETCHED } else { revision })?;
        let modified_at = git.commit_date(&commit)?;
        let entries = git.files(&commit)?;
        let entries: Vec<Entry> = entries.into_iter().filter(|entry| config.hidden || !is_hidden(&entry.path)).collect();
        let total = Some(entries.len() as u64);
        let mut files =
            Files { objects: Objects::open(git)?, scope: scope.clone(), commit, modified_at, known, limit: config.max_file_bytes };
        let items = entries.into_iter().map(move |entry| files.item(&entry));
        Ok(OpenedSource { items: Box::new(items), total, prunable_roots: vec![scope] })
    }

    pub(super) fn check(&self) -> Result<(), IngestError> {
        ensure_revision(self.revision.as_deref().unwrap_or("HEAD"))?;
        self.place().map(|_| ())
    }

    fn place(&self) -> Result<Place, IngestError> {
        let path = self.repository.strip_prefix("file://").unwrap_or(&self.repository);
        match fs_err::canonicalize(path) {
            Ok(folder) if folder.is_dir() => Ok(Place::Folder(folder)),
            _ => Ok(Place::Remote(Remote::parse(&self.repository)?)),
        }
    }
}

impl Place {
    fn scope(&self) -> String {
        match self {
            Self::Folder(folder) => format!("git+file://{}#", folder.display()),
            Self::Remote(remote) => format!("git+{}#", remote.url()),
        }
    }
}

/// The files of one commit.
struct Files {
    objects: Objects,
    scope: String,
    commit: String,
    modified_at: Option<DateTime<Utc>>,
    known: KnownVersions,
    limit: bytesize::ByteSize,
}

impl Files {
    fn item(&mut self, entry: &Entry) -> SourceItem {
        let source = format!("{}{}", self.scope, entry.path);
        match entry.kind {
            ObjectKind::File => {}
            ObjectKind::Link => return SourceItem::skipped(source, "symbolic link"),
            ObjectKind::Submodule => return SourceItem::skipped(source, "submodule"),
        }
        let validator = format!("blob {}", entry.object);
        if self.known.get(&source) == Some(&validator) {
            return SourceItem::Unchanged { source };
        }
        match self.objects.read(&entry.object, self.limit) {
            Ok(bytes) => {
                let mut document =
                    RawDocument { validator: Some(validator), modified_at: self.modified_at, ..RawDocument::new(source, bytes) };
                document.default_fields.insert("revision".to_owned(), FieldValue::Text(self.commit.clone()));
                SourceItem::found(document)
            }
            Err(error) => SourceItem::failed(source, error),
        }
    }
}

fn is_hidden(path: &str) -> bool {
    Path::new(path).components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'))
}

/// A name that git cannot take for an option, a range or a place to write to.
fn ensure_revision(revision: &str) -> Result<(), SourceError> {
    let is_name = !revision.is_empty()
        && !revision.starts_with(['-', '+', '/'])
        && !revision.contains("..")
        && revision.chars().all(|letter| letter.is_alphanumeric() || "-_./@".contains(letter))
        && revision.len() <= 256
        && !revision.contains("@{");
    if is_name { Ok(()) } else { Err(SourceError::Revision { revision: revision.to_owned() }) }
}
