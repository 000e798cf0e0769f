//! Two ranked lists become one. Pure functions over scores. Z-scores are the default; docs/retrieval.md says how that was chosen.
//!
//! **Min-max over the whole list.** A leg's score is stretched so that the best chunk has 1 and the worst of the whole
//! collection has 0. The worst is not in a list of the best 200, so [`LegScores::floor`] brings it: 0 for BM25, the lowest
//! cosine similarity in the collection for the dense leg. With it, and with both scores known for every candidate, a short
//! list ranks like the whole one.
//!
//! **Z-scores.** Standard deviations instead of the distance from worst to best. Since a sum is not changed by what is added to all,
//! this is min-max with weights of its own: a leg counts for more the further its best stands out from its other candidates.
//!
//! **Distributions** are Qdrant's: a score's distance from three standard deviations below the mean of the leg's own list, and
//! nothing for what a leg does not know.

use std::collections::HashMap;

use ragstone_core::{ChunkId, LegScore, Scored};

use crate::{FusionMethod, RetrieveConfig};

/// What one leg says of the candidates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LegScores {
    /// What the leg found itself, best first.
    pub listed: Vec<Scored>,
    /// What it said of the other leg's candidates when asked.
    pub learned: Vec<Scored>,
    /// The worst score in the collection, as far as it is known.
    pub floor: f32,
    /// What its score counts for.
    pub weight: f32,
}

/// A chunk with the score that orders the final list, and what it was made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fused {
    /// The chunk.
    pub id: ChunkId,
    /// The weighted mean of the scores, or the weighted sum of reciprocal ranks.
    pub score: f32,
    /// What the dense leg said.
    pub dense: Option<LegScore>,
    /// What the lexical leg said.
    pub lexical: Option<LegScore>,
}

/// How scores are put on one scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fusion {
    /// By the distance from the worst score to the best.
    MinMax,
    /// The same in standard deviations over all candidates: what stands out more counts for more.
    ZScore,
    /// By the distance from three standard deviations below the mean of the leg's list, 0, to three above, 1.
    Distribution,
    /// By rank.
    ReciprocalRank {
        /// Added to every rank.
        k: f32,
    },
}

impl From<&RetrieveConfig> for Fusion {
    fn from(config: &RetrieveConfig) -> Self {
        match config.fusion {
            FusionMethod::MinMax => Self::MinMax,
            FusionMethod::ZScore => Self::ZScore,
            FusionMethod::Distribution => Self::Distribution,
            FusionMethod::Rrf => Self::ReciprocalRank { k: config.rrf_k },
        }
    }
}

/// Puts the candidates of both legs into one order, best first; equal scores go by id.
///
/// A leg that was not used is `None`. Scores that are not numbers count as the worst.
pub fn fuse(fusion: Fusion, dense: Option<&LegScores>, lexical: Option<&LegScores>) -> Vec<Fused> {
    let mut dense = dense.map(|leg| Normalized::new(fusion, leg)).unwrap_or_default();
    let mut lexical = lexical.map(|leg| Normalized::new(fusion, leg)).unwrap_or_default();
    let only_lexical = lexical.scores.keys().filter(|id| !dense.scores.contains_key(id));
    let candidates: Vec<ChunkId> = dense.scores.keys().chain(only_lexical).copied().collect();
    if fusion == Fusion::ZScore {
        dense.weight /= dense.deviation(candidates.len());
        lexical.weight /= lexical.deviation(candidates.len());
    }
    let total_weight = match fusion {
        Fusion::ReciprocalRank { .. } => 1.0,
        _ if dense.weight + lexical.weight > 0.0 => dense.weight + lexical.weight,
        _ => 1.0,
    };

    let merge = |id: ChunkId| {
        let score = (dense.weighted(id) + lexical.weighted(id)) / total_weight;
        Fused { id, score, dense: dense.scores.get(&id).copied(), lexical: lexical.scores.get(&id).copied() }
    };
    let mut fused: Vec<Fused> = candidates.into_iter().map(merge).collect();
    fused.sort_unstable_by(|left, right| right.score.total_cmp(&left.score).then(left.id.cmp(&right.id)));
    fused
}

/// A leg's scores on the common scale. What it does not know counts 0.
#[derive(Default)]
struct Normalized {
    scores: HashMap<ChunkId, LegScore>,
    weight: f32,
}

