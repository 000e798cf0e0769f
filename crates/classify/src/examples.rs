//! Texts with their labels, and where each came from.

mod delimited;
mod folder;
mod lines;
mod quotes;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use delimited::Table;
pub use read::{Columns, read_examples, read_texts};
pub(crate) use read::{Format, format};

/// A longer line, or record of a table, is no text; reading it whole would take all memory.
pub(crate) const LONGEST_LINE: usize = 8 << 20;

/// A text and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Example {
    /// The text.
    pub text: String,
    /// Its labels; one, unless a text may have several.
    pub labels: Vec<String>,
    /// Where it was read.
    #[serde(default)]
    pub origin: Origin,
}

/// Where an example was read, for messages: a file and a line from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Origin {
    /// The file; empty for what came in a request.
    pub file: String,
    /// The line, or the position in a request, from 1; 0 for a file that is one example.
    pub line: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", line) => write!(formatter, "example {line}"),
            (file, 0) => write!(formatter, "`{file}`"),
            (file, line) => write!(formatter, "`{file}`, line {line}"),
        }
    }
}

/// Examples that can be learned from, and those that were left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examples {
    /// With a text and at least one label.
    pub examples: Vec<Example>,
    /// What has no text or no label; none is lost without being named.
    pub left_out: Vec<LeftOut>,
}

/// An entry that cannot be learned from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeftOut {
    /// Where it is.
    pub origin: Origin,
    /// What is missing.
    pub reason: String,
}

impl Examples {
    /// Takes an entry in, or notes why it cannot be taken.
    pub fn push(&mut self, example: Example) {
        let labels: Vec<String> =
            example.labels.iter().map(|label| label.trim()).filter(|label| !label.is_empty()).map(str::to_owned).collect();
        let reason = match (example.text.trim().is_empty(), labels.is_empty()) {
            (true, _) => "the text is empty",
            (false, true) => "the label is empty",
            (false, false) => return self.examples.push(Example { labels: without_repeats(labels), ..example }),
        };
        self.left_out.push(LeftOut { origin: example.origin, reason: reason.to_owned() });
    }

    /// Takes all of another set in.
    pub fn append(&mut self, other: Self) {
        self.examples.extend(other.examples);
        self.left_out.extend(other.left_out);
    }

    /// How many examples each label has.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for label in self.examples.iter().flat_map(|example| &example.labels) {
            *counts.entry(label.as_str()).or_default() += 1;
        }
        counts
    }

    /// Whether some text has several labels.
    pub fn is_multi_label(&self) -> bool {
        self.examples.iter().any(|example| example.labels.len() > 1)
    }
}

fn without_repeats(labels: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(labels.len());
    for label in labels {
        if !kept.contains(&label) {
            kept.push(label);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(text: &str, labels: &[&str]) -> Example {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Example { text: text.to_owned(), labels, origin: Origin { file: "a.csv".to_owned(), line: 7 } }
    }

    #[test]
    fn what_cannot_be_learned_from_is_named() {
        let mut examples = Examples::default();
        examples.push(example("fine", &[" a ", "a", "b"]));
        examples.push(example("  ", &["a"]));
        examples.push(example("no label", &["", " "]));
        assert_eq!(examples.examples[0].labels, ["a", "b"]);
        let reasons: Vec<_> = examples.left_out.iter().map(|left| format!("{}: {}", left.origin, left.reason)).collect();
        assert_eq!(reasons, ["`a.csv`, line 7: the text is empty", "`a.csv`, line 7: the label is empty"]);
        assert!(examples.is_multi_label());
        assert_eq!(examples.counts(), BTreeMap::from([("a", 1), ("b", 1)]));
    }
}
