//! Where a threshold lies between two samples.

use serde::{Deserialize, Serialize};

use super::{FEWEST_ANSWERABLE, FEWEST_UNANSWERABLE};

/// No more than this share of the answerable questions is given up, whatever passes of the others: a collection about everything
/// answers questions that others do not.
///
/// People's questions are easier than a sentence taken out of its passage: where half of those were given up, 2 to 9 % of a set's own
/// questions were refused; at a quarter 0 to 5 %, but up to 60 % of another set's were answered (docs/benchmarks.md).
const MOST_GIVEN_UP: f32 = 0.5;

/// From where on evidence suffices, and what that is expected to do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Threshold {
    /// The least evidence that suffices.
    pub evidence: f32,
    /// The share of unanswerable questions for which some passage is taken to be relevant: expected, from questions that the
    /// threshold was not placed by.
    pub false_answers: f32,
    /// The share of answerable questions for which none is.
    pub false_refusals: f32,
    /// How many questions about passages of the collection were asked.
    pub answerable: usize,
    /// How many questions about other things were asked.
    pub unanswerable: usize,
}

impl Threshold {
    /// Lies where at most `wanted_false_answers` of the unanswerable questions pass; `None` if there are too few of either kind.
    pub(crate) fn place(answerable: &[f32], unanswerable: &[f32], wanted_false_answers: f32) -> Option<Self> {
        if answerable.len() < FEWEST_ANSWERABLE || unanswerable.len() < FEWEST_UNANSWERABLE {
            return None;
        }
        let (mut false_answers, mut false_refusals) = (0, 0);
        for half in [0, 1] {
            let evidence = between(&every_other(answerable, half), &every_other(unanswerable, half), wanted_false_answers);
            false_answers += every_other(unanswerable, 1 - half).iter().filter(|found| **found >= evidence).count();
            false_refusals += every_other(answerable, 1 - half).iter().filter(|found| **found < evidence).count();
        }
        Some(Self {
            evidence: between(answerable, unanswerable, wanted_false_answers),
            false_answers: false_answers as f32 / unanswerable.len() as f32,
            false_refusals: false_refusals as f32 / answerable.len() as f32,
            answerable: answerable.len(),
            unanswerable: unanswerable.len(),
        })
    }
}

fn between(answerable: &[f32], unanswerable: &[f32], wanted_false_answers: f32) -> f32 {
    quantile(unanswerable, 1.0 - wanted_false_answers).min(quantile(answerable, MOST_GIVEN_UP))
}

fn every_other(values: &[f32], first: usize) -> Vec<f32> {
    values.iter().skip(first).step_by(2).copied().collect()
}

/// The value below which this share of the others is, between the two nearest.
fn quantile(values: &[f32], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let place = share.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f32;
    let at = |place: f32| sorted.get(place as usize).copied().unwrap_or_default();
    let (below, above) = (at(place.floor()), at(place.ceil()));
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` values spread evenly from `from` to `to`.
    fn spread(count: usize, from: f32, to: f32) -> Vec<f32> {
        (0..count).map(|place| from + (to - from) * place as f32 / (count - 1) as f32).collect()
    }

    #[test]
    fn quantiles_lie_between_values() {
        let values = [3.0, 1.0, 2.0, 5.0, 4.0];
        for (share, expected) in [(0.0, 1.0), (0.5, 3.0), (1.0, 5.0), (0.875, 4.5), (2.0, 5.0)] {
            assert!((quantile(&values, share) - expected).abs() < 1e-6, "{share}");
        }
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn kinds_that_are_apart_are_told_apart() {
        let threshold = Threshold::place(&spread(100, 0.8, 1.2), &spread(60, 0.1, 0.5), 0.05).unwrap();
        assert!((0.45..0.5).contains(&threshold.evidence), "{threshold:?}");
        assert!(threshold.false_answers < 0.07 && threshold.false_refusals == 0.0, "{threshold:?}");
        assert_eq!((threshold.answerable, threshold.unanswerable), (100, 60));
    }

    #[test]
    fn where_kinds_overlap_false_answers_are_kept_down() {
        let (answerable, unanswerable) = (spread(200, 0.8, 1.8), spread(200, 0.0, 1.0));
        for wanted in [0.01, 0.05, 0.15] {
            let threshold = Threshold::place(&answerable, &unanswerable, wanted).unwrap();
            assert!((threshold.evidence - (1.0 - wanted)).abs() < 0.01, "{threshold:?}");
            assert!((threshold.false_answers - wanted).abs() < 0.02, "{threshold:?}");
            assert!((threshold.false_refusals - (0.2 - wanted)).abs() < 0.02, "{threshold:?}");
        }
    }

    #[test]
    fn a_collection_about_everything_does_not_refuse_everything() {
        let threshold = Threshold::place(&spread(200, 0.4, 0.8), &spread(200, 0.3, 0.9), 0.05).unwrap();
        assert!((threshold.evidence - 0.6).abs() < 0.01, "{threshold:?}");
        assert!((threshold.false_refusals - 0.5).abs() < 0.02 && threshold.false_answers > 0.4, "{threshold:?}");
    }

    #[test]
    fn too_few_questions_are_no_basis() {
        assert_eq!(Threshold::place(&spread(9, 0.5, 1.0), &spread(100, 0.0, 0.4), 0.05), None);
        assert_eq!(Threshold::place(&spread(100, 0.5, 1.0), &[], 0.05), None);
    }
}
