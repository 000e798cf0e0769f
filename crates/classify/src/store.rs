//! Classifiers as files: `NAME/versions/0001/…`, and which version is in force.
//!
//! A version is written beside its place and moved there by one rename; which one is in force is a file of its own,
//! replaced by one rename too. Whoever reads meanwhile sees the one or the other, never half of either.

mod corrections;
mod weights;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use corrections::Correction;

use crate::{Classifier, ClassifierHead, ClassifierName, ClassifyError, Example, LearnOptions, Report};

const VERSIONS: &str = "versions";
const CURRENT: &str = "current";
const HEAD: &str = "classifier.json";
const WEIGHTS: &str = "weights.safetensors";
const REPORT: &str = "report.json";
const TRAINING: &str = "training.json";

/// The classifiers in a folder.
#[derive(Debug, Clone)]
pub struct ClassifierStore {
    folder: PathBuf,
}

/// What a version was trained on: enough to train it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// How.
    pub options: LearnOptions,
    /// The examples.
    pub examples: Vec<Example>,
    /// Texts that have none of the labels.
    pub out_of_scope: Vec<String>,
    /// How many corrections are among the examples.
    pub corrections: usize,
}

/// A version that is to be kept.
#[derive(Debug, Clone)]
pub struct NewVersion<'parts> {
    /// The classifier.
    pub classifier: &'parts Classifier,
    /// What is known of it; none for one that has no examples.
    pub report: Option<&'parts Report>,
    /// What it was trained on.
    pub training: &'parts Training,
}

/// A kept classifier, without its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name.
    pub name: ClassifierName,
    /// The version in force.
    pub version: u32,
    /// All versions, oldest first.
    pub versions: Vec<u32>,
    /// What it is.
    pub head: ClassifierHead,
    /// Corrections that it has not learned from yet.
    pub open_corrections: usize,
}

/// What is in `classifier.json`.
#[derive(Debug, Serialize, Deserialize)]
struct HeadFile {
    format: u32,
    /// BLAKE3 of the weights.
    weights: String,
    /// How many corrections it has learned from.
    corrections: usize,
    classifier: ClassifierHead,
}

/// Files of another format are of another version of this program.
const FORMAT: u32 = 1;

impl ClassifierStore {
    /// Makes nothing yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The names of all classifiers, in order.
    pub fn names(&self) -> Result<Vec<ClassifierName>, ClassifyError> {
        if !self.folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut names: Vec<ClassifierName> = entries(&self.folder)?
            .into_iter()
            .filter_map(|name| name.parse().ok())
            .filter(|name| self.place(name).join(CURRENT).is_file())
            .collect();
        names.sort();
        Ok(names)
    }

    /// Keeps a version and puts it in force; returns its number.
    pub fn add(&self, name: &ClassifierName, version: &NewVersion<'_>) -> Result<u32, ClassifyError> {
        let versions = self.place(name).join(VERSIONS);
        fs_err::create_dir_all(&versions).map_err(|source| not_written(&versions, source))?;
        let temporary = tempfile::Builder::new().prefix(".new-").tempdir_in(&versions).map_err(|source| not_written(&versions, source))?;
        let weights = weights::to_bytes(version.classifier)?;
        let head = HeadFile {
            format: FORMAT,
            weights: blake3::hash(&weights).to_hex().to_string(),
            corrections: version.training.corrections,
            classifier: version.classifier.head.clone(),
        };
        write(&temporary.path().join(WEIGHTS), &weights)?;
        write_json(&temporary.path().join(HEAD), &head)?;
        write_json(&temporary.path().join(TRAINING), version.training)?;
        if let Some(report) = version.report {
            write_json(&temporary.path().join(REPORT), report)?;
        }
        let mut number = self.versions(name)?.last().map_or(1, |last| last + 1);
        // Another process may have taken the number meanwhile: an empty or missing folder is all that a rename replaces.
        while fs_err::rename(temporary.path(), version_folder(&versions, number)).is_err() {
            if !version_folder(&versions, number).is_dir() {
                return Err(not_written(
                    &version_folder(&versions, number),
                    std::io::Error::other("the new version cannot be moved there"),
                ));
            }
            number += 1;
        }
        // It is where it belongs: nothing is left to be removed.
        let _moved = temporary.keep();
        self.put_in_force(name, number)?;
        Ok(number)
    }

    /// Goes back, or forward, to a version; without one, to the one before that in force.
    pub fn roll_back(&self, name: &ClassifierName, to: Option<u32>) -> Result<u32, ClassifyError> {
        let current = self.current(name)?;
        let versions = self.versions(name)?;
        let Some(wanted) = to.or_else(|| versions.iter().copied().rfind(|version| *version < current)) else {
            return Err(ClassifyError::NoEarlier { name: name.clone(), version: current, found: versions });
        };
        if !versions.contains(&wanted) {
            return Err(ClassifyError::NoVersion { name: name.clone(), version: wanted, found: versions });
        }
        self.put_in_force(name, wanted)?;
        Ok(wanted)
    }

