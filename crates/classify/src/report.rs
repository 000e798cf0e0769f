//! What is known of a classifier: how good it is, why it is this one, and what the examples are like.

mod page;

use serde::{Deserialize, Serialize};

pub use page::page;

use crate::{Abstention, Calibration, Figures, LeftOut, Method, Origin};

/// All figures are of held-out examples: each was predicted by a model that had not seen it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Report {
    /// What the examples are like.
    pub data: DataReport,
    /// Which method was chosen, and why.
    pub choice: Choice,
    /// What was tried, in order.
    pub tried: Vec<Tried>,
    /// How often it is right.
    pub figures: Figures,
    /// How honest its probabilities are.
    pub calibration: Calibration,
    /// How honest they were before they were calibrated.
    pub uncalibrated: Calibration,
    /// Where "none of these" begins.
    pub abstention: Abstention,
    /// Where it was surest and wrong.
    pub mistakes: Vec<Mistake>,
    /// Examples whose label is probably wrong, likeliest first.
    pub label_errors: Vec<Mistake>,
    /// Examples that say almost the same and have different labels.
    pub near_duplicates: Vec<Pair>,
    /// How accuracy grows with examples.
    pub learning_curve: LearningCurve,
    /// Where the time went.
    pub seconds: Seconds,
}

/// What the examples are like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DataReport {
    /// How many were learned from.
    pub examples: usize,
    /// How many labels they have.
    pub labels: usize,
    /// Texts that belong to no label, to set the threshold with.
    pub out_of_scope: usize,
    /// What was left out, and why.
    pub left_out: Vec<LeftOut>,
    /// How many examples repeat another one, label and all.
    pub duplicates: usize,
    /// The same text with different labels.
    pub conflicts: Vec<Pair>,
    /// Labels with too few examples to be learned well.
    pub small_labels: Vec<SmallLabel>,
}

/// A label with few examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SmallLabel {
    /// The label.
    pub label: String,
    /// How many it has.
    pub examples: usize,
}

/// A method and how well it did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tried {
    /// The method.
    pub method: Method,
    /// The share of held-out examples that it got right.
    pub accuracy: f64,
}

/// Why it is this method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Choice {
    /// What was chosen.
    pub method: Method,
    /// On how many folds it was compared.
    pub folds: usize,
    /// In words: by how much it won, and over what.
    pub reason: String,
}

impl Choice {
    pub(crate) fn new(method: Method, tried: &[Tried], folds: usize, examples: usize) -> Self {
        let accuracy = tried.iter().find(|one| one.method == method).map_or(0.0, |one| one.accuracy);
        let others = tried
            .iter()
            .filter(|one| std::mem::discriminant(&one.method) != std::mem::discriminant(&method) || other_words(&one.method, &method));
        let runner_up = others.max_by(|left, right| left.accuracy.total_cmp(&right.accuracy));
        let uncertainty = (accuracy * (1.0 - accuracy) / examples.max(1) as f64).sqrt();
        let reason = match runner_up {
            None => format!("it was asked for; {:.1} % of held-out examples are right", accuracy * 100.0),
            Some(other) if other.accuracy >= accuracy => format!(
                "{:.1} % of held-out examples are right, as many as with {}, which is tried later for being less simple",
                accuracy * 100.0,
                other.method
            ),
            Some(other) => {
                let ahead = accuracy - other.accuracy;
                let weight = if ahead < 2.0 * uncertainty { ", which chance can do too" } else { "" };
                format!(
                    "{:.1} % of held-out examples are right, {:.1} points more than with {}{weight}",
                    accuracy * 100.0,
                    ahead * 100.0,
                    other.method
                )
            }
        };
        Self { method, folds, reason }
    }
}

fn other_words(left: &Method, right: &Method) -> bool {
    matches!((left, right), (Method::Logistic { words: left, .. }, Method::Logistic { words: right, .. }) if left != right)
}

/// A held-out example that was taken for something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mistake {
    /// Where it was read.
    pub origin: Origin,
    /// The text.
    pub text: String,
    /// The label it has.
    pub label: String,
    /// What it was taken for.
    pub taken_for: String,
    /// With this probability.
    pub confidence: f32,
}

/// Two examples that are almost the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pair {
    /// The one.
    pub text: String,
    /// Its label.
    pub label: String,
    /// Where it was read.
    pub origin: Origin,
    /// The other.
    pub other_text: String,
    /// Its label.
    pub other_label: String,
    /// Where it was read.
    pub other_origin: Origin,
    /// The cosine of their embeddings.
    pub similarity: f32,
}

/// How accuracy grows with the number of examples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LearningCurve {
    /// From few to all.
    pub points: Vec<CurvePoint>,
    /// Whether more examples would help, in words.
    pub verdict: String,
}

/// One point of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CurvePoint {
    /// How many examples were learned from.
    pub examples: usize,
    /// The share of held-out examples that was right.
    pub accuracy: f64,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Seconds {
    /// Embedding the examples.
    pub embedding: f64,
    /// Trying the methods.
    pub choosing: f64,
    /// Fitting the chosen one to all examples.
    pub fitting: f64,
    /// Looking for mistakes and the like.
    pub inspecting: f64,
}
