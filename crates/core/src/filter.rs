//! What a filter says, independent of how it was written and of the store that applies it.

mod holds;

use chrono::{DateTime, Utc};

use crate::{DocumentId, FieldValue};

/// A condition on documents. The grammar that writes it is in `ragstone-retrieve`; stores translate it.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these hold.
    And(Vec<Filter>),
    /// At least one of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// The field equals one of the values; for a list (tags), one of its members does.
    OneOf {
        /// The field.
        field: FilterField,
        /// At least one value.
        values: Vec<FieldValue>,
    },
    /// The field's text contains these words, in any order.
    Contains {
        /// The field.
        field: FilterField,
        /// The words.
        words: String,
    },
    /// The numeric field compares so.
    Number {
        /// The field.
        field: FilterField,
        /// How.
        comparison: Comparison,
        /// With what.
        value: f64,
    },
    /// The time compares so.
    Time {
        /// How.
        comparison: Comparison,
        /// With when.
        value: DateTime<Utc>,
    },
    /// The document has this field at all.
    Exists(FilterField),
}

impl Filter {
    /// Holds for these documents.
    pub fn of_documents(documents: &[DocumentId]) -> Self {
        let values = documents.iter().map(|document| FieldValue::Text(document.to_string())).collect();
        Self::OneOf { field: FilterField::Id, values }
    }
}

/// What can be filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FilterField {
    /// The document's id.
    Id,
    /// Where it came from.
    Source,
    /// Its title.
    Title,
    /// Its media type.
    MediaType,
    /// Its language.
    Language,
    /// Its tags.
    Tags,
    /// When its source last changed; used by [`Filter::Time`] and [`Filter::Exists`].
    ModifiedAt,
    /// A custom field, by name.
    Custom(String),
}

/// An order between a field and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}
