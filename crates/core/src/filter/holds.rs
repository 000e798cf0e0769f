//! What a filter means for one document.

use std::cmp::Ordering;

use crate::{Comparison, DocumentHead, FieldValue, Filter, FilterField, words};

impl Filter {
    /// Whether this holds for a document: the meaning of filters, which every store's conformance suite compares it with.
    pub fn holds(&self, head: &DocumentHead) -> bool {
        holds(self, head)
    }
}

fn holds(filter: &Filter, head: &DocumentHead) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| holds(part, head)),
        Filter::Or(parts) => parts.iter().any(|part| holds(part, head)),
        Filter::Not(inner) => !holds(inner, head),
        Filter::OneOf { field, values } => values.iter().any(|value| equals(field, value, head)),
        Filter::Contains { field, words: wanted } => {
            let present = words(&text_of(field, head));
            words(wanted).iter().all(|word| present.contains(word))
        }
        Filter::Number { field: FilterField::Custom(name), comparison, value } => match head.fields.get(name) {
            Some(FieldValue::Number(number)) => number.partial_cmp(value).is_some_and(|order| compares(*comparison, order)),
            _ => false,
        },
        Filter::Number { .. } => false,
        // Stores keep times in microseconds.
        Filter::Time { comparison, value } => compares(*comparison, head.modified_at.timestamp_micros().cmp(&value.timestamp_micros())),
        Filter::Exists(FilterField::Tags) => !head.tags.is_empty(),
        Filter::Exists(FilterField::Custom(name)) => match head.fields.get(name) {
            Some(FieldValue::List(texts)) => !texts.is_empty(),
            other => other.is_some(),
        },
        Filter::Exists(_) => true,
    }
}

fn equals(field: &FilterField, value: &FieldValue, head: &DocumentHead) -> bool {
    if let FieldValue::List(texts) = value {
        return texts.iter().any(|text| equals(field, &FieldValue::Text(text.clone()), head));
    }
    if let FilterField::Custom(name) = field {
        return match (head.fields.get(name), value) {
            (Some(FieldValue::List(texts)), FieldValue::Text(text)) => texts.contains(text),
            (found, value) => found == Some(value),
        };
    }
    let FieldValue::Text(text) = value else {
        return false;
    };
    match field {
        FilterField::Id => text.parse().is_ok_and(|id| head.id == id),
        FilterField::Source => &head.source == text,
        FilterField::Title => &head.title == text,
        FilterField::MediaType => &head.media_type == text,
        FilterField::Language => head.language.as_str() == text,
        FilterField::Tags => head.tags.contains(text),
        FilterField::ModifiedAt | FilterField::Custom(_) => false,
    }
}

/// Ids and times have no words; a list's words are those of all its members.
fn text_of(field: &FilterField, head: &DocumentHead) -> String {
    match field {
        FilterField::Id | FilterField::ModifiedAt => String::new(),
        FilterField::Source => head.source.clone(),
        FilterField::Title => head.title.clone(),
        FilterField::MediaType => head.media_type.clone(),
        FilterField::Language => head.language.as_str().to_owned(),
        FilterField::Tags => head.tags.join(" "),
        FilterField::Custom(name) => match head.fields.get(name) {
            Some(FieldValue::Text(text)) => text.clone(),
            Some(FieldValue::List(texts)) => texts.join(" "),
            _ => String::new(),
        },
    }
}

fn compares(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
