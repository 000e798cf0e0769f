//! What the examples are like, and which of them someone should look at.

mod curve;
mod duplicates;

use ndarray::Array2;

pub(crate) use curve::{Chosen, learning_curve};
pub(crate) use duplicates::near_duplicates;

use crate::calibrate::best;
use crate::learn::TrainingSet;
use crate::model::Task;
use crate::report::{DataReport, Mistake, SmallLabel};

/// A list in a report is for people.
const MOST_LISTED: usize = 50;

/// With fewer examples than this a label is learned badly.
const FEW: usize = 8;

/// Counts, repeats and contradictions.
pub(crate) fn data(set: &TrainingSet) -> DataReport {
    let repeats = duplicates::repeats(set);
    let counts = set.targets().counts();
    let small = counts.iter().enumerate().filter(|(_, count)| **count < FEW);
    DataReport {
        examples: set.texts.len(),
        labels: set.labels.len(),
        out_of_scope: set.out_of_scope.texts.len(),
        left_out: set.left_out.clone(),
        duplicates: repeats.duplicates,
        conflicts: repeats.conflicts,
        small_labels: small.map(|(label, count)| SmallLabel { label: set.label(label), examples: *count }).collect(),
    }
}

/// The mistakes on held-out examples, surest first.
pub(crate) fn mistakes(set: &TrainingSet, held_out: &Array2<f32>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (row, probabilities) in held_out.rows().into_iter().enumerate() {
        let Some((label, confidence)) = best(probabilities) else { continue };
        let own = set.targets().rows.get(row).map(Vec::as_slice).unwrap_or_default();
        if !own.contains(&label) {
            mistakes.extend(mistake(set, row, label, confidence));
        }
    }
    first(mistakes)
}

/// Examples whose label is probably wrong, by confident learning: another label is likelier than an example that has it
/// usually is to the model, and the example's own label is less likely than usual for it.
pub(crate) fn label_errors(set: &TrainingSet, held_out: &Array2<f32>) -> Vec<Mistake> {
    if set.targets().task == Task::ManyLabels {
        return Vec::new();
    }
    let usual = usual_confidence(set, held_out);
    let mut errors = Vec::new();
    for (row, probabilities) in held_out.rows().into_iter().enumerate() {
        let Some(own) = set.targets().rows.get(row).and_then(|labels| labels.first()) else { continue };
        let confident = probabilities.iter().zip(&usual).enumerate().filter(|(_, (probability, usual))| probability >= usual);
        let likeliest = confident.max_by(|left, right| left.1.0.total_cmp(right.1.0));
        if let Some((label, (probability, _))) = likeliest.filter(|(label, _)| label != own) {
            errors.extend(mistake(set, row, label, *probability));
        }
    }
    first(errors)
}

/// Of each label, the mean probability that its own examples have for it.
fn usual_confidence(set: &TrainingSet, held_out: &Array2<f32>) -> Vec<f32> {
    let mut sums = vec![(0.0_f32, 0.0_f32); set.labels.len()];
    for (probabilities, labels) in held_out.rows().into_iter().zip(&set.targets().rows) {
        for label in labels {
            if let (Some((sum, number)), Some(probability)) = (sums.get_mut(*label), probabilities.get(*label)) {
                *sum += probability;
                *number += 1.0;
            }
        }
    }
    sums.into_iter().map(|(sum, number)| if number > 0.0 { sum / number } else { 1.0 }).collect()
}

fn mistake(set: &TrainingSet, row: usize, taken_for: usize, confidence: f32) -> Option<Mistake> {
    let labels = set.targets().rows.get(row)?;
    let label: Vec<String> = labels.iter().map(|label| set.label(*label)).collect();
    Some(Mistake {
        origin: set.origins.get(row)?.clone(),
        text: set.texts.get(row)?.clone(),
        label: label.join(", "),
        taken_for: set.label(taken_for),
        confidence,
    })
}

fn first(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
    mistakes.truncate(MOST_LISTED);
    mistakes
}
