//! What is sent and received about classifiers.

use chrono::{DateTime, Utc};
use ragstone_classify::{Abstention, DescribedLabel, Example, Kept, LabelScore, LearnOptions, Method, Origin, Prediction, Report, Task};
use ragstone_core::EmbeddingSpec;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// All classifiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClassifierList {
    /// By name.
    pub classifiers: Vec<ClassifierSummary>,
}

/// A classifier, as it is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClassifierSummary {
    /// Its name.
    pub name: String,
    /// The version in force.
    pub version: u32,
    /// All versions, oldest first.
    pub versions: Vec<u32>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Whether a text has one label or several.
    pub task: Task,
    /// How it was trained.
    pub method: Method,
    /// How many examples it has learned from.
    pub examples: usize,
    /// Where "none of these" begins.
    pub abstention: Abstention,
    /// The model whose vectors it reads.
    pub embedding: EmbeddingSpec,
    /// When it was trained.
    pub created_at: DateTime<Utc>,
    /// Corrections that it has not learned from yet.
    pub open_corrections: usize,
}

impl From<Kept> for ClassifierSummary {
    fn from(kept: Kept) -> Self {
        let Kept { name, version, versions, head, open_corrections } = kept;
        Self {
            name: name.to_string(),
            version,
            versions,
            labels: head.labels,
            task: head.task,
            method: head.method,
            examples: head.examples,
            abstention: head.abstention,
            embedding: head.embedding,
            created_at: head.created_at,
            open_corrections,
        }
    }
}

/// A classifier and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClassifierDetail {
    /// What it is.
    #[serde(flatten)]
    pub summary: ClassifierSummary,
    /// How good it is, and why it is this one; nothing for one that has no examples.
    pub report: Option<Report>,
}

/// What a classifier is to learn from: examples, or descriptions of its labels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainBody {
    /// Texts with their labels.
    #[serde(default)]
    pub examples: Vec<LabelledText>,
    /// Texts that have none of the labels; they set the threshold for "none of these".
    #[serde(default)]
    pub out_of_scope: Vec<String>,
    /// Instead of examples: the labels in words.
    #[serde(default)]
    pub describe: Vec<DescribedLabel>,
    /// What a description is put into, such as `This text is about {}.`
    #[serde(default)]
    pub template: Option<String>,
    /// Whether the language model writes phrases for the labels, besides those that they have.
    #[serde(default)]
    pub with_model: bool,
    /// How.
    #[serde(default)]
    pub options: LearnOptions,
}

/// A text with its label, or its labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// Its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its labels, if it may have several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

impl LabelledText {
    /// As an example; `place` is its position in the request, from 1.
    pub(crate) fn into_example(self, place: u64) -> Example {
        let labels = self.label.into_iter().chain(self.labels).collect();
        Example { text: self.text, labels, origin: Origin { file: String::new(), line: place } }
    }
}

/// Texts to be labelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictBody {
    /// The texts, at most 1,000.
    pub texts: Vec<String>,
    /// How many of the likeliest labels each is returned with.
    #[serde(default = "default_top")]
    pub top: usize,
}

fn default_top() -> usize {
    5
}

/// What texts are taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PredictResponse {
    /// In the order of the texts.
    pub predictions: Vec<Prediction>,
}

/// What predictions should have been.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionsBody {
    /// Texts with the labels that they should have been given; without a label, none of the classifier's fits.
    pub corrections: Vec<LabelledText>,
}

/// Which version is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    /// The version; without it, that before the one in force.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Which classifier is asked, where a client of text-embeddings-inference cannot say it in the path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InferenceQuery {
    /// Its name; may be left out while there is only one.
    #[serde(default)]
    pub classifier: Option<String>,
}

/// A request as text-embeddings-inference takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InferenceBody {
    /// A text, or a list of texts.
    pub inputs: InferenceInputs,
    /// Taken and not looked at: long texts are always cut.
    #[serde(default)]
    pub truncate: Option<bool>,
    /// Taken and not looked at: scores are always probabilities.
    #[serde(default)]
    pub raw_scores: Option<bool>,
}

/// One text or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum InferenceInputs {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
    /// Several, each in a list of its own.
    Listed(Vec<[String; 1]>),
}

/// All labels with their probabilities, likeliest first; a list of such lists for a list of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum InferenceReply {
    /// Of one text.
    One(Vec<LabelScore>),
    /// Of several.
    Many(Vec<Vec<LabelScore>>),
}
