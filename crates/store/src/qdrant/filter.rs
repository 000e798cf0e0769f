//! Our filters in the server's terms.

use chrono::{DateTime, Utc};
use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::{
    Condition, DatetimeRange, FieldCondition, Filter as QdrantFilter, HasIdCondition, IsEmptyCondition, Match, Range, Timestamp,
};
use ragstone_core::{ChunkId, Filter};

use super::payload::point_id;
use crate::clause::{Clause, clause};
use crate::payload::{coded, is_plain};

/// What a query may find; `None` means everything.
pub(super) fn to_qdrant(filter: Option<&Filter>, among: Option<&[ChunkId]>) -> Option<QdrantFilter> {
    clause(filter, among).map(|clause| all(vec![condition(clause)]))
}

/// A key inside the payload, as the server writes it. Fields that it could not write are stored under a second name.
pub(super) fn key(path: &[String]) -> String {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [part, "fields", name] if !is_plain(name) => ["coded", part, &coded(name)].map(quoted).join("."),
        parts => parts.iter().copied().map(quoted).collect::<Vec<String>>().join("."),
    }
}

fn quoted(part: &str) -> String {
    let is_bare = !part.is_empty() && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-');
    if is_bare { part.to_owned() } else { format!("\"{part}\"") }
}

fn condition(clause: Clause) -> Condition {
    match clause {
        Clause::All(parts) => ConditionOneOf::Filter(all(parts.into_iter().map(condition).collect())).into(),
        Clause::Any(parts) => {
            let should = parts.into_iter().map(condition).collect();
            ConditionOneOf::Filter(QdrantFilter { should, ..QdrantFilter::default() }).into()
        }
        Clause::Not(inner) => not(condition(*inner)),
        Clause::Never => among(&[]),
        Clause::Among(ids) => among(&ids),
        Clause::Text { path, value } => on(&path, |field| FieldCondition { r#match: matches(MatchValue::Keyword(value)), ..field }),
        Clause::Flag { path, value } => on(&path, |field| FieldCondition { r#match: matches(MatchValue::Boolean(value)), ..field }),
        Clause::Number { path, bounds } => {
            let range = Range { lt: bounds.less, lte: bounds.less_or_equal, gt: bounds.greater, gte: bounds.greater_or_equal };
            on(&path, |field| FieldCondition { range: Some(range), ..field })
        }
        Clause::Time { path, bounds } => {
            let range = DatetimeRange {
                lt: bounds.less.map(timestamp),
                lte: bounds.less_or_equal.map(timestamp),
                gt: bounds.greater.map(timestamp),
                gte: bounds.greater_or_equal.map(timestamp),
            };
            on(&path, |field| FieldCondition { datetime_range: Some(range), ..field })
        }
        Clause::Present { path } => not(ConditionOneOf::IsEmpty(IsEmptyCondition { key: key(&path) }).into()),
    }
}

fn on(path: &[String], complete: impl FnOnce(FieldCondition) -> FieldCondition) -> Condition {
    ConditionOneOf::Field(complete(FieldCondition { key: key(path), ..FieldCondition::default() })).into()
}

fn matches(value: MatchValue) -> Option<Match> {
    Some(Match { match_value: Some(value) })
}

fn timestamp(time: DateTime<Utc>) -> Timestamp {
    // A leap second counts more than a thousand million nanoseconds, which still fits.
    Timestamp { seconds: time.timestamp(), nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(i32::MAX) }
}

fn among(ids: &[ChunkId]) -> Condition {
    ConditionOneOf::HasId(HasIdCondition { has_id: ids.iter().copied().map(point_id).collect() }).into()
}

fn all(must: Vec<Condition>) -> QdrantFilter {
    QdrantFilter { must, ..QdrantFilter::default() }
}

fn not(condition: Condition) -> Condition {
    ConditionOneOf::Filter(QdrantFilter { must_not: vec![condition], ..QdrantFilter::default() }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_quoted_where_they_must_be() {
        let check = |path: &[&str], expected: &str| {
            let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(key(&path), expected);
        };
        check(&["head", "modified_at"], "head.modified_at");
        check(&["head", "fields", "Größe-1"], "head.fields.Größe-1");
        check(&["head", "fields", "a.b[0] c"], "head.fields.\"a.b[0] c\"");
        check(&["words", "fields", ""], "words.fields.\"\"");
        check(&["head", "fields", "a \"b\" %\\"], "coded.head.\"a %22b%22 %25%5C\"");
        check(&["words", "fields", "a\""], "coded.words.a%22".replace("a%22", "\"a%22\"").as_str());
    }
}
