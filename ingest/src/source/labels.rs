//! What a user says about all documents of a source, put on each of them.
//!
//! Of a field that is given several times, the first of these wins: the request's own (`--field`), the sidecar's, the
//! front matter's, the path's. Tags from all of them are added up.

use ragstone_core::Fields;

use super::metadata::{PathLabels, PathRule};
use super::{IngestSpec, KnownVersions, OpenedSource, RawDocument, SourceConfig, SourceItem};
use crate::IngestError;

/// The labels of one request.
pub(super) struct Labels {
    tags: Vec<String>,
    fields: Fields,
    rules: Vec<PathRule>,
    /// Stands before every validator: a document is unchanged only if what is said about it is, too.
    fingerprint: String,
}

impl Labels {
    pub(super) fn new(spec: &IngestSpec, config: &SourceConfig) -> Result<Self, IngestError> {
        let metadata: Vec<_> = config.metadata.iter().chain(&spec.metadata).collect();
        let rules = metadata.iter().map(|metadata| metadata.compile()).collect::<Result<_, _>>()?;
        let all = format!("{:?}{:?}{metadata:?}", spec.tags, spec.fields);
        let fingerprint = blake3::hash(all.as_bytes()).to_hex().chars().take(8).collect();
        Ok(Self { tags: spec.tags.clone(), fields: spec.fields.clone(), rules, fingerprint })
    }

    /// The versions that were stored with these labels.
    pub(super) fn recognise(&self, known: KnownVersions) -> KnownVersions {
        let versions = known.into_iter();
        versions
            .filter_map(|(source, validator)| {
                let own = validator.strip_prefix(&self.fingerprint)?.strip_prefix(' ')?.to_owned();
                Some((source, own))
            })
            .collect()
    }

    /// Labels every document; `scope` says where its path begins.
    pub(super) fn put_on(self, opened: OpenedSource, scope: Vec<String>) -> OpenedSource {
        let OpenedSource { items, total, prunable_roots } = opened;
        let items = items.map(move |item| match item {
            SourceItem::Document(document) => SourceItem::Document(self.label(document, &scope)),
            other => other,
        });
        OpenedSource { items: Box::new(items), total, prunable_roots }
    }

    fn label(&self, mut document: RawDocument, scope: &[String]) -> RawDocument {
        let from_path = PathLabels::of(path_within(&document.source, scope), &self.rules);
        document.tags.extend(from_path.tags);
        document.tags.extend_from_slice(&self.tags);
        document.default_fields.extend(from_path.fields);
        document.fields.extend(self.fields.clone());
        document.validator = document.validator.map(|validator| format!("{} {validator}", self.fingerprint));
        document
    }
}

/// The part of a source below the root it was found under; of a file that is a root itself, its name.
fn path_within<'a>(source: &'a str, scope: &[String]) -> &'a str {
    let below = scope.iter().filter_map(|root| source.strip_prefix(root.as_str())).min_by_key(|rest| rest.len());
    match below.map(|rest| rest.trim_start_matches(['/', '#'])) {
        Some(path) if !path.is_empty() => path,
        _ => source.rsplit('/').next().unwrap_or(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{PathsSource, SourceSpec};

    #[test]
    fn paths_begin_at_their_root() {
        let check = |source: &str, scope: &[&str], expected: &str| {
            let scope: Vec<String> = scope.iter().map(|root| (*root).to_owned()).collect();
            assert_eq!(path_within(source, &scope), expected);
        };
        check("/docs/hr/a.md", &["/docs"], "hr/a.md");
        check("/docs/hr/a.md", &["/docs", "/docs/hr"], "a.md");
        check("/docs/hr/a.md", &["/docs/hr/a.md"], "a.md");
        check("git+https://x/y.git#hr/a.md", &["git+https://x/y.git#"], "hr/a.md");
        check("stdin:a.md", &[], "stdin:a.md");
    }

    #[test]
    fn other_labels_are_another_version() {
        let paths = SourceSpec::Paths(PathsSource::new(["docs".into()]));
        let plain = IngestSpec::new(paths);
        let labels = |tags: &[&str]| {
            let spec = IngestSpec { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..plain.clone() };
            Labels::new(&spec, &SourceConfig::default()).unwrap()
        };
        let labelled = labels(&["x"]).label(RawDocument { validator: Some("v1".to_owned()), ..RawDocument::new("/a", "a") }, &[]);
        let known = KnownVersions::from([("/a".to_owned(), labelled.validator.unwrap()), ("/b".to_owned(), "v1".to_owned())]);
        assert_eq!(labels(&["x"]).recognise(known.clone()), KnownVersions::from([("/a".to_owned(), "v1".to_owned())]));
        assert!(labels(&["y"]).recognise(known).is_empty());
    }
}
