//! Labels for documents, while they are ingested.

use async_trait::async_trait;
use ragstone_core::{CollectionName, Document, FieldValue, Labeller, Result};
use serde::{Deserialize, Serialize};

use crate::{ClassifierName, Classifiers};

/// So much of a document decides its label: the model reads less than this.
const MOST_READ_BYTES: usize = 8_000;

/// A classifier that labels documents while they are ingested (`[[classify]]`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestLabel {
    /// The classifier.
    pub classifier: ClassifierName,
    /// The field that its label is written into; without it, one of the classifier's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Only documents of this collection; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionName>,
}

impl IngestLabel {
    /// The field that is written.
    pub fn field(&self) -> &str {
        self.field.as_deref().unwrap_or(self.classifier.as_str())
    }
}

/// Writes classifiers' labels into the fields of documents.
pub struct DocumentLabeller {
    classifiers: Classifiers,
    labels: Vec<IngestLabel>,
}

impl DocumentLabeller {
    /// Loads nothing yet.
    pub fn new(classifiers: Classifiers, labels: Vec<IngestLabel>) -> Self {
        Self { classifiers, labels }
    }
}

#[async_trait]
impl Labeller for DocumentLabeller {
    async fn label(&self, collection: &CollectionName, document: &mut Document) -> Result<()> {
        let end = document.text.floor_char_boundary(MOST_READ_BYTES);
        let beginning = document.text.get(..end).unwrap_or(&document.text).to_owned();
        if beginning.trim().is_empty() {
            return Ok(());
        }
        let texts = [beginning];
        for label in self.labels.iter().filter(|label| label.collection.as_ref().is_none_or(|only| only == collection)) {
            if document.head.fields.contains_key(label.field()) {
                continue;
            }
            let predictions = self.classifiers.predict(&label.classifier, &texts, 0).await?;
            let given = predictions.into_iter().next().map(|prediction| prediction.labels).unwrap_or_default();
            let value = match given.as_slice() {
                // None of these: the field stays away, so that no filter finds it.
                [] => continue,
                [only] => FieldValue::Text(only.clone()),
                _ => FieldValue::List(given),
            };
            document.head.fields.insert(label.field().to_owned(), value);
        }
        Ok(())
    }
}
