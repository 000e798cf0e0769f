//! Which column of a record is what.

use std::str::FromStr;

use ragstone_core::FieldValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::SourceError;
use crate::markdown::parse_date;
use crate::source::RawDocument;

/// The columns of a record, where their names are not the usual ones. As text: `text=body,title=name,fields=author+year`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordMap {
    /// What identifies a record (`id`); without such a column, the line does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is read (`text`). Required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its title (`title`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its tags, a list or separated by commas (`tags`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Its date (`date`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The columns that become fields; without it, all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
}

impl FromStr for RecordMap {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let mut map = Self::default();
        for part in text.split(',').map(str::trim) {
            let mapping = || SourceError::Mapping { text: part.to_owned() };
            let (role, column) = part.split_once('=').filter(|(_, column)| !column.is_empty()).ok_or_else(mapping)?;
            let column = column.to_owned();
            match role {
                "id" => map.id = Some(column),
                "text" => map.text = Some(column),
                "title" => map.title = Some(column),
                "tags" => map.tags = Some(column),
                "date" => map.date = Some(column),
                "fields" => map.fields = Some(column.split('+').map(str::to_owned).collect()),
                _ => return Err(mapping()),
            }
        }
        Ok(map)
    }
}

impl RecordMap {
    /// Refuses a mapping of columns that a table does not have.
    pub(super) fn ensure_among(&self, columns: &[String]) -> Result<(), SourceError> {
        let named = [&self.id, &self.title, &self.tags, &self.date].into_iter().flatten();
        let wanted = named.chain(self.fields.iter().flatten()).map(String::as_str).chain([self.text_column()]);
        for column in wanted {
            if !columns.iter().any(|present| present == column) {
                return Err(SourceError::UnknownColumn { column: column.to_owned(), present: columns.join(", ") });
            }
        }
        Ok(())
    }

    pub(super) fn id_of(&self, line: u64, values: &Map<String, Value>) -> Result<String, SourceError> {
        match (values.get(self.id.as_deref().unwrap_or("id")).and_then(text_of), &self.id) {
            (Some(id), _) => Ok(id),
            (None, Some(column)) => Err(SourceError::NoColumn { line, column: column.clone() }),
            (None, None) => Ok(line.to_string()),
        }
    }

    pub(super) fn document(&self, source: &str, line: u64, mut values: Map<String, Value>) -> Result<RawDocument, SourceError> {
        let column = self.text_column();
        let text = values.remove(column).as_ref().and_then(text_of);
        let text = text.ok_or_else(|| SourceError::NoColumn { line, column: column.to_owned() })?;
        values.remove(self.id.as_deref().unwrap_or("id"));
        let title = values.remove(self.title.as_deref().unwrap_or("title")).as_ref().and_then(text_of);
        let tags = values.remove(self.tags.as_deref().unwrap_or("tags")).map(|tags| tags_of(&tags)).unwrap_or_default();
        let date_column = self.date.as_deref().unwrap_or("date");
        let date = match (values.get(date_column).and_then(text_of), &self.date) {
            (None, _) => None,
            (Some(text), column) => match (parse_date(&text), column) {
                (None, Some(column)) => return Err(SourceError::Date { line, column: column.clone(), value: text }),
                // A column that only happens to be called so stays a field.
                (None, None) => None,
                (date, _) => {
                    values.remove(date_column);
                    date
                }
            },
        };
        let is_wanted = |column: &String| self.fields.as_ref().is_none_or(|wanted| wanted.contains(column));
        let fields = values.into_iter().filter(|(column, _)| is_wanted(column));
        let fields = fields.filter_map(|(column, value)| Some((column, field_of(value)?))).collect();
        Ok(RawDocument { media_type: Some("text/plain".to_owned()), title, tags, fields, date, ..RawDocument::new(source, text) })
    }

    fn text_column(&self) -> &str {
        self.text.as_deref().unwrap_or("text")
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn tags_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(tags) => tags.iter().filter_map(text_of).collect(),
        Value::String(tags) => tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        _ => text_of(value).into_iter().collect(),
    }
}

fn field_of(value: Value) -> Option<FieldValue> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::Array(values) => Some(FieldValue::List(values.iter().filter_map(text_of).collect())),
        Value::Null | Value::Object(_) => None,
        value => serde_json::from_value(value).ok(),
    }
}
