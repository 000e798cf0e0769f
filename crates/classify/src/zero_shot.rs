//! Labels without examples: each is described in words, and a text belongs where its embedding is nearest.

use ndarray::{Array1, Array2};
use ragstone_core::Embedder;
use serde::{Deserialize, Serialize};

use crate::features::embed;
use crate::model::{LinearModel, Model, Task};
use crate::{Abstention, Classifier, ClassifierHead, ClassifyError, Method};

/// A label in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribedLabel {
    /// The label.
    pub label: String,
    /// What it means, or phrases that someone would use; without any, the label itself is taken.
    #[serde(default)]
    pub phrases: Vec<String>,
}

impl DescribedLabel {
    /// The phrases that say something; without any the name, `card_arrival` being read as `card arrival`.
    pub fn in_words(&self) -> Vec<String> {
        let given: Vec<String> = self.phrases.iter().filter(|phrase| !phrase.trim().is_empty()).cloned().collect();
        if given.is_empty() { vec![self.label.replace(['_', '-'], " ")] } else { given }
    }
}

/// What cosines are divided by to become probabilities: nothing is known that could calibrate them.
const TEMPERATURE: f32 = 0.05;

/// Where the phrase stands in a template.
const PLACE: &str = "{}";

/// Makes a classifier of descriptions. Each phrase is put into the template, if there is one; a label is the mean of its phrases.
pub async fn zero_shot(embedder: &dyn Embedder, labels: &[DescribedLabel], template: Option<&str>) -> ragstone_core::Result<Classifier> {
    if let [only] = labels {
        return Err(ClassifyError::OneLabel { label: only.label.clone(), examples: 0 }.into());
    }
    if labels.is_empty() {
        return Err(ClassifyError::NoExamples { left_out: 0 }.into());
    }
    let mut phrases = Vec::new();
    let mut owners = Vec::new();
    for (number, label) in labels.iter().enumerate() {
        for phrase in label.in_words() {
            phrases.push(template.map_or_else(|| phrase.clone(), |template| template.replace(PLACE, &phrase)));
            owners.push(number);
        }
    }
    let vectors = embed(embedder, &phrases).await?;
    let mut weights = Array2::zeros((vectors.ncols(), labels.len()));
    for (vector, owner) in vectors.rows().into_iter().zip(owners) {
        let mut column = weights.column_mut(owner);
        column += &vector;
    }
    for mut column in weights.columns_mut() {
        let norm = column.dot(&column).sqrt().max(f32::MIN_POSITIVE);
        column.mapv_inplace(|weight| weight / norm);
    }
    let head = ClassifierHead {
        labels: labels.iter().map(|label| label.label.clone()).collect(),
        task: Task::OneLabel,
        method: Method::ZeroShot,
        temperature: TEMPERATURE,
        abstention: Abstention { coverage: 1.0, ..Abstention::default() },
        embedding: embedder.spec().clone(),
        words: None,
        examples: 0,
        created_at: chrono::Utc::now(),
    };
    let model = Model::Linear(LinearModel { weights, intercept: Array1::zeros(labels.len()) });
    Ok(Classifier { head, model })
}
