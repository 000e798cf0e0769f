//! Logistic regression: multinomial where the labels exclude each other, one against the rest where they do not.

use argmin::core::Executor;
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray::{Array2, s};

use super::objective::{Loss, Objective};
use super::{LinearModel, Targets};
use crate::{ClassifyError, Features};

/// How many steps L-BFGS remembers.
const MEMORY: usize = 10;
const MOST_STEPS: u64 = 200;

/// How examples weigh against each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// Every example the same.
    #[default]
    Even,
    /// Every label the same, however many examples it has.
    Balanced,
}

/// One fit: how much freedom it has, from where it starts, how exact it has to be.
#[derive(Debug, Clone)]
pub(crate) struct LogisticFit<'start> {
    /// The inverse of the penalty, as scikit-learn's `C` has it: per example, not per mean.
    pub(crate) freedom: f64,
    pub(crate) class_weights: ClassWeights,
    /// A model that was fitted with less freedom, or without words, or nothing.
    pub(crate) start: Option<&'start LinearModel>,
    /// A step that improves the loss by less than this ends the fit.
    pub(crate) tolerance: f64,
}

/// Fits a plane for each label.
pub(crate) fn fit_logistic(features: &Features, targets: &Targets, fit: &LogisticFit<'_>) -> Result<LinearModel, ClassifyError> {
    let example_weights = example_weights(targets, fit.class_weights);
    let penalty = 1.0 / (fit.freedom * features.len().max(1) as f64);
    let objective =
        Objective::new(Loss { features, targets, example_weights: &example_weights, penalty, by_word: features.words.transposed() });
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY);
    let solver = solver.with_tolerance_cost(fit.tolerance).and_then(|solver| solver.with_tolerance_grad(1e-5)).map_err(diverged)?;
    let start = parameters(features, targets, fit.start);
    let executor = Executor::new(&objective, solver).configure(|state| state.param(start).max_iters(MOST_STEPS)).timer(false);
    let mut result = executor.run().map_err(diverged)?;
    let best = result.state.take_best_param().ok_or_else(|| ClassifyError::Diverged { reason: "no step was made".to_owned() })?;
    model(features, targets, &best)
}

fn parameters(features: &Features, targets: &Targets, start: Option<&LinearModel>) -> Vec<f64> {
    match start {
        None => vec![0.0; (features.width() + 1) * targets.labels],
        Some(model) => {
            let known = model.weights.iter().map(|weight| f64::from(*weight));
            // What the start has not seen, words, begins at nothing.
            let unseen = features.width().saturating_sub(model.weights.nrows()) * targets.labels;
            let intercept = model.intercept.iter().map(|weight| f64::from(*weight));
            known.chain(std::iter::repeat_n(0.0, unseen)).chain(intercept).collect()
        }
    }
}

fn model(features: &Features, targets: &Targets, parameters: &[f64]) -> Result<LinearModel, ClassifyError> {
    if parameters.iter().any(|parameter| !parameter.is_finite()) {
        return Err(ClassifyError::Diverged { reason: "a weight is not a number".to_owned() });
    }
    let narrow = parameters.iter().map(|parameter| *parameter as f32).collect();
    let all = Array2::from_shape_vec((features.width() + 1, targets.labels), narrow);
    let all = all.map_err(|error| ClassifyError::Diverged { reason: error.to_string() })?;
    let width = features.width();
    Ok(LinearModel { weights: all.slice(s![..width, ..]).to_owned(), intercept: all.row(width).to_owned() })
}

/// Of each example; their sum is 1.
fn example_weights(targets: &Targets, class_weights: ClassWeights) -> Vec<f32> {
    let counts = targets.counts();
    let mut weights: Vec<f32> = targets
        .rows
        .iter()
        .map(|labels| match class_weights {
            ClassWeights::Even => 1.0,
            ClassWeights::Balanced => labels.iter().filter_map(|label| counts.get(*label)).map(|count| 1.0 / *count as f32).sum(),
        })
        .collect();
    let sum: f32 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum.max(f32::MIN_POSITIVE));
    weights
}

fn diverged(error: argmin::core::Error) -> ClassifyError {
    ClassifyError::Diverged { reason: error.to_string() }
}
