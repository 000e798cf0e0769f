//! One document: bytes to text, text to chunks.

use std::sync::Arc;

use ragstone_core::{DocumentRecord, Embedder, Error, ErrorKind, QualityReport, Revision, WarningCode};

use super::budget::Weight;
use super::members::Archive;
use super::plan::Planner;
use super::read::Incoming;
use crate::extract::Extracted;
use crate::{FailedDocument, IngestError, IngestEvent, RawDocument};

/// Below this share of readable words a document's vectors mean little: the threshold that searches use for a query.
const READABLE_SHARE: f32 = 0.4;

/// So much of a text decides whether the model reads its language.
const LANGUAGE_SAMPLE_BYTES: usize = 20_000;

/// What became of a document that had to be extracted.
pub(super) enum Prepared {
    /// It is text and chunks.
    Document(Box<PreparedDocument>),
    /// It holds documents.
    Archive(Box<Archive>),
    /// It could not be read.
    Failed(FailedDocument),
}

/// A document with text and chunks, of which nobody knows yet whether it is a duplicate.
pub(super) struct PreparedDocument {
    pub(super) record: DocumentRecord,
    pub(super) weight: Weight,
}

impl Planner {
    pub(super) async fn prepare(&self, incoming: Incoming) -> Prepared {
        let Incoming { raw, content, mut weight } = incoming;
        let source = raw.source.clone();
        let validator = raw.validator.as_deref().map(|validator| self.ingestor.readers.sign(validator));
        self.run.observer.on(&IngestEvent::Extracting { source: source.clone() });
        let revision = self.chunker.config().revision_of(&content);
        let mut document = match self.extract(raw, revision).await {
            Ok(Extracted::Document(document)) => *document,
            Ok(Extracted::Members(members)) => return Prepared::Archive(Box::new(Archive { source, members })),
            Err(failed) => return Prepared::Failed(failed),
        };
        weight.adjust(document.text.len());
        if let Some(labeller) = &self.ingestor.labeller
            && let Err(error) = labeller.label(&self.run.collection, &mut document).await
        {
            return Prepared::Failed(FailedDocument::new(source, &error));
        }
        let (chunker, embedder) = (self.chunker.clone(), Arc::clone(&self.run.target.embedder));
        let split = tokio::task::spawn_blocking(move || {
            warn_of_language(&document.text, &*embedder, &mut document.quality);
            let chunks = chunker.split(&document)?;
            Ok(DocumentRecord { document, chunks, content, same_as: None, validator, indexed_at: None })
        });
        // A panic over one document is that document's failure.
        match split.await.unwrap_or_else(|error| Err(IngestError::Task(error))) {
            Ok(record) => Prepared::Document(Box::new(PreparedDocument { record, weight })),
            Err(error) => Prepared::Failed(FailedDocument::new(source, &Error::from(error))),
        }
    }

    /// Extracts a document, again and again where what failed may pass.
    async fn extract(&self, raw: RawDocument, revision: Revision) -> Result<Extracted, FailedDocument> {
        let mut attempt = 1;
        loop {
            let error = match self.ingestor.extractor.read(raw.clone(), revision.clone()).await {
                Ok(extracted) => return Ok(extracted),
                Err(error) => Error::from(error),
            };
            let failed = FailedDocument { attempts: attempt, ..FailedDocument::new(raw.source.clone(), &error) };
            if attempt >= self.attempts.count || !may_pass(error.kind()) {
                return Err(failed);
            }
            self.run.observer.on(&IngestEvent::Retried(failed));
            tokio::time::sleep(self.attempts.wait_after(attempt)).await;
            attempt += 1;
        }
    }
}

/// Whether the same call may succeed a little later.
pub(crate) fn may_pass(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Overloaded)
}

fn warn_of_language(text: &str, embedder: &dyn Embedder, quality: &mut QualityReport) {
    let share = embedder.readable_share(text.get(..text.floor_char_boundary(LANGUAGE_SAMPLE_BYTES)).unwrap_or(text));
    if share < READABLE_SHARE {
        let percent = (share * 100.0).round();
        let message = format!("the embedding model reads {percent} % of its words: it is found by its words, hardly by its meaning");
        quality.warn(WarningCode::LanguageNotRead, message);
    }
}
