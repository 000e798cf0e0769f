//! JSON and JSON lines: tables where all records are alike, else lines of `name: value` that read like text.

mod node;

use ragstone_core::WarningCode;

use self::node::Node;
use crate::extract::reading::Reading;
use ragstone_markup::Blocks;

/// Members that are the title of what they are in.
const TITLES: [&str; 4] = ["title", "name", "headline", "subject"];

/// Reads one value. What is no JSON is read as it is.
pub(super) fn read(text: String) -> Reading {
    match serde_json::from_str::<Node>(&text) {
        Ok(Node::List(items)) => records(items),
        Ok(node) => Reading { title: title(&node), ..Reading::plain(node.outline()) },
        Err(error) => {
            let mut reading = Reading::plain(text);
            reading.warn(WarningCode::Damaged, format!("is no valid JSON ({error}), and was read as plain text"));
            reading
        }
    }
}

/// Reads a value on each line, or a value after the other. Lines that are no JSON are kept as they are.
pub(super) fn read_lines(text: &str) -> Reading {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut broken = Vec::new();
    let mut nodes = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        nodes.push(serde_json::from_str(line).unwrap_or_else(|_| {
            broken.push(number + 1);
            Node::Text((*line).to_owned())
        }));
    }
    if !broken.is_empty()
        && let Ok(values) = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Node>, _>>()
    {
        return records(values);
    }
    let mut reading = records(nodes);
    if let Some(first) = broken.first() {
        let count = broken.len();
        reading
            .warn(WarningCode::Damaged, format!("{count} of its lines are no valid JSON, the first is line {first}: read as plain text"));
    }
    reading
}

fn records(nodes: Vec<Node>) -> Reading {
    if let Some(rows) = rows(&nodes) {
        let mut blocks = Blocks::default();
        blocks.table(&rows);
        return Reading::markdown(blocks.into_text());
    }
    let outlines: Vec<String> = nodes.iter().map(Node::outline).collect();
    let between = if nodes.iter().all(Node::is_scalar) { "\n" } else { "\n\n" };
    Reading::plain(outlines.join(between))
}

/// Records of the same members, none of which has members itself.
fn rows(nodes: &[Node]) -> Option<Vec<Vec<String>>> {
    let Some(Node::Members(first)) = nodes.first() else { return None };
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    if nodes.len() < 2 || names.len() < 2 {
        return None;
    }
    let mut rows = vec![names.iter().map(|name| (*name).to_owned()).collect()];
    for node in nodes {
        let Node::Members(members) = node else { return None };
        let is_alike =
            members.len() == names.len() && members.iter().zip(&names).all(|((name, value), known)| name == known && value.is_scalar());
        if !is_alike {
            return None;
        }
        rows.push(members.iter().map(|(_, value)| value.outline()).collect());
    }
    // A cell is one line: texts of several would lose their form.
    let is_short = |row: &Vec<String>| row.iter().all(|cell| cell.len() <= 500 && !cell.contains('\n'));
    rows.iter().all(is_short).then_some(rows)
}

fn title(node: &Node) -> Option<String> {
    let Node::Members(members) = node else { return None };
    TITLES.iter().find_map(|title| match members.iter().find(|(name, _)| name == title) {
        Some((_, Node::Text(text))) => Some(text.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let reading = read(text.to_owned());
        assert_eq!(reading.text, expected, "{text:?}");
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    }

    #[test]
    fn values_read_like_text() {
        check(
            r#"{"z": 1.50, "a": null, "tags": ["x", "y"], "in": {"b": true, "c": [{"d": 1}, {"d": "2\n3"}]}}"#,
            "z: 1.5\na:\ntags: x, y\nin:\n  b: true\n  c:\n    -\n      d: 1\n    -\n      d: 2\n        3",
        );
        check(r#"[{"a": 1, "b": "x"}, {"a": 2, "b": "y|z"}]"#, "| a | b |\n| --- | --- |\n| 1 | x |\n| 2 | y\\|z |");
        check(r#"[{"a": 1, "b": "x"}, {"b": 2}]"#, "a: 1\nb: x\n\nb: 2");
        check("[1, \"two\"]", "1\ntwo");
        check("\"text\"", "text");
        assert_eq!(read(r#"{"title": "Guide", "a": 1}"#.to_owned()).title.as_deref(), Some("Guide"));
    }

    #[test]
    fn broken_values_are_read_as_they_are() {
        let deep = "[".repeat(10_000);
        for text in ["{\"a\": [1,", "[1, 2", "{]", "1e999", deep.as_str()] {
            let reading = read(text.to_owned());
            assert_eq!((reading.text.as_str(), reading.warnings[0].code), (text, WarningCode::Damaged));
        }
    }

    #[test]
    fn a_broken_line_loses_no_other() {
        let reading = read_lines("{\"a\": 1}\n\n{\"b\":\n{\"a\": 2}\n");
        assert_eq!(reading.text, "a: 1\n\n{\"b\":\n\na: 2");
        assert!(reading.warnings[0].message.contains("line 2"), "{:?}", reading.warnings);
        assert_eq!(read_lines("{\"a\":\n1}\n{\"a\": 2}").text, "a: 1\n\na: 2", "a value may take several lines");
        assert_eq!(read_lines("{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": 4}").text, "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |");
    }
}
