//! A part of an S3-compatible bucket.

#[cfg(feature = "s3")]
mod store;

use serde::{Deserialize, Serialize};

use super::{KnownVersions, OpenedSource, SourceConfig};
use crate::IngestError;

/// The objects of a bucket. The source of one is `s3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketSource {
    /// The bucket's name.
    pub bucket: String,
    /// Only what is below this folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

impl BucketSource {
    pub(super) fn scope(&self) -> String {
        match self.prefix.trim_matches('/') {
            "" => format!("s3://{}/", self.bucket),
            prefix => format!("s3://{}/{prefix}/", self.bucket),
        }
    }

    #[cfg(feature = "s3")]
    pub(super) fn open(&self, config: &SourceConfig, known: KnownVersions) -> Result<OpenedSource, IngestError> {
        store::open(self, config, known)
    }

    #[cfg(not(feature = "s3"))]
    #[expect(clippy::unused_self, reason = "builds with buckets need it")]
    pub(super) fn open(&self, _config: &SourceConfig, _known: KnownVersions) -> Result<OpenedSource, IngestError> {
        Err(crate::SourceError::NoBuckets.into())
    }
}
