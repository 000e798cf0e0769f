//! Groups of chunks, large enough to be sorted by length and batched well, small enough to be lost without pain.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use ragstone_core::{Chunk, EmbeddedChunk, Result};
use tokio::sync::mpsc;

use super::Ingestor;
use super::plan::PlannedDocument;
use crate::IngestError;
use crate::chunk::{cut, embedded_text};

/// A group is embedded when it has so many chunks, or when nothing more came for so long.
const GROUP_CHUNKS: usize = 96;
const GROUP_WAIT: Duration = Duration::from_millis(300);

/// Or when its documents' texts, which stay in memory until it is committed, have so many bytes.
const GROUP_TEXT_BYTES: usize = 16 << 20;

/// Part of a document's chunks; a long document takes several.
pub(super) struct Work {
    pub(super) document: Arc<PlannedDocument>,
    /// Those to embed.
    pub(super) chunks: Vec<Chunk>,
    /// Whether this is the document's first part: the catalog must hear of it.
    pub(super) first: bool,
    /// Whether this is the document's last part: it can be completed.
    pub(super) last: bool,
}

/// What is embedded and committed together.
#[derive(Default)]
pub(super) struct Group {
    pub(super) works: Vec<Work>,
    chunks: usize,
    text_bytes: usize,
}

/// A group with its vectors.
pub(super) struct EmbeddedGroup {
    pub(super) works: Vec<Work>,
    pub(super) chunks: Vec<EmbeddedChunk>,
}

/// Cuts planned documents into groups.
pub(super) fn groups(planned: mpsc::Receiver<PlannedDocument>) -> impl Stream<Item = Group> {
    futures::stream::unfold((planned, Vec::new().into_iter()), |(mut planned, mut rest)| async move {
        let mut group = Group::default();
        loop {
            for work in rest.by_ref() {
                group.push(work);
                if group.is_full() {
                    return Some((group, (planned, rest)));
                }
            }
            match next(&mut planned, group.works.is_empty()).await {
                Some(document) => rest = works(document).into_iter(),
                None if group.works.is_empty() => return None,
                None => return Some((group, (planned, rest))),
            }
        }
    })
}

/// The next document; nothing when there is no more, or when a group that has begun should not wait any longer.
async fn next(planned: &mut mpsc::Receiver<PlannedDocument>, may_wait: bool) -> Option<PlannedDocument> {
    if may_wait {
        return planned.recv().await;
    }
    tokio::time::timeout(GROUP_WAIT, planned.recv()).await.ok().flatten()
}

fn works(document: PlannedDocument) -> Vec<Work> {
    let record = Arc::clone(&document.record);
    let new = record.chunks.iter().enumerate().filter(|(_, chunk)| !document.kept.contains(&chunk.id));
    let mut chunks: Vec<Chunk> = new.filter_map(|(ordinal, chunk)| cut(&record.document, ordinal, chunk)).collect();
    let document = Arc::new(document);
    let mut works = Vec::new();
    loop {
        let rest = if chunks.len() > GROUP_CHUNKS { chunks.split_off(GROUP_CHUNKS) } else { Vec::new() };
        let last = rest.is_empty();
        works.push(Work { document: Arc::clone(&document), chunks, first: works.is_empty(), last });
        if last {
            return works;
        }
        chunks = rest;
    }
}

impl Group {
    fn push(&mut self, work: Work) {
        self.chunks += work.chunks.len();
        self.text_bytes += work.document.record.document.text.len();
        self.works.push(work);
    }

    /// Documents count too: thousands of unchanged chunks under a new title still are work.
    fn is_full(&self) -> bool {
        self.chunks >= GROUP_CHUNKS || self.works.len() >= GROUP_CHUNKS || self.text_bytes >= GROUP_TEXT_BYTES
    }
}

impl Ingestor {
    /// Embeds a group's chunks, both ways.
    pub(super) async fn embed(&self, mut group: Group) -> Result<EmbeddedGroup> {
        let mut pending = Vec::with_capacity(group.chunks);
        for work in &mut group.works {
            let head = Arc::new(work.document.record.document.head.clone());
            pending.extend(work.chunks.drain(..).map(|chunk| (Arc::clone(&head), chunk)));
        }
        let texts: Vec<String> = pending.iter().map(|(head, chunk)| embedded_text(head, &chunk.heading_path, &chunk.text)).collect();
        let lexical = {
            let encoder = Arc::clone(&self.lexical);
            let inputs: Vec<_> = texts.iter().cloned().zip(pending.iter().map(|(head, _)| head.language.clone())).collect();
            tokio::task::spawn_blocking(move || {
                inputs.iter().map(|(text, language)| encoder.encode_passage(text, language)).collect::<Vec<_>>()
            })
        };
        let dense = self.embedder.embed_passages(texts).await?;
        if dense.len() != pending.len() {
            return Err(IngestError::VectorCount { texts: pending.len(), vectors: dense.len() }.into());
        }
        let lexical = lexical.await.map_err(IngestError::Task)?;
        let chunks = pending
            .into_iter()
            .zip(dense)
            .zip(lexical)
            .map(|(((head, chunk), dense), lexical)| EmbeddedChunk { chunk, head, dense, lexical })
            .collect();
        Ok(EmbeddedGroup { works: group.works, chunks })
    }
}
