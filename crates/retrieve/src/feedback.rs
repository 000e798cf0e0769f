//! Pseudo-relevance feedback: what the first passages say is taken for a part of the query, and the query is asked again.
//!
//! For the words as in RM3, a mixture of the query and a relevance model: a term's share in each passage, weighted by the
//! passage's score. For the meaning as in Rocchio's method: the query's vector is moved towards the mean of the passages'.

use std::collections::BTreeMap;

use ragstone_core::SparseVector;

/// What one of the first passages is worth, and what it consists of.
#[derive(Debug, Clone, Default)]
pub(crate) struct FeedbackPassage {
    /// Its score in the first list, 0 or more.
    pub(crate) score: f32,
    /// Its BM25 term weights.
    pub(crate) terms: SparseVector,
    /// Its embedding; empty where there is none.
    pub(crate) vector: Vec<f32>,
}

/// The query's terms with the `count` strongest of the passages mixed in, which have the share `weight` of all.
pub(crate) fn expand_terms(query: &SparseVector, passages: &[FeedbackPassage], count: usize, weight: f32) -> SparseVector {
    let mut model: BTreeMap<u32, f32> = BTreeMap::new();
    for (share, passage) in shares(passages).zip(passages) {
        let length: f32 = passage.terms.values.iter().sum();
        for (term, value) in passage.terms.indices.iter().zip(&passage.terms.values) {
            *model.entry(*term).or_default() += share * value / length;
        }
    }
    let mut strongest: Vec<(u32, f32)> = model.into_iter().collect();
    strongest.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    strongest.truncate(count);
    let all: f32 = strongest.iter().map(|(_, strength)| strength).sum();
    if query.is_empty() || all <= 0.0 {
        return query.clone();
    }

    // The sum of the weights stays what it was, and so does the scale of the scores.
    let asked: f32 = query.values.iter().sum();
    let mut mixed: BTreeMap<u32, f32> =
        query.indices.iter().zip(&query.values).map(|(term, value)| (*term, (1.0 - weight) * value)).collect();
    for (term, strength) in strongest {
        *mixed.entry(term).or_default() += weight * asked * strength / all;
    }
    SparseVector { indices: mixed.keys().copied().collect(), values: mixed.values().copied().collect() }
}

/// The query's unit vector, moved by `weight` towards the mean of the passages'.
pub(crate) fn expand_vector(query: &[f32], passages: &[FeedbackPassage], weight: f32) -> Vec<f32> {
    let mut mixed: Vec<f32> = query.iter().map(|number| (1.0 - weight) * number).collect();
    for (share, passage) in shares(passages).zip(passages) {
        for (number, of_passage) in mixed.iter_mut().zip(&passage.vector) {
            *number += weight * share * of_passage;
        }
    }
    let length = mixed.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 { mixed.iter().map(|number| number / length).collect() } else { query.to_vec() }
}

/// Each passage's part of the scores of all.
fn shares(passages: &[FeedbackPassage]) -> impl Iterator<Item = f32> {
    let all: f32 = passages.iter().map(|passage| passage.score.max(0.0)).sum();
    passages.iter().map(move |passage| if all > 0.0 { passage.score.max(0.0) / all } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(weights: &[(u32, f32)]) -> SparseVector {
        SparseVector { indices: weights.iter().map(|(term, _)| *term).collect(), values: weights.iter().map(|(_, value)| *value).collect() }
    }

    fn passages() -> Vec<FeedbackPassage> {
        vec![
            FeedbackPassage { score: 3.0, terms: terms(&[(1, 1.0), (2, 3.0)]), vector: vec![0.0, 1.0] },
            FeedbackPassage { score: 1.0, terms: terms(&[(3, 2.0)]), vector: vec![0.0, 1.0] },
        ]
    }

    fn check(query: &[(u32, f32)], count: usize, weight: f32, expected: &[(u32, f32)]) {
        let expanded = expand_terms(&terms(query), &passages(), count, weight);
        let expected = terms(expected);
        assert_eq!(expanded.indices, expected.indices);
        let differs = |(left, right): (&f32, &f32)| (left - right).abs() > 1e-6;
        assert!(!expanded.values.iter().zip(&expected.values).any(differs), "{expanded:?}");
    }

    #[test]
    fn terms_of_the_first_passages_are_mixed_in() {
        // Term 2 has ¾ of ¾, term 3 all of ¼, term 1 ¼ of ¾.
        check(&[(1, 1.0), (9, 1.0)], 2, 0.5, &[(1, 0.5), (2, 0.5625 / 0.8125), (3, 0.25 / 0.8125), (9, 0.5)]);
        check(&[(1, 1.0)], 1, 0.2, &[(1, 0.8), (2, 0.2)]);
    }

    #[test]
    fn without_passages_or_terms_the_query_stays() {
        check(&[(1, 1.0)], 0, 0.5, &[(1, 1.0)]);
        check(&[], 5, 0.5, &[]);
        assert_eq!(expand_terms(&terms(&[(1, 1.0)]), &[], 5, 0.5), terms(&[(1, 1.0)]));
        assert_eq!(expand_vector(&[1.0, 0.0], &[], 0.0), [1.0, 0.0]);
    }

    #[test]
    fn the_vector_moves_towards_the_passages() {
        let moved = expand_vector(&[1.0, 0.0], &passages(), 0.5);
        let half = 0.5_f32.sqrt();
        assert!((moved[0] - half).abs() < 1e-6 && (moved[1] - half).abs() < 1e-6, "{moved:?}");
    }
}
