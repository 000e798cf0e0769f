//! `collection.json`: what an export is of, and which files it has.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::Path;

use chrono::{DateTime, Utc};
use fs_err as fs;
use ragstone_core::CollectionSpec;
use serde::{Deserialize, Serialize};

use crate::error::ExchangeError;
use crate::table::{Chunks, Documents, Table};

/// The file's name.
pub(crate) const MANIFEST: &str = "collection.json";

/// The version of what is written here; what changes a column's meaning, or adds one that is needed, makes another.
const FORMAT_VERSION: u64 = 1;

/// How much of a file is read at once to fingerprint it.
const READ_BYTES: usize = 1 << 18;

/// What an export is of, and which files it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    format_version: u64,
    /// The program that wrote it.
    written_by: String,
    written_at: DateTime<Utc>,
    /// The collection, with the model of its vectors.
    pub(crate) collection: CollectionSpec,
    /// What was decided for it, by subject.
    pub(crate) settings: BTreeMap<String, serde_json::Value>,
    pub(crate) documents: TableFiles,
    pub(crate) chunks: TableFiles,
}

/// A table, as files in a folder of its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableFiles {
    pub(crate) rows: u64,
    pub(crate) files: Vec<PartFile>,
}

/// A file of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartFile {
    pub(crate) name: String,
    pub(crate) rows: u64,
    /// Without these two, any file with so many rows will do: who has changed it takes them out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blake3: Option<String>,
}

/// Read first: a later version may say the rest otherwise.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

impl Manifest {
    pub(crate) fn new(collection: CollectionSpec, settings: BTreeMap<String, serde_json::Value>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            written_by: concat!("ragstone ", env!("CARGO_PKG_VERSION")).to_owned(),
            written_at: Utc::now(),
            collection,
            settings,
            documents: TableFiles::default(),
            chunks: TableFiles::default(),
        }
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, ExchangeError> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => ExchangeError::NoExport { folder: folder.to_owned() },
            _ => ExchangeError::Io { action: "read", path: path.clone(), source },
        })?;
        let wrong = |source| ExchangeError::Manifest { path: path.clone(), source };
        let Version { format_version: found } = serde_json::from_str(&text).map_err(wrong)?;
        if found > FORMAT_VERSION {
            return Err(ExchangeError::NewerFormat { path, found, known: FORMAT_VERSION });
        }
        let manifest: Self = serde_json::from_str(&text).map_err(wrong)?;
        for file in manifest.documents.files.iter().chain(&manifest.chunks.files) {
            if file.name.contains(['/', '\\']) || file.name.starts_with('.') {
                return Err(ExchangeError::FileName { path, name: file.name.clone() });
            }
        }
        Ok(manifest)
    }

    /// Writes it into a folder, durably.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), ExchangeError> {
        let path = folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(self).map_err(|source| ExchangeError::Manifest { path: path.clone(), source })?;
        let write = || {
            fs::write(&path, text + "\n")?;
            fs::File::open(&path)?.sync_all()
        };
        write().map_err(|source| ExchangeError::Io { action: "write", path: path.clone(), source })
    }
}

/// Refuses files that are not what was exported.
pub(crate) fn verify(folder: &Path, manifest: &Manifest) -> Result<(), ExchangeError> {
    let documents = manifest.documents.files.iter().map(|file| (folder.join(Documents::FOLDER).join(&file.name), file));
    let chunks = manifest.chunks.files.iter().map(|file| (folder.join(Chunks::FOLDER).join(&file.name), file));
    documents.chain(chunks).try_for_each(|(path, file)| verify_file(&path, file))
}

fn verify_file(path: &Path, part: &PartFile) -> Result<(), ExchangeError> {
    let read = |source| ExchangeError::Io { action: "read", path: path.to_owned(), source };
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(ExchangeError::Missing { path: path.to_owned() }),
        Err(error) => return Err(read(error)),
    };
    let found = file.metadata().map_err(read)?.len();
    if let Some(expected) = part.bytes.filter(|expected| *expected != found) {
        return Err(ExchangeError::Length { path: path.to_owned(), found, expected });
    }
    let Some(expected) = &part.blake3 else { return Ok(()) };
    let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; READ_BYTES]);
    loop {
        let count = file.read(&mut buffer).map_err(read)?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
    if hasher.finalize().to_hex().as_str() == expected {
        return Ok(());
    }
    Err(ExchangeError::Altered { path: path.to_owned() })
}
