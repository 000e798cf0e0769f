//! The measures of one ranking, each as `trec_eval` defines it.

/// One query's ranking, seen through its judgements.
pub(crate) struct Judged {
    /// The relevance of what was found, best rank first; 0 for what was not judged or is not relevant.
    found: Vec<u64>,
    /// The relevance of all that is relevant, highest first: the best ranking there can be.
    ideal: Vec<u64>,
}

impl Judged {
    /// Takes relevance as it was judged: 0 and less is not relevant.
    pub(crate) fn new(found: impl Iterator<Item = i64>, judged: impl Iterator<Item = i64>) -> Self {
        let gain = |relevance: i64| u64::try_from(relevance).unwrap_or(0);
        let mut ideal: Vec<u64> = judged.map(gain).filter(|gain| *gain > 0).collect();
        ideal.sort_unstable_by(|left, right| right.cmp(left));
        Self { found: found.map(gain).collect(), ideal }
    }

    /// The discounted gain of the first `cutoff`, as a share of the best there can be (`ndcg_cut`).
    pub(crate) fn ndcg(&self, cutoff: usize) -> f64 {
        share(discounted_gain(&self.found, cutoff), discounted_gain(&self.ideal, cutoff))
    }

    /// The share of all relevant documents that is among the first `cutoff` (`recall`).
    pub(crate) fn recall(&self, cutoff: usize) -> f64 {
        share(self.relevant_among(cutoff), self.ideal.len() as f64)
    }

    /// The share of relevant documents among the first `cutoff`, of which there may be fewer (`P`).
    pub(crate) fn precision(&self, cutoff: usize) -> f64 {
        share(self.relevant_among(cutoff), cutoff as f64)
    }

    /// One divided by the rank of the first relevant document, if that is among the first `cutoff` (`recip_rank`).
    pub(crate) fn reciprocal_rank(&self, cutoff: usize) -> f64 {
        let first = self.found.iter().take(cutoff).position(|gain| *gain > 0);
        first.map_or(0.0, |index| 1.0 / (index + 1) as f64)
    }

    /// 1 if a relevant document is among the first `cutoff`, otherwise 0 (`success`).
    pub(crate) fn hit(&self, cutoff: usize) -> f64 {
        if self.relevant_among(cutoff) > 0.0 { 1.0 } else { 0.0 }
    }

    /// The precision at the rank of each relevant document that was found, summed, by the number of all (`map`).
    pub(crate) fn average_precision(&self) -> f64 {
        let (mut relevant, mut sum) = (0.0, 0.0);
        for (index, gain) in self.found.iter().enumerate() {
            if *gain > 0 {
                relevant += 1.0;
                sum += relevant / (index + 1) as f64;
            }
        }
        share(sum, self.ideal.len() as f64)
    }

    fn relevant_among(&self, cutoff: usize) -> f64 {
        self.found.iter().take(cutoff).filter(|gain| **gain > 0).count() as f64
    }
}

fn discounted_gain(gains: &[u64], cutoff: usize) -> f64 {
    gains.iter().take(cutoff).enumerate().map(|(index, gain)| *gain as f64 / (index as f64 + 2.0).log2()).sum()
}

/// Of nothing, the share is 0.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    #[test]
    fn values_computed_by_hand() {
        // Ranks 1 and 4 are relevant (1 and 3), rank 2 is judged useless, rank 3 not judged; one more of 2 was missed.
        let judged = Judged::new([1, -1, 0, 3].into_iter(), [3, 1, 2, 0, -1].into_iter());
        let ideal = 3.0 + 2.0 / 3_f64.log2() + 1.0 / 2.0;
        check(judged.ndcg(10), (1.0 + 3.0 / 5_f64.log2()) / ideal);
        check(judged.ndcg(1), 1.0 / 3.0);
        check(judged.recall(3), 1.0 / 3.0);
        check(judged.recall(4), 2.0 / 3.0);
        check(judged.precision(4), 0.5);
        check(judged.precision(10), 0.2);
        check(judged.reciprocal_rank(10), 1.0);
        check(judged.hit(1), 1.0);
        check(judged.average_precision(), (1.0 + 2.0 / 4.0) / 3.0);
    }

    #[test]
    fn the_first_relevant_rank_counts() {
        let judged = Judged::new([0, 0, 1].into_iter(), [1].into_iter());
        check(judged.reciprocal_rank(3), 1.0 / 3.0);
        check(judged.reciprocal_rank(2), 0.0);
        check(judged.hit(2), 0.0);
        check(judged.ndcg(3), 1.0 / 4_f64.log2());
    }

    #[test]
    fn nothing_found_or_nothing_relevant_is_nothing() {
        for judged in [Judged::new([].into_iter(), [1].into_iter()), Judged::new([0, -2].into_iter(), [0, -2].into_iter())] {
            for measure in [Judged::ndcg, Judged::recall, Judged::precision, Judged::reciprocal_rank, Judged::hit] {
                check(measure(&judged, 10), 0.0);
            }
            check(judged.average_precision(), 0.0);
        }
    }
}
