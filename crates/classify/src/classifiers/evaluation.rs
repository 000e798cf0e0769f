//! A classifier held against examples that it has not learned from.

use std::collections::BTreeMap;

use ndarray::Array2;
use ragstone_core::{Embedder, Result};
use serde::{Deserialize, Serialize};

use crate::abstain::{Judged, effect};
use crate::calibrate::{Calibration, best, calibration_of};
use crate::features::embed;
use crate::measure::{figures, given, same};
use crate::model::Targets;
use crate::{Abstention, Classifier, ClassifyError, Embedded, Examples, Figures, LeftOut, Mistake};

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evaluation {
    /// How often it is right, where it must answer.
    pub figures: Figures,
    /// How honest its probabilities are.
    pub calibration: Calibration,
    /// What its threshold does.
    pub abstention: Abstention,
    /// Labels that it does not know, and so cannot give; their examples count as wrong.
    pub unknown_labels: BTreeMap<String, usize>,
    /// What was left out, and why.
    pub left_out: Vec<LeftOut>,
    /// Where it was surest and wrong.
    pub mistakes: Vec<Mistake>,
}

/// A list of mistakes is for people.
const MOST_MISTAKES: usize = 50;

pub(super) async fn evaluate(
    classifier: &Classifier,
    embedder: &dyn Embedder,
    examples: Examples,
    out_of_scope: Vec<String>,
) -> Result<Evaluation> {
    let texts: Vec<String> = examples.examples.iter().map(|example| example.text.clone()).collect();
    let dense = embed(embedder, &texts).await?;
    let strangers = embed(embedder, &out_of_scope).await?;
    Ok(evaluate_embedded(classifier, examples, dense, Embedded { texts: out_of_scope, dense: strangers })?)
}

/// Holds a classifier against examples whose embeddings are there already, a row for each.
pub fn evaluate_embedded(
    classifier: &Classifier,
    examples: Examples,
    dense: Array2<f32>,
    out_of_scope: Embedded,
) -> Result<Evaluation, ClassifyError> {
    let Examples { examples, left_out } = examples;
    if examples.is_empty() {
        return Err(ClassifyError::NoExamples { left_out: left_out.len() });
    }
    let mut names = classifier.head.labels.clone();
    let known = names.len();
    let mut numbers: BTreeMap<String, usize> = names.iter().cloned().enumerate().map(|(number, label)| (label, number)).collect();
    let mut unknown_labels = BTreeMap::new();
    let mut rows = Vec::with_capacity(examples.len());
    for example in &examples {
        let mut row = Vec::new();
        for label in &example.labels {
            let number = *numbers.entry(label.clone()).or_insert_with(|| {
                names.push(label.clone());
                names.len() - 1
            });
            if number >= known {
                *unknown_labels.entry(label.clone()).or_default() += 1;
            }
            row.push(number);
        }
        rows.push(row);
    }
    let targets = Targets { rows, labels: names.len(), task: classifier.head.task };
    let texts: Vec<String> = examples.iter().map(|example| example.text.clone()).collect();
    let probabilities = classifier.probabilities(&texts, dense);
    let strangers = classifier.probabilities(&out_of_scope.texts, out_of_scope.dense);
    let strangers: Vec<f32> = strangers.rows().into_iter().filter_map(|row| Some(best(row)?.1)).collect();

    let mut judged = Vec::with_capacity(texts.len());
    let mut all_given = Vec::with_capacity(texts.len());
    let mut mistakes = Vec::new();
    for ((row, labels), example) in probabilities.rows().into_iter().zip(&targets.rows).zip(&examples) {
        let given = given(row, targets.task);
        let Some((likeliest, confidence)) = best(row) else { continue };
        judged.push(Judged { confidence, right: same(&given, labels) });
        if !labels.contains(&likeliest) {
            mistakes.push(Mistake {
                origin: example.origin.clone(),
                text: example.text.clone(),
                label: example.labels.join(", "),
                taken_for: names.get(likeliest).cloned().unwrap_or_default(),
                confidence,
            });
        }
        all_given.push(given);
    }
    mistakes.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
    mistakes.truncate(MOST_MISTAKES);
    Ok(Evaluation {
        figures: figures(&all_given, &targets, &names),
        calibration: calibration_of(&probabilities, &targets),
        abstention: effect(&judged, &strangers, classifier.head.abstention.threshold),
        unknown_labels,
        left_out,
        mistakes,
    })
}
