//! The command line, as clap reads it; the words people see in `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ragstone_core::CollectionName;

/// What `ragstone` without arguments says.
pub(crate) const FIRST_STEPS: &str = "\
Ragstone answers questions over your own documents, on your own machine.

  ragstone ingest docs/            make a folder searchable (again to update it)
  ragstone ask \"your question\"     get an answer with its sources
  ragstone search \"your words\"     see the passages themselves

  ragstone serve                   offer the same over HTTP
  ragstone doctor                  see whether everything is in place
  ragstone --help                  see everything else";

#[derive(Debug, Parser)]
#[command(
    name = "ragstone",
    version,
    about = "Ask questions over your own documents, search them by meaning, serve both over HTTP",
    max_term_width = 110
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Read settings from this file; without it, from config.toml in the user's configuration folder, if there is one
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) config: Option<PathBuf>,
    /// Keep everything in this folder
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Everywhere")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Change one setting for this run, such as `--set chunk.max_tokens=200`; may be repeated
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", help_heading = "Everywhere")]
    pub(crate) set: Vec<String>,
    /// Talk to a running `ragstone serve` instead of opening the data folder
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    pub(crate) url: Option<String>,
    /// Print JSON, for programs
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Say more about what happens, on standard error
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make files and folders searchable; again to update them
    Ingest(Ingest),
    /// Find passages by meaning and by words
    Search(Search),
    /// Answer a question from the documents, with citations
    Ask(Ask),
    /// Offer everything over HTTP
    Serve(Serve),
    /// List (without more), show and delete collections
    Collections {
        #[command(subcommand)]
        command: Option<Collections>,
    },
    /// List (without more), show and delete documents
    Documents {
        #[command(subcommand)]
        command: Option<Documents>,
    },
    /// Measure retrieval on a question set in BEIR layout
    Eval(Eval),
    /// Compute all vectors of a collection again, from the texts that are kept
    Reindex(Target),
    /// See whether everything is in place, and what to do where it is not
    Doctor,
    /// Show the settings in force, or the commented defaults
    #[command(subcommand)]
    Config(Config),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The collection
    #[arg(long, short, default_value = "default", value_name = "NAME")]
    pub(crate) collection: CollectionName,
}

#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Files, folders (what .gitignore excludes is left out) or quoted patterns such as 'docs/**/*.md'
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Remove documents whose file is gone from these paths
    #[arg(long)]
    pub(crate) prune: bool,
    /// Give every document this tag; may be repeated. A later ingest without it takes it away
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Give every document this field, such as `--field team=search`; may be repeated. A later ingest without it takes it away
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
}

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
    /// Show how each passage was found: each leg's rank and score
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// What to look for
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) find: Find,
    /// How to look
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub(crate) mode: Mode,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The question
    pub(crate) question: String,
    #[command(flatten)]
    pub(crate) find: Find,
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

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Listen here instead of where `server.bind` says
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bind: Option<std::net::SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Collections {
    /// All collections, with their sizes
    List,
    /// One collection, with the model it belongs to
    Show {
        /// Its name
        name: CollectionName,
    },
    /// Delete a collection and everything in it
    Delete {
        /// Its name
        name: CollectionName,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Documents {
    /// The documents of a collection, by source
    List(ListDocuments),
    /// One document, with its chunks
    Show {
        /// Its id, or its source
        document: String,
        #[command(flatten)]
        target: Target,
    },
    /// Delete documents
    Delete {
        /// Their ids, or their sources
        #[arg(required = true)]
        documents: Vec<String>,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListDocuments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Leave out so many at the start
    #[arg(long, default_value_t = 0)]
    pub(crate) offset: u64,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// The folder with corpus.jsonl, queries.jsonl and qrels/test.tsv
    pub(crate) folder: PathBuf,
    /// Which leg to measure
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub(crate) mode: Mode,
    /// Split documents as an ingest would; without it each document is one chunk, as published figures have it
    #[arg(long)]
    pub(crate) split: bool,
    /// Keep the vectors in this folder, so that measuring again takes seconds; without it they are thrown away
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// The settings in force, from all sources
    Show,
    /// All settings with their defaults and what they mean
    Default,
}
