//! Maximal marginal relevance: what says something new goes before what repeats.

/// How many candidates are looked at for so many hits: their number squared is what it costs.
pub(crate) fn pool_size(hits: usize) -> usize {
    (hits * 4).clamp(50, 400).max(hits)
}

/// A candidate, as diversity sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// How relevant it is; only the order and the distances count.
    pub score: f32,
    /// Its vector, of unit length; an empty one is like no other.
    pub vector: Vec<f32>,
}

/// A place in the list of contenders, and what put it there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// The contender's place in the list that was given.
    pub place: usize,
    /// Its marginal relevance when it was chosen.
    pub score: f32,
}

/// The order of maximal marginal relevance: each next one is that with the best
/// `(1 − diversity) · score − diversity · (nearest similarity to those before it)`, scores stretched to 0–1. Of equals the first stays
/// first.
///
/// Carbonell and Goldstein, 1998, whose λ is `1 − diversity`.
pub fn diversify(contenders: &[Contender], diversity: f32) -> Vec<Placed> {
    let scores = || contenders.iter().map(|contender| contender.score).filter(|score| score.is_finite());
    let (best, worst) = (scores().fold(f32::NEG_INFINITY, f32::max), scores().fold(f32::INFINITY, f32::min));
    let range = if best > worst { best - worst } else { 1.0 };
    let mut left: Vec<Waiting<'_>> = contenders
        .iter()
        .enumerate()
        .map(|(place, contender)| Waiting {
            place,
            contender,
            relevance: if contender.score.is_finite() { (contender.score - worst) / range } else { 0.0 },
            nearest: 0.0,
        })
        .collect();
    let mut order = Vec::with_capacity(left.len());
    loop {
        let value = |waiting: &Waiting<'_>| (1.0 - diversity) * waiting.relevance - diversity * waiting.nearest;
        // Of equal maxima the last is found, hence from behind.
        let found = left.iter().enumerate().rev().max_by(|(_, one), (_, other)| value(one).total_cmp(&value(other)));
        let Some((at, score)) = found.map(|(at, waiting)| (at, value(waiting))) else { return order };
        let chosen = left.remove(at);
        for waiting in &mut left {
            waiting.nearest = waiting.nearest.max(dot_product(&chosen.contender.vector, &waiting.contender.vector));
        }
        order.push(Placed { place: chosen.place, score });
    }
}

/// A contender that is not chosen yet.
struct Waiting<'list> {
    place: usize,
    contender: &'list Contender,
    relevance: f32,
    /// Its similarity to the nearest of those that are.
    nearest: f32,
}

/// The cosine similarity of unit vectors.
pub(crate) fn dot_product(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contender(score: f32, vector: &[f32]) -> Contender {
        Contender { score, vector: vector.to_vec() }
    }

    fn places(contenders: &[Contender], diversity: f32) -> Vec<usize> {
        diversify(contenders, diversity).iter().map(|placed| placed.place).collect()
    }

    #[test]
    fn what_is_new_is_preferred() {
        let contenders = [contender(1.0, &[1.0, 0.0]), contender(0.9, &[1.0, 0.0]), contender(0.5, &[0.0, 1.0])];
        assert_eq!(places(&contenders, 0.0), [0, 1, 2]);
        assert_eq!(places(&contenders, 0.6), [0, 2, 1]);
        assert_eq!(places(&[contender(1.0, &[]), contender(1.0, &[])], 0.5), [0, 1], "equals stay in their order");
        let without_number = [contender(f32::NAN, &[]), contender(1.0, &[]), contender(0.5, &[])];
        assert_eq!(places(&without_number, 0.5), [1, 0, 2], "no number is the worst");
        assert!(places(&[], 0.5).is_empty());
    }

    proptest! {
        #[test]
        fn every_contender_is_placed_once(scores in prop::collection::vec(0.0_f32..1.0, 0..20), diversity in 0.0_f32..=1.0) {
            let contenders: Vec<Contender> = scores.iter().map(|score| contender(*score, &[1.0, 0.0])).collect();
            let mut order = places(&contenders, diversity);
            order.sort_unstable();
            prop_assert_eq!(order, (0..contenders.len()).collect::<Vec<_>>());
        }

        #[test]
        fn without_diversity_the_order_is_that_of_the_scores(mut scores in prop::collection::vec(0.0_f32..1.0, 0..20)) {
            scores.sort_by(|left, right| right.total_cmp(left));
            let contenders: Vec<Contender> = scores.iter().map(|score| contender(*score, &[1.0, 0.0])).collect();
            prop_assert_eq!(places(&contenders, 0.0), (0..contenders.len()).collect::<Vec<_>>());
        }
    }
}
