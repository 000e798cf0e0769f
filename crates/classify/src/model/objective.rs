//! What logistic regression minimises, and its gradient: dense matrix products over blocks of rows, side by side.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Gradient};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use super::linear::add_words;
use super::{Targets, Task};
use crate::Features;
use crate::features::SparseRows;

/// So many rows, or columns, are worth a task of their own. What is added up is added in one order, so that a result does
/// not depend on which task was ready first.
const ROWS_AT_ONCE: usize = 1_024;
const COLUMNS_AT_ONCE: usize = 128;

/// The mean loss over weighted examples, and a penalty on the weights.
pub(super) struct Loss<'data> {
    pub(super) features: &'data Features,
    pub(super) targets: &'data Targets,
    /// Of each example; their sum is 1.
    pub(super) example_weights: &'data [f32],
    pub(super) penalty: f64,
    /// The words once more, by column.
    pub(super) by_word: SparseRows,
}

/// The loss as the optimiser asks for it.
pub(super) struct Objective<'data> {
    loss: Loss<'data>,
    last: RefCell<Option<Evaluation>>,
}

/// The optimiser asks for cost and gradient one after the other, mostly at the same point: both cost one pass.
struct Evaluation {
    at: Vec<f64>,
    cost: f64,
    gradient: Vec<f64>,
}

impl<'data> Objective<'data> {
    pub(super) fn new(loss: Loss<'data>) -> Self {
        Self { loss, last: RefCell::new(None) }
    }

    fn evaluated<T>(&self, at: &[f64], take: impl FnOnce(&Evaluation) -> T) -> T {
        let mut last = self.last.borrow_mut();
        match last.as_ref() {
            Some(known) if known.at == at => take(known),
            _ => {
                let evaluation = self.loss.evaluate(at);
                let taken = take(&evaluation);
                *last = Some(evaluation);
                taken
            }
        }
    }
}

impl Loss<'_> {
    fn evaluate(&self, at: &[f64]) -> Evaluation {
        let (width, labels) = (self.features.width(), self.targets.labels);
        let narrow: Vec<f32> = at.iter().map(|parameter| *parameter as f32).collect();
        let Ok(parameters) = ArrayView2::from_shape((width + 1, labels), &narrow) else {
            return Evaluation { at: at.to_vec(), cost: f64::INFINITY, gradient: vec![0.0; at.len()] };
        };
        let (mut cost, residuals) = self.residuals(parameters);
        let mut gradient: Vec<f64> = self.gradient(&residuals).iter().map(|part| f64::from(*part)).collect();
        // The intercepts, which come last, are free.
        for (sum, parameter) in gradient.iter_mut().zip(at).take(width * labels) {
            cost += 0.5 * self.penalty * parameter * parameter;
            *sum += self.penalty * parameter;
        }
        Evaluation { at: at.to_vec(), cost, gradient }
    }

    /// The features times the residuals: each task has columns of its own, over all rows.
    fn gradient(&self, residuals: &Array2<f32>) -> Array2<f32> {
        let dense = &self.features.dense;
        let mut gradient = Array2::zeros((self.features.width() + 1, residuals.ncols()));
        let (mut of_dense, rest) = gradient.view_mut().split_at(Axis(0), dense.ncols());
        let (mut of_words, mut of_intercept) = rest.split_at(Axis(0), self.by_word.rows.len());
        let parts: Vec<_> = of_dense.axis_chunks_iter_mut(Axis(0), COLUMNS_AT_ONCE).enumerate().collect();
        parts.into_par_iter().for_each(|(number, mut part)| {
            let from = number * COLUMNS_AT_ONCE;
            let columns = dense.slice(s![.., from..from + part.nrows()]);
            general_mat_mul(1.0, &columns.t(), residuals, 0.0, &mut part);
        });
        let parts: Vec<_> = of_words.axis_chunks_iter_mut(Axis(0), COLUMNS_AT_ONCE).enumerate().collect();
        parts.into_par_iter().for_each(|(number, mut part)| {
            add_words(&mut part, &self.by_word, number * COLUMNS_AT_ONCE, residuals.view());
        });
        of_intercept.row_mut(0).assign(&residuals.sum_axis(Axis(0)));
        gradient
    }

    /// The loss without its penalty, and how far each probability is from what it should be, weighted.
    fn residuals(&self, parameters: ArrayView2<'_, f32>) -> (f64, Array2<f32>) {
        let dimension = self.features.dense.ncols();
        let (of_dense, rest) = parameters.split_at(Axis(0), dimension);
        let (of_words, of_intercept) = rest.split_at(Axis(0), self.features.words.columns);
        let mut residuals = Array2::zeros((self.features.len(), self.targets.labels));
        let blocks: Vec<_> = residuals.axis_chunks_iter_mut(Axis(0), ROWS_AT_ONCE).enumerate().collect();
        let losses: Vec<f64> = blocks
            .into_par_iter()
            .map(|(number, mut block)| {
                let from = number * ROWS_AT_ONCE;
                general_mat_mul(1.0, &self.features.dense_block(from, from + block.nrows()), &of_dense, 0.0, &mut block);
                block += &of_intercept.row(0);
                add_words(&mut block, &self.features.words, from, of_words);
                let rows = self.targets.rows.iter().zip(self.example_weights).skip(from);
                let mut loss = 0.0;
                for (mut scores, (labels, weight)) in block.rows_mut().into_iter().zip(rows) {
                    if let Some(scores) = scores.as_slice_mut() {
                        loss += f64::from(*weight) * loss_and_residual(scores, labels, *weight, self.targets.task);
                    }
                }
                loss
            })
            .collect();
        (losses.iter().sum(), residuals)
    }
}

/// Turns a row of scores into weighted residuals; returns the loss before weighting.
fn loss_and_residual(scores: &mut [f32], labels: &[usize], weight: f32, task: Task) -> f64 {
    match task {
        Task::OneLabel => {
            let highest = scores.iter().fold(f32::NEG_INFINITY, |highest, score| highest.max(*score));
            let own = labels.first().and_then(|label| scores.get(*label)).copied().unwrap_or_default();
            let mut sum = 0.0;
            for score in scores.iter_mut() {
                *score = (*score - highest).exp();
                sum += *score;
            }
            let scale = weight / sum;
            scores.iter_mut().for_each(|score| *score *= scale);
            if let Some(own) = labels.first().and_then(|label| scores.get_mut(*label)) {
                *own -= weight;
            }
            f64::from(sum.ln() + highest - own)
        }
        Task::ManyLabels => {
            let mut loss = 0.0;
            for (label, score) in scores.iter_mut().enumerate() {
                let wanted = if labels.contains(&label) { 1.0 } else { 0.0 };
                loss += f64::from(score.max(0.0) - *score * wanted + (-score.abs()).exp().ln_1p());
                *score = weight * (1.0 / (1.0 + (-*score).exp()) - wanted);
            }
            loss
        }
    }
}

impl CostFunction for &Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, at: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.evaluated(at, |evaluation| evaluation.cost))
    }
}

impl Gradient for &Objective<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, at: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.evaluated(at, |evaluation| evaluation.gradient.clone()))
    }
}
