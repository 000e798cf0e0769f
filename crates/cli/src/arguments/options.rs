//! Settings that are given on the command line for one search, or for a collection.

use clap::{Args, ValueEnum};
use ragstone_retrieve::Overrides;

#[derive(Debug, Args)]
#[command(next_help_heading = "Instead of the collection's settings")]
pub(crate) struct SearchOptions {
    /// How much is shown around what was found
    #[arg(long, value_enum)]
    pub(crate) expand: Option<Expand>,
    /// List documents with their best passages; --limit counts documents
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) group: Option<Group>,
    /// At most so many passages of one document
    #[arg(long, value_name = "N")]
    pub(crate) max_per_document: Option<usize>,
    /// How much likeness to better passages counts against a passage, 0 to 1
    #[arg(long, value_name = "SHARE")]
    pub(crate) diversity: Option<f32>,
    /// How many passages each leg puts forward
    #[arg(long, value_name = "N")]
    pub(crate) candidates: Option<usize>,
    /// Compare every vector, however large the collection is
    #[arg(long)]
    pub(crate) exact: bool,
    /// Any setting of `[retrieve]`, such as `--option fusion=rrf`; may be repeated
    #[arg(long = "option", value_name = "KEY=VALUE")]
    pub(crate) others: Vec<Assignment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expand {
    /// Nothing
    None,
    /// The chunks before and after it
    Neighbours,
    /// All under the same headings
    Section,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// Passages, wherever they come from
    None,
    /// Documents, each with its best passages
    Document,
}

/// `KEY=VALUE`; the value is JSON where it can be, otherwise a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assignment {
    pub(crate) key: String,
    pub(crate) value: serde_json::Value,
}

impl std::str::FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((key, value)) = text.split_once('=') else {
            return Err("there is no `=`: write KEY=VALUE".to_owned());
        };
        // As in a file: `retrieve.limit` and `limit` are the same setting.
        let key = key.trim().trim_start_matches("retrieve.").to_owned();
        let value = value.trim();
        Ok(Self { key, value: serde_json::from_str(value).unwrap_or_else(|_| value.into()) })
    }
}

impl SearchOptions {
    /// The settings that differ in this search.
    pub(crate) fn overrides(&self) -> Overrides {
        let mut overrides: Overrides = self.others.iter().map(|other| (other.key.clone(), other.value.clone())).collect();
        let mut set = |key: &str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                overrides.set(key, value);
            }
        };
        set("expand", self.expand.map(|expand| named(&expand)));
        set("group", self.group.map(|group| named(&group)));
        set("max_per_document", self.max_per_document.map(Into::into));
        set("diversity", self.diversity.map(|share| f64::from(share).into()));
        set("candidates", self.candidates.map(Into::into));
        set("exact", self.exact.then(|| true.into()));
        overrides
    }
}

/// A value as it is written on the command line.
fn named(value: &impl ValueEnum) -> serde_json::Value {
    value.to_possible_value().map(|value| value.get_name().to_owned()).into()
}
