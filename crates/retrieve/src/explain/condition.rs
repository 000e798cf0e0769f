//! Filters in the language they are written in, so that an explanation can name the condition that does not hold.

use ragstone_core::{Comparison, FieldValue, Filter, FilterField};

/// The conditions that all must hold.
pub(super) fn parts(filter: &Filter) -> Vec<&Filter> {
    match filter {
        Filter::And(parts) => parts.iter().flat_map(self::parts).collect(),
        other => vec![other],
    }
}

/// The condition, as it could be written.
pub(super) fn describe(filter: &Filter) -> String {
    let joined = |parts: &[Filter], word: &str| format!("({})", parts.iter().map(describe).collect::<Vec<_>>().join(word));
    match filter {
        Filter::And(parts) => joined(parts, " and "),
        Filter::Or(parts) => joined(parts, " or "),
        Filter::Not(inner) => format!("not {}", describe(inner)),
        Filter::OneOf { field, values } => match values.as_slice() {
            [single] => format!("{} = {}", name(field), value(single)),
            several => format!("{} in ({})", name(field), several.iter().map(value).collect::<Vec<_>>().join(", ")),
        },
        Filter::Contains { field, words } => format!("{} ~ {}", name(field), quoted(words)),
        Filter::Number { field, comparison, value } => format!("{} {} {value}", name(field), sign(*comparison)),
        Filter::Time { comparison, value } => format!("modified {} {}", sign(*comparison), value.format("%Y-%m-%dT%H:%M:%SZ")),
        Filter::Exists(field) => format!("exists {}", name(field)),
    }
}

fn name(field: &FilterField) -> String {
    match field {
        FilterField::Id => "id".to_owned(),
        FilterField::Source => "source".to_owned(),
        FilterField::Title => "title".to_owned(),
        FilterField::MediaType => "media_type".to_owned(),
        FilterField::Language => "language".to_owned(),
        FilterField::Tags => "tags".to_owned(),
        FilterField::ModifiedAt => "modified".to_owned(),
        FilterField::Custom(name) if is_plain(name) => format!("fields.{name}"),
        FilterField::Custom(name) => format!("fields.{}", quoted(name)),
    }
}

fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::Boolean(boolean) => boolean.to_string(),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Text(text) if is_plain(text) => text.clone(),
        FieldValue::Text(text) => quoted(text),
        FieldValue::List(texts) => format!("({})", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
    }
}

fn is_plain(text: &str) -> bool {
    text.starts_with(char::is_alphabetic) && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_filter;

    #[test]
    fn conditions_are_written_as_they_are_read() {
        let check = |text: &str| {
            let filter = parse_filter(text).unwrap();
            assert_eq!(describe(&filter), text);
        };
        check("tags = guide");
        check("tags in (guide, \"two words\")");
        check("not exists fields.owner");
        check("fields.\"review state\" = \"waiting for you\"");
        check("(source ~ \"draft\" or fields.year >= 2020)");
        check("modified >= 2026-01-01T00:00:00Z");
        let both = parse_filter("tags = a and (title ~ b and language = c)").unwrap();
        assert_eq!(parts(&both).into_iter().map(describe).collect::<Vec<_>>(), ["tags = a", "title ~ \"b\"", "language = c"]);
    }
}
