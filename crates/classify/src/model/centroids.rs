//! The mean of each label's examples.

use ndarray::{Array1, Array2};

use super::{LinearModel, Targets};
use crate::Features;

/// A text belongs where its embedding is nearest to the mean of the examples. Works from the first example on.
pub(crate) fn centroids(features: &Features, targets: &Targets) -> LinearModel {
    let mut weights = Array2::zeros((features.dense.ncols(), targets.labels));
    for (row, labels) in features.dense.rows().into_iter().zip(&targets.rows) {
        for label in labels {
            let mut column = weights.column_mut(*label);
            column += &row;
        }
    }
    for mut column in weights.columns_mut() {
        let norm = column.dot(&column).sqrt();
        if norm > 0.0 {
            column.mapv_inplace(|weight| weight / norm);
        }
    }
    LinearModel { weights, intercept: Array1::zeros(targets.labels) }
}
