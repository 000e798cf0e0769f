//! How often a classifier is right, and about what it is wrong.

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::calibrate::best;
use crate::model::{Targets, Task};

/// From which probability on a label is given where texts may have several.
pub(crate) const GIVEN_FROM: f32 = 0.5;

/// Figures over examples whose labels are known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Figures {
    /// How many examples were held against.
    pub examples: usize,
    /// The share whose labels are all right and complete.
    pub accuracy: f64,
    /// The mean of the labels' F1.
    pub macro_f1: f64,
    /// F1 over all decisions together.
    pub micro_f1: f64,
    /// Label by label, in the classifier's order.
    pub labels: Vec<LabelFigures>,
    /// How often an example of one label was taken for another, most frequent first.
    pub confusions: Vec<Confusion>,
}

/// One label's figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LabelFigures {
    /// The label.
    pub label: String,
    /// How many examples have it.
    pub examples: usize,
    /// Of those that were given it, the share that have it; 0 if none were.
    pub precision: f64,
    /// Of those that have it, the share that were given it.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// Examples of one label that were taken for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Confusion {
    /// What they are.
    pub label: String,
    /// What they were taken for.
    pub taken_for: String,
    /// How many.
    pub examples: usize,
}

/// The labels that are given for a row of probabilities.
pub(crate) fn given(row: ndarray::ArrayView1<'_, f32>, task: Task) -> Vec<usize> {
    match task {
        Task::OneLabel => best(row).map(|(label, _)| label).into_iter().collect(),
        Task::ManyLabels => row.iter().enumerate().filter(|(_, probability)| **probability >= GIVEN_FROM).map(|(label, _)| label).collect(),
    }
}

/// The share of examples whose labels are all right and complete.
pub(crate) fn accuracy(probabilities: &Array2<f32>, targets: &Targets) -> f64 {
    let rows = probabilities.rows().into_iter().zip(&targets.rows);
    let right = rows.filter(|(row, labels)| same(&given(*row, targets.task), labels)).count();
    right as f64 / targets.rows.len().max(1) as f64
}

pub(crate) fn same(given: &[usize], labels: &[usize]) -> bool {
    given.len() == labels.len() && given.iter().all(|label| labels.contains(label))
}

/// Right and wrong decisions about one label.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    right: usize,
    given: usize,
    examples: usize,
}

impl Counted {
    fn precision(self) -> f64 {
        self.right as f64 / self.given.max(1) as f64
    }

    fn recall(self) -> f64 {
        self.right as f64 / self.examples.max(1) as f64
    }

    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (self.given + self.examples).max(1) as f64
    }
}

/// Holds what was given against what the examples are. A label number beyond `names` is one that nobody can give.
pub(crate) fn figures(given: &[Vec<usize>], targets: &Targets, names: &[String]) -> Figures {
    let mut counted = vec![Counted::default(); targets.labels];
    let mut confusions: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut right = 0;
    for (given, labels) in given.iter().zip(&targets.rows) {
        right += usize::from(same(given, labels));
        for label in labels {
            add(&mut counted, *label, |counted| counted.examples += 1);
        }
        for label in given {
            add(&mut counted, *label, |counted| counted.given += 1);
            if labels.contains(label) {
                add(&mut counted, *label, |counted| counted.right += 1);
            } else if let Some(own) = labels.iter().find(|own| !given.contains(own)) {
                *confusions.entry((*own, *label)).or_default() += 1;
            }
        }
    }
    let name = |label: usize| names.get(label).cloned().unwrap_or_else(|| "(unknown)".to_owned());
    let seen: Vec<Counted> = counted.iter().copied().filter(|counted| counted.examples > 0).collect();
    let total = counted.iter().fold(Counted::default(), |sum, one| Counted {
        right: sum.right + one.right,
        given: sum.given + one.given,
        examples: sum.examples + one.examples,
    });
    let labels = counted.iter().enumerate().map(|(label, counted)| LabelFigures {
        label: name(label),
        examples: counted.examples,
        precision: counted.precision(),
        recall: counted.recall(),
        f1: counted.f1(),
    });
    let mut confusions: Vec<Confusion> =
        confusions.into_iter().map(|((own, other), examples)| Confusion { label: name(own), taken_for: name(other), examples }).collect();
    confusions.sort_by(|left, right| right.examples.cmp(&left.examples).then_with(|| left.label.cmp(&right.label)));
    Figures {
        examples: targets.rows.len(),
        accuracy: right as f64 / targets.rows.len().max(1) as f64,
        macro_f1: seen.iter().map(|counted| counted.f1()).sum::<f64>() / seen.len().max(1) as f64,
        micro_f1: total.f1(),
        labels: labels.collect(),
        confusions,
    }
}

fn add(counted: &mut [Counted], label: usize, change: impl FnOnce(&mut Counted)) {
    if let Some(counted) = counted.get_mut(label) {
        change(counted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_textbook() {
        let names = ["a".to_owned(), "b".to_owned()];
        let targets = Targets { rows: vec![vec![0], vec![0], vec![0], vec![1]], labels: 2, task: Task::OneLabel };
        let figures = figures(&[vec![0], vec![0], vec![1], vec![1]], &targets, &names);
        assert_eq!(figures.accuracy, 0.75);
        let a = &figures.labels[0];
        assert_eq!((a.precision, a.recall, a.f1), (1.0, 2.0 / 3.0, 0.8));
        assert!((figures.macro_f1 - (0.8 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        assert_eq!(figures.micro_f1, 0.75);
        assert_eq!(figures.confusions, [Confusion { label: "a".to_owned(), taken_for: "b".to_owned(), examples: 1 }]);
    }

    #[test]
    fn several_labels_must_all_be_right() {
        let targets = Targets { rows: vec![vec![0, 1], vec![1]], labels: 2, task: Task::ManyLabels };
        let figures = figures(&[vec![1, 0], vec![]], &targets, &["a".to_owned(), "b".to_owned()]);
        assert_eq!(figures.accuracy, 0.5);
        assert_eq!(figures.labels[1].recall, 0.5);
    }
}
