//! A plane for each label.

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, s};
use rayon::prelude::*;

use crate::Features;
use crate::features::SparseRows;

/// Weights by feature and label, and what each label starts from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LinearModel {
    /// The embedding's columns first, then the words'.
    pub(crate) weights: Array2<f32>,
    pub(crate) intercept: Array1<f32>,
}

/// So many rows are worth a task of their own.
const ROWS_AT_ONCE: usize = 512;

impl LinearModel {
    pub(crate) fn scores(&self, features: &Features) -> Array2<f32> {
        let (texts, labels) = (features.len(), self.weights.ncols());
        let dimension = features.dense.ncols();
        let (dense, words) = self.weights.view().split_at(ndarray::Axis(0), dimension.min(self.weights.nrows()));
        let starts: Vec<usize> = (0..texts).step_by(ROWS_AT_ONCE).collect();
        let blocks: Vec<Array2<f32>> = starts
            .into_par_iter()
            .map(|from| {
                let to = (from + ROWS_AT_ONCE).min(texts);
                let mut scores = features.dense_block(from, to).dot(&dense);
                scores += &self.intercept;
                add_words(&mut scores.view_mut(), &features.words, from, words);
                scores
            })
            .collect();
        let mut all = Array2::zeros((texts, labels));
        for (number, block) in blocks.into_iter().enumerate() {
            let from = number * ROWS_AT_ONCE;
            all.slice_mut(s![from..from + block.nrows(), ..]).assign(&block);
        }
        all
    }
}

/// Adds what the words of the rows from `from` on say.
pub(super) fn add_words(scores: &mut ArrayViewMut2<'_, f32>, words: &SparseRows, from: usize, weights: ArrayView2<'_, f32>) {
    if words.columns == 0 || weights.nrows() == 0 {
        return;
    }
    for (mut row, entries) in scores.rows_mut().into_iter().zip(words.rows.iter().skip(from)) {
        for (column, weight) in entries {
            row.scaled_add(*weight, &weights.row(*column as usize));
        }
    }
}
