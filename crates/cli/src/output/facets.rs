//! Facets, as a person reads them.

use ragstone_core::FieldValue;
use ragstone_retrieve::Facet;

use super::table;
use super::terminal::{FAINT, STRONG, say};

/// Shows each field's values, the most frequent first.
pub(crate) fn show(facets: &[Facet]) {
    for (place, facet) in facets.iter().enumerate() {
        if place > 0 {
            say("");
        }
        say(format!("{STRONG}{}{STRONG:#}  {FAINT}{} values in {} documents{FAINT:#}", facet.field, facet.distinct, facet.documents));
        let rows: Vec<[String; 2]> = facet.values.iter().map(|value| [value.documents.to_string(), as_in_a_filter(&value.value)]).collect();
        if !rows.is_empty() {
            table::show(["Documents", "Value"], &rows);
        }
        let untold = facet.distinct - facet.values.len() as u64;
        if untold > 0 {
            say(format!("{FAINT}and {untold} less frequent values{FAINT:#}"));
        }
    }
}

/// A value as a filter has to write it.
fn as_in_a_filter(value: &FieldValue) -> String {
    match value {
        FieldValue::Boolean(flag) => flag.to_string(),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Text(text) if is_plain(text) => text.clone(),
        FieldValue::Text(text) => quoted(text),
        FieldValue::List(texts) => texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "),
    }
}

fn is_plain(text: &str) -> bool {
    let is_word = |letter: char| letter.is_alphabetic() || matches!(letter, '_' | '/' | '.');
    let is_keyword = matches!(text.to_lowercase().as_str(), "and" | "or" | "not" | "in" | "exists" | "true" | "false");
    !is_keyword && text.starts_with(is_word) && text.chars().all(|letter| is_word(letter) || letter.is_alphanumeric() || letter == '-')
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_a_filter_takes_them() {
        let check = |value: &str, expected: &str| {
            let written = as_in_a_filter(&FieldValue::Text(value.to_owned()));
            assert_eq!(written, expected);
            assert!(ragstone_retrieve::parse_filter(&format!("fields.x = {written}")).is_ok(), "{written}");
        };
        check("hr", "hr");
        check("2024", "\"2024\"");
        check("say \"hi\"", "\"say \\\"hi\\\"\"");
        check("true", "\"true\"");
        check("手册", "手册");
        assert_eq!(as_in_a_filter(&FieldValue::Number(2024.0)), "2024");
    }
}
