//! What a file beside a file says about it: `report.pdf.meta.yaml`, or `.json`.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use chrono::{DateTime, Utc};
use fs_err as fs;
use ragstone_core::Fields;
use serde::{Deserialize, Deserializer};

use super::RawDocument;
use crate::markdown::parse_date;
use crate::{IngestError, SourceError};

const SUFFIXES: [&str; 3] = [".meta.yaml", ".meta.yml", ".meta.json"];

/// More is not metadata.
const LARGEST_BYTES: u64 = 256 * 1024;

/// The content of a sidecar file. It wins over the document's front matter; its tags are added.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Sidecar {
    title: Option<String>,
    tags: Vec<String>,
    #[serde(deserialize_with = "date")]
    date: Option<DateTime<Utc>>,
    fields: Fields,
}

impl Sidecar {
    /// The sidecar of a file, if there is one. Blocking.
    pub(super) fn beside(path: &Path) -> Result<Option<Self>, IngestError> {
        for suffix in SUFFIXES {
            let mut name = OsString::from(path.as_os_str());
            name.push(suffix);
            let sidecar = PathBuf::from(name);
            match fs::File::open(&sidecar) {
                Ok(file) => return Self::read(file, &sidecar).map(Some),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(IngestError::Unreadable { path: sidecar, source }),
            }
        }
        Ok(None)
    }

    fn read(file: fs::File, path: &Path) -> Result<Self, IngestError> {
        let mut text = String::new();
        file.take(LARGEST_BYTES + 1)
            .read_to_string(&mut text)
            .map_err(|source| IngestError::Unreadable { path: path.to_owned(), source })?;
        if text.len() as u64 > LARGEST_BYTES {
            return Err(SourceError::SidecarTooLarge { path: path.to_owned(), limit: ByteSize(LARGEST_BYTES) }.into());
        }
        // JSON is YAML.
        let parsed: Option<Self> = yaml_serde::from_str(&text).map_err(|source| SourceError::Sidecar { path: path.to_owned(), source })?;
        Ok(parsed.unwrap_or_default())
    }

    pub(super) fn label(self, document: &mut RawDocument) {
        document.title = self.title;
        document.date = self.date;
        document.tags.extend(self.tags);
        document.fields.extend(self.fields);
    }
}

/// The file that a sidecar belongs to; nothing where it is a document of its own.
pub(super) fn described_by(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let described = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix))?;
    (!described.is_empty()).then(|| path.with_file_name(described))
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let date = parse_date(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a date: write 2026-01-31")))?;
    Ok(Some(date))
}
