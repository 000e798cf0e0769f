//! What an ingest would do and take, without doing it.

mod sample;

use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt};
use ragstone_core::{CollectionName, Document, DocumentId, Embedder, Error, Result, Revision, Stage};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub(crate) use self::sample::Sample;
use crate::extract::{Extracted, MemberStream};
use crate::{Chunker, FailedDocument, IngestError, Ingestor, RawDocument, SourceItem, embedded_text};

/// So many failed documents are named; all are counted.
const MAX_NAMED: usize = 20;

/// Documents that were read and wait to be extracted.
const READ_AHEAD: usize = 4;

/// A compressed text, by the text: 0.35 to 0.45 for prose, measured with the catalog's own settings.
const COMPRESSED_SHARE: f64 = 0.4;

/// A number and a weight for each word of a chunk, once with the chunk and once in the index.
pub(crate) const LEXICAL_BYTES_PER_WORD: f64 = 16.0;

/// What an ingest would do and take.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Estimate {
    /// Documents that would be stored, members of archives counted one by one.
    pub documents: u64,
    /// Documents that are stored already as they are.
    pub unchanged: u64,
    /// Files that are no documents.
    pub skipped: u64,
    /// Documents that cannot be ingested.
    pub failed: u64,
    /// The first of those.
    pub failed_documents: Vec<FailedDocument>,
    /// Pages, in formats that have pages.
    pub pages: u64,
    /// The extracted text.
    pub text_bytes: u64,
    /// Chunks to embed.
    pub chunks: u64,
    /// Their tokens, title and headings included.
    pub tokens: u64,
    /// What the model did with a sample of these chunks on this machine; 0 without chunks.
    pub tokens_per_second: f64,
    /// How long the ingest would take: as long as embedding, or as reading took just now if that was longer.
    pub seconds: f64,
    /// What it would add on disk.
    pub disk: DiskEstimate,
    /// Whether it was cancelled: the figures are of what was read until then.
    pub interrupted: bool,
}

/// What an ingest would add on disk. Indexes and free space of the files come on top.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DiskEstimate {
    /// Four bytes for each dimension of each chunk.
    pub vectors_bytes: u64,
    /// The words of each chunk with their weights, by the words in the sample.
    pub lexical_bytes: u64,
    /// The text of each chunk and the head of its document, which the store keeps with it.
    pub payload_bytes: u64,
    /// The texts in the catalog, compressed.
    pub texts_bytes: u64,
}

impl DiskEstimate {
    /// All of it.
    pub fn total_bytes(&self) -> u64 {
        self.vectors_bytes + self.lexical_bytes + self.payload_bytes + self.texts_bytes
    }
}

/// What is known so far: some counts, and a few chunks.
#[derive(Default)]
struct Survey {
    estimate: Estimate,
    sample: Sample,
}

impl Ingestor {
    /// Reads, extracts and splits everything, embeds a few of the chunks, and writes nothing.
    ///
    /// Duplicates are not recognised: they count as documents. Takes as long as reading does.
    pub async fn estimate(
        &self,
        collection: &CollectionName,
        items: impl Iterator<Item = SourceItem> + Send + 'static,
        cancel: CancellationToken,
    ) -> Result<Estimate> {
        let model = match self.catalog.collection(collection).await? {
            Some(spec) => Some(self.models.of(&*self.catalog, &spec).await?),
            None => None,
        };
        let embedder = model.clone().unwrap_or_else(|| Arc::clone(self.models.configured()));
        let started = Instant::now();
        let surveyor = Arc::new(Surveyor {
            ingestor: self.clone(),
            stored_in: model.is_some().then(|| collection.clone()),
            chunker: self.chunkers.for_collection(collection, &embedder),
            embedder: Arc::clone(&embedder),
        });
        let (sender, read) = mpsc::channel(READ_AHEAD);
        let reader = tokio::task::spawn_blocking(move || {
            for item in items {
                if sender.blocking_send(item).is_err() {
                    return;
                }
            }
        });
        let items = futures::stream::unfold(read, |mut read| async move { Some((read.recv().await?, read)) });
        let surveys = items
            .map(|item| {
                let surveyor = Arc::clone(&surveyor);
                Ok(AbortOnDropHandle::new(tokio::spawn(async move { surveyor.look_at(item).await })))
            })
            .try_buffer_unordered(std::thread::available_parallelism().map_or(2, usize::from));
        let mut surveys = std::pin::pin!(surveys.take_until(cancel.cancelled()));
        let mut survey = Survey::default();
        while let Some(next) = surveys.try_next().await.map_err(IngestError::Task)? {
            survey.add(next?);
        }
        let mut estimate = survey.estimate;
        estimate.interrupted = cancel.is_cancelled();
        if !estimate.interrupted {
            reader.await.map_err(IngestError::Task)?;
        }
        estimate.seconds = started.elapsed().as_secs_f64();
        self.project(estimate, survey.sample, &*embedder).await
    }

    /// From counts and a sample to time and disk.
    async fn project(&self, mut estimate: Estimate, sample: Sample, embedder: &dyn Embedder) -> Result<Estimate> {
        let chunks = estimate.chunks as f64;
        estimate.disk.vectors_bytes = estimate.chunks * embedder.spec().dimension as u64 * size_of::<f32>() as u64;
        estimate.disk.texts_bytes = (estimate.text_bytes as f64 * COMPRESSED_SHARE) as u64;
        estimate.disk.lexical_bytes = (chunks * sample.mean_words(&*self.lexical) * LEXICAL_BYTES_PER_WORD) as u64;
        if let Some(rate) = sample.tokens_per_second(embedder).await? {
            estimate.tokens_per_second = rate;
            estimate.seconds = estimate.seconds.max(estimate.tokens as f64 / rate);
        }
        Ok(estimate)
    }
}

