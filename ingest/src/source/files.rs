//! Files, folders and patterns.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use fs_err as fs;
use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;
use ragstone_core::Stage;

use super::{RawDocument, SourceItem};
use crate::extract::{self, NotText};
use crate::{FailedDocument, IngestError, SourceConfig};

/// The files under some paths, read one by one: what `.gitignore` excludes and hidden files are left out of folders.
///
/// A path is a file, a folder, or a pattern such as `docs/**/*.md` where no such file exists. A file's source is its
/// absolute path, so that it is the same document from wherever it is ingested.
#[derive(Debug)]
pub struct FileSource {
    roots: Vec<Root>,
    config: SourceConfig,
}

#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// Only files whose path matches; `path` is then the folder that the pattern starts in.
    pattern: Option<GlobMatcher>,
    /// Named by the user as a file: what is wrong with it is an error, not something to skip.
    is_file: bool,
}

impl FileSource {
    /// Checks that every path exists, before anything is read.
    pub fn new(paths: &[PathBuf], config: &SourceConfig) -> Result<Self, IngestError> {
        let roots = paths.iter().map(|path| Root::resolve(path)).collect::<Result<_, _>>()?;
        Ok(Self { roots, config: config.clone() })
    }

    /// The absolute files and folders that are read: what is not found under them any more can be pruned.
    /// A pattern has none, as what it does not match may still be there.
    pub fn prunable_roots(&self) -> Vec<String> {
        self.roots.iter().filter(|root| root.pattern.is_none()).map(|root| root.path.to_string_lossy().into_owned()).collect()
    }

    /// How many files there are, without reading them. Blocking.
    pub fn count(&self) -> u64 {
        self.roots.iter().map(|root| root.entries(&self.config).count() as u64).sum()
    }

    /// Reads them. Blocking; the files of one folder come in the order of their names.
    pub fn into_items(self) -> impl Iterator<Item = SourceItem> + Send {
        let Self { roots, config } = self;
        let mut seen = HashSet::new();
        roots
            .into_iter()
            .flat_map(move |root| {
                let config = config.clone();
                root.entries(&config).map(move |entry| (entry, root.is_file, config.clone()))
            })
            .filter_map(move |(entry, named, config)| match entry {
                Ok(path) => seen.insert(path.clone()).then(|| read(&path, named, &config)),
                Err(error) => {
                    Some(SourceItem::Failed(FailedDocument::at(error_path(&error).unwrap_or_default(), Stage::Source, error.to_string())))
                }
            })
    }
}

impl Root {
    fn resolve(path: &Path) -> Result<Self, IngestError> {
        match fs::canonicalize(path) {
            Ok(path) => {
                let is_file = path.is_file();
                Ok(Self { path, pattern: None, is_file })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::resolve_pattern(path),
            Err(source) => Err(IngestError::Unreadable { path: path.to_owned(), source }),
        }
    }

    fn resolve_pattern(path: &Path) -> Result<Self, IngestError> {
        let not_found = || IngestError::PathNotFound { path: path.to_owned() };
        let is_pattern = |component: &std::ffi::OsStr| component.to_string_lossy().contains(['*', '?', '[', '{']);
        let mut base = PathBuf::new();
        let mut components = path.components().peekable();
        while let Some(component) = components.next_if(|component| !is_pattern(component.as_os_str())) {
            base.push(component);
        }
        if components.peek().is_none() {
            return Err(not_found());
        }
        let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
        let base = fs::canonicalize(base).map_err(|_| not_found())?;
        let rest: PathBuf = components.collect();
        let pattern = format!("{}/{}", globset::escape(&base.to_string_lossy()), rest.to_string_lossy());
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        let matcher =
            glob.map_err(|source| IngestError::Pattern { pattern: path.to_string_lossy().into_owned(), source })?.compile_matcher();
        Ok(Self { path: base, pattern: Some(matcher), is_file: false })
    }

    fn entries(&self, config: &SourceConfig) -> impl Iterator<Item = Result<PathBuf, ignore::Error>> + Send + use<> {
        let pattern = self.pattern.clone();
        WalkBuilder::new(&self.path)
            .hidden(!config.hidden)
            .follow_links(config.follow_links)
            // A folder's .gitignore counts whether or not the folder is a repository.
            .require_git(false)
            .sort_by_file_name(|left, right| left.cmp(right))
            .build()
            .filter_map(move |entry| match entry {
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file()) || (entry.depth() == 0 && !entry.path().is_dir());
                    let matches = pattern.as_ref().is_none_or(|pattern| pattern.is_match(entry.path()));
                    (is_file && matches).then(|| Ok(entry.into_path()))
                }
                Err(error) => Some(Err(error)),
            })
    }
}

