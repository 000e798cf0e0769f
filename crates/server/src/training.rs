//! From the body of a request to a trained classifier.

use ragstone_classify::{ClassifierName, Classifiers, Correction, Examples, Trained, Training};
use ragstone_core::Result;

use crate::ServerError;
use crate::api::{CorrectionsBody, TrainBody};

impl TrainBody {
    /// Trains on the examples, or makes a classifier of the descriptions.
    pub(crate) async fn train(self, classifiers: &Classifiers, name: &ClassifierName) -> Result<Trained> {
        match (self.examples.is_empty(), self.describe.is_empty()) {
            (false, false) => return Err(ServerError::ExamplesAndDescriptions.into()),
            (true, false) => return classifiers.describe(name, &self.describe, self.template.as_deref()).await,
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

impl From<CorrectionsBody> for Vec<Correction> {
    fn from(body: CorrectionsBody) -> Self {
        let at = chrono::Utc::now();
        let corrections = body.corrections.into_iter();
        corrections.map(|said| Correction { text: said.text, labels: said.label.into_iter().chain(said.labels).collect(), at }).collect()
    }
}
