//! A filter in the few terms that both stores have: which key of the payload holds what.

use chrono::{DateTime, Utc};
use ragstone_core::{ChunkId, Comparison, DocumentId, FieldValue, Filter, FilterField, words};

/// A condition on a payload. Keys are paths into it, whose parts may hold any characters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Clause {
    All(Vec<Clause>),
    /// At least one of these, of which there is at least one.
    Any(Vec<Clause>),
    Not(Box<Clause>),
    Never,
    /// The point is one of these.
    Among(Vec<ChunkId>),
    Text {
        path: Vec<String>,
        value: String,
    },
    Flag {
        path: Vec<String>,
        value: bool,
    },
    Number {
        path: Vec<String>,
        bounds: Bounds<f64>,
    },
    Time {
        path: Vec<String>,
        bounds: Bounds<DateTime<Utc>>,
    },
    /// There is a value, and no empty list.
    Present {
        path: Vec<String>,
    },
}

/// Between what a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds<T> {
    pub(crate) less: Option<T>,
    pub(crate) less_or_equal: Option<T>,
    pub(crate) greater: Option<T>,
    pub(crate) greater_or_equal: Option<T>,
}

impl<T: Copy> Bounds<T> {
    const NONE: Self = Self { less: None, less_or_equal: None, greater: None, greater_or_equal: None };

    fn compared(comparison: Comparison, value: T) -> Self {
        match comparison {
            Comparison::Less => Self { less: Some(value), ..Self::NONE },
            Comparison::LessOrEqual => Self { less_or_equal: Some(value), ..Self::NONE },
            Comparison::Greater => Self { greater: Some(value), ..Self::NONE },
            Comparison::GreaterOrEqual => Self { greater_or_equal: Some(value), ..Self::NONE },
        }
    }

    fn equal(value: T) -> Self {
        Self { less_or_equal: Some(value), greater_or_equal: Some(value), ..Self::NONE }
    }
}

/// What a query may find; `None` means everything.
pub(crate) fn clause(filter: Option<&Filter>, among: Option<&[ChunkId]>) -> Option<Clause> {
    let among = among.map(|among| Clause::Among(among.to_vec()));
    match (among, filter.map(condition)) {
        (Some(among), Some(condition)) => Some(Clause::All(vec![among, condition])),
        (among, condition) => among.or(condition),
    }
}

fn condition(filter: &Filter) -> Clause {
    match filter {
        Filter::And(parts) => Clause::All(parts.iter().map(condition).collect()),
        Filter::Or(parts) => any(parts.iter().map(condition).collect()),
        Filter::Not(inner) => Clause::Not(Box::new(condition(inner))),
        Filter::OneOf { field, values } => any(values.iter().map(|value| equals(field, value)).collect()),
        Filter::Contains { field, words } => contains(field, words),
        Filter::Number { field: field @ FilterField::Custom(_), comparison, value } => {
            Clause::Number { path: value_path(field), bounds: Bounds::compared(*comparison, *value) }
        }
        Filter::Number { .. } => Clause::Never,
        Filter::Time { comparison, value } => {
            Clause::Time { path: value_path(&FilterField::ModifiedAt), bounds: Bounds::compared(*comparison, *value) }
        }
        Filter::Exists(field @ (FilterField::Tags | FilterField::Custom(_))) => Clause::Present { path: value_path(field) },
        // Every document has these.
        Filter::Exists(_) => Clause::All(Vec::new()),
    }
}

fn equals(field: &FilterField, value: &FieldValue) -> Clause {
    match (field, value) {
        (FilterField::ModifiedAt, _) => Clause::Never,
        (_, FieldValue::List(texts)) => any(texts.iter().map(|text| equals(field, &FieldValue::Text(text.clone()))).collect()),
        (FilterField::Id, FieldValue::Text(text)) => match text.parse::<DocumentId>() {
            Ok(id) => Clause::Text { path: value_path(field), value: id.to_string() },
            Err(_) => Clause::Never,
        },
        (_, FieldValue::Text(text)) => Clause::Text { path: value_path(field), value: text.clone() },
        (FilterField::Custom(_), FieldValue::Boolean(flag)) => Clause::Flag { path: value_path(field), value: *flag },
        (FilterField::Custom(_), FieldValue::Number(number)) => Clause::Number { path: value_path(field), bounds: Bounds::equal(*number) },
        (_, FieldValue::Boolean(_) | FieldValue::Number(_)) => Clause::Never,
    }
}

fn contains(field: &FilterField, text: &str) -> Clause {
    let has = |word| words_path(field).map_or(Clause::Never, |path| Clause::Text { path, value: word });
    Clause::All(words(text).into_iter().map(has).collect())
}

/// Stores take an empty list of alternatives for "no condition"; here it means that nothing can hold.
fn any(clauses: Vec<Clause>) -> Clause {
    if clauses.is_empty() { Clause::Never } else { Clause::Any(clauses) }
}

/// Where a field's value is in the payload.
fn value_path(field: &FilterField) -> Vec<String> {
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
fn words_path(field: &FilterField) -> Option<Vec<String>> {
    match field {
        FilterField::Id | FilterField::ModifiedAt => None,
        FilterField::Source => Some(path(&["words", "source"])),
        FilterField::Title => Some(path(&["words", "title"])),
        FilterField::MediaType => Some(path(&["words", "media_type"])),
        FilterField::Language => Some(path(&["words", "language"])),
        FilterField::Tags => Some(path(&["words", "tags"])),
        FilterField::Custom(name) => Some(path(&["words", "fields", name])),
    }
}

fn path(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
