//! Front matter: what a Markdown file says about itself.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use ragstone_core::{FieldValue, Fields};
use yaml_serde::Value;

/// The YAML between `---` lines at the start of a file. What is not YAML is left as text.
#[derive(Debug, Default)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) date: Option<DateTime<Utc>>,
    pub(crate) fields: Fields,
    /// Where the text after it starts.
    pub(crate) end: usize,
}

impl FrontMatter {
    pub(crate) fn parse(text: &str) -> Self {
        let Some((yaml, end)) = split(text) else { return Self::default() };
        let Ok(Value::Mapping(entries)) = yaml_serde::from_str::<Value>(yaml) else { return Self::default() };
        let mut front_matter = Self { end, ..Self::default() };
        for (key, value) in entries {
            let Value::String(key) = key else { continue };
            front_matter.take(&key, &value);
        }
        front_matter
    }

    fn take(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("title", Value::String(title)) => self.title = Some(title.clone()),
            ("tags" | "keywords" | "categories", value) => self.tags.extend(texts(value)),
            ("date" | "updated" | "modified", Value::String(date)) => self.date = self.date.or_else(|| parse_date(date)),
            (key, value) => {
                if let Some(value) = field(value) {
                    self.fields.insert(key.to_owned(), value);
                }
            }
        }
    }
}

/// The YAML and where the text after it starts.
fn split(text: &str) -> Option<(&str, usize)> {
    let start = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let offset = text.len() - start.len();
    let mut position = offset;
    for line in start.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((text.get(offset..position)?, position + line.len()));
        }
        position += line.len();
    }
    None
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(list) => list.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect(),
        Value::Sequence(values) => values.iter().flat_map(texts).collect(),
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

fn field(value: &Value) -> Option<FieldValue> {
    match value {
        Value::Bool(value) => Some(FieldValue::Boolean(*value)),
        // Infinities cannot be kept or compared as numbers.
        Value::Number(number) => Some(match number.as_f64().filter(|value| value.is_finite()) {
            Some(value) => FieldValue::Number(value),
            None => FieldValue::Text(number.to_string()),
        }),
        Value::String(text) => Some(FieldValue::Text(text.clone())),
        Value::Sequence(_) => Some(FieldValue::List(texts(value))),
        _ => None,
    }
}

/// A date, or a date with a time, as ISO 8601 writes them.
pub(crate) fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    Some(date.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_that_is_none_is_text() {
        for text in ["---\nnot closed", "--- \nx", "---\n: : :\n\t- [\n---\n", "# A\n---\ntitle: x\n---\n", "---\n- a\n- b\n---\n"] {
            assert_eq!(FrontMatter::parse(text).end, 0, "{text:?}");
        }
    }

    #[test]
    fn numbers_without_a_value_are_texts() {
        let front_matter = FrontMatter::parse("---\nbudget: .inf\nshare: .nan\n---\n");
        assert_eq!(front_matter.fields.get("budget"), Some(&FieldValue::Text(".inf".to_owned())));
        assert_eq!(front_matter.fields.get("share"), Some(&FieldValue::Text(".nan".to_owned())));
    }
}
