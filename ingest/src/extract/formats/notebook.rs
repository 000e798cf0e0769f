//! Jupyter notebooks: text, code and what the code has printed.

use ragstone_core::WarningCode;
use serde_json::Value;

use crate::extract::reading::Reading;
use crate::markdown::Outline;
use ragstone_markup::Blocks;

/// Of what one cell has printed, no more than this is kept.
const OUTPUT_BYTES: usize = 20_000;

pub(super) fn read(text: String) -> Reading {
    let notebook: Value = match serde_json::from_str(&text) {
        Ok(notebook) => notebook,
        Err(error) => {
            let mut reading = Reading::plain(text);
            reading.warn(WarningCode::Damaged, format!("the notebook is no valid JSON ({error}), and was read as plain text"));
            return reading;
        }
    };
    let text_at = |place: &str| notebook.pointer(place).and_then(Value::as_str);
    let language = text_at("/metadata/kernelspec/language").or(text_at("/metadata/language_info/name")).unwrap_or_default();
    let mut blocks = Blocks::default();
    // The third version of the format has sheets around its cells.
    let cells = ["/cells", "/worksheets/0/cells"].into_iter().find_map(|place| notebook.pointer(place));
    for cell in elements(cells) {
        write_cell(cell, language, &mut blocks);
    }
    let text = blocks.into_text();
    let title = text_at("/metadata/title").map(str::to_owned).or_else(|| Outline::of(&text, 0).first().map(str::to_owned));
    let mut reading = Reading { title, ..Reading::markdown(text) };
    let authors = elements(notebook.pointer("/metadata/authors")).filter_map(|author| author.get("name")?.as_str());
    reading.property("author", &authors.collect::<Vec<_>>().join(", "));
    reading
}

fn write_cell(cell: &Value, language: &str, blocks: &mut Blocks) {
    match cell.get("cell_type").and_then(Value::as_str) {
        Some("code") => {
            blocks.code(language, &joined(cell, &["/source", "/input"]));
            for output in elements(cell.get("outputs")) {
                let printed = printed(output);
                blocks.code("", printed.get(..printed.floor_char_boundary(OUTPUT_BYTES)).unwrap_or_default());
            }
        }
        Some("heading") => {
            let level = cell.get("level").and_then(Value::as_u64).and_then(|level| usize::try_from(level).ok()).unwrap_or(1);
            blocks.heading(level, &joined(cell, &["/source"]));
        }
        _ => blocks.markdown(joined(cell, &["/source"]).trim()),
    }
}

fn elements(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

/// The text, or the lines of one, at the first of these places where there is one.
fn joined(value: &Value, places: &[&str]) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => Some(lines.iter().filter_map(Value::as_str).collect()),
        _ => None,
    };
    places.iter().filter_map(|place| value.pointer(place)).find_map(text).unwrap_or_default()
}

/// What a cell has printed, if it is text.
fn printed(output: &Value) -> String {
    match output.get("output_type").and_then(Value::as_str) {
        Some("error" | "pyerr") => {
            let part = |name: &str| output.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("{}: {}", part("ename"), part("evalue"))
        }
        _ => joined(output, &["/text", "/data/text~1markdown", "/data/text~1plain"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_what_they_printed() {
        let text = r##"{"nbformat": 4, "metadata": {"kernelspec": {"language": "python"}, "authors": [{"name": "Ann"}]}, "cells": [
            {"cell_type": "markdown", "source": ["# Guide\n", "Text."]},
            {"cell_type": "code", "source": "print(1)", "outputs": [{"output_type": "stream", "text": ["1\n"]},
                {"output_type": "display_data", "data": {"image/png": "x"}}, {"output_type": "error", "ename": "E", "evalue": "bad"}]},
            {"cell_type": "code", "source": "", "outputs": []}]}"##;
        let reading = read(text.to_owned());
        assert_eq!(reading.title.as_deref(), Some("Guide"));
        assert_eq!(reading.text, "# Guide\nText.\n\n```python\nprint(1)\n```\n\n```\n1\n```\n\n```\nE: bad\n```");
        let old = r#"{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "Old"}, {"cell_type": "code", "input": "1", "outputs": []}]}]}"#;
        assert_eq!(read(old.to_owned()).text, "## Old\n\n```\n1\n```");
    }

    #[test]
    fn what_is_no_notebook() {
        let deep = format!("{{\"cells\": {}", "[".repeat(10_000));
        for text in ["{\"cells\": [", deep.as_str(), ""] {
            let reading = read(text.to_owned());
            assert_eq!((reading.text.as_str(), reading.warnings[0].code), (text, WarningCode::Damaged));
        }
        assert_eq!(read("{\"cells\": [1, {}, {\"cell_type\": 5}]}".to_owned()).text, "");
    }
}
