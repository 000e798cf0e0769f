//! What the vectors of another model would take, before they are computed.

use std::path::Path;
use std::sync::Arc;

use ragstone_core::{CollectionName, DocumentRecord, Embedder, EmbeddingSpec, Result};
use serde::{Deserialize, Serialize};

use crate::chunk::{cut, embedded_text};
use crate::estimate::{LEXICAL_BYTES_PER_WORD, Sample};
use crate::pipeline::Ingestor;
use crate::{DiskEstimate, IngestError};

/// So many chunks are looked at; what all of them have is told from these.
const MOST_COUNTED: u64 = 20_000;

/// So many documents are listed at once.
const PAGE: u64 = 500;

/// Tokens that the model puts around a text.
const SPECIAL_TOKENS: usize = 2;

/// What the vectors of another model would take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelEstimate {
    /// The collection's model.
    pub from: EmbeddingSpec,
    /// The model in the folder.
    pub to: EmbeddingSpec,
    /// Documents of the collection.
    pub documents: u64,
    /// Their chunks: so many vectors.
    pub chunks: u64,
    /// How many of the chunks were looked at; of more than 20,000, the rest is taken to be like them.
    pub counted: u64,
    /// Tokens, as the other model counts them.
    pub tokens: u64,
    /// Chunks that are longer than the other model reads: their ends would not be in the vector.
    pub truncated: u64,
    /// What the other model did with a sample on this machine; 0 without chunks.
    pub tokens_per_second: f64,
    /// How long it would take, when nothing else is done.
    pub seconds: f64,
    /// What its index takes on disk, until one of the two is dropped.
    pub disk: DiskEstimate,
}

/// What is known of the chunks that were looked at.
#[derive(Default)]
struct Counted {
    chunks: u64,
    tokens: u64,
    truncated: u64,
    payload_bytes: u64,
    sample: Sample,
}

impl Ingestor {
    /// What it would take to give a collection the model in a folder: counts its chunks and embeds a few of them; nothing is written.
    pub async fn estimate_model(&self, collection: &CollectionName, folder: &Path) -> Result<ModelEstimate> {
        let spec = self.existing(collection).await?;
        let embedder = self.open_other(&spec, folder).await?;
        let chunks = self.catalog.expected(collection).await?.len() as u64;
        let documents = self.catalog.documents(collection, 0, 1).await?.total;
        let counted = self.count(collection, &embedder).await?;

        let scale = if counted.chunks == 0 { 0.0 } else { chunks as f64 / counted.chunks as f64 };
        let scaled = |count: u64| (count as f64 * scale).round() as u64;
        let disk = DiskEstimate {
            vectors_bytes: chunks * embedder.spec().dimension as u64 * size_of::<f32>() as u64,
            lexical_bytes: (chunks as f64 * counted.sample.mean_words(&*self.lexical) * LEXICAL_BYTES_PER_WORD) as u64,
            payload_bytes: scaled(counted.payload_bytes),
            texts_bytes: 0,
        };
        let tokens = scaled(counted.tokens);
        let rate = counted.sample.tokens_per_second(&*embedder).await?.unwrap_or_default();
        Ok(ModelEstimate {
            from: spec.embedding,
            to: embedder.spec().clone(),
            documents,
            chunks,
            counted: counted.chunks,
            tokens,
            truncated: scaled(counted.truncated),
            tokens_per_second: rate,
            seconds: if rate > 0.0 { tokens as f64 / rate } else { 0.0 },
            disk,
        })
    }

    /// Looks at documents, by source, until enough chunks are counted.
    async fn count(&self, collection: &CollectionName, embedder: &Arc<dyn Embedder>) -> Result<Counted> {
        let mut counted = Counted::default();
        let mut offset = 0;
        loop {
            let page = self.catalog.documents(collection, offset, PAGE).await?.documents;
            offset += page.len() as u64;
            let is_last = (page.len() as u64) < PAGE;
            for summary in page {
                if counted.chunks >= MOST_COUNTED {
                    return Ok(counted);
                }
                let record = self.catalog.document(collection, summary.head.id).await?;
                let Some(record) = record.filter(|record| record.same_as.is_none()) else { continue };
                let embedder = Arc::clone(embedder);
                let task = tokio::task::spawn_blocking(move || {
                    counted.add(&record, &*embedder);
                    counted
                });
                counted = task.await.map_err(IngestError::Task)?;
            }
            if is_last {
                return Ok(counted);
            }
        }
    }
}

impl Counted {
    fn add(&mut self, record: &DocumentRecord, embedder: &dyn Embedder) {
        let head = &record.document.head;
        let head_bytes = serde_json::to_string(head).map_or(0, |head| head.len()) as u64;
        let room = embedder.spec().max_tokens.saturating_sub(SPECIAL_TOKENS);
        for (ordinal, chunk) in record.chunks.iter().enumerate() {
            let Some(chunk) = cut(&record.document, ordinal, chunk) else { continue };
            let text = embedded_text(head, &chunk.heading_path, chunk.table_header.as_deref(), &chunk.text);
            let tokens = embedder.count_tokens(&text);
            self.chunks += 1;
            self.tokens += tokens.min(room) as u64;
            self.truncated += u64::from(tokens > room);
            self.payload_bytes += text.len() as u64 + head_bytes;
            self.sample.offer(chunk.id, text, &head.language);
        }
    }
}
