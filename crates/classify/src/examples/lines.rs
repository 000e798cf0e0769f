//! JSON lines.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Columns, Example, Examples, Origin};
use crate::ClassifyError;

pub(super) fn examples(path: &Path, text: &str, columns: &Columns) -> Result<Examples, ClassifyError> {
    let mut examples = Examples::default();
    for (origin, object) in objects(path, text) {
        let object = object?;
        let text = string(&object, &columns.text, &origin)?;
        let labels = match object.get(&columns.label).or_else(|| object.get("labels")) {
            Some(value) => labels(value, columns).ok_or_else(|| shape(&origin, "the label is neither a text nor a list of texts"))?,
            None => return Err(shape(&origin, "there is no label: expected an object such as {\"text\": \"…\", \"label\": \"…\"}")),
        };
        examples.push(Example { text, labels, origin });
    }
    Ok(examples)
}

/// Every line that has something in it, with its number.
fn objects<'text>(path: &Path, text: &'text str) -> impl Iterator<Item = (Origin, Result<Map<String, Value>, ClassifyError>)> + 'text {
    let file = path.display().to_string();
    let filled = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    filled.map(move |(index, line)| {
        let origin = Origin { file: file.clone(), line: index as u64 + 1 };
        let object = serde_json::from_str(line).map_err(|source| ClassifyError::NotJson { origin: origin.clone(), source });
        (origin, object)
    })
}

fn string(object: &Map<String, Value>, key: &str, origin: &Origin) -> Result<String, ClassifyError> {
    match object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(shape(origin, "the text is no string")),
        None => Err(shape(origin, "there is no text: expected an object such as {\"text\": \"…\", \"label\": \"…\"}, or name another key")),
    }
}

fn labels(value: &Value, columns: &Columns) -> Option<Vec<String>> {
    match value {
        Value::String(label) => Some(super::delimited::split(label, columns.separator.as_deref())),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Bool(truth) => Some(vec![truth.to_string()]),
        Value::Null => Some(Vec::new()),
        Value::Array(values) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        Value::Object(_) => None,
    }
}

fn shape(origin: &Origin, problem: &'static str) -> ClassifyError {
    ClassifyError::Shape { origin: origin.clone(), problem }
}