    /// What a classifier is.
    pub fn show(&self, name: &ClassifierName) -> Result<Kept, ClassifyError> {
        let version = self.current(name)?;
        let head: HeadFile = read_json(&self.version(name, version).join(HEAD))?;
        let open_corrections = self.corrections(name)?.len().saturating_sub(head.corrections);
        Ok(Kept { name: name.clone(), version, versions: self.versions(name)?, head: head.classifier, open_corrections })
    }

    /// The version in force.
    pub fn current(&self, name: &ClassifierName) -> Result<u32, ClassifyError> {
        let path = self.place(name).join(CURRENT);
        if !path.is_file() {
            return Err(ClassifyError::NoClassifier { name: name.clone() });
        }
        let text = fs_err::read_to_string(&path).map_err(|source| ClassifyError::Unreadable { path: path.clone(), source })?;
        text.trim().parse().map_err(|_| ClassifyError::Damaged { path, problem: "it has no version's number" })
    }

    /// A version with its weights, if they are what was written.
    pub fn load(&self, name: &ClassifierName, version: u32) -> Result<Classifier, ClassifyError> {
        let folder = self.version(name, version);
        let head: HeadFile = read_json(&folder.join(HEAD))?;
        let path = folder.join(WEIGHTS);
        if head.format != FORMAT {
            return Err(ClassifyError::Damaged { path: folder.join(HEAD), problem: "it was written by another version of this program" });
        }
        let bytes = fs_err::read(&path).map_err(|source| ClassifyError::Unreadable { path: path.clone(), source })?;
        if blake3::hash(&bytes).to_hex().as_str() != head.weights {
            return Err(ClassifyError::Damaged { path, problem: "its checksum is not that of the weights that were written" });
        }
        weights::from_bytes(&path, &bytes, head.classifier)
    }

    /// What is known of the version in force; nothing where there were no examples.
    pub fn report(&self, name: &ClassifierName) -> Result<Option<Report>, ClassifyError> {
        let path = self.version(name, self.current(name)?).join(REPORT);
        if path.is_file() { read_json(&path).map(Some) } else { Ok(None) }
    }

    /// What the version in force was trained on.
    pub fn training(&self, name: &ClassifierName) -> Result<Training, ClassifyError> {
        read_json(&self.version(name, self.current(name)?).join(TRAINING))
    }

    /// Deletes a classifier with all its versions; says whether there was one.
    pub fn delete(&self, name: &ClassifierName) -> Result<bool, ClassifyError> {
        let place = self.place(name);
        if !place.is_dir() {
            return Ok(false);
        }
        // First out of sight, by one rename: half a classifier is never seen.
        let gone =
            tempfile::Builder::new().prefix(".gone-").tempdir_in(&self.folder).map_err(|source| not_written(&self.folder, source))?;
        fs_err::rename(&place, gone.path().join("classifier")).map_err(|source| not_written(&place, source))?;
        gone.close().map_err(|source| not_written(&place, source))?;
        Ok(true)
    }

    fn versions(&self, name: &ClassifierName) -> Result<Vec<u32>, ClassifyError> {
        let folder = self.place(name).join(VERSIONS);
        let mut versions: Vec<u32> = entries(&folder)?.into_iter().filter_map(|entry| entry.parse().ok()).collect();
        versions.sort_unstable();
        Ok(versions)
    }

    fn put_in_force(&self, name: &ClassifierName, version: u32) -> Result<(), ClassifyError> {
        let place = self.place(name);
        let path = place.join(CURRENT);
        let mut file = tempfile::NamedTempFile::new_in(&place).map_err(|source| not_written(&path, source))?;
        writeln!(file, "{version}").and_then(|()| file.as_file().sync_all()).map_err(|source| not_written(&path, source))?;
        file.persist(&path).map_err(|error| not_written(&path, error.error))?;
        Ok(())
    }

    fn place(&self, name: &ClassifierName) -> PathBuf {
        self.folder.join(name.as_str())
    }

    fn version(&self, name: &ClassifierName, version: u32) -> PathBuf {
        version_folder(&self.place(name).join(VERSIONS), version)
    }
}

fn version_folder(versions: &Path, version: u32) -> PathBuf {
    versions.join(format!("{version:04}"))
}

fn entries(folder: &Path) -> Result<Vec<String>, ClassifyError> {
    let unreadable = |source| ClassifyError::Unreadable { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(unreadable)? {
        names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, ClassifyError> {
    let bytes = fs_err::read(path).map_err(|source| ClassifyError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| ClassifyError::Unparsable { path: path.to_owned(), source: source.into() })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ClassifyError> {
    let bytes = serde_json::to_vec(value).map_err(|source| not_written(path, source.into()))?;
    write(path, &bytes)
}

/// Durable when it returns.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ClassifyError> {
    let written = fs_err::File::create(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|source| not_written(path, source))
}

fn not_written(path: &Path, source: std::io::Error) -> ClassifyError {
    ClassifyError::NotWritten { path: path.to_owned(), source }
}
