//! From examples to a classifier: the methods are tried on held-out folds, the best is fitted to all of them.

mod candidates;
mod training;

use std::time::Instant;

use ndarray::Array2;
use ragstone_core::EmbeddingSpec;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use training::{Embedded, MOST_EXAMPLES, MOST_LABELS, TrainingSet};

use crate::abstain::{Judged, abstention};
use crate::calibrate::{best, calibration, temperature};
use crate::features::Features;
use crate::folds::folds;
use crate::inspect::{self, Chosen};
use crate::measure::{accuracy, figures, given, same};
use crate::model::{LogisticFit, Model, Neighbours, Targets, Task, centroids, fit_logistic, probabilities};
use crate::report::{Choice, Report, Seconds, Tried};
use crate::{ClassWeights, Classifier, ClassifierHead, ClassifyError, Method, MethodChoice, Wanted};

pub(crate) use candidates::{Candidate, Prepared};

/// How a classifier is trained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LearnOptions {
    /// Which methods are tried.
    pub method: MethodChoice,
    /// How examples weigh against each other.
    pub class_weights: ClassWeights,
    /// What is wanted of the answers that are given.
    pub wanted: Wanted,
}

/// A classifier and what is known of it.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The classifier.
    pub classifier: Classifier,
    /// How good it is, and why it is this one.
    pub report: Report,
}

/// A step in cross-validation that improves the loss by less than this ends a fit.
pub(crate) const ROUGH: f64 = 3e-5;
/// The same for the fit to all examples.
const EXACT: f64 = 3e-6;

/// The best candidate so far, with what it said of held-out examples.
struct Leader {
    candidate: Candidate,
    scores: Array2<f32>,
    accuracy: f64,
    /// Its models, one a fold: what comes next starts from them.
    models: Vec<Model>,
}

/// Learns from examples whose embeddings are there.
pub fn learn(set: &TrainingSet, embedding: &EmbeddingSpec, options: &LearnOptions) -> Result<Learned, ClassifyError> {
    let started = Instant::now();
    let prepared = Prepared::new(set, options);
    let number = folds_for(set.targets());
    let folds = folds(&set.texts, set.targets(), number);
    let (leader, tried) = choose(&prepared, set.targets(), &folds, options)?;
    let choosing = started.elapsed().as_secs_f64();

    let fitting = Instant::now();
    let features = prepared.features(leader.candidate.method);
    let model = fit(
        &leader.candidate,
        features,
        set.targets(),
        &Fit { class_weights: options.class_weights, start: leader.models.first(), tolerance: EXACT },
    )?;
    let fit_seconds = fitting.elapsed().as_secs_f64();

    let heat = temperature(&leader.scores, set.targets());
    let held_out = probabilities(&leader.scores, heat, set.targets().task);
    let words = prepared.words_of(leader.candidate.method);
    let head = ClassifierHead {
        labels: set.labels.clone(),
        task: set.targets().task,
        method: leader.candidate.method,
        temperature: heat,
        abstention: crate::Abstention::default(),
        embedding: embedding.clone(),
        words,
        examples: set.texts.len(),
        created_at: chrono::Utc::now(),
    };
    let mut classifier = Classifier { head, model };
    let strangers = classifier.probabilities(&set.out_of_scope.texts, set.out_of_scope.dense.clone());
    let strangers: Vec<f32> = strangers.rows().into_iter().filter_map(|row| Some(best(row)?.1)).collect();
    let abstention = abstention(&judged(&held_out, set.targets()), &strangers, options.wanted);
    classifier.head.abstention = abstention;

    let given: Vec<Vec<usize>> = held_out.rows().into_iter().map(|row| given(row, set.targets().task)).collect();
    let reporting = Instant::now();
    let report = Report {
        data: inspect::data(set),
        choice: Choice::new(leader.candidate.method, &tried, number, set.texts.len()),
        tried,
        figures: figures(&given, set.targets(), &set.labels),
        calibration: calibration(&leader.scores, heat, set.targets()),
        uncalibrated: calibration(&leader.scores, 1.0, set.targets()),
        abstention,
        mistakes: inspect::mistakes(set, &held_out),
        label_errors: inspect::label_errors(set, &held_out),
        near_duplicates: inspect::near_duplicates(set),
        learning_curve: inspect::learning_curve(
            set,
            &Chosen { features, candidate: &leader.candidate, scores: &leader.scores, folds: &folds, options },
        )?,
        seconds: Seconds { embedding: 0.0, choosing, fitting: fit_seconds, inspecting: reporting.elapsed().as_secs_f64() },
    };
    Ok(Learned { classifier, report })
}

fn judged(held_out: &Array2<f32>, targets: &Targets) -> Vec<Judged> {
    let rows = held_out.rows().into_iter().zip(&targets.rows);
    let judged = rows.filter_map(|(row, labels)| {
        let (_, confidence) = best(row)?;
        Some(Judged { confidence, right: same(&given(row, targets.task), labels) })
    });
    judged.collect()
}