impl Normalized {
    fn new(fusion: Fusion, leg: &LegScores) -> Self {
        let scale = Scale::of(fusion, leg);
        let mut scores = HashMap::with_capacity(leg.listed.len() + leg.learned.len());
        for (place, Scored { id, score }) in leg.listed.iter().copied().enumerate() {
            let rank = place + 1;
            scores.entry(id).or_insert(LegScore { rank: Some(rank), score, normalized: scale.place(Some(rank), score) });
        }
        for Scored { id, score } in leg.learned.iter().copied() {
            scores.entry(id).or_insert(LegScore { rank: None, score, normalized: scale.place(None, score) });
        }
        Self { scores, weight: leg.weight }
    }

    fn weighted(&self, id: ChunkId) -> f32 {
        self.weight * self.scores.get(&id).map_or(0.0, |score| score.normalized)
    }

    /// The standard deviation over so many candidates; 1 where all are alike, which says nothing of any of them.
    fn deviation(&self, candidates: usize) -> f32 {
        let scores = || self.scores.values().map(|score| f64::from(score.normalized));
        let mean = scores().sum::<f64>() / candidates as f64;
        let unknown = candidates.saturating_sub(self.scores.len()) as f64;
        let squares = scores().map(|score| (score - mean).powi(2)).sum::<f64>() + unknown * mean.powi(2);
        let deviation = (squares / candidates as f64).sqrt() as f32;
        if deviation > LEAST_DEVIATION { deviation } else { 1.0 }
    }
}

/// Scores that deviate less are alike, but for rounding.
const LEAST_DEVIATION: f32 = 1e-6;

/// How many standard deviations from the mean [`Fusion::Distribution`] has 0 and 1.
const DEVIATIONS: f32 = 3.0;

/// The common scale, as one leg's scores are put on it.
enum Scale {
    Linear { worst: f32, zero: f32, one: f32 },
    Ranks { k: f32 },
}

impl Scale {
    fn of(fusion: Fusion, leg: &LegScores) -> Self {
        let finite = |scored: &&Scored| scored.score.is_finite();
        let all = || leg.listed.iter().chain(&leg.learned).filter(finite).map(|scored| scored.score);
        let worst = all().fold(leg.floor, f32::min);
        match fusion {
            Fusion::ReciprocalRank { k } => Self::Ranks { k },
            Fusion::MinMax | Fusion::ZScore => Self::Linear { worst, zero: worst, one: all().fold(f32::NEG_INFINITY, f32::max) },
            Fusion::Distribution => {
                let listed: Vec<f32> = leg.listed.iter().filter(finite).map(|scored| scored.score).collect();
                let count = listed.len().max(1) as f32;
                let mean = listed.iter().sum::<f32>() / count;
                let deviation = (listed.iter().map(|score| (score - mean).powi(2)).sum::<f32>() / count).sqrt();
                Self::Linear { worst, zero: mean - DEVIATIONS * deviation, one: mean + DEVIATIONS * deviation }
            }
        }
    }

