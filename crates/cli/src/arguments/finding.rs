//! The words of `ragstone search`, `ragstone explain` and `ragstone ask`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{SearchOptions, Target};

#[derive(Debug, Args)]
pub(crate) struct Find {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Only documents for which this holds, such as 'tags in (hr, legal) and modified >= 2026-01-01'
    #[arg(long, short, value_name = "CONDITION")]
    pub(crate) filter: Option<String>,
    /// At most so many passages
    #[arg(long, short, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Show how each passage was found, and why others were not taken
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) options: SearchOptions,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// What to look for
    pub(crate) query: String,
    /// How to look
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub(crate) mode: Mode,
    /// While the collection has two models: go by its own, or by the other one
    #[arg(long, value_enum, default_value_t = WhichModel::Current)]
    pub(crate) model: WhichModel,
    /// Count the values of this field, such as `tags`, over all documents for which the filter holds; may be repeated
    #[arg(long = "facet", value_name = "FIELD")]
    pub(crate) facets: Vec<String>,
    #[command(flatten)]
    pub(crate) find: Find,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhichModel {
    /// The collection's own
    Current,
    /// The one that was prepared, or used before
    Other,
}

impl From<WhichModel> for ragstone_retrieve::WhichModel {
    fn from(model: WhichModel) -> Self {
        match model {
            WhichModel::Current => Self::Current,
            WhichModel::Other => Self::Other,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The document that is missed, by its id or its source
    #[arg(long, value_name = "DOCUMENT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) why_not: String,
    #[command(flatten)]
    pub(crate) search: Search,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The question
    pub(crate) question: String,
    #[command(flatten)]
    pub(crate) find: Find,
    #[command(flatten)]
    pub(crate) helped: Helped,
}

/// What a language model does for a question besides answering it; without a flag, as the settings say.
#[derive(Debug, Args)]
#[command(next_help_heading = "With a language model")]
pub(crate) struct Helped {
    /// Understand the question as the next of the conversation in this file; it and its answer are added to the file
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Search in so many other wordings too, at most 8
    #[arg(long, value_name = "N")]
    pub(crate) queries: Option<usize>,
    /// Search for passages that are like a made-up answer too
    #[arg(long)]
    pub(crate) hypothetical: bool,
    /// Search for the parts of the question too
    #[arg(long)]
    pub(crate) decompose: bool,
    /// What the question may be answered from; otherwise as `generate.policy` says
    #[arg(long, value_enum)]
    pub(crate) policy: Option<Policy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Policy {
    /// Relevant passages; without any, nothing is found
    Strict,
    /// Relevant passages; without any, what the model knows, marked as such
    PreferCorpus,
    /// Relevant passages and what the model knows
    Open,
}

impl From<Policy> for ragstone_generate::Policy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Strict => Self::Strict,
            Policy::PreferCorpus => Self::PreferCorpus,
            Policy::Open => Self::Open,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// By meaning and by words, fused
    Hybrid,
    /// By meaning only
    Dense,
    /// By words only (BM25)
    Lexical,
}

impl From<Mode> for ragstone_retrieve::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Hybrid => Self::Hybrid,
            Mode::Dense => Self::Dense,
            Mode::Lexical => Self::Lexical,
        }
    }
}