/// Five folds where examples are few, three where each fold takes long. Never more than the frequent labels have examples.
fn folds_for(targets: &Targets) -> usize {
    let most = targets.counts().into_iter().max().unwrap_or(1);
    let usual = if targets.rows.len() > candidates::MANY { 3 } else { 5 };
    usual.min(most).max(2)
}

/// Tries every candidate on every fold. Those of a family go from little freedom to much and start from one another; with words,
/// the family starts from the best without.
fn choose(prepared: &Prepared, targets: &Targets, folds: &[usize], options: &LearnOptions) -> Result<(Leader, Vec<Tried>), ClassifyError> {
    let number = folds.iter().max().map_or(1, |last| last + 1);
    let mut leader: Option<Leader> = None;
    let mut tried = Vec::new();
    for family in candidates::families(prepared, options) {
        let least = leader.as_ref().map_or(0.0, |leader| leader.candidate.freedom());
        let mut models = leader.as_ref().map_or_else(Vec::new, |leader| leader.models.clone());
        let mut best_of_family = 0.0;
        for candidate in family.into_iter().filter(|candidate| candidate.freedom() >= least) {
            let features = prepared.features(candidate.method);
            let held: Result<Vec<Held>, ClassifyError> = (0..number)
                .into_par_iter()
                .map(|fold| {
                    let how = Fit { class_weights: options.class_weights, start: models.get(fold), tolerance: ROUGH };
                    hold_out(&candidate, features, targets, &Fold { folds, fold, how })
                })
                .collect();
            let held = held?;
            let mut scores = Array2::zeros((targets.rows.len(), targets.labels));
            for (row, score) in held.iter().flat_map(|held| held.rows.iter().zip(held.scores.rows())) {
                scores.row_mut(*row).assign(&score);
            }
            models = held.into_iter().map(|held| held.model).collect();
            let reached = held_out_accuracy(&scores, targets);
            tried.push(Tried { method: candidate.method, accuracy: reached });
            if leader.as_ref().is_none_or(|leader| reached > leader.accuracy) {
                leader = Some(Leader { candidate, scores, accuracy: reached, models: models.clone() });
            }
            if reached < best_of_family - candidates::patience(targets.rows.len()) {
                break;
            }
            best_of_family = reached.max(best_of_family);
        }
    }
    let leader = leader.ok_or_else(|| ClassifyError::Diverged { reason: "no method was tried".to_owned() })?;
    Ok((leader, tried))
}

/// Of one label each, the temperature changes nothing. Many labels are decided at 0.5, which only a calibrated score reaches rightly.
fn held_out_accuracy(scores: &Array2<f32>, targets: &Targets) -> f64 {
    match targets.task {
        Task::OneLabel => accuracy(scores, targets),
        Task::ManyLabels => accuracy(&probabilities(scores, temperature(scores, targets), targets.task), targets),
    }
}

/// One part that is held out.
struct Fold<'data> {
    folds: &'data [usize],
    fold: usize,
    how: Fit<'data>,
}

/// What a model that has not seen some rows says of them.
struct Held {
    rows: Vec<usize>,
    scores: Array2<f32>,
    model: Model,
}

fn hold_out(candidate: &Candidate, features: &Features, targets: &Targets, fold: &Fold<'_>) -> Result<Held, ClassifyError> {
    let (rows, others): (Vec<usize>, Vec<usize>) =
        (0..features.len()).partition(|row| fold.folds.get(*row).is_some_and(|of| *of == fold.fold));
    let model = fit(candidate, &features.select(&others), &targets.select(&others), &fold.how)?;
    let scores = model.scores(&features.select(&rows));
    Ok(Held { rows, scores, model })
}

/// Where a fit starts, and how exact it is.
pub(crate) struct Fit<'model> {
    pub(crate) class_weights: ClassWeights,
    /// A model of the same features, or of the embeddings alone, or nothing.
    pub(crate) start: Option<&'model Model>,
    pub(crate) tolerance: f64,
}

pub(crate) fn fit(candidate: &Candidate, features: &Features, targets: &Targets, how: &Fit<'_>) -> Result<Model, ClassifyError> {
    let Method::Logistic { freedom, .. } = candidate.method else {
        return Ok(match candidate.method {
            Method::Neighbours => Model::Neighbours(Neighbours { examples: features.dense.clone(), targets: targets.clone() }),
            _ => Model::Linear(centroids(features, targets)),
        });
    };
    let start = match how.start {
        Some(Model::Linear(model)) => Some(model),
        _ => None,
    };
    let fit = LogisticFit { freedom, class_weights: how.class_weights, start, tolerance: how.tolerance };
    Ok(Model::Linear(fit_logistic(features, targets, &fit)?))
}
