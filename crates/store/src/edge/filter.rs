//! Our filters in the library's terms.

use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::{
    Condition, DateTimeWrapper, FieldCondition, Filter as EdgeFilter, HasIdCondition, IsEmptyCondition, JsonPath, Match, PointId, Range,
};
use ragstone_core::{ChunkId, Comparison, DocumentId, FieldValue, Filter, FilterField, words};

use super::payload::{path, point_id};

/// What a query may find; `None` means everything.
pub(super) fn to_edge(filter: Option<&Filter>, among: Option<&[ChunkId]>) -> Option<EdgeFilter> {
    let mut conditions = Vec::new();
    if let Some(among) = among {
        conditions.push(Condition::HasId(among.iter().copied().map(point_id).collect()));
    }
    conditions.extend(filter.map(condition));
    if conditions.is_empty() { None } else { Some(all(conditions)) }
}

fn condition(filter: &Filter) -> Condition {
    match filter {
        Filter::And(parts) => Condition::Filter(all(parts.iter().map(condition).collect())),
        Filter::Or(parts) => any(parts.iter().map(condition).collect()),
        Filter::Not(inner) => not(condition(inner)),
        Filter::OneOf { field, values } => any(values.iter().map(|value| equals(field, value)).collect()),
        Filter::Contains { field, words } => contains(field, words),
        Filter::Number { field, comparison, value } => match field {
            FilterField::Custom(_) => on(value_path(field), |key| FieldCondition::new_range(key, range(*comparison, OrderedFloat(*value)))),
            _ => never(),
        },
        Filter::Time { comparison, value } => {
            on(path(&["head", "modified_at"]), |key| FieldCondition::new_datetime_range(key, range(*comparison, DateTimeWrapper(*value))))
        }
        Filter::Exists(field) => match (field, value_path(field)) {
            (FilterField::Tags | FilterField::Custom(_), Some(key)) => not(Condition::IsEmpty(IsEmptyCondition::from(key))),
            // Every document has these.
            _ => Condition::Filter(all(Vec::new())),
        },
    }
}

fn equals(field: &FilterField, value: &FieldValue) -> Condition {
    match (field, value) {
        (FilterField::ModifiedAt, _) => never(),
        (_, FieldValue::List(texts)) => any(texts.iter().map(|text| equals(field, &FieldValue::Text(text.clone()))).collect()),
        (FilterField::Id, FieldValue::Text(text)) => match text.parse::<DocumentId>() {
            Ok(id) => matches(field, Match::from(id.to_string())),
            Err(_) => never(),
        },
        (_, FieldValue::Text(text)) => matches(field, Match::from(text.clone())),
        (FilterField::Custom(_), FieldValue::Boolean(flag)) => matches(field, Match::from(*flag)),
        (FilterField::Custom(_), FieldValue::Number(number)) => on(value_path(field), |key| {
            let number = Some(OrderedFloat(*number));
            FieldCondition::new_range(key, Range { gte: number, lte: number, lt: None, gt: None })
        }),
        (_, FieldValue::Boolean(_) | FieldValue::Number(_)) => never(),
    }
}

fn matches(field: &FilterField, value: Match) -> Condition {
    on(value_path(field), |key| FieldCondition::new_match(key, value))
}

fn contains(field: &FilterField, text: &str) -> Condition {
    let all_words = words(text).into_iter().map(|word| on(words_path(field), |key| FieldCondition::new_match(key, Match::from(word))));
    Condition::Filter(all(all_words.collect()))
}

fn on(key: Option<JsonPath>, condition: impl FnOnce(JsonPath) -> FieldCondition) -> Condition {
    key.map_or_else(never, |key| Condition::Field(condition(key)))
}

/// Where a field's value is in the payload.
fn value_path(field: &FilterField) -> Option<JsonPath> {
    match field {
        FilterField::Id => path(&["head", "id"]),
        FilterField::Source => path(&["head", "source"]),
        FilterField::Title => path(&["head", "title"]),
        FilterField::MediaType => path(&["head", "media_type"]),
        FilterField::Language => path(&["head", "language"]),
        FilterField::Tags => path(&["head", "tags"]),
        FilterField::ModifiedAt => path(&["head", "modified_at"]),
        FilterField::Custom(name) => path(&["head", "fields", name]),
    }
}

/// Where a field's words are in the payload; ids and times have none.
fn words_path(field: &FilterField) -> Option<JsonPath> {
    match field {
        FilterField::Id | FilterField::ModifiedAt => None,
        FilterField::Source => path(&["words", "source"]),
        FilterField::Title => path(&["words", "title"]),
        FilterField::MediaType => path(&["words", "media_type"]),
        FilterField::Language => path(&["words", "language"]),
        FilterField::Tags => path(&["words", "tags"]),
        FilterField::Custom(name) => path(&["words", "fields", name]),
    }
}

fn range<T>(comparison: Comparison, value: T) -> Range<T> {
    let mut range = Range { lt: None, gt: None, gte: None, lte: None };
    match comparison {
        Comparison::Less => range.lt = Some(value),
        Comparison::LessOrEqual => range.lte = Some(value),
        Comparison::Greater => range.gt = Some(value),
        Comparison::GreaterOrEqual => range.gte = Some(value),
    }
    range
}

fn all(conditions: Vec<Condition>) -> EdgeFilter {
    EdgeFilter { must: Some(conditions), ..EdgeFilter::new() }
}

/// The library takes an empty list of alternatives for "no condition"; here it means that nothing can hold.
fn any(conditions: Vec<Condition>) -> Condition {
    if conditions.is_empty() {
        return never();
    }
    Condition::Filter(EdgeFilter { should: Some(conditions), ..EdgeFilter::new() })
}

fn not(condition: Condition) -> Condition {
    Condition::Filter(EdgeFilter::new_must_not(condition))
}

fn never() -> Condition {
    Condition::HasId(HasIdCondition::from_iter(std::iter::empty::<PointId>()))
}
