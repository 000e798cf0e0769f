//! Our filters in the library's terms.

use chrono::{DateTime, Utc};
use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::{
    Condition, DateTimeWrapper, FieldCondition, Filter as EdgeFilter, HasIdCondition, IsEmptyCondition, JsonPath, Match, PointId, Range,
};
use ragstone_core::{ChunkId, Filter};

use super::payload::{path, point_id};
use crate::clause::{Bounds, Clause, clause};

/// What a query may find; `None` means everything.
pub(super) fn to_edge(filter: Option<&Filter>, among: Option<&[ChunkId]>) -> Option<EdgeFilter> {
    clause(filter, among).map(|clause| all(vec![condition(clause)]))
}

fn condition(clause: Clause) -> Condition {
    match clause {
        Clause::All(parts) => Condition::Filter(all(parts.into_iter().map(condition).collect())),
        Clause::Any(parts) => {
            Condition::Filter(EdgeFilter { should: Some(parts.into_iter().map(condition).collect()), ..EdgeFilter::new() })
        }
        Clause::Not(inner) => not(condition(*inner)),
        Clause::Never => never(),
        Clause::Among(ids) => Condition::HasId(ids.into_iter().map(point_id).collect()),
        Clause::Text { path, value } => on(&path, |key| Condition::Field(FieldCondition::new_match(key, Match::from(value)))),
        Clause::Flag { path, value } => on(&path, |key| Condition::Field(FieldCondition::new_match(key, Match::from(value)))),
        Clause::Number { path, bounds } => {
            on(&path, |key| Condition::Field(FieldCondition::new_range(key, range(bounds, OrderedFloat::<f64>))))
        }
        Clause::Time { path, bounds } => {
            let wrap = |time: DateTime<Utc>| DateTimeWrapper(time);
            on(&path, |key| Condition::Field(FieldCondition::new_datetime_range(key, range(bounds, wrap))))
        }
        Clause::Present { path } => on(&path, |key| not(Condition::IsEmpty(IsEmptyCondition::from(key)))),
    }
}

fn on(parts: &[String], condition: impl FnOnce(JsonPath) -> Condition) -> Condition {
    path(parts).map_or_else(never, condition)
}

fn range<T, U>(bounds: Bounds<T>, wrap: impl Fn(T) -> U) -> Range<U> {
    Range {
        lt: bounds.less.map(&wrap),
        lte: bounds.less_or_equal.map(&wrap),
        gt: bounds.greater.map(&wrap),
        gte: bounds.greater_or_equal.map(&wrap),
    }
}

fn all(conditions: Vec<Condition>) -> EdgeFilter {
    EdgeFilter { must: Some(conditions), ..EdgeFilter::new() }
}

fn not(condition: Condition) -> Condition {
    Condition::Filter(EdgeFilter::new_must_not(condition))
}

fn never() -> Condition {
    Condition::HasId(HasIdCondition::from_iter(std::iter::empty::<PointId>()))
}
