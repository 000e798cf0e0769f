//! What people said about predictions: kept line by line, learned from when a classifier is trained again.

use std::io::Write;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ClassifierStore, not_written};
use crate::{ClassifierName, ClassifyError};

const CORRECTIONS: &str = "corrections.jsonl";

/// A text with the labels that it should have been given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Correction {
    /// The text.
    pub text: String,
    /// Its labels; none where none of the classifier's fits.
    pub labels: Vec<String>,
    /// When it was said.
    pub at: DateTime<Utc>,
}

impl ClassifierStore {
    /// Keeps corrections; durable when it returns. Several processes may do so at once.
    pub fn correct(&self, name: &ClassifierName, corrections: &[Correction]) -> Result<(), ClassifyError> {
        self.current(name)?;
        let path = self.place(name).join(CORRECTIONS);
        let mut lines = Vec::new();
        for correction in corrections {
            serde_json::to_writer(&mut lines, correction).map_err(|source| not_written(&path, source.into()))?;
            lines.push(b'\n');
        }
        let file = fs_err::OpenOptions::new().append(true).create(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(&lines).and_then(|()| file.sync_all()));
        written.map_err(|source| not_written(&path, source))
    }

    /// All corrections, oldest first. A line that a crash cut off is left out.
    pub fn corrections(&self, name: &ClassifierName) -> Result<Vec<Correction>, ClassifyError> {
        let path = self.place(name).join(CORRECTIONS);
        if !path.is_file() {
            return Ok(Vec::new());
        }
        let text = fs_err::read_to_string(&path).map_err(|source| ClassifyError::Unreadable { path, source })?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }
}
