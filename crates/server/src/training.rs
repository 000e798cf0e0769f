//! From the body of a request to a trained classifier.

use ragstone_classify::{ClassifierName, Classifiers, Correction, DescribedLabel, Examples, Trained, Training};
use ragstone_core::Result;
use ragstone_generate::Examiner;

use crate::ServerError;
use crate::api::{CorrectionsBody, TrainBody};

impl TrainBody {
    /// Trains on the examples, or makes a classifier of the descriptions.
    pub(crate) async fn train(self, classifiers: &Classifiers, examiner: &Examiner, name: &ClassifierName) -> Result<Trained> {
        match (self.examples.is_empty(), self.describe.is_empty()) {
            (false, false) => return Err(ServerError::ExamplesAndDescriptions.into()),
            (true, false) => {
                let labels = if self.with_model { with_phrases(examiner, self.describe).await? } else { self.describe };
                return classifiers.describe(name, &labels, self.template.as_deref()).await;
            }
            (_, true) => {}
        }
        let mut examples = Examples::default();
        for (place, example) in self.examples.into_iter().enumerate() {
            examples.push(example.into_example(place as u64 + 1));
        }
        let Examples { examples, left_out } = examples;
        let training = Training { options: self.options, examples, out_of_scope: self.out_of_scope, corrections: 0 };
        classifiers.train(name, training, left_out).await
    }
}

/// Labels with phrases that the language model has written for them, besides those that they have.
pub async fn with_phrases(examiner: &Examiner, mut labels: Vec<DescribedLabel>) -> Result<Vec<DescribedLabel>> {
    if examiner.model().is_none() {
        return Err(ServerError::NoModel.into());
    }
    for label in &mut labels {
        let written = examiner.describe(&label.label, &label.phrases).await?;
        label.phrases = label.in_words();
        label.phrases.extend(written);
    }
    Ok(labels)
}

impl From<CorrectionsBody> for Vec<Correction> {
    fn from(body: CorrectionsBody) -> Self {
        let at = chrono::Utc::now();
        let corrections = body.corrections.into_iter();
        corrections.map(|said| Correction { text: said.text, labels: said.label.into_iter().chain(said.labels).collect(), at }).collect()
    }
}
