//! Probabilities that mean what they say: of the answers given with 0.8, eight in ten should be right.

use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use crate::model::{Targets, Task, probabilities};

/// Temperatures that are tried: wide enough for cosines (which need 0.02) and for wide planes.
const COLDEST: f32 = 0.005;
const HOTTEST: f32 = 50.0;
const STEPS: usize = 40;

/// Bins of equal width for the expected calibration error.
const BINS: usize = 15;

/// How far probabilities are from frequencies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Calibration {
    /// Expected calibration error: the mean difference between confidence and accuracy, over 15 bins.
    pub ece: f64,
    /// Brier score: the mean squared distance from certainty in the right answer, summed over labels; 0 is perfect.
    pub brier: f64,
}

/// The temperature that makes held-out scores likeliest, by golden-section search over its logarithm.
pub(crate) fn temperature(scores: &Array2<f32>, targets: &Targets) -> f32 {
    let ratio = (5.0_f32.sqrt() - 1.0) / 2.0;
    let loss = |logarithm: f32| mean_loss(scores, targets, logarithm.exp());
    let (mut low, mut high) = (COLDEST.ln(), HOTTEST.ln());
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut loss_left, mut loss_right) = (loss(left), loss(right));
    for _ in 0..STEPS {
        if loss_left < loss_right {
            (high, right, loss_right) = (right, left, loss_left);
            left = high - ratio * (high - low);
            loss_left = loss(left);
        } else {
            (low, left, loss_left) = (left, right, loss_right);
            right = low + ratio * (high - low);
            loss_right = loss(right);
        }
    }
    f32::midpoint(low, high).exp()
}

fn mean_loss(scores: &Array2<f32>, targets: &Targets, temperature: f32) -> f64 {
    let rows = scores.rows().into_iter().zip(&targets.rows);
    let losses = rows.map(|(row, labels)| match targets.task {
        Task::OneLabel => {
            let highest = row.fold(f32::NEG_INFINITY, |highest, score| highest.max(*score));
            let sum: f32 = row.iter().map(|score| ((score - highest) / temperature).exp()).sum();
            let own = labels.first().and_then(|label| row.get(*label)).copied().unwrap_or(highest);
            let average = row.mean().unwrap_or(highest);
            // As if each example might have any other label, with a chance that falls with their number: where all held-out
            // examples are right, certainty without end would be the likeliest, and mean nothing.
            let doubt = 1.0 / (scores.nrows() as f32 + 2.0);
            f64::from(sum.ln() - ((1.0 - doubt) * (own - highest) + doubt * (average - highest)) / temperature)
        }
        Task::ManyLabels => row.iter().enumerate().map(|(label, score)| sigmoid_loss(*score / temperature, labels.contains(&label))).sum(),
    });
    losses.sum::<f64>() / scores.nrows().max(1) as f64
}

fn sigmoid_loss(score: f32, wanted: bool) -> f64 {
    let signed = if wanted { -score } else { score };
    f64::from(signed.max(0.0) + (-signed.abs()).exp().ln_1p())
}

/// Holds probabilities of held-out examples against what they are.
pub(crate) fn calibration(scores: &Array2<f32>, temperature: f32, targets: &Targets) -> Calibration {
    calibration_of(&probabilities(scores, temperature, targets.task), targets)
}

/// The same for probabilities.
pub(crate) fn calibration_of(all: &Array2<f32>, targets: &Targets) -> Calibration {
    let mut bins = [(0.0_f64, 0.0_f64); BINS];
    let mut brier = 0.0;
    let mut judged = 0_usize;
    for (row, labels) in all.rows().into_iter().zip(&targets.rows) {
        brier += squared_distance(row, labels);
        for (probability, right) in judgements(row, labels, targets.task) {
            judged += 1;
            let bin = ((probability * BINS as f32) as usize).min(BINS - 1);
            if let Some((confidence, accuracy)) = bins.get_mut(bin) {
                *confidence += f64::from(probability);
                *accuracy += f64::from(u8::from(right));
            }
        }
    }
    let apart: f64 = bins.iter().map(|(confidence, accuracy)| (confidence - accuracy).abs()).sum();
    Calibration { ece: apart / judged.max(1) as f64, brier: brier / all.nrows().max(1) as f64 }
}

/// What is claimed of a text: its best label, or every label by itself.
fn judgements(row: ArrayView1<'_, f32>, labels: &[usize], task: Task) -> Vec<(f32, bool)> {
    match task {
        Task::OneLabel => best(row).map(|(label, probability)| (probability, labels.contains(&label))).into_iter().collect(),
        Task::ManyLabels => row.iter().enumerate().map(|(label, probability)| (*probability, labels.contains(&label))).collect(),
    }
}

/// The likeliest label; the first of several.
pub(crate) fn best(row: ArrayView1<'_, f32>) -> Option<(usize, f32)> {
    row.iter().copied().enumerate().fold(None, |best: Option<(usize, f32)>, (label, probability)| match best {
        Some((_, highest)) if highest >= probability => best,
        _ => Some((label, probability)),
    })
}

fn squared_distance(row: ArrayView1<'_, f32>, labels: &[usize]) -> f64 {
    let distances = row.iter().enumerate().map(|(label, probability)| {
        let wanted = if labels.contains(&label) { 1.0 } else { 0.0 };
        f64::from((probability - wanted) * (probability - wanted))
    });
    distances.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_makes_overconfidence_honest() {
        // Always the first label, with great certainty; right in three of four.
        let scores = Array2::from_shape_fn((400, 2), |(_, label)| if label == 0 { 9.0 } else { 0.0 });
        let rows = (0..400).map(|row| vec![usize::from(row % 4 == 3)]).collect();
        let targets = Targets { rows, labels: 2, task: Task::OneLabel };
        let before = calibration(&scores, 1.0, &targets);
        let fitted = temperature(&scores, &targets);
        let after = calibration(&scores, fitted, &targets);
        assert!(before.ece > 0.24 && after.ece < 0.01, "{before:?} {after:?} at {fitted}");
        assert!(after.brier < before.brier);
        let confidence = probabilities(&scores, fitted, Task::OneLabel)[[0, 0]];
        assert!((confidence - 0.75).abs() < 0.01, "{confidence}");
    }
}