fn error_path(error: &ignore::Error) -> Option<String> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.to_string_lossy().into_owned()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        _ => None,
    }
}

fn read(path: &Path, named_by_user: bool, config: &SourceConfig) -> SourceItem {
    let source = path.to_string_lossy().into_owned();
    match read_document(path, config) {
        Ok(document) => match extract::not_text(&document.source, &document.bytes) {
            Some(NotText::NoDocument(kind)) if !named_by_user => SourceItem::Skipped(kind),
            _ => SourceItem::Document(document),
        },
        Err(error) => SourceItem::Failed(FailedDocument::new(source, &error.into())),
    }
}

fn read_document(path: &Path, config: &SourceConfig) -> Result<RawDocument, IngestError> {
    let unreadable = |source| IngestError::Unreadable { path: path.to_owned(), source };
    // Before opening: a named pipe would wait for someone to write.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(IngestError::NotAFile);
    }
    let limit = config.max_file_bytes;
    if metadata.len() > limit.as_u64() {
        return Err(IngestError::TooLarge { size: ByteSize(metadata.len()), limit });
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // The file may grow while it is read.
    file.take(limit.as_u64() + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit.as_u64() {
        return Err(IngestError::TooLarge { size: ByteSize(bytes.len() as u64), limit });
    }
    let modified_at = metadata.modified().ok().map(DateTime::<Utc>::from);
    Ok(RawDocument { modified_at, ..RawDocument::new(path.to_string_lossy(), bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[PathBuf], config: &SourceConfig) -> Vec<String> {
        let items = FileSource::new(paths, config).unwrap().into_items();
        items
            .map(|item| match item {
                SourceItem::Document(document) => Path::new(&document.source).file_name().unwrap().to_string_lossy().into_owned(),
                SourceItem::Failed(failed) => format!("failed: {}", failed.reason),
                SourceItem::Skipped(kind) => format!("skipped: {kind}"),
            })
            .collect()
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [
            (".gitignore", &b"ignored.md\n"[..]),
            ("a.md", b"# A"),
            ("b.txt", b"b"),
            ("ignored.md", b"no"),
            ("deep/c.md", b"c"),
            ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn folders_respect_gitignore_and_skip_what_is_no_document() {
        let folder = folder();
        assert_eq!(names(&[folder.path().into()], &SourceConfig::default()), ["a.md", "b.txt", "c.md", "skipped: image"]);
    }

    #[test]
    fn patterns_and_repeats() {
        let folder = folder();
        assert_eq!(names(&[folder.path().join("**/*.md")], &SourceConfig::default()), ["a.md", "c.md"]);
        assert_eq!(names(&[folder.path().join("*.md"), folder.path().join("a.md")], &SourceConfig::default()), ["a.md"]);
    }

    #[test]
    fn bad_paths_and_sizes_are_named() {
        let folder = folder();
        let missing = FileSource::new(&[folder.path().join("missing.md")], &SourceConfig::default()).unwrap_err();
        assert!(missing.to_string().contains("missing.md` does not exist"), "{missing}");
        let bad = FileSource::new(&[folder.path().join("[z-a].md")], &SourceConfig::default()).unwrap_err();
        assert!(bad.to_string().contains("[z-a].md` is not a valid pattern"), "{bad}");
        let small = SourceConfig { max_file_bytes: ByteSize(2), ..SourceConfig::default() };
        assert_eq!(
            names(&[folder.path().join("a.md")], &small),
            ["failed: is 3 B, the limit is 2 B: raise `source.max_file_bytes`, or split it"]
        );
    }
}