/// Looks at one thing after the other.
struct Surveyor {
    ingestor: Ingestor,
    chunker: Chunker,
    embedder: Arc<dyn Embedder>,
    /// The collection, if there is one already.
    stored_in: Option<CollectionName>,
}

impl Surveyor {
    async fn look_at(&self, item: SourceItem) -> Result<Survey> {
        let mut survey = Survey::default();
        match item {
            SourceItem::Document(raw) => self.survey_document(raw, &mut survey).await?,
            SourceItem::Unchanged { .. } => survey.estimate.unchanged += 1,
            SourceItem::Skipped(_) => survey.estimate.skipped += 1,
            SourceItem::Failed(failed) => survey.fail(failed),
        }
        Ok(survey)
    }

    /// A document, or the members of an archive and of the archives in it.
    async fn survey_document(&self, raw: RawDocument, survey: &mut Survey) -> Result<()> {
        let deepest = self.ingestor.extractor.config().max_archive_depth;
        let mut open: Vec<MemberStream> = Vec::new();
        let mut next = Some(raw);
        loop {
            if let Some(raw) = next.take() {
                let (source, revision) = (raw.source.clone(), self.chunker.config().revision_of(&self.ingestor.readers.content(&raw)));
                if self.is_stored(raw.id(), &revision).await? {
                    survey.estimate.unchanged += 1;
                    continue;
                }
                match self.read(raw, revision, survey).await {
                    Ok(Some(_)) if open.len() >= deepest => {
                        survey.fail(FailedDocument::at(source, Stage::Extract, format!("is an archive inside {deepest} others")));
                    }
                    Ok(Some(members)) => open.push(members),
                    Ok(None) => {}
                    Err(error) => survey.fail(FailedDocument::new(source, &error)),
                }
            }
            let Some(innermost) = open.last_mut() else { return Ok(()) };
            match innermost.next().await {
                Some(Ok(member)) => next = Some(member),
                Some(Err(failed)) => survey.fail(failed),
                None => drop(open.pop()),
            }
        }
    }

    async fn is_stored(&self, document: DocumentId, revision: &Revision) -> Result<bool> {
        let Some(collection) = &self.stored_in else { return Ok(false) };
        let state = self.ingestor.catalog.states(collection, &[document]).await?.remove(&document);
        Ok(state.is_some_and(|state| state.revision == *revision && state.indexed_at.is_some()))
    }

    /// Counts a document; returns the members of one that holds others.
    async fn read(&self, raw: RawDocument, revision: Revision, survey: &mut Survey) -> Result<Option<MemberStream>> {
        let document = match self.ingestor.extractor.read(raw, revision).await? {
            Extracted::Document(document) => document,
            Extracted::Members(members) => return Ok(Some(members)),
        };
        let (chunker, embedder) = (self.chunker.clone(), Arc::clone(&self.embedder));
        let split = tokio::task::spawn_blocking(move || Survey::of(&document, &chunker, |text| embedder.count_tokens(text)));
        survey.add(split.await.map_err(IngestError::Task)?.map_err(Error::from)?);
        Ok(None)
    }
}

impl Survey {
    fn of(document: &Document, chunker: &Chunker, count_tokens: impl Fn(&str) -> usize) -> Result<Self, IngestError> {
        let mut survey = Self::default();
        let head_bytes = serde_json::to_string(&document.head).map_or(0, |head| head.len()) as u64;
        for chunk in chunker.split(document)? {
            let header = chunk.table_header.and_then(|header| header.of(&document.text));
            let text = embedded_text(&document.head, &chunk.heading_path, header, chunk.span.of(&document.text).unwrap_or_default());
            survey.estimate.chunks += 1;
            survey.estimate.tokens += count_tokens(&text) as u64;
            survey.estimate.disk.payload_bytes += text.len() as u64 + head_bytes;
            survey.sample.offer(chunk.id, text, &document.head.language);
        }
        survey.estimate.documents = 1;
        survey.estimate.pages = document.pages.len() as u64;
        survey.estimate.text_bytes = document.text.len() as u64;
        Ok(survey)
    }

    fn fail(&mut self, failed: FailedDocument) {
        self.estimate.failed += 1;
        if self.estimate.failed_documents.len() < MAX_NAMED {
            self.estimate.failed_documents.push(failed);
        }
    }

    fn add(&mut self, other: Self) {
        let (all, one) = (&mut self.estimate, other.estimate);
        all.documents += one.documents;
        all.unchanged += one.unchanged;
        all.skipped += one.skipped;
        all.failed += one.failed;
        all.pages += one.pages;
        all.text_bytes += one.text_bytes;
        all.chunks += one.chunks;
        all.tokens += one.tokens;
        all.disk.payload_bytes += one.disk.payload_bytes;
        let room = MAX_NAMED.saturating_sub(all.failed_documents.len());
        all.failed_documents.extend(one.failed_documents.into_iter().take(room));
        self.sample.merge(other.sample);
    }
}
