//! Training, keeping and asking classifiers: what the command line and the server call.

mod evaluation;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ragstone_core::{Embedder, Result};
use serde::{Deserialize, Serialize};

pub use evaluation::{Evaluation, evaluate_embedded};

use crate::{
    Classifier, ClassifierName, ClassifierStore, ClassifyError, Correction, DescribedLabel, Example, Examples, Kept, NewVersion, Origin,
    Prediction, Report, Training, TrainingSet, learn, zero_shot,
};

/// So many are kept in memory, the ones asked last.
const MOST_LOADED: usize = 16;

/// Classifiers in a folder, and the model that reads texts for them. Cheap to clone.
#[derive(Clone)]
pub struct Classifiers {
    store: ClassifierStore,
    embedder: Arc<dyn Embedder>,
    loaded: Arc<Mutex<HashMap<ClassifierName, Loaded>>>,
}

#[derive(Clone)]
struct Loaded {
    version: u32,
    classifier: Arc<Classifier>,
    asked: Instant,
}

/// What was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trained {
    /// Its name.
    #[schema(value_type = String)]
    pub name: ClassifierName,
    /// The version that is now in force.
    pub version: u32,
    /// How many corrections it has learned from.
    pub corrections: usize,
    /// What is known of it; nothing for one that has no examples.
    pub report: Option<Report>,
}

impl Classifiers {
    /// Opens nothing yet.
    pub fn new(store: ClassifierStore, embedder: Arc<dyn Embedder>) -> Self {
        Self { store, embedder, loaded: Arc::default() }
    }

    /// The files.
    pub fn store(&self) -> &ClassifierStore {
        &self.store
    }

    /// The model that reads texts.
    pub fn embedder(&self) -> &dyn Embedder {
        self.embedder.as_ref()
    }

    /// Trains a classifier and puts it in force; the version before it is kept.
    pub async fn train(&self, name: &ClassifierName, training: Training, left_out: Vec<crate::LeftOut>) -> Result<Trained> {
        let started = Instant::now();
        let examples = Examples { examples: training.examples.clone(), left_out };
        let set = TrainingSet::embed(self.embedder.as_ref(), examples, training.out_of_scope.clone()).await?;
        let embedding_seconds = started.elapsed().as_secs_f64();
        let (store, name, spec) = (self.store.clone(), name.clone(), self.embedder.spec().clone());
        blocking(move || {
            let mut learned = learn(&set, &spec, &training.options)?;
            learned.report.seconds.embedding = embedding_seconds;
            let report = Some(&learned.report);
            let version = store.add(&name, &NewVersion { classifier: &learned.classifier, report, training: &training })?;
            Ok(Trained { name, version, corrections: training.corrections, report: Some(learned.report) })
        })
        .await
    }

    /// Makes a classifier of descriptions of its labels, without examples.
    pub async fn describe(&self, name: &ClassifierName, labels: &[DescribedLabel], template: Option<&str>) -> Result<Trained> {
        let classifier = zero_shot(self.embedder.as_ref(), labels, template).await?;
        let (store, name) = (self.store.clone(), name.clone());
        blocking(move || {
            let training = Training::default();
            let version = store.add(&name, &NewVersion { classifier: &classifier, report: None, training: &training })?;
            Ok(Trained { name, version, corrections: 0, report: None })
        })
        .await
    }

    /// What texts are taken for, in their order, each with its `most` likeliest labels.
    pub async fn predict(&self, name: &ClassifierName, texts: &[String], most: usize) -> Result<Vec<Prediction>> {
        let classifier = self.get(name).await?;
        classifier.predict(self.embedder.as_ref(), texts, most).await
    }

    /// Holds the classifier against examples that it has not learned from.
    pub async fn evaluate(&self, name: &ClassifierName, examples: Examples, out_of_scope: Vec<String>) -> Result<Evaluation> {
        let classifier = self.get(name).await?;
        evaluation::evaluate(&classifier, self.embedder.as_ref(), examples, out_of_scope).await
    }

    /// Keeps corrections for the next training.
    pub async fn correct(&self, name: &ClassifierName, corrections: Vec<Correction>) -> Result<Kept> {
        if corrections.iter().any(|correction| correction.text.trim().is_empty()) {
            return Err(ClassifyError::EmptyText.into());
        }
        let (store, name) = (self.store.clone(), name.clone());
        blocking(move || {
            store.correct(&name, &corrections)?;
            store.show(&name)
        })
        .await
    }

    /// Trains a classifier again, on its examples and all corrections.
    pub async fn retrain(&self, name: &ClassifierName) -> Result<Trained> {
        let (store, of) = (self.store.clone(), name.clone());
        let training = blocking(move || Ok(corrected(store.training(&of)?, &store.corrections(&of)?))).await?;
        self.train(name, training, Vec::new()).await
    }

