//! `ragstone classify …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use ragstone_classify::ClassifierName;
use ragstone_core::CollectionName;

#[derive(Debug, Subcommand)]
pub(crate) enum Classify {
    /// Learn labels from examples, or from descriptions of the labels
    Train(Box<Train>),
    /// Give texts their labels, one text a line, in order; files of any size
    Predict(Predict),
    /// Hold a classifier against examples that it has not learned from
    Evaluate(EvaluateClassifier),
    /// All classifiers
    List,
    /// One classifier: what it is and how good
    Show {
        /// Its name
        name: ClassifierName,
        /// Write its report to this file, as a page
        #[arg(long, value_name = "FILE.html")]
        report: Option<PathBuf>,
    },
    /// Delete a classifier with all its versions
    Delete {
        /// Its name
        name: ClassifierName,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Go back to the version before, or to a named one
    Rollback {
        /// Its name
        name: ClassifierName,
        /// The version
        version: Option<u32>,
    },
    /// Say which labels a text should have been given; the next training learns from it
    Correct {
        /// The classifier
        name: ClassifierName,
        /// The text
        text: String,
        /// Its labels; none if none of the classifier's fits
        labels: Vec<String>,
    },
    /// Train a classifier again, on its examples and all corrections
    Retrain {
        /// Its name
        name: ClassifierName,
    },
    /// Find groups in texts without labels, name them, and write a file of examples to start from
    Discover(Discover),
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    /// What the classifier is called
    pub(crate) name: ClassifierName,
    /// Examples: .csv, .tsv, .jsonl, or a folder with one folder of files for each label
    #[arg(value_name = "EXAMPLES", required_unless_present_any = ["collection", "describe"])]
    pub(crate) examples: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: ColumnNames,
    /// Learn from the documents of this collection; their labels are in `--by-field`
    #[arg(long, short, value_name = "NAME", requires = "by_field")]
    pub(crate) collection: Option<CollectionName>,
    /// The field of documents that is their label
    #[arg(long, value_name = "FIELD")]
    pub(crate) by_field: Option<String>,
    /// No examples: descriptions of the labels, one {"label": "…", "phrases": ["…"]} a line
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["examples", "collection"])]
    pub(crate) describe: Option<PathBuf>,
    /// What a description is put into, such as 'This text is about {}.'
    #[arg(long, value_name = "TEMPLATE", requires = "describe")]
    pub(crate) template: Option<String>,
    /// Have the configured language model write phrases for the labels, besides those that they have
    #[arg(long, requires = "describe")]
    pub(crate) with_model: bool,
    /// Texts that have none of the labels; they set the threshold for "none of these"
    #[arg(long, value_name = "FILE")]
    pub(crate) out_of_scope: Option<PathBuf>,
    /// Which methods are tried; the best on held-out examples is taken
    #[arg(long, value_enum, default_value_t = TryMethods::Best)]
    pub(crate) method: TryMethods,
    /// Logistic regression on embeddings with this C and no other method
    #[arg(long, value_name = "C", conflicts_with = "method")]
    pub(crate) freedom: Option<f64>,
    /// Let every label weigh the same, however many examples it has
    #[arg(long)]
    pub(crate) balanced: bool,
    #[command(flatten)]
    pub(crate) wanted: WantedAnswers,
    /// Write the report to this file, as a page
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct WantedAnswers {
    /// Answer only where this share of the answers is right, such as 0.95; the rest is "none of these"
    #[arg(long, value_name = "SHARE")]
    pub(crate) precision: Option<f64>,
    /// Answer at least this share of the texts
    #[arg(long, value_name = "SHARE")]
    pub(crate) coverage: Option<f64>,
    /// Refuse at least this share of the texts in `--out-of-scope`
    #[arg(long, value_name = "SHARE", requires = "out_of_scope")]
    pub(crate) out_of_scope_recall: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TryMethods {
    /// All of them
    Best,
    /// The mean of each label's examples
    Centroids,
    /// The nearest examples
    Neighbours,
    /// Logistic regression
    Logistic,
}

#[derive(Debug, Args)]
pub(crate) struct ColumnNames {
    /// The column or key with the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) text_column: String,
    /// The column or key with the label
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub(crate) label_column: String,
    /// What stands between several labels in one cell; without it a cell is one label
    #[arg(long, value_name = "SEPARATOR")]
    pub(crate) label_separator: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// The classifier
    pub(crate) name: ClassifierName,
    /// Texts: one a line, or .csv, .tsv, .jsonl; `-` is standard input
    #[arg(default_value = "-", value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// This text only
    #[arg(long, conflicts_with = "file")]
    pub(crate) text: Option<String>,
    /// The column or key with the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) text_column: String,
    /// Show so many of the likeliest labels
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) top: usize,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateClassifier {
    /// The classifier
    pub(crate) name: ClassifierName,
    /// Examples that it has not learned from
    #[arg(required = true, value_name = "EXAMPLES")]
    pub(crate) examples: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: ColumnNames,
    /// Texts that have none of the labels
    #[arg(long, value_name = "FILE")]
    pub(crate) out_of_scope: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// Texts: .txt with one a line, .csv, .tsv, .jsonl
    #[arg(value_name = "FILE", required_unless_present = "collection")]
    pub(crate) file: Option<PathBuf>,
    /// The documents of this collection
    #[arg(long, short, value_name = "NAME", conflicts_with = "file")]
    pub(crate) collection: Option<CollectionName>,
    /// The column or key with the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) text_column: String,
    /// Into how many groups; without it, as many as stand apart most clearly
    #[arg(long, value_name = "N")]
    pub(crate) groups: Option<usize>,
    /// Write all texts with the names of their groups to this file, to correct and to train on
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) write: Option<PathBuf>,
}
