//! The words of `ragstone eval`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use ragstone_core::CollectionName;

use super::Mode;

/// `ragstone eval DATA` is `ragstone eval run DATA`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Eval {
    #[command(subcommand)]
    pub(crate) command: Option<EvalCommand>,
    #[command(flatten)]
    pub(crate) run: EvalRun,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Measure search, and answers if wanted, on questions with known answers
    Run(EvalRun),
    /// Measure several configurations on the same questions and say how they differ
    Compare(EvalCompare),
    /// Look for better search settings on a part of the questions, and report what they do on the rest
    Tune(EvalTune),
    /// Propose a file of questions from a collection, to be edited
    Draft(EvalDraft),
    /// Measure a run that another program made: TREC files, nothing is searched
    Score(EvalScore),
    /// Measure how chunks fit what questions ask for, beside chunks of fixed size
    Chunking(EvalChunking),
}

#[derive(Debug, Args)]
pub(crate) struct EvalData {
    /// A file of questions (JSON lines) about a collection, or a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv
    // Optional only because a subcommand may stand in its place.
    #[arg(required = true, value_name = "DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The collection that a file of questions is about
    #[arg(long, short, default_value = "default", value_name = "NAME")]
    pub(crate) collection: CollectionName,
    /// Judgements to use instead of the folder's qrels/test.tsv
    #[arg(long, value_name = "FILE")]
    pub(crate) qrels: Option<PathBuf>,
    /// Which legs to use
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub(crate) mode: Mode,
    /// Split the documents of a folder as an ingest would; without it each is one chunk, as published figures have it
    #[arg(long)]
    pub(crate) split: bool,
    /// Keep a folder's vectors here, so that measuring again takes seconds; without it they are thrown away
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
    /// Find so many passages for a question; otherwise 100, and 500 with `--split`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) depth: Option<u16>,
    /// Answer the questions too, and measure answers and citations
    #[arg(long)]
    pub(crate) answers: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvalOutput {
    /// Write a report to this file: .html, .md or .json; may be repeated
    #[arg(long = "report", value_name = "FILE")]
    pub(crate) reports: Vec<PathBuf>,
    /// Exit with 3 if a measure is lower than this, such as `ndcg@10=0.70`; may be repeated
    #[arg(long = "fail-under", value_name = "MEASURE=FIGURE")]
    pub(crate) fail_under: Vec<Floor>,
}

#[derive(Debug, Args)]
pub(crate) struct EvalRun {
    #[command(flatten)]
    pub(crate) data: EvalData,
    #[command(flatten)]
    pub(crate) output: EvalOutput,
    /// Write what was found, in TREC's format
    #[arg(long, value_name = "FILE")]
    pub(crate) save_run: Option<PathBuf>,
    /// Write what is relevant, in TREC's format
    #[arg(long, value_name = "FILE")]
    pub(crate) save_qrels: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvalCompare {
    /// Configuration files, two or more, each laid over the defaults; `defaults` means no file. The others are compared with the first
    #[arg(required = true, num_args = 2.., value_name = "CONFIG")]
    pub(crate) configurations: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: EvalData,
    #[command(flatten)]
    pub(crate) output: EvalOutput,
    /// The measure by which questions are won and lost
    #[arg(long, default_value = "ndcg@10", value_name = "MEASURE")]
    pub(crate) metric: String,
    /// Write the plot of quality against latency to this file, as SVG
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvalTune {
    #[command(flatten)]
    pub(crate) data: EvalData,
    #[command(flatten)]
    pub(crate) output: EvalOutput,
    /// The measure to be raised
    #[arg(long, default_value = "ndcg@10", value_name = "MEASURE")]
    pub(crate) metric: String,
    /// The share of the questions that settings are chosen on; the report is of the others
    #[arg(long, default_value_t = 0.5, value_name = "SHARE")]
    pub(crate) train: f64,
    /// Which questions these are follows from this number
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub(crate) seed: u64,
    /// Chunk sizes to try, in tokens, such as `128,256,512`; each takes an ingest of all documents
    #[arg(long, value_delimiter = ',', value_name = "N,…")]
    pub(crate) chunk_tokens: Vec<usize>,
    /// Write the settings to the collection, if they are surely better on the questions that they were not chosen on
    #[arg(long)]
    pub(crate) apply: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvalDraft {
    /// The collection
    #[arg(value_name = "COLLECTION", default_value = "default")]
    pub(crate) collection: CollectionName,
    /// So many questions
    #[arg(short = 'n', long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) number: u32,
    /// Write them to this file; without it, to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Another number gives other questions
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub(crate) seed: u64,
    /// Ask no model, even where one is configured
    #[arg(long)]
    pub(crate) without_model: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvalScore {
    /// What was found: query, Q0, document, rank, score, name
    #[arg(long, value_name = "FILE")]
    pub(crate) run: PathBuf,
    /// What is relevant: query, 0, document, relevance; or BEIR's query, document, relevance
    #[arg(long, value_name = "FILE")]
    pub(crate) qrels: PathBuf,
    #[command(flatten)]
    pub(crate) output: EvalOutput,
}

#[derive(Debug, Args)]
pub(crate) struct EvalChunking {
    /// The folder with questions.jsonl and corpora/
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Settings of `[chunk]` to measure besides the configured ones, such as `max_tokens=200`, several with commas; may be repeated
    #[arg(long = "chunk", value_name = "KEY=VALUE,…")]
    pub(crate) chunks: Vec<String>,
    /// Sizes of the fixed chunks to compare with, in tokens
    #[arg(long, value_delimiter = ',', default_values_t = [200, 400, 800], value_name = "N,…")]
    pub(crate) fixed: Vec<usize>,
    /// Which legs to use
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub(crate) mode: Mode,
    #[command(flatten)]
    pub(crate) output: EvalOutput,
}

/// What is asked of a measure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Floor {
    pub(crate) measure: String,
    pub(crate) figure: f64,
}

impl FromStr for Floor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("`{text}` is no measure and figure: write, for example, `ndcg@10=0.70`");
        let (measure, figure) = text.split_once('=').ok_or_else(expected)?;
        let figure: f64 = figure.trim().parse().map_err(|_| expected())?;
        if measure.trim().is_empty() || !figure.is_finite() {
            return Err(expected());
        }
        Ok(Self { measure: measure.trim().to_owned(), figure })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn eval(arguments: &[&str]) -> Result<Eval, clap::Error> {
        let parsed = Arguments::try_parse_from([&["ragstone", "eval"], arguments].concat())?;
        let Some(Command::Eval(eval)) = parsed.command else { panic!("{arguments:?}") };
        Ok(*eval)
    }

    #[test]
    fn run_may_be_left_out() {
        let short = eval(&["sets/scifact", "--mode", "dense"]).unwrap();
        assert!(short.command.is_none());
        assert_eq!(short.run.data.data.as_deref(), Some("sets/scifact".as_ref()));
        let Some(EvalCommand::Run(run)) = eval(&["run", "questions.jsonl", "-c", "docs"]).unwrap().command else { panic!() };
        assert_eq!((run.data.data, run.data.collection.as_str()), (Some("questions.jsonl".into()), "docs"));
        assert!(eval(&[]).is_err());
    }

    #[test]
    fn the_last_operand_of_compare_is_the_data() {
        let Some(EvalCommand::Compare(compare)) = eval(&["compare", "a.toml", "b.toml", "c.toml", "questions.jsonl"]).unwrap().command
        else {
            panic!()
        };
        assert_eq!((compare.configurations.len(), compare.data.data), (3, Some("questions.jsonl".into())));
        assert!(eval(&["compare", "a.toml", "questions.jsonl"]).is_err());
    }

    #[test]
    fn floors() {
        assert_eq!("ndcg@10 = 0.7".parse(), Ok(Floor { measure: "ndcg@10".to_owned(), figure: 0.7 }));
        for wrong in ["ndcg@10", "=0.7", "ndcg@10=high", "ndcg@10=NaN"] {
            assert!(wrong.parse::<Floor>().is_err(), "{wrong}");
        }
    }
}