    /// 0 or more: what a leg knows is worth no less than what it does not.
    fn place(&self, rank: Option<usize>, score: f32) -> f32 {
        let (worst, zero, one) = match *self {
            Self::Ranks { k } => return rank.map_or(0.0, |rank| 1.0 / (k + rank as f32)),
            Self::Linear { worst, zero, one } => (worst, zero, one),
        };
        let is_known = score.is_finite();
        match one - zero {
            range if range > 0.0 => ((if is_known { score } else { worst } - zero) / range).max(0.0),
            // All scores are the same: every candidate is the best.
            _ if is_known && score >= one => 1.0,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ragstone_core::DocumentId;

    use super::*;

    fn id(number: u32) -> ChunkId {
        ChunkId::from_content(DocumentId::from_source("/a"), "text", number)
    }

    fn scored(scores: &[(u32, f32)]) -> Vec<Scored> {
        let mut scored: Vec<Scored> = scores.iter().map(|&(number, score)| Scored { id: id(number), score }).collect();
        scored.sort_by(|left, right| right.score.total_cmp(&left.score).then(left.id.cmp(&right.id)));
        scored
    }

    fn leg(listed: &[(u32, f32)], learned: &[(u32, f32)], weight: f32) -> LegScores {
        LegScores { listed: scored(listed), learned: scored(learned), floor: 0.0, weight }
    }

    fn order(fused: &[Fused]) -> Vec<ChunkId> {
        fused.iter().map(|fused| fused.id).collect()
    }

    #[test]
    fn min_max_is_the_weighted_mean_of_stretched_scores() {
        let dense = leg(&[(1, 0.8), (2, 0.4)], &[(3, 0.2)], 1.0);
        let lexical = leg(&[(3, 10.0), (1, 5.0)], &[], 3.0);
        let fused = fuse(Fusion::MinMax, Some(&dense), Some(&lexical));
        assert_eq!(order(&fused), [id(3), id(1), id(2)]);
        assert_eq!(fused[0].score, (0.25 + 3.0) / 4.0);
        assert_eq!(fused[0].dense, Some(LegScore { rank: None, score: 0.2, normalized: 0.25 }));
        assert_eq!(fused[1].lexical, Some(LegScore { rank: Some(2), score: 5.0, normalized: 0.5 }));
        assert_eq!(fused[2].lexical, None);
    }

    #[test]
    fn reciprocal_ranks_know_only_ranks() {
        let dense = leg(&[(1, 0.9), (2, 0.1)], &[(3, 0.8)], 1.0);
        let lexical = leg(&[(2, 7.0), (3, 6.9)], &[], 1.0);
        let fused = fuse(Fusion::ReciprocalRank { k: 60.0 }, Some(&dense), Some(&lexical));
        assert_eq!(order(&fused), [id(2), id(1), id(3)]);
        assert_eq!(fused[0].score, 1.0 / 62.0 + 1.0 / 61.0);
    }

    #[test]
    fn z_scores_weigh_a_leg_by_its_deviation() {
        let dense = leg(&[(1, 0.8), (2, 0.7), (3, 0.6), (4, 0.5)], &[], 1.0);
        let lexical = leg(&[(4, 10.0), (3, 1.0), (2, 1.0), (1, 1.0)], &[], 1.0);
        let by = |fusion| order(&fuse(fusion, Some(&dense), Some(&lexical)));
        assert_eq!(by(Fusion::MinMax)[0], id(4));
        assert_eq!(by(Fusion::ZScore)[0], id(1));
        // Normalized, the dense scores deviate by 0.14 and the lexical ones by 0.39.
        let fused = fuse(Fusion::ZScore, Some(&dense), Some(&lexical));
        let (dense_weight, lexical_weight) = (1.0 / 0.139_754, 1.0 / 0.389_711);
        let expected = (0.1 * lexical_weight + dense_weight) / (dense_weight + lexical_weight);
        assert!((fused.iter().find(|fused| fused.id == id(1)).unwrap().score - expected).abs() < 1e-4, "{fused:?}");
    }

    #[test]
    fn distributions_are_measured_from_three_deviations_below_the_mean() {
        let dense = leg(&[(1, 0.8), (2, 0.4)], &[(3, 0.2)], 1.0);
        let lexical = leg(&[(4, 1.0)], &[], 1.0);
        let fused = fuse(Fusion::Distribution, Some(&dense), Some(&lexical));
        assert_eq!(order(&fused), [id(4), id(1), id(2), id(3)]);
        let expected = [1.0 / 2.0, 4.0 / 12.0, 2.0 / 12.0, 1.0 / 12.0];
        assert!(fused.iter().zip(expected).all(|(fused, expected)| (fused.score - expected).abs() < 1e-5), "{fused:?}");
    }

    #[test]
    fn a_leg_of_equal_scores_still_tells_what_it_found() {
        for fusion in [Fusion::MinMax, Fusion::ZScore, Fusion::Distribution] {
            let lexical = LegScores { floor: 2.0, ..leg(&[(2, 2.0)], &[], 1.0) };
            let dense = leg(&[(1, 0.5)], &[(2, 0.5)], 1.0);
            assert_eq!(order(&fuse(fusion, Some(&dense), Some(&lexical))), [id(2), id(1)], "{fusion:?}");
        }
    }

    #[test]
    fn bad_numbers_and_bad_lists_do_no_harm() {
        assert_eq!(fuse(Fusion::MinMax, None, None), []);
        let empty = LegScores::default();
        assert_eq!(fuse(Fusion::MinMax, Some(&empty), Some(&empty)), []);
        let odd = leg(&[(1, f32::NAN), (2, 0.5), (2, 0.4), (3, f32::INFINITY)], &[(4, f32::NEG_INFINITY)], 1.0);
        let fused = fuse(Fusion::MinMax, Some(&odd), None);
        assert_eq!(fused.len(), 4);
        assert_eq!(fused[0].id, id(2));
        assert!(fused.iter().all(|fused| fused.score.is_finite()));
    }

    #[test]
    fn equal_scores_are_all_the_best_and_go_by_id() {
        let same = LegScores { floor: 0.5, ..leg(&[(1, 0.5), (2, 0.5), (3, 0.5)], &[], 1.0) };
        let fused = fuse(Fusion::MinMax, Some(&same), None);
        assert!(fused.iter().all(|fused| fused.score == 1.0));
        assert!(fused.is_sorted_by_key(|fused| fused.id));
    }

    fn any_leg() -> impl Strategy<Value = LegScores> {
        let scores = prop::collection::btree_map(0_u32..40, -1.0_f32..1.0, 0..30);
        (scores, 0_usize..30, 0.0_f32..2.0).prop_map(|(scores, listed, weight)| {
            let mut listed_scores = scored(&scores.into_iter().collect::<Vec<_>>());
            let learned = listed_scores.split_off(listed.min(listed_scores.len()));
            LegScores { listed: listed_scores, learned, floor: -1.0, weight }
        })
    }

    fn any_fusion() -> impl Strategy<Value = Fusion> {
        prop_oneof![
            Just(Fusion::MinMax),
            Just(Fusion::ZScore),
            Just(Fusion::Distribution),
            (0.0_f32..100.0).prop_map(|k| Fusion::ReciprocalRank { k })
        ]
    }

    proptest! {
        #[test]
        fn legs_are_symmetric(fusion in any_fusion(), left in any_leg(), right in any_leg()) {
            let one = fuse(fusion, Some(&left), Some(&right));
            let other = fuse(fusion, Some(&right), Some(&left));
            prop_assert_eq!(order(&one), order(&other));
        }

        #[test]
        fn learned_scores_may_come_in_any_order(left in any_leg(), mut right in any_leg()) {
            let one = fuse(Fusion::MinMax, Some(&left), Some(&right));
            right.learned.reverse();
            prop_assert_eq!(one, fuse(Fusion::MinMax, Some(&left), Some(&right)));
        }

        #[test]
        fn better_in_both_legs_is_never_behind(fusion in any_fusion(), left in any_leg(), right in any_leg()) {
            let fused = fuse(fusion, Some(&left), Some(&right));
            let at_least = |better: Option<LegScore>, worse: Option<LegScore>| match (better, worse) {
                (Some(better), Some(worse)) => better.normalized > worse.normalized,
                (better, None) => better.is_some(),
                (None, Some(_)) => false,
            };
            for (place, behind) in fused.iter().enumerate() {
                for ahead in &fused[..place] {
                    let reversed = at_least(behind.dense, ahead.dense) && at_least(behind.lexical, ahead.lexical);
                    // Rounding may make two sums equal.
                    prop_assert!(!reversed || behind.score == ahead.score);
                }
            }
        }

        #[test]
        fn a_higher_score_never_lowers_a_rank(left in any_leg(), right in any_leg(), raised_by in 0.0_f32..1.0) {
            let Some(chosen) = left.listed.last().map(|scored| scored.id) else { return Ok(()) };
            let mut raised = left.clone();
            for scored in raised.listed.iter_mut().filter(|scored| scored.id == chosen) {
                scored.score += raised_by;
            }
            raised.listed.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.id.cmp(&other.id)));
            let place = |leg: &LegScores| order(&fuse(Fusion::MinMax, Some(leg), None)).iter().position(|id| *id == chosen);
            prop_assert!(place(&raised) <= place(&left));
            let both = |leg: &LegScores| {
                fuse(Fusion::MinMax, Some(leg), Some(&right)).into_iter().find(|fused| fused.id == chosen).and_then(|fused| fused.dense)
            };
            prop_assert!(both(&raised).unwrap().normalized >= both(&left).unwrap().normalized);
        }
    }
}
