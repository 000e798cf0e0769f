//! From the command line to what is to be ingested.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use ragstone_core::{FieldValue, Fields};
use ragstone_ingest::{BucketSource, Follow, GitSource, IngestSpec, PathsSource, RecordsSource, SiteSource, SourceSpec};

use crate::arguments::{FollowPages, Ingest};

/// One specification for all paths, and one for each site, repository and bucket.
pub(super) fn specs(ingest: &Ingest) -> anyhow::Result<Vec<IngestSpec>> {
    let fields = ingest.fields.iter().map(|field| parse_field(field)).collect::<anyhow::Result<Fields>>()?;
    let mut paths = Vec::new();
    let mut sources = Vec::new();
    for source in &ingest.sources {
        ensure_known_scheme(source)?;
        match elsewhere(ingest, source) {
            Some(source) => sources.push(source),
            None => paths.push(PathBuf::from(source)),
        }
    }
    ensure_flags_fit(ingest, &sources, &paths)?;
    if !paths.is_empty() {
        sources.insert(0, of_paths(ingest, paths)?);
    }
    let specs = sources.into_iter().map(|source| IngestSpec {
        tags: ingest.tags.clone(),
        fields: fields.clone(),
        prune: ingest.prune || ingest.watch,
        ..IngestSpec::new(source)
    });
    Ok(specs.collect())
}

/// A source that is no path.
fn elsewhere(ingest: &Ingest, source: &str) -> Option<SourceSpec> {
    if let Some(repository) = source.strip_prefix("git+") {
        return Some(SourceSpec::Git(GitSource { repository: repository.to_owned(), revision: ingest.revision.clone() }));
    }
    if let Some(place) = source.strip_prefix("s3://") {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        return Some(SourceSpec::Bucket(BucketSource { bucket: bucket.to_owned(), prefix: prefix.to_owned() }));
    }
    if !(source.starts_with("http://") || source.starts_with("https://")) {
        return None;
    }
    let follow = match ingest.follow {
        None => Follow::Page,
        Some(FollowPages::Sitemap) => Follow::Sitemap,
        Some(FollowPages::Links) => Follow::Links,
    };
    Some(SourceSpec::Site(SiteSource { url: source.to_owned(), follow, max_pages: ingest.max_pages }))
}

/// Whether a path stands for those that it matches, as no such file exists.
pub(super) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{']) && path.try_exists().is_ok_and(|there| !there)
}

/// A misspelt scheme is no path.
fn ensure_known_scheme(source: &str) -> anyhow::Result<()> {
    let known = ["http", "https", "s3"];
    let Some((scheme, _)) = source.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '+', '*'])) else { return Ok(()) };
    ensure!(
        known.contains(&scheme) || Path::new(source).try_exists().is_ok_and(|there| there),
        "`{source}` is no source: addresses start with `https://`, `http://`, `s3://` or `git+`"
    );
    Ok(())
}

/// Paths are made absolute, so that a job means the same wherever it is gone on with.
fn of_paths(ingest: &Ingest, paths: Vec<PathBuf>) -> anyhow::Result<SourceSpec> {
    let absolute = |path: PathBuf| if path.as_os_str() == "-" { Ok(path) } else { std::path::absolute(&path) };
    let paths = paths.into_iter().map(absolute).collect::<Result<Vec<_>, _>>().context("the current folder is gone")?;
    Ok(match &ingest.map {
        Some(map) => SourceSpec::Records(RecordsSource { paths, map: map.clone() }),
        None => SourceSpec::Paths(PathsSource { name: ingest.name.clone(), ..PathsSource::new(paths) }),
    })
}

fn ensure_flags_fit(ingest: &Ingest, sources: &[SourceSpec], paths: &[PathBuf]) -> anyhow::Result<()> {
    let has_site = sources.iter().any(|source| matches!(source, SourceSpec::Site(_)));
    let has_repository = sources.iter().any(|source| matches!(source, SourceSpec::Git(_)));
    let has_input = paths.iter().any(|path| path.as_os_str() == "-");
    ensure!(ingest.follow.is_none() || has_site, "`--follow` is for sites: give an address that starts with https://");
    ensure!(ingest.revision.is_none() || has_repository, "`--revision` is for repositories: write `git+https://…` or `git+FOLDER`");
    ensure!(ingest.name.is_none() || has_input, "`--name` is what standard input is called: give `-` as the source");
    ensure!(!has_input || ingest.name.is_some(), "standard input needs a name: write `--name notes.md`");
    let pattern = paths.iter().find(|path| is_pattern(path)).map(|path| path.display()).filter(|_| ingest.prune);
    if let Some(pattern) = pattern {
        bail!("`--prune` cannot be used with a pattern: what `{pattern}` does not match may still be there; give the folder instead");
    }
    ensure!(ingest.map.is_none() || !(paths.is_empty() || has_input), "`--map` is for CSV, TSV and JSON-lines files");
    ensure!(!ingest.watch || (sources.is_empty() && !has_input && ingest.map.is_none()), "`--watch` is for files and folders");
    Ok(())
}

fn parse_field(text: &str) -> anyhow::Result<(String, FieldValue)> {
    let (name, value) = text.split_once('=').with_context(|| format!("`--field {text}` has no `=`: write `--field name=value`"))?;
    let value = match serde_json::from_str::<FieldValue>(value) {
        Ok(value) => value,
        Err(_) => FieldValue::Text(value.to_owned()),
    };
    Ok((name.trim().to_owned(), value))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn parse(line: &str) -> anyhow::Result<Vec<IngestSpec>> {
        let arguments = Arguments::try_parse_from(format!("ragstone ingest {line}").split(' '))?;
        let Some(Command::Ingest(ingest)) = arguments.command else { unreachable!("it is an ingest") };
        specs(&ingest)
    }

    #[test]
    fn sources_are_told_apart_by_how_they_begin() {
        let specs =
            parse("/docs https://x.org/a git+https://x.org/r.git s3://b/hr/2026 /b.md --follow links --revision v1 --tag t").unwrap();
        let kinds: Vec<String> = specs.iter().map(|spec| serde_json::to_value(&spec.source).unwrap()["kind"].to_string()).collect();
        assert_eq!(kinds, ["\"paths\"", "\"site\"", "\"git\"", "\"bucket\""]);
        let titles: Vec<String> = specs.iter().map(IngestSpec::title).collect();
        assert_eq!(titles, ["/docs, /b.md", "https://x.org/a", "https://x.org/r.git at v1", "s3://b/hr/2026/"]);
        assert!(specs.iter().all(|spec| spec.tags == ["t"] && !spec.prune));
        let watched = parse("docs --watch").unwrap();
        assert!(watched[0].prune && watched[0].title().starts_with('/'));
    }

    #[test]
    fn flags_that_do_not_fit_are_refused() {
        for (line, expected) in [
            ("docs --follow links", "`--follow` is for sites"),
            ("docs --revision main", "`--revision` is for repositories"),
            ("docs --name a.md", "give `-` as the source"),
            ("-", "write `--name notes.md`"),
            ("https://x.org --watch", "`--watch` is for files and folders"),
            ("https://x.org --map text=a", "`--map` is for CSV"),
            ("docs --field team", "has no `=`"),
            ("docs --watch --dry-run", "cannot be used with"),
            ("a.csv --map body=a", "body=a"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
