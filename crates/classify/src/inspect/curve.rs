//! Whether more examples would help: the chosen method learns from a part of them and is held against one fold.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::folds::shuffled;
use crate::learn::{Candidate, Fit, LearnOptions, ROUGH, TrainingSet, fit};
use crate::measure::accuracy;
use crate::model::probabilities;
use crate::report::{CurvePoint, LearningCurve};
use crate::{ClassifyError, Features};

/// The parts that are learned from, besides the whole, of which cross-validation has the answers already.
const SHARES: [f64; 3] = [0.125, 0.25, 0.5];

/// A curve of fewer held-out examples would be noise.
const FEWEST_HELD_OUT: usize = 20;

/// What the last doubling must have brought for more examples to be worth their labelling.
const WORTHWHILE: f64 = 0.01;

/// What was chosen, and what it was chosen on.
pub(crate) struct Chosen<'data> {
    pub(crate) features: &'data Features,
    pub(crate) candidate: &'data Candidate,
    /// What it said of examples that it had not seen.
    pub(crate) scores: &'data Array2<f32>,
    pub(crate) folds: &'data [usize],
    pub(crate) options: &'data LearnOptions,
}

pub(crate) fn learning_curve(set: &TrainingSet, chosen: &Chosen<'_>) -> Result<LearningCurve, ClassifyError> {
    let (held_out, mut others): (Vec<usize>, Vec<usize>) =
        (0..set.texts.len()).partition(|row| chosen.folds.get(*row).is_some_and(|fold| *fold == 0));
    if held_out.len() < FEWEST_HELD_OUT || others.len() < FEWEST_HELD_OUT {
        return Ok(LearningCurve { points: Vec::new(), verdict: "there are too few examples to tell".to_owned() });
    }
    others.sort_by_key(|row| set.texts.get(*row).map_or(0, |text| shuffled(text)));
    let judged = set.targets().select(&held_out);
    let strangers = chosen.features.select(&held_out);
    let of = |scores: &Array2<f32>| accuracy(&probabilities(scores, 1.0, judged.task), &judged);
    let points: Result<Vec<CurvePoint>, ClassifyError> = SHARES
        .into_par_iter()
        .map(|share| {
            let number = ((others.len() as f64 * share) as usize).max(1);
            let part: Vec<usize> = others.iter().copied().take(number).collect();
            let how = Fit { class_weights: chosen.options.class_weights, start: None, tolerance: ROUGH };
            let model = fit(chosen.candidate, &chosen.features.select(&part), &set.targets().select(&part), &how)?;
            Ok(CurvePoint { examples: number, accuracy: of(&model.scores(&strangers)) })
        })
        .collect();
    let mut points = points?;
    points.push(CurvePoint { examples: others.len(), accuracy: of(&chosen.scores.select(Axis(0), &held_out)) });
    Ok(LearningCurve { verdict: verdict(&points, held_out.len()), points })
}

/// By what the last doubling of the examples has brought, held against chance.
fn verdict(points: &[CurvePoint], held_out: usize) -> String {
    let mut from_last = points.iter().rev();
    let (Some(last), Some(before)) = (from_last.next(), from_last.next()) else { return "there are too few examples to tell".to_owned() };
    let gained = last.accuracy - before.accuracy;
    let chance = 2.0 * (last.accuracy * (1.0 - last.accuracy) / held_out.max(1) as f64).sqrt();
    let measured = format!(
        "from {} to {} examples accuracy went from {:.1} % to {:.1} %",
        before.examples,
        last.examples,
        before.accuracy * 100.0,
        last.accuracy * 100.0
    );
    if gained > WORTHWHILE.max(chance) {
        format!("yes: {measured}; twice as many again should bring up to {:.1} points more", gained * 60.0)
    } else if gained > WORTHWHILE {
        format!("perhaps: {measured}, which chance can do too")
    } else {
        format!("hardly: {measured}; look at the mistakes and the labels instead")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: f64, last: f64, expected: &str) {
        let points = [CurvePoint { examples: 500, accuracy: before }, CurvePoint { examples: 1_000, accuracy: last }];
        let said = verdict(&points, 2_000);
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn says_whether_more_would_help() {
        check(0.80, 0.86, "yes");
        check(0.880, 0.892, "perhaps");
        check(0.920, 0.923, "hardly");
    }
}
