//! Sources: those that a client asks for, and those that the server reads by itself.

use chrono::{DateTime, Utc};
use ragstone_core::{CollectionName, Fields};
use ragstone_ingest::{BucketSource, GitSource, IngestSpec, PathMetadata, SiteSource, SourceSpec};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::JobStatus;
use crate::ServerError;

/// Where files of the server's own machine may be named.
const FILES_REMEDY: &str = "it would read files of the server's machine; upload them to `/documents`, run `ragstone ingest` where they are, \
                            or name them in a `[[sources]]` entry of the server's configuration";

/// A source to ingest, as a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobBody {
    /// Where the documents are.
    pub source: RemoteSource,
    /// Tags that every document gets in addition to its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Fields that every document gets; they win over its own.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    #[schema(value_type = Object)]
    pub fields: Fields,
    /// Whether documents that are not found there any more are removed.
    #[serde(default)]
    pub prune: bool,
    /// Tags and fields by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<PathMetadata>,
}

/// Where documents are that a client may ask for: never on the server's own machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "SourceSpec")]
pub enum RemoteSource {
    /// A page or a site.
    Site(SiteSource),
    /// A git repository that is reached by https. The server's own keys are not lent to its clients.
    Git(GitSource),
    /// A part of a bucket, in the store and with the key that are configured in `[source.bucket]`.
    Bucket(BucketSource),
}

impl TryFrom<SourceSpec> for RemoteSource {
    type Error = ServerError;

    fn try_from(source: SourceSpec) -> Result<Self, ServerError> {
        let refused = |kind, remedy| Err(ServerError::SourceKind { kind, remedy });
        match source {
            SourceSpec::Site(site) => Ok(Self::Site(site)),
            SourceSpec::Git(git) if is_web_address(&git.repository) => Ok(Self::Git(git)),
            SourceSpec::Git(git) => Err(ServerError::LocalRepository { repository: git.repository }),
            SourceSpec::Bucket(bucket) => Ok(Self::Bucket(bucket)),
            SourceSpec::Paths(_) => refused("paths", FILES_REMEDY),
            SourceSpec::Records(_) => refused("records", FILES_REMEDY),
            SourceSpec::Upload(_) => refused("upload", "send the documents to `/documents?wait=false`"),
        }
    }
}

impl From<JobBody> for IngestSpec {
    fn from(body: JobBody) -> Self {
        let JobBody { source, tags, fields, prune, metadata } = body;
        let source = match source {
            RemoteSource::Site(site) => SourceSpec::Site(site),
            RemoteSource::Git(git) => SourceSpec::Git(git),
            RemoteSource::Bucket(bucket) => SourceSpec::Bucket(bucket),
        };
        Self { source, tags, fields, prune, metadata }
    }
}

/// The sources that the server reads by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceList {
    /// In the order of the configuration.
    pub sources: Vec<SourceStatus>,
}

/// A source that the server reads by itself, and how it is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Where its documents go.
    #[schema(value_type = String)]
    pub collection: CollectionName,
    /// What is read.
    pub title: String,
    /// How long it rests between the end of one run and the start of the next.
    pub every_seconds: u64,
    /// Its last run, or the one under way; `null` before the first.
    pub last_job: Option<JobStatus>,
    /// When it runs next; `null` while it runs.
    pub next_run_at: Option<DateTime<Utc>>,
}

fn is_web_address(repository: &str) -> bool {
    let lower = repository.to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("http://")
}
