//! When to say "none of these".

use serde::{Deserialize, Serialize};

/// What is wanted of the answers that are given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// An answer for every text, unless out-of-scope examples say where to stop.
    #[default]
    Everything,
    /// Of the answers given, at least this share right.
    Precision(f64),
    /// Of the texts in scope, at least this share answered.
    Coverage(f64),
    /// Of the texts out of scope, at least this share refused.
    OutOfScopeRecall(f64),
}

/// Where "none of these" begins, and what that does to held-out examples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Abstention {
    /// Answers with less confidence than this are "none of these".
    pub threshold: f32,
    /// The share of texts in scope that are answered.
    pub coverage: f64,
    /// The share of the answers, in scope, that are right.
    pub precision: f64,
    /// The share of texts in scope that are answered, and rightly.
    pub accuracy: f64,
    /// The share of texts out of scope that are refused; nothing without such examples.
    pub out_of_scope_recall: Option<f64>,
}

/// A held-out answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    pub(crate) confidence: f32,
    pub(crate) right: bool,
}

/// How much of the accuracy in scope refusing may cost, when only out-of-scope examples say where to stop.
const AFFORDABLE: f64 = 0.03;

/// Finds the threshold for what is wanted, on held-out answers.
pub(crate) fn abstention(judged: &[Judged], out_of_scope: &[f32], wanted: Wanted) -> Abstention {
    let mut thresholds: Vec<f32> = judged.iter().map(|judged| judged.confidence).chain(out_of_scope.iter().copied()).collect();
    thresholds.push(0.0);
    thresholds.sort_unstable_by(f32::total_cmp);
    thresholds.dedup();
    // Between two answers, so that neither stands on the edge.
    let between: Vec<f32> = thresholds.iter().zip(thresholds.iter().skip(1)).map(|(low, high)| f32::midpoint(*low, *high)).collect();
    let mut candidates = vec![0.0];
    candidates.extend(thinned(&between));
    let effects: Vec<Abstention> = candidates.iter().map(|threshold| effect(judged, out_of_scope, *threshold)).collect();
    let full = effects.first().map_or(0.0, |first| first.accuracy);
    let chosen = match wanted {
        Wanted::Everything if out_of_scope.is_empty() => effects.first(),
        Wanted::Everything => most_refused(&effects, full),
        Wanted::Precision(least) => effects.iter().find(|effect| effect.precision >= least).or(effects.last()),
        Wanted::Coverage(least) => effects.iter().rev().find(|effect| effect.coverage >= least),
        Wanted::OutOfScopeRecall(least) => {
            effects.iter().find(|effect| effect.out_of_scope_recall.is_some_and(|recall| recall >= least)).or(effects.last())
        }
    };
    chosen.copied().unwrap_or_else(|| effect(judged, out_of_scope, 0.0))
}

/// The most refused out of scope among what costs little in scope.
fn most_refused(effects: &[Abstention], full: f64) -> Option<&Abstention> {
    let affordable = effects.iter().filter(|effect| effect.accuracy >= full - AFFORDABLE);
    affordable.max_by(|left, right| {
        let (left_recall, right_recall) = (left.out_of_scope_recall.unwrap_or_default(), right.out_of_scope_recall.unwrap_or_default());
        left_recall.total_cmp(&right_recall).then(left.accuracy.total_cmp(&right.accuracy))
    })
}

/// At most a thousand of them, evenly.
fn thinned(thresholds: &[f32]) -> Vec<f32> {
    thresholds.iter().copied().step_by(thresholds.len().div_ceil(1_000).max(1)).collect()
}

/// What a threshold does.
pub(crate) fn effect(judged: &[Judged], out_of_scope: &[f32], threshold: f32) -> Abstention {
    let answered = judged.iter().filter(|judged| judged.confidence >= threshold);
    let (mut given, mut right) = (0_usize, 0_usize);
    for judged in answered {
        given += 1;
        right += usize::from(judged.right);
    }
    let refused = out_of_scope.iter().filter(|confidence| **confidence < threshold).count();
    Abstention {
        threshold,
        coverage: given as f64 / judged.len().max(1) as f64,
        precision: if given == 0 { 1.0 } else { right as f64 / given as f64 },
        accuracy: right as f64 / judged.len().max(1) as f64,
        out_of_scope_recall: (!out_of_scope.is_empty()).then(|| refused as f64 / out_of_scope.len() as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged() -> Vec<Judged> {
        // The more confident, the more often right.
        (0..100).map(|number| Judged { confidence: number as f32 / 100.0, right: number % 10 < 1 + number / 10 }).collect()
    }

    #[test]
    fn precision_is_bought_with_coverage() {
        let found = abstention(&judged(), &[], Wanted::Precision(0.9));
        assert!(found.precision >= 0.9 && found.coverage < 0.5, "{found:?}");
        assert_eq!(abstention(&judged(), &[], Wanted::Everything).threshold, 0.0);
        assert!(abstention(&judged(), &[], Wanted::Coverage(0.8)).coverage >= 0.8);
    }

    #[test]
    fn out_of_scope_examples_say_where_to_stop() {
        let strangers: Vec<f32> = (0..50).map(|number| number as f32 / 150.0).collect();
        let found = abstention(&judged(), &strangers, Wanted::Everything);
        let full = effect(&judged(), &strangers, 0.0);
        assert!(found.out_of_scope_recall.unwrap() > 0.4 && full.accuracy - found.accuracy < 0.031, "{found:?}");
        let most = abstention(&judged(), &strangers, Wanted::OutOfScopeRecall(1.0));
        assert_eq!(most.out_of_scope_recall, Some(1.0));
    }
}
