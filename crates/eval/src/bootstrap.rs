//! How sure a mean is, and a difference of two.
//!
//! Intervals are percentiles of means over resampled queries (the bootstrap); two runs are resampled together, query by query, so
//! that hard queries are hard for both. The p-value is of the paired randomisation test: how often a difference as large comes
//! about when, for each query, a coin decides which run had which figure.

use serde::{Deserialize, Serialize};

/// How intervals and p-values are computed. The same seed gives the same figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// How often the queries are drawn anew.
    pub resamples: usize,
    /// Where the draws begin.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { resamples: 5_000, seed: 42 }
    }
}

/// A mean over queries, and where it would be with other queries of the same kind, 95 times in 100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Over how many queries.
    pub queries: usize,
}

/// How a mean differs from that of another run over the same queries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Difference {
    /// The mean difference; more than 0 is in favour of this run.
    pub mean: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How often chance alone would make a difference as large (two-sided paired randomisation test).
    pub p_value: f64,
    /// Queries on which this run is better.
    pub won: usize,
    /// Queries on which it is worse.
    pub lost: usize,
    /// All queries compared.
    pub queries: usize,
}

/// Smaller differences are rounding.
const NOTHING: f64 = 1e-12;

impl Resampling {
    /// The mean and interval of each column. All columns have one figure a query; the same queries are drawn for all.
    pub fn estimates(&self, columns: &[Vec<f64>]) -> Vec<Estimate> {
        let queries = columns.first().map_or(0, Vec::len);
        let mut means = self.resampled_means(columns, queries);
        let estimate = |(column, means): (&Vec<f64>, &mut Vec<f64>)| {
            let (low, high) = interval(means);
            Estimate { mean: mean(column), low, high, queries }
        };
        columns.iter().zip(&mut means).map(estimate).collect()
    }

    /// How the figures in `new` differ from those in `old`, query by query.
    pub fn difference(&self, new: &[f64], old: &[f64]) -> Difference {
        let differences: Vec<f64> = new.iter().zip(old).map(|(new, old)| new - old).collect();
        let estimate = self.estimates(std::slice::from_ref(&differences)).first().copied();
        let (low, high) = estimate.map_or((0.0, 0.0), |estimate| (estimate.low, estimate.high));
        Difference {
            mean: mean(&differences),
            low,
            high,
            p_value: self.p_value(&differences),
            won: differences.iter().filter(|difference| **difference > NOTHING).count(),
            lost: differences.iter().filter(|difference| **difference < -NOTHING).count(),
            queries: differences.len(),
        }
    }

    /// By column, the mean in each resample.
    fn resampled_means(&self, columns: &[Vec<f64>], queries: usize) -> Vec<Vec<f64>> {
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut means = vec![Vec::with_capacity(self.resamples); columns.len()];
        let mut drawn = vec![0.0; queries];
        for _ in 0..self.resamples {
            drawn.fill(0.0);
            for _ in 0..queries {
                if let Some(times) = drawn.get_mut(random.usize(..queries)) {
                    *times += 1.0;
                }
            }
            for (column, means) in columns.iter().zip(&mut means) {
                let sum: f64 = column.iter().zip(&drawn).map(|(figure, times)| figure * times).sum();
                means.push(sum / queries.max(1) as f64);
            }
        }
        means
    }

    /// How often coins make a sum of differences as far from 0 as the one observed; the observed one counts too.
    fn p_value(&self, differences: &[f64]) -> f64 {
        let differing: Vec<f64> = differences.iter().copied().filter(|difference| difference.abs() > NOTHING).collect();
        let observed = differing.iter().sum::<f64>().abs();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut as_large = 0_usize;
        for _ in 0..self.resamples {
            let mut sum = 0.0;
            for group in differing.chunks(64) {
                let coins = random.u64(..);
                for (place, difference) in group.iter().enumerate() {
                    sum += if coins >> place & 1 == 1 { *difference } else { -difference };
                }
            }
            as_large += usize::from(sum.abs() >= observed - NOTHING);
        }
        (as_large + 1) as f64 / (self.resamples + 1) as f64
    }
}

/// The mean; of nothing, 0.
pub(crate) fn mean(figures: &[f64]) -> f64 {
    if figures.is_empty() { 0.0 } else { figures.iter().sum::<f64>() / figures.len() as f64 }
}

/// Between what 2.5 % and 97.5 % of the figures are.
fn interval(figures: &mut [f64]) -> (f64, f64) {
    figures.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * figures.len().saturating_sub(1) as f64).round();
        figures.get(place as usize).copied().unwrap_or_default()
    };
    (at(0.025), at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(count: usize, shift: f64) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(7);
        (0..count).map(|_| random.f64() + shift).collect()
    }

    #[test]
    fn intervals_are_as_wide_as_theory_says() {
        // The standard error of the mean of 400 uniform figures is sqrt(1/12/400) = 0.01443.
        let figures = sample(400, 0.0);
        let estimate = Resampling::default().estimates(&[figures])[0];
        let half_width = (estimate.high - estimate.low) / 2.0;
        assert!((half_width - 1.96 * 0.01443).abs() < 0.003, "{estimate:?}");
        assert!(estimate.low < estimate.mean && estimate.mean < estimate.high);
    }

    #[test]
    fn the_same_seed_gives_the_same_figures() {
        let columns = [sample(50, 0.0), sample(50, 0.3)];
        let resampling = Resampling { resamples: 500, seed: 3 };
        assert_eq!(resampling.estimates(&columns), resampling.estimates(&columns));
        assert_ne!(resampling.estimates(&columns), Resampling { seed: 4, ..resampling }.estimates(&columns));
    }

    #[test]
    fn paired_differences_see_what_separate_intervals_do_not() {
        let old = sample(100, 0.0);
        let new: Vec<f64> = old.iter().enumerate().map(|(place, figure)| figure + if place % 4 == 0 { 0.02 } else { 0.001 }).collect();
        let difference = Resampling::default().difference(&new, &old);
        assert!(difference.low > 0.0 && difference.p_value < 0.001, "{difference:?}");
        assert_eq!((difference.won, difference.lost, difference.queries), (100, 0, 100));
        let separate = Resampling::default().estimates(&[old, new]);
        assert!(separate[0].high > separate[1].low, "they overlap");
    }

    #[test]
    fn no_difference_is_no_difference() {
        let figures = sample(30, 0.0);
        let same = Resampling::default().difference(&figures, &figures);
        assert_eq!((same.mean, same.low, same.high, same.p_value, same.won, same.lost), (0.0, 0.0, 0.0, 1.0, 0, 0));
    }

    #[test]
    fn the_p_value_is_that_of_a_coin() {
        // Five wins of equal size: of 32 outcomes two are as extreme, p = 0.0625.
        let p = Resampling::default().difference(&[1.0; 5], &[0.0; 5]).p_value;
        assert!((p - 0.0625).abs() < 0.01, "{p}");
    }

    #[test]
    fn one_query_and_none_are_no_accident() {
        let one = Resampling::default().estimates(&[vec![0.4]])[0];
        assert_eq!((one.mean, one.low, one.high, one.queries), (0.4, 0.4, 0.4, 1));
        let none = Resampling::default().estimates(&[vec![]])[0];
        assert_eq!((none.mean, none.low, none.high, none.queries), (0.0, 0.0, 0.0, 0));
    }
}
