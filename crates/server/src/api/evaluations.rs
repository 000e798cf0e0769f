//! Evaluations: questions with known answers, asked of a collection.

use chrono::{DateTime, Utc};
use ragstone_core::{CollectionName, JobId, JobState};
use ragstone_eval::{Question, Report};
use ragstone_retrieve::Mode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to evaluate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationBody {
    /// The collection that is asked.
    #[schema(value_type = String)]
    pub collection: CollectionName,
    /// From 1 to 2000 questions, with what answers them.
    pub questions: Vec<Question>,
    /// By meaning, by words, or both.
    #[serde(default)]
    pub mode: Mode,
    /// How many passages are found for a question, from 10 to 1000.
    #[serde(default = "default_depth")]
    #[schema(minimum = 10, maximum = 1000, default = 100)]
    pub depth: usize,
    /// Whether the questions are answered too, and answers and citations measured. With a language model that takes its time.
    #[serde(default)]
    pub answers: bool,
}

fn default_depth() -> usize {
    100
}

/// How far an evaluation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationStatus {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub id: JobId,
    /// The collection that is asked.
    #[schema(value_type = String)]
    pub collection: CollectionName,
    /// How far it is.
    pub state: JobState,
    /// How many questions there are.
    pub questions: usize,
    /// How many of them have been asked.
    pub asked: usize,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// An evaluation with its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationDetail {
    /// How far it is.
    #[serde(flatten)]
    pub status: EvaluationStatus,
    /// The figures, once it is done.
    pub report: Option<Report>,
}

/// The evaluations that this server knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationList {
    /// The newest first.
    pub evaluations: Vec<EvaluationStatus>,
}
