//! Examples, checked and embedded.

use std::collections::BTreeMap;

use ndarray::Array2;
use ragstone_core::Embedder;

use crate::features::{Features, SparseRows, embed};
use crate::model::{Targets, Task};
use crate::{ClassifyError, Examples, LeftOut, Origin};

/// More than this many examples would need more memory than a server has to spare.
pub const MOST_EXAMPLES: usize = 500_000;
/// More labels than this are no classification.
pub const MOST_LABELS: usize = 5_000;

/// Each example is held against each label; all of that is in memory at once.
const MOST_DECISIONS: usize = 250_000_000;

/// What a classifier is trained on.
#[derive(Debug, Clone)]
pub struct TrainingSet {
    /// The names of the labels, in order.
    pub labels: Vec<String>,
    pub(crate) texts: Vec<String>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) dense: Array2<f32>,
    pub(crate) out_of_scope: Embedded,
    targets: Targets,
}

/// Texts with their embeddings.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// The texts.
    pub texts: Vec<String>,
    /// A row for each.
    pub dense: Array2<f32>,
}

impl TrainingSet {
    /// Checks examples and embeds them. `out_of_scope` are texts that have none of the labels.
    pub async fn embed(embedder: &dyn Embedder, examples: Examples, out_of_scope: Vec<String>) -> ragstone_core::Result<Self> {
        check(&examples)?;
        let texts: Vec<String> = examples.examples.iter().map(|example| example.text.clone()).collect();
        let dense = embed(embedder, &texts).await?;
        let out_of_scope: Vec<String> = out_of_scope.into_iter().filter(|text| !text.trim().is_empty()).collect();
        let strangers = embed(embedder, &out_of_scope).await?;
        Ok(Self::new(examples, dense, Embedded { texts: out_of_scope, dense: strangers })?)
    }

    /// The same where the embeddings are there already, a row for each example.
    pub fn new(examples: Examples, dense: Array2<f32>, out_of_scope: Embedded) -> Result<Self, ClassifyError> {
        check(&examples)?;
        let task = if examples.is_multi_label() { Task::ManyLabels } else { Task::OneLabel };
        let labels: Vec<String> = examples.counts().keys().map(|label| (*label).to_owned()).collect();
        let numbers: BTreeMap<&str, usize> = labels.iter().enumerate().map(|(number, label)| (label.as_str(), number)).collect();
        let rows = examples
            .examples
            .iter()
            .map(|example| example.labels.iter().filter_map(|label| numbers.get(label.as_str()).copied()).collect());
        let targets = Targets { rows: rows.collect(), labels: labels.len(), task };
        let (texts, origins) = examples.examples.into_iter().map(|example| (example.text, example.origin)).unzip();
        Ok(Self { labels, texts, origins, left_out: examples.left_out, dense, out_of_scope, targets })
    }

    /// What labels the examples have.
    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }

    pub(crate) fn features(&self) -> Features {
        Features { dense: self.dense.clone(), words: SparseRows::none(self.texts.len()) }
    }

    pub(crate) fn label(&self, number: usize) -> String {
        self.labels.get(number).cloned().unwrap_or_default()
    }
}

/// Refuses what nothing can be learned from.
fn check(examples: &Examples) -> Result<(), ClassifyError> {
    let number = examples.examples.len();
    if number == 0 {
        return Err(ClassifyError::NoExamples { left_out: examples.left_out.len() });
    }
    if number > MOST_EXAMPLES {
        return Err(ClassifyError::TooManyExamples { examples: number, most: MOST_EXAMPLES });
    }
    let counts = examples.counts();
    if counts.len() > MOST_LABELS {
        return Err(ClassifyError::TooManyLabels { labels: counts.len(), most: MOST_LABELS });
    }
    if counts.len() * number > MOST_DECISIONS {
        return Err(ClassifyError::TooManyDecisions { examples: number, labels: counts.len(), most: MOST_DECISIONS });
    }
    match counts.keys().next() {
        Some(label) if counts.len() == 1 => Err(ClassifyError::OneLabel { label: (*label).to_owned(), examples: number }),
        _ => Ok(()),
    }
}
