//! A classifier that has been trained: its labels, its model, and what its probabilities mean.

use chrono::{DateTime, Utc};
use ndarray::{Array2, ArrayView1};
use ragstone_core::{Embedder, EmbeddingSpec};
use serde::{Deserialize, Serialize};

use crate::features::{Features, SparseRows, WordWeights, embed};
use crate::measure::GIVEN_FROM;
use crate::model::{Model, Task, probabilities};
use crate::{Abstention, ClassifyError, Method};

/// What a classifier is, without its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierHead {
    /// Its labels; their order is that of the model's columns.
    pub labels: Vec<String>,
    /// Whether a text has one label or several.
    pub task: Task,
    /// How it was trained.
    pub method: Method,
    /// What brings its scores to probabilities.
    pub temperature: f32,
    /// Where "none of these" begins.
    pub abstention: Abstention,
    /// The model whose vectors it reads.
    pub embedding: EmbeddingSpec,
    /// What it knows of words, if it uses them.
    pub words: Option<WordWeights>,
    /// How many examples it has learned from.
    pub examples: usize,
    /// When it was trained.
    pub created_at: DateTime<Utc>,
}

/// A classifier, ready to predict.
#[derive(Debug, Clone, PartialEq)]
pub struct Classifier {
    /// What it is.
    pub head: ClassifierHead,
    pub(crate) model: Model,
}

/// What a text is taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Prediction {
    /// The label, or several where a text may have several; empty means none of these.
    pub labels: Vec<String>,
    /// How sure that is, as a probability.
    pub confidence: f32,
    /// The likeliest labels with their probabilities, whether given or not.
    pub scores: Vec<LabelScore>,
}

/// A label and its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LabelScore {
    /// The label.
    pub label: String,
    /// From 0 to 1.
    pub score: f32,
}

impl Classifier {
    /// Refuses another embedding model than it was trained on; `name` is for the message.
    pub fn ensure_embedded_by(&self, name: &str, given: &EmbeddingSpec) -> Result<(), ClassifyError> {
        if &self.head.embedding == given {
            return Ok(());
        }
        let (trained, given) = (Box::new(self.head.embedding.clone()), Box::new(given.clone()));
        Err(ClassifyError::OtherModel { name: name.to_owned(), trained, given })
    }

    /// What texts are taken for, in their order, each with its `most` likeliest labels.
    pub async fn predict(&self, embedder: &dyn Embedder, texts: &[String], most: usize) -> ragstone_core::Result<Vec<Prediction>> {
        let dense = embed(embedder, texts).await?;
        Ok(self.predict_embedded(texts, dense, most))
    }

    /// The same where the embeddings are there already.
    pub fn predict_embedded(&self, texts: &[String], dense: Array2<f32>, most: usize) -> Vec<Prediction> {
        let probabilities = self.probabilities(texts, dense);
        probabilities.rows().into_iter().map(|row| self.prediction(row, most)).collect()
    }

    pub(crate) fn probabilities(&self, texts: &[String], dense: Array2<f32>) -> Array2<f32> {
        let words = self.head.words.as_ref().map_or_else(|| SparseRows::none(texts.len()), |weights| weights.weigh(texts));
        let scores = self.model.scores(&Features { dense, words });
        probabilities(&scores, self.head.temperature, self.head.task)
    }

    fn prediction(&self, row: ArrayView1<'_, f32>, most: usize) -> Prediction {
        let mut order: Vec<(usize, f32)> = row.iter().copied().enumerate().collect();
        order.sort_by(|left, right| right.1.total_cmp(&left.1));
        let confidence = order.first().map_or(0.0, |(_, probability)| *probability);
        let is_given = |place: usize, probability: f32| match self.head.task {
            Task::OneLabel => place == 0 && probability >= self.head.abstention.threshold,
            Task::ManyLabels => probability >= GIVEN_FROM.max(self.head.abstention.threshold),
        };
        let given = order.iter().enumerate().filter(|(place, (_, probability))| is_given(*place, *probability));
        Prediction {
            labels: given.map(|(_, (label, _))| self.label(*label)).collect(),
            confidence,
            scores: order.iter().take(most).map(|(label, score)| LabelScore { label: self.label(*label), score: *score }).collect(),
        }
    }

    fn label(&self, number: usize) -> String {
        self.head.labels.get(number).cloned().unwrap_or_default()
    }
}
