//! What a job is asked to do, as the catalog keeps it.

use std::path::PathBuf;

use ragstone_core::Job;
use serde::{Deserialize, Serialize};

use crate::{IngestError, IngestSpec};

/// What a job does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum JobRequest {
    /// Computes the vectors of another model.
    Model {
        /// Of which.
        prepare_model: PrepareModel,
    },
    /// Ingests a source.
    Ingest(Box<IngestSpec>),
}

/// The vectors of another model for a collection; see [`Ingestor::prepare_model`](crate::Ingestor::prepare_model).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareModel {
    /// The folder of the model.
    pub folder: PathBuf,
}

impl JobRequest {
    /// Reads the request of a job.
    pub fn of(job: &Job) -> Result<Self, IngestError> {
        serde_json::from_value(job.request.clone()).map_err(|source| IngestError::JobRequest { source })
    }

    /// What is done, for people.
    pub fn title(&self) -> String {
        match self {
            Self::Model { prepare_model } => format!("vectors of {}", prepare_model.folder.display()),
            Self::Ingest(spec) => spec.title(),
        }
    }
}

impl From<IngestSpec> for JobRequest {
    fn from(spec: IngestSpec) -> Self {
        Self::Ingest(Box::new(spec))
    }
}

impl From<PrepareModel> for JobRequest {
    fn from(prepare_model: PrepareModel) -> Self {
        Self::Model { prepare_model }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_both_kinds_are_told_apart() {
        let model = r#"{"prepare_model":{"folder":"/models/other"}}"#;
        let ingest = r#"{"source":{"kind":"paths","paths":["docs"]},"tags":[],"fields":{},"prune":false,"metadata":[]}"#;
        let read = |json: &str| serde_json::from_str::<JobRequest>(json);
        assert_eq!(read(model).unwrap().title(), "vectors of /models/other");
        assert!(matches!(read(ingest).unwrap(), JobRequest::Ingest(_)));
        for wrong in [r#"{"prepare_model":{"folder":"/a","to":"/b"}}"#, r#"{"model":{}}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
