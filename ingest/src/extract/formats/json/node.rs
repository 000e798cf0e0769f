//! A value of JSON whose members keep their order.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value, its scalars as text. How deep values lie in values is bounded by the parser.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Members(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Lines of `name: value`, indented by how deep they are.
    pub(super) fn outline(&self) -> String {
        let mut written = String::new();
        self.write(0, &mut written);
        written.truncate(written.trim_end().len());
        written
    }

    fn write(&self, depth: usize, written: &mut String) {
        let margin = "  ".repeat(depth);
        match self {
            Self::Text(text) => {
                let mut lines = text.lines();
                written.push_str(lines.next().unwrap_or_default());
                for line in lines {
                    written.push_str(&format!("\n{margin}{line}"));
                }
                written.push('\n');
            }
            Self::Members(members) => {
                for (name, value) in members {
                    let between = if value.is_on_its_own_lines() { "\n" } else { " " };
                    written.push_str(&format!("{margin}{name}:{between}"));
                    value.write(depth + 1, written);
                    trim_line(written);
                }
            }
            Self::List(items) if self.is_on_its_own_lines() => {
                for item in items {
                    let between = if item.is_on_its_own_lines() { "\n" } else { " " };
                    written.push_str(&format!("{margin}-{between}"));
                    item.write(depth + 1, written);
                    trim_line(written);
                }
            }
            Self::List(items) => {
                let texts: Vec<String> = items.iter().map(Self::outline).collect();
                written.push_str(&texts.join(", "));
                written.push('\n');
            }
        }
    }

    /// Anything but a text or a list of short ones.
    fn is_on_its_own_lines(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Members(members) => !members.is_empty(),
            Self::List(items) => items.iter().any(|item| match item {
                Self::Text(text) => text.contains('\n') || text.len() > 80,
                Self::List(_) | Self::Members(_) => true,
            }),
        }
    }
}

/// No space at the end of a line without a value.
fn trim_line(written: &mut String) {
    let end = written.trim_end_matches([' ', '\n']).len();
    written.truncate(end);
    written.push('\n');
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Text(String::new()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(member) = members.next_entry()? {
            map.push(member);
        }
        Ok(Node::Members(map))
    }
}
