//! The examples that are nearest.

use ndarray::{Array2, s};
use rayon::prelude::*;

use super::Targets;
use crate::Features;

/// How many of the nearest examples have a say.
pub(crate) const NEIGHBOURS: usize = 10;

/// How quickly the say of an example falls with its distance.
const SHARPNESS: f32 = 20.0;

/// The least that a label can have, so that logarithms are finite.
const FLOOR: f32 = 1e-4;

/// All examples, by their embeddings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Neighbours {
    pub(crate) examples: Array2<f32>,
    pub(crate) targets: Targets,
}

const ROWS_AT_ONCE: usize = 256;

impl Neighbours {
    /// The logarithm of each label's share among the nearest examples, weighted by similarity.
    pub(crate) fn scores(&self, features: &Features) -> Array2<f32> {
        let texts = features.len();
        let as_planes = self.examples.t();
        let starts: Vec<usize> = (0..texts).step_by(ROWS_AT_ONCE).collect();
        let blocks: Vec<Array2<f32>> = starts
            .into_par_iter()
            .map(|from| {
                let to = (from + ROWS_AT_ONCE).min(texts);
                let similarities = features.dense_block(from, to).dot(&as_planes);
                let mut scores = Array2::from_elem((to - from, self.targets.labels), FLOOR);
                for (similarities, mut scores) in similarities.rows().into_iter().zip(scores.rows_mut()) {
                    for (example, similarity) in nearest(similarities.iter().copied(), NEIGHBOURS) {
                        for label in self.targets.rows.get(example).into_iter().flatten() {
                            if let Some(score) = scores.get_mut(*label) {
                                *score += (SHARPNESS * (similarity - 1.0)).exp();
                            }
                        }
                    }
                }
                scores.mapv_inplace(f32::ln);
                scores
            })
            .collect();
        let mut all = Array2::zeros((texts, self.targets.labels));
        for (number, block) in blocks.into_iter().enumerate() {
            let from = number * ROWS_AT_ONCE;
            all.slice_mut(s![from..from + block.nrows(), ..]).assign(&block);
        }
        all
    }
}

/// The highest of some similarities with their positions, highest first.
pub(crate) fn nearest(similarities: impl Iterator<Item = f32>, most: usize) -> Vec<(usize, f32)> {
    let mut best: Vec<(usize, f32)> = Vec::with_capacity(most + 1);
    for (position, similarity) in similarities.enumerate() {
        if best.len() == most && best.last().is_some_and(|(_, lowest)| similarity <= *lowest) {
            continue;
        }
        let place = best.partition_point(|(_, better)| *better >= similarity);
        best.insert(place, (position, similarity));
        best.truncate(most);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        assert_eq!(nearest([0.1, 0.9, 0.5, 0.9].into_iter(), 3), [(1, 0.9), (3, 0.9), (2, 0.5)]);
        assert_eq!(nearest([].into_iter(), 3), []);
    }
}
