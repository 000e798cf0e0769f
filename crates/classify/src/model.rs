//! The methods: each turns what is known of a text into a score for each label.

mod centroids;
mod linear;
mod logistic;
mod neighbours;
mod objective;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub(crate) use centroids::centroids;
pub(crate) use linear::LinearModel;
pub use logistic::ClassWeights;
pub(crate) use logistic::{LogisticFit, fit_logistic};
pub(crate) use neighbours::Neighbours;

use crate::Features;

/// What labels examples have, by number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Targets {
    /// Of each example; one label each unless a text may have several.
    pub(crate) rows: Vec<Vec<usize>>,
    /// How many labels there are.
    pub(crate) labels: usize,
    /// Whether the labels of a text exclude each other.
    pub(crate) task: Task,
}

impl Targets {
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let chosen = rows.iter().filter_map(|row| self.rows.get(*row).cloned());
        Self { rows: chosen.collect(), labels: self.labels, task: self.task }
    }

    /// How many examples each label has.
    pub(crate) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.labels];
        for label in self.rows.iter().flatten() {
            if let Some(count) = counts.get_mut(*label) {
                *count += 1;
            }
        }
        counts
    }
}

/// Whether a text has one label or any number of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Exactly one.
    #[default]
    OneLabel,
    /// Any number, each decided by itself.
    ManyLabels,
}

/// What a classifier has learned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Model {
    /// A plane for each label: logistic regression, centroids, or the phrases of a label without examples.
    Linear(LinearModel),
    /// The examples themselves.
    Neighbours(Neighbours),
}

impl Model {
    /// A score for each text and label; higher is likelier.
    pub(crate) fn scores(&self, features: &Features) -> Array2<f32> {
        match self {
            Self::Linear(model) => model.scores(features),
            Self::Neighbours(model) => model.scores(features),
        }
    }
}

/// Scores as probabilities: of one label among all, or of each by itself.
pub(crate) fn probabilities(scores: &Array2<f32>, temperature: f32, task: Task) -> Array2<f32> {
    let mut probabilities = scores / temperature;
    match task {
        Task::ManyLabels => probabilities.mapv_inplace(|score| 1.0 / (1.0 + (-score).exp())),
        Task::OneLabel => {
            for mut row in probabilities.rows_mut() {
                let highest = row.fold(f32::NEG_INFINITY, |highest, score| highest.max(*score));
                row.mapv_inplace(|score| (score - highest).exp());
                let sum = row.sum();
                row.mapv_inplace(|weight| weight / sum);
            }
        }
    }
    probabilities
}
