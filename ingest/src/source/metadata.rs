//! Tags and fields by path: `hr/**` → `tags = ["hr"]`, `{team}/{year}/**` → `team = "sales"`, `year = 2026`.

use globset::{GlobBuilder, GlobMatcher};
use ragstone_core::{FieldValue, Fields};
use serde::{Deserialize, Serialize};

use crate::{IngestError, SourceError};

/// What is said about the documents whose path matches a pattern.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathMetadata {
    /// Compared with the path below the folder, repository, bucket prefix or site that is read. `*` and `?` stay within
    /// one folder, `**` does not; `{name}` is any one folder or file, and becomes the field `name`.
    pub pattern: String,
    /// Tags that these documents get in addition to their own.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Fields that these documents get where they have none of that name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: Fields,
}

/// A pattern that is ready to be compared.
#[derive(Debug, Clone)]
pub(crate) struct PathRule {
    matcher: GlobMatcher,
    /// The fields that parts of the path become, and which part.
    captures: Vec<Capture>,
    tags: Vec<String>,
    fields: Fields,
}

#[derive(Debug, Clone)]
struct Capture {
    field: String,
    part: usize,
}

/// What rules say about one path.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct PathLabels {
    pub(crate) tags: Vec<String>,
    pub(crate) fields: Fields,
}

impl PathMetadata {
    /// Checks the pattern and makes it ready.
    pub(crate) fn compile(&self) -> Result<PathRule, IngestError> {
        let mut captures = Vec::new();
        let mut parts = Vec::new();
        let mut anywhere = false;
        for (position, part) in self.pattern.trim_start_matches('/').split('/').enumerate() {
            anywhere |= part.contains("**");
            let Some(field) = captured_name(part) else {
                parts.push(part);
                continue;
            };
            if anywhere {
                return Err(SourceError::CaptureAfterStars { pattern: self.pattern.clone(), field: field.to_owned() }.into());
            }
            captures.push(Capture { field: field.to_owned(), part: position });
            parts.push("*");
        }
        let glob = GlobBuilder::new(&parts.join("/")).literal_separator(true).build();
        let matcher = glob.map_err(|source| IngestError::Pattern { pattern: self.pattern.clone(), source })?.compile_matcher();
        Ok(PathRule { matcher, captures, tags: self.tags.clone(), fields: self.fields.clone() })
    }
}

impl PathLabels {
    /// What all rules that match say; of two that give the same field, the later one.
    pub(crate) fn of(path: &str, rules: &[PathRule]) -> Self {
        let mut labels = Self::default();
        let parts: Vec<&str> = path.split('/').collect();
        for rule in rules.iter().filter(|rule| rule.matcher.is_match(path)) {
            labels.tags.extend_from_slice(&rule.tags);
            labels.fields.extend(rule.fields.clone());
            let captured = rule.captures.iter().filter_map(|capture| Some((capture.field.clone(), value(parts.get(capture.part)?))));
            labels.fields.extend(captured);
        }
        labels
    }
}

/// `team` of `{team}`; alternatives, such as `{md,txt}`, are the pattern's own.
fn captured_name(part: &str) -> Option<&str> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-');
    is_name.then_some(name)
}

/// Years and versions are numbers, so that they can be compared; `007` is a name.
fn value(part: &str) -> FieldValue {
    match part.parse::<u32>() {
        Ok(number) if number.to_string() == part => FieldValue::Number(f64::from(number)),
        _ => FieldValue::Text(part.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: Option<&str>) {
        let metadata = PathMetadata { pattern: pattern.to_owned(), tags: vec!["found".to_owned()], ..PathMetadata::default() };
        let labels = PathLabels::of(path, &[metadata.compile().unwrap()]);
        let found = (!labels.tags.is_empty()).then(|| serde_json::to_string(&labels.fields).unwrap());
        assert_eq!(found.as_deref(), expected, "{pattern} on {path}");
    }

    #[test]
    fn patterns_and_captures() {
        check("hr/**", "hr/leave.md", Some("{}"));
        check("hr/**", "hr/2026/leave.md", Some("{}"));
        check("hr/**", "sales/hr/leave.md", None);
        check("/hr/*.md", "hr/2026/leave.md", None);
        check("**/*.{md,txt}", "a/b/c.txt", Some("{}"));
        check("{team}/{year}/**", "sales/2026/q1/report.md", Some(r#"{"team":"sales","year":2026.0}"#));
        check("{team}/{year}/**", "sales/007/report.md", Some(r#"{"team":"sales","year":"007"}"#));
        check("{team}/{year}/**", "readme.md", None);
        check("docs/{page}", "docs/größe.md", Some(r#"{"page":"größe.md"}"#));
    }

    #[test]
    fn later_rules_win_and_bad_ones_are_named() {
        let rule = |json: &str| serde_json::from_str::<PathMetadata>(json).unwrap();
        let rules = [rule(r#"{"pattern":"**","fields":{"team":"all","open":true}}"#), rule(r#"{"pattern":"{team}/*"}"#)];
        let rules: Vec<PathRule> = rules.iter().map(|rule| rule.compile().unwrap()).collect();
        let fields = PathLabels::of("hr/a.md", &rules).fields;
        assert_eq!(serde_json::to_string(&fields).unwrap(), r#"{"open":true,"team":"hr"}"#);
        let error = rule(r#"{"pattern":"**/{team}/x"}"#).compile().unwrap_err().to_string();
        assert!(error.contains("`{team}` comes after `**`"), "{error}");
        assert!(serde_json::from_str::<PathMetadata>(r#"{"pattern":"a","tag":["x"]}"#).is_err());
    }
}
