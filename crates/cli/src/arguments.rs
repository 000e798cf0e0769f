//! The command line, as clap reads it; the words people see in `--help`.

mod classify;
mod eval;
mod finding;
mod moving;
mod options;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ragstone_core::{CollectionName, JobId};
use ragstone_ingest::RecordMap;

pub(crate) use classify::{Classify, ColumnNames, Discover, EvaluateClassifier, Predict, Train, TryMethods, WantedAnswers};
pub(crate) use eval::{Eval, EvalChunking, EvalCommand, EvalCompare, EvalData, EvalDraft, EvalOutput, EvalRun, EvalScore, EvalTune, Floor};
pub(crate) use finding::{Ask, Explain, Helped, Mode, Search};
pub(crate) use moving::{Export, Import, Migrate, Side};
pub(crate) use options::{Assignment, SearchOptions};

/// What `ragstone` without arguments says.
pub(crate) const FIRST_STEPS: &str = "\
Ragstone answers questions over your own documents, on your own machine.

  ragstone ingest docs/            make a folder searchable (again to update it)
  ragstone ask \"your question\"     get an answer with its sources
  ragstone search \"your words\"     see the passages themselves

  ragstone classify --help         give texts labels
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
    /// Say why a search does not show a document
    Explain(Explain),
    /// Answer a question from the documents, with citations
    Ask(Ask),
    /// Give texts labels: learn from examples, predict, discover groups
    #[command(subcommand)]
    Classify(Classify),
    /// Offer everything over HTTP
    Serve(Serve),
    /// Run ingest jobs only, beside servers that share the store and the catalog
    Worker(Worker),
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
    /// List (without more), show, stop and go on with ingests
    Jobs {
        #[command(subcommand)]
        command: Option<JobCommand>,
    },
    /// Measure search and answers on questions with known answers; compare and tune settings
    Eval(Box<Eval>),
    /// Write a collection to Parquet files, with texts and vectors
    Export(Export),
    /// Read a collection from the files of an export
    Import(Import),
    /// Copy collections with their vectors between the data folder and the servers that `store.url` and `catalog.url` name
    Migrate(Migrate),
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
    /// Files, folders (what .gitignore excludes is left out), quoted patterns such as 'docs/**/*.md', `-` for standard input;
    /// or one page (https://…), repository (git+https://… or git+FOLDER) or bucket (s3://BUCKET/FOLDER)
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
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
    /// Write this classifier's label into a field of every document, such as `--classify topics` or `--classify topics:topic`
    #[arg(long = "classify", value_name = "NAME[:FIELD]")]
    pub(crate) classify: Vec<String>,
    /// What standard input is called, such as `notes.md`
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Which other pages of a site are read: those in its sitemap, or those that pages link to
    #[arg(long, value_enum, value_name = "PAGES")]
    pub(crate) follow: Option<FollowPages>,
    /// Ask a site for no more pages than this
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) max_pages: usize,
    /// The branch, tag or commit of a repository
    #[arg(long, value_name = "REVISION")]
    pub(crate) revision: Option<String>,
    /// Make each record of CSV, TSV and JSON-lines files a document, such as `--map text=body,title=name,tags=topic`
    #[arg(long, value_name = "WHAT=COLUMN,…")]
    pub(crate) map: Option<RecordMap>,
    /// Read and split everything and say what the ingest would do and take; nothing is stored
    #[arg(long, conflicts_with = "watch")]
    pub(crate) dry_run: bool,
    /// Stay and keep the collection in step with the files, until Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
    /// Only put the ingest into the queue, for a `ragstone worker` or the next server; each source is a job, whose id is printed
    #[arg(long, conflicts_with_all = ["watch", "dry_run", "classify", "url"])]
    pub(crate) queue: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FollowPages {
    /// The pages in the site's sitemap
    Sitemap,
    /// The pages below this one that it links to, and so on
    Links,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// The newest jobs
    List {
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
    /// One job, with what became of its documents
    Show {
        /// Its id
        id: JobId,
    },
    /// Stop a job; what it has stored stays
    Cancel {
        /// Its id
        id: JobId,
    },
    /// Go on with a job that was cut off, or run an ended one again: what is stored is left as it is
    Resume {
        /// Its id
        id: JobId,
    },
    /// The documents of a collection that could not be ingested, and why
    Failed {
        #[command(flatten)]
        target: Target,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u64,
    },
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "give an IP address and a port, such as 127.0.0.1:9000 or [::1]:9000")
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Listen here instead of where `server.bind` says
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) bind: Option<SocketAddr>,
    /// Leave the ingest jobs to others: `ragstone worker` runs them
    #[arg(long)]
    pub(crate) no_worker: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// Say here how the process is: /healthz, /readyz, /metrics
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) bind: Option<SocketAddr>,
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
    /// Show (without more) and change the embedding model of a collection, while it is searched
    Model {
        /// Its name
        name: CollectionName,
        #[command(subcommand)]
        command: Option<ModelCommand>,
    },
    /// Show how a collection is searched, and change it
    Settings {
        /// Its name
        name: CollectionName,
        /// Keep this setting of `[retrieve]` for the collection, such as `diversity=0.3`
        #[arg(value_name = "KEY=VALUE")]
        assignments: Vec<Assignment>,
        /// Forget what is kept for this setting; may be repeated
        #[arg(long, value_name = "KEY")]
        unset: Vec<String>,
    },
    /// Find out from where on passages of a collection are relevant to a question, and what that is expected to do wrong
    Calibrate {
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
pub(crate) enum ModelCommand {
    /// Compute the vectors of another model beside the present ones; again to go on where it was cut off
    Prepare {
        /// The folder of the other model
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Search with both models and show where they differ, and which is right where that is known
    Compare {
        /// A question a line, or JSON lines such as {"question": "…", "documents": ["handbook.pdf"]}
        questions: PathBuf,
        /// How to look
        #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
        mode: Mode,
    },
    /// Make the prepared model the one that is searched, in one step
    Switch,
    /// Make the former model the one that is searched again, in one step
    Back,
    /// Free the vectors of the model that is not searched
    Drop {
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
    /// How many documents have each value of a field, such as `tags` or `fields.team`
    Facets(Facets),
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
pub(crate) struct Facets {
    /// The fields, as filters write them
    #[arg(required = true, value_name = "FIELD")]
    pub(crate) fields: Vec<String>,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Only documents for which this holds, such as 'modified >= 2026-01-01'
    #[arg(long, short, value_name = "CONDITION")]
    pub(crate) filter: Option<String>,
    /// At most so many values of each field, the most frequent first
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) values: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// The settings in force, from all sources
    Show,
    /// All settings with their defaults and what they mean
    Default,
}