    /// All classifiers, by name.
    pub async fn list(&self) -> Result<Vec<Kept>> {
        let store = self.store.clone();
        blocking(move || store.names()?.iter().map(|name| store.show(name)).collect()).await
    }

    /// What a classifier is.
    pub async fn show(&self, name: &ClassifierName) -> Result<Kept> {
        let (store, name) = (self.store.clone(), name.clone());
        blocking(move || store.show(&name)).await
    }

    /// What is known of the version in force.
    pub async fn report(&self, name: &ClassifierName) -> Result<Option<Report>> {
        let (store, name) = (self.store.clone(), name.clone());
        blocking(move || store.report(&name)).await
    }

    /// Goes back to a version; without one, to that before the one in force.
    pub async fn roll_back(&self, name: &ClassifierName, to: Option<u32>) -> Result<Kept> {
        let (store, name) = (self.store.clone(), name.clone());
        blocking(move || {
            store.roll_back(&name, to)?;
            store.show(&name)
        })
        .await
    }

    /// Deletes a classifier with all its versions; says whether there was one.
    pub async fn delete(&self, name: &ClassifierName) -> Result<bool> {
        let (store, of) = (self.store.clone(), name.clone());
        let existed = blocking(move || store.delete(&of)).await?;
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(existed)
    }

    /// The classifier in force, from memory if it is there.
    pub async fn get(&self, name: &ClassifierName) -> Result<Arc<Classifier>> {
        let (this, of) = (self.clone(), name.clone());
        let classifier = blocking(move || this.load(&of)).await?;
        classifier.ensure_embedded_by(name.as_str(), self.embedder.spec())?;
        Ok(classifier)
    }

    fn load(&self, name: &ClassifierName) -> Result<Arc<Classifier>, ClassifyError> {
        // Another process may have trained it again or gone back: the file says which version is in force.
        let version = self.store.current(name)?;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get_mut(name).filter(|known| known.version == version) {
            known.asked = Instant::now();
            return Ok(Arc::clone(&known.classifier));
        }
        let classifier = Arc::new(self.store.load(name, version)?);
        loaded.insert(name.clone(), Loaded { version, classifier: Arc::clone(&classifier), asked: Instant::now() });
        if loaded.len() > MOST_LOADED {
            let oldest = loaded.iter().min_by_key(|(_, known)| known.asked).map(|(name, _)| name.clone());
            oldest.and_then(|oldest| loaded.remove(&oldest));
        }
        Ok(classifier)
    }
}

/// The examples with what people said of them: the last word on a text counts.
fn corrected(training: Training, corrections: &[Correction]) -> Training {
    let Training { options, examples, mut out_of_scope, .. } = training;
    let last: HashMap<&str, &Correction> = corrections.iter().map(|correction| (correction.text.as_str(), correction)).collect();
    let mut kept: Vec<Example> = examples.into_iter().filter(|example| !last.contains_key(example.text.as_str())).collect();
    out_of_scope.retain(|text| !last.contains_key(text.as_str()));
    let mut seen = std::collections::HashSet::new();
    for (number, correction) in corrections.iter().enumerate() {
        let Some(last) = last.get(correction.text.as_str()).filter(|_| seen.insert(correction.text.as_str())) else { continue };
        if last.labels.is_empty() {
            out_of_scope.push(last.text.clone());
        } else {
            let origin = Origin { file: "corrections".to_owned(), line: number as u64 + 1 };
            kept.push(Example { text: last.text.clone(), labels: last.labels.clone(), origin });
        }
    }
    Training { options, examples: kept, out_of_scope, corrections: corrections.len() }
}

/// Arithmetic and files, away from the threads that answer requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ClassifyError> + Send + 'static) -> Result<T> {
    let finished = tokio::task::spawn_blocking(work).await;
    Ok(finished.map_err(|source| ClassifyError::TaskFailed { source })??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_text_counts() {
        let example =
            |text: &str, label: &str| Example { text: text.to_owned(), labels: vec![label.to_owned()], origin: Origin::default() };
        let correction = |text: &str, labels: &[&str]| Correction {
            text: text.to_owned(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            at: chrono::Utc::now(),
        };
        let training = Training { examples: vec![example("one", "a"), example("two", "b")], ..Training::default() };
        let said = [correction("one", &["b"]), correction("new", &["a"]), correction("one", &["a"]), correction("two", &[])];
        let corrected = corrected(training, &said);
        let labels: Vec<_> = corrected.examples.iter().map(|example| (example.text.as_str(), example.labels[0].as_str())).collect();
        assert_eq!(labels, [("one", "a"), ("new", "a")]);
        assert_eq!(corrected.out_of_scope, ["two"]);
        assert_eq!(corrected.corrections, 4);
    }
}
