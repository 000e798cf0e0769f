//! What a user asks to ingest: the request of a job, an entry of `[[sources]]`, a command line.

use ragstone_core::Fields;
use serde::{Deserialize, Serialize};

use super::{
    BucketSource, GitSource, KnownVersions, OpenedSource, PathMetadata, PathsSource, RecordsSource, SiteSource, SourceConfig, UploadSource,
    labels,
};
use crate::IngestError;

/// A source, with what is said about all its documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestSpec {
    /// Where the documents are.
    pub source: SourceSpec,
    /// Tags that every document gets in addition to its own.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Fields that every document gets; they win over a sidecar's, the front matter's and those from the path, in this order.
    #[serde(default)]
    pub fields: Fields,
    /// Whether documents that are not found there any more are removed.
    #[serde(default)]
    pub prune: bool,
    /// Tags and fields by path, after those of `[[source.metadata]]`.
    #[serde(default)]
    pub metadata: Vec<PathMetadata>,
}

/// Where documents are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceSpec {
    /// Files, folders, patterns and standard input.
    Paths(PathsSource),
    /// A page or a site.
    Site(SiteSource),
    /// A git repository.
    Git(GitSource),
    /// A part of an S3-compatible bucket.
    Bucket(BucketSource),
    /// Tables whose rows are documents.
    Records(RecordsSource),
    /// Files that a server was sent.
    Upload(UploadSource),
}

impl IngestSpec {
    /// A source of which nothing more is said.
    pub fn new(source: SourceSpec) -> Self {
        Self { source, tags: Vec::new(), fields: Fields::new(), prune: false, metadata: Vec::new() }
    }

    /// What is ingested, for people: `docs/, notes.pdf`.
    pub fn title(&self) -> String {
        match &self.source {
            SourceSpec::Paths(paths) => paths.title(),
            SourceSpec::Site(site) => site.url.clone(),
            SourceSpec::Git(git) => git.title(),
            SourceSpec::Bucket(bucket) => bucket.scope(),
            SourceSpec::Records(records) => records.title(),
            SourceSpec::Upload(_) => "an upload".to_owned(),
        }
    }

    /// Whether it can be understood, without looking whether it is there: addresses, revisions, patterns.
    pub fn check(&self) -> Result<(), IngestError> {
        for metadata in &self.metadata {
            metadata.compile()?;
        }
        match &self.source {
            SourceSpec::Site(site) => site.scope().map(|_| ()),
            SourceSpec::Git(git) => git.check(),
            SourceSpec::Paths(_) | SourceSpec::Bucket(_) | SourceSpec::Records(_) | SourceSpec::Upload(_) => Ok(()),
        }
    }

    /// Whether it reads only what has changed in its source.
    pub(crate) fn reads_changes_only(&self) -> bool {
        matches!(&self.source, SourceSpec::Paths(paths) if !paths.changed.is_empty())
    }

    /// The sources of its documents start with one of these: absolute paths, and prefixes that end in `/` or `#`.
    /// What cannot be found out without an error is left out. Blocking.
    pub fn scope(&self) -> Vec<String> {
        match &self.source {
            SourceSpec::Paths(paths) => paths.scope(),
            SourceSpec::Site(site) => site.scope().map(|scope| scope.prefix().to_owned()).into_iter().collect(),
            SourceSpec::Git(git) => git.scope().into_iter().collect(),
            SourceSpec::Bucket(bucket) => vec![bucket.scope()],
            SourceSpec::Records(records) => records.scope(),
            SourceSpec::Upload(_) => Vec::new(),
        }
    }

    /// Checks the source and makes it ready to be read; `known` are the versions that need not be read again. Blocking:
    /// folders are counted, repositories are fetched.
    pub fn open(&self, config: &SourceConfig, known: KnownVersions) -> Result<OpenedSource, IngestError> {
        let labels = labels::Labels::new(self, config)?;
        let known = labels.recognise(known);
        let opened = match &self.source {
            SourceSpec::Paths(paths) => paths.open(config)?,
            SourceSpec::Site(site) => site.open(config, known, self.prune)?,
            SourceSpec::Git(git) => git.open(config, known)?,
            SourceSpec::Bucket(bucket) => bucket.open(config, known)?,
            SourceSpec::Records(records) => records.open(config, self.prune)?,
            SourceSpec::Upload(upload) => upload.open(config)?,
        };
        Ok(labels.put_on(opened, self.scope()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<IngestSpec, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn survives_a_round_trip() {
        for json in [
            r#"{"source":{"kind":"paths","paths":["docs","-"],"name":"a.md"},"tags":["x"],"fields":{"year":2026.0},"prune":true}"#,
            r#"{"source":{"kind":"site","url":"https://example.com/docs/","follow":"links","max_pages":5}}"#,
            r#"{"source":{"kind":"git","repository":"https://example.com/a.git","revision":"main"},"metadata":[{"pattern":"{team}/**"}]}"#,
            r#"{"source":{"kind":"bucket","bucket":"docs","prefix":"hr/"}}"#,
            r#"{"source":{"kind":"records","paths":["a.jsonl"],"map":{"text":"body"}}}"#,
            r#"{"source":{"kind":"upload","folder":"/spool/1"}}"#,
        ] {
            let spec = parse(json).unwrap();
            let again = parse(&serde_json::to_string(&spec).unwrap()).unwrap();
            assert_eq!(spec, again);
            assert!(!spec.title().is_empty());
        }
    }

    #[test]
    fn what_cannot_be_understood_is_found_before_it_is_read() {
        for (json, expected) in [
            (r#"{"source":{"kind":"site","url":"ftp://x/"}}"#, "only http and https"),
            (r#"{"source":{"kind":"git","repository":"nowhere"}}"#, "`nowhere` is not a repository"),
            (r#"{"source":{"kind":"git","repository":"https://x/y","revision":"--all"}}"#, "`--all` is not the name"),
            (r#"{"source":{"kind":"bucket","bucket":"b"},"metadata":[{"pattern":"[z-a]"}]}"#, "`[z-a]`"),
        ] {
            let error = parse(json).unwrap().check().unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
        assert!(parse(r#"{"source":{"kind":"site","url":"https://x/"},"metadata":[{"pattern":"{team}/**"}]}"#).unwrap().check().is_ok());
    }

    #[test]
    fn mistakes_are_named() {
        for (json, expected) in [
            (r#"{"source":{"kind":"ftp"}}"#, "unknown variant `ftp`"),
            (r#"{"source":{"kind":"site","url":"https://x","depth":3}}"#, "unknown field `depth`"),
            (r#"{"source":{"kind":"site"}}"#, "missing field `url`"),
            (r#"{"source":{"kind":"paths","paths":["a"]},"tag":["x"]}"#, "unknown field `tag`"),
            (r#"{"source":{"paths":["a"]}}"#, "missing field `kind`"),
            (r#"{"source":{"kind":"records","paths":["a"],"map":{"body":"text"}}}"#, "unknown field `body`"),
        ] {
            let error = parse(json).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }
}
