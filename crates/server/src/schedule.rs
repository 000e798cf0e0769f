//! `[[sources]]`: what the server reads again and again by itself.

mod runs;

use std::collections::HashSet;
use std::time::Duration;

use ragstone_core::{CollectionName, Fields};
use ragstone_ingest::{IngestSpec, PathMetadata, PathsSource, RecordsSource, SourceSpec};
use serde::{Deserialize, Serialize};

pub(crate) use runs::{Runs, next_run_at, run_by_schedule};

/// Anything more often is no schedule. Politeness towards others' servers is `source.requests_per_second`'s business.
const SHORTEST_REST: Duration = Duration::from_secs(1);

/// A source that the server reads by itself (an entry of `[[sources]]`).
///
/// What belongs to its kind stands beside these: `kind = "site"` and `url`, `kind = "git"` and `repository`, and so on as in
/// [`SourceSpec`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduledSource {
    /// What it is called in the log and in the API; no other source is called the same.
    pub name: String,
    /// Where its documents go.
    pub collection: CollectionName,
    /// How long it rests between the end of one run and the start of the next, at least a second. It first runs when it is
    /// new, and after a restart when it is due.
    #[serde(with = "humantime_serde")]
    pub every: Duration,
    /// Tags that every document gets in addition to its own.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Fields that every document gets; they win over its own.
    #[serde(default)]
    pub fields: Fields,
    /// Whether documents that are not found there any more are removed.
    #[serde(default)]
    pub prune: bool,
    /// Tags and fields by path, after those of `[[source.metadata]]`.
    #[serde(default)]
    pub metadata: Vec<PathMetadata>,
    /// What is read.
    #[serde(flatten)]
    pub source: SourceSpec,
}

impl ScheduledSource {
    /// Everything that is wrong with the entries, each problem naming its key; empty when nothing is.
    pub fn validate(sources: &[Self]) -> Vec<String> {
        let mut names = HashSet::new();
        let mut problems = Vec::new();
        for (position, source) in sources.iter().enumerate() {
            let key = format!("`sources[{position}]`");
            let name = &source.name;
            if name.trim().is_empty() {
                problems.push(format!("{key}: `name` is empty"));
            } else if !names.insert(name) {
                problems.push(format!("{key}: `name` is `{name}`, as that of another source: give each its own"));
            }
            if source.every < SHORTEST_REST {
                let every = humantime_serde::re::humantime::format_duration(source.every);
                problems.push(format!("{key}: `every` is {every}: it must be at least 1s"));
            }
            problems.extend(source.problem_of_source().map(|problem| format!("{key}: {problem}")));
        }
        problems
    }

    fn problem_of_source(&self) -> Option<String> {
        match &self.source {
            SourceSpec::Upload(_) => Some("`kind` is `upload`, which nobody can schedule: `paths` reads files".to_owned()),
            SourceSpec::Paths(PathsSource { paths, .. }) | SourceSpec::Records(RecordsSource { paths, .. })
                if paths.iter().any(|path| path.is_relative()) =>
            {
                Some("`paths` must be absolute: a server has no standard input, and may be started anywhere".to_owned())
            }
            _ => self.spec().check().err().map(|error| error.to_string()),
        }
    }

    /// What its jobs ingest.
    pub(crate) fn spec(&self) -> IngestSpec {
        let Self { tags, fields, prune, metadata, source, .. } = self.clone();
        IngestSpec { source, tags, fields, prune, metadata }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<ScheduledSource, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn kinds_stand_beside_the_rest() {
        let source = parse(
            r#"{"name": "handbook", "collection": "docs", "every": "1h", "prune": true, "tags": ["hr"],
                "kind": "git", "repository": "https://example.com/a.git", "revision": "main"}"#,
        );
        let source = source.unwrap();
        assert_eq!(source.every, Duration::from_secs(3600));
        let spec = source.spec();
        assert_eq!(
            (spec.title().as_str(), spec.prune, spec.tags.as_slice()),
            ("https://example.com/a.git at main", true, &["hr".to_owned()][..])
        );
        assert!(ScheduledSource::validate(std::slice::from_ref(&source)).is_empty());
        assert_eq!(parse(&serde_json::to_string(&source).unwrap()).unwrap(), source);
    }

    #[test]
    fn misspelt_keys_are_named() {
        for (json, mention) in [
            (
                r#"{"name": "a", "collection": "docs", "every": "1h", "kind": "site", "url": "https://x/", "pruen": true}"#,
                "unknown field `pruen`",
            ),
            (r#"{"name": "a", "collection": "docs", "every": "1h", "kind": "site"}"#, "missing field `url`"),
            (r#"{"name": "a", "collection": "docs", "every": "1h", "kind": "ftp"}"#, "unknown variant `ftp`"),
            (r#"{"name": "a", "collection": "docs", "every": "1h", "url": "https://x/"}"#, "missing field `kind`"),
            (r#"{"name": "a", "collection": "docs", "kind": "site", "url": "https://x/"}"#, "missing field `every`"),
            (
                r#"{"name": "a", "collection": "../x", "every": "1h", "kind": "site", "url": "https://x/"}"#,
                "`../x` is not a collection name",
            ),
        ] {
            let error = parse(json).unwrap_err();
            assert!(error.contains(mention), "{json}: {error}");
        }
    }

    #[test]
    fn every_wrong_value_is_named() {
        let source = |rest: &str| parse(&format!(r#"{{"collection": "docs", {rest}}}"#)).unwrap();
        let sources = [
            source(r#""name": "a", "every": "999ms", "kind": "paths", "paths": ["/docs"]"#),
            source(r#""name": "a", "every": "1h", "kind": "paths", "paths": ["-"]"#),
            source(r#""name": " ", "every": "1h", "kind": "upload", "folder": "/tmp/x""#),
            source(r#""name": "b", "every": "1h", "kind": "site", "url": "ftp://x/""#),
        ];
        let problems = ScheduledSource::validate(&sources);
        let expected = [
            ("`sources[0]`", "999ms"),
            ("`sources[1]`", "another source"),
            ("`sources[1]`", "standard input"),
            ("`sources[2]`", "`name` is empty"),
            ("`sources[2]`", "nobody can schedule"),
            ("`sources[3]`", "only http and https"),
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, (key, mention)) in problems.iter().zip(expected) {
            assert!(problem.starts_with(key) && problem.contains(mention), "{problem}");
        }
    }
}
