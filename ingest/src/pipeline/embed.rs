//! Groups of chunks, large enough to be sorted by length and batched well, small enough to be lost without pain.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use ragstone_core::{Chunk, DocumentHead, DocumentRecord, EmbeddedChunk, Language, Result, SparseVector};
use tokio::sync::mpsc;

use super::Ingestor;
use super::plan::{Planned, PlannedDocument};
use super::run::Run;
use crate::IngestError;
use crate::chunk::{cut, embedded_text, text_above};

/// A group is embedded when it has so many chunks, or when nothing more came for so long.
const GROUP_CHUNKS: usize = 96;
const GROUP_WAIT: Duration = Duration::from_millis(300);

/// Or when its documents' texts, which stay in memory until it is committed, have so many bytes.
const GROUP_TEXT_BYTES: usize = 16 << 20;

/// Part of a document's chunks; a long document takes several.
pub(super) struct Work {
    pub(super) document: Arc<PlannedDocument>,
    /// Those to store with their vectors.
    pub(super) chunks: Vec<Chunk>,
    /// What the catalog must hear of before this part is stored: with the first part of a document all that is begun with it.
    pub(super) begins: Vec<Arc<DocumentRecord>>,
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
    /// How many of the chunks went through the model.
    pub(super) embedded: u64,
}

/// Cuts planned documents into groups.
pub(super) fn groups(planned: mpsc::Receiver<Planned>) -> impl Stream<Item = Group> {
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
                Some(together) => rest = works(together).into_iter(),
                None if group.works.is_empty() => return None,
                None => return Some((group, (planned, rest))),
            }
        }
    })
}

/// The next document; nothing when there is no more, or when a group that has begun should not wait any longer.
async fn next(planned: &mut mpsc::Receiver<Planned>, may_wait: bool) -> Option<Planned> {
    if may_wait {
        return planned.recv().await;
    }
    tokio::time::timeout(GROUP_WAIT, planned.recv()).await.ok().flatten()
}

fn works(together: Planned) -> Vec<Work> {
    let mut begins: Vec<Arc<DocumentRecord>> = together.iter().map(|document| Arc::clone(&document.record)).collect();
    let mut works = Vec::new();
    for document in together {
        let mut chunks = new_chunks(&document);
        let document = Arc::new(document);
        loop {
            let rest = if chunks.len() > GROUP_CHUNKS { chunks.split_off(GROUP_CHUNKS) } else { Vec::new() };
            let last = rest.is_empty();
            works.push(Work { document: Arc::clone(&document), chunks, begins: std::mem::take(&mut begins), last });
            if last {
                break;
            }
            chunks = rest;
        }
    }
    works
}

/// What is not stored yet; of a duplicate, nothing ever is.
fn new_chunks(document: &PlannedDocument) -> Vec<Chunk> {
    let record = &document.record;
    if record.same_as.is_some() {
        return Vec::new();
    }
    let new = record.chunks.iter().enumerate().filter(|(_, chunk)| !document.kept.contains(&chunk.id));
    new.filter_map(|(ordinal, chunk)| cut(&record.document, ordinal, chunk)).collect()
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

/// A chunk on its way through both encoders.
struct Passage {
    chunk: Chunk,
    head: Arc<DocumentHead>,
    text: String,
    /// Known already, or not yet.
    dense: Option<Vec<f32>>,
}

impl Ingestor {
    /// Embeds a group's chunks, both ways. Where the vector is known, the model is not asked.
    pub(super) async fn embed(&self, mut group: Group, run: &Run) -> Result<EmbeddedGroup> {
        let mut passages = Vec::with_capacity(group.chunks);
        for work in &mut group.works {
            let head = Arc::new(work.document.record.document.head.clone());
            for chunk in work.chunks.drain(..) {
                let text = embedded_text(&head, &chunk.heading_path, chunk.table_header.as_deref(), &chunk.text);
                let dense = work.document.vectors.get(&chunk.id).cloned();
                passages.push(Passage { chunk, head: Arc::clone(&head), text, dense });
            }
        }
        let lexical = {
            let encoder = Arc::clone(&self.lexical);
            let inputs: Vec<_> = passages.iter().map(Passage::lexical_input).collect();
            tokio::task::spawn_blocking(move || {
                let encode = |input: &LexicalInput| encoder.encode_chunk(&input.above, &input.text, &input.language);
                inputs.iter().map(encode).collect::<Vec<_>>()
            })
        };
        let embedded = self.embed_unknown(&mut passages, run).await?;
        let lexical = lexical.await.map_err(IngestError::Task)?;
        let chunks = passages.into_iter().zip(lexical).filter_map(|(passage, lexical)| passage.finished(lexical)).collect();
        Ok(EmbeddedGroup { works: group.works, chunks, embedded })
    }

    /// Fills in the vectors that are missing; says how many they were.
    async fn embed_unknown(&self, passages: &mut [Passage], run: &Run) -> Result<u64> {
        let mut unknown: Vec<&mut Passage> = passages.iter_mut().filter(|passage| passage.dense.is_none()).collect();
        if unknown.is_empty() {
            return Ok(0);
        }
        let texts: Vec<String> = unknown.iter_mut().map(|passage| std::mem::take(&mut passage.text)).collect();
        let vectors = {
            let _busy = run.model_at_work();
            run.target.embedder.embed_passages(texts).await?
        };
        if vectors.len() != unknown.len() {
            return Err(IngestError::VectorCount { texts: unknown.len(), vectors: vectors.len() }.into());
        }
        let count = unknown.len() as u64;
        for (passage, vector) in unknown.into_iter().zip(vectors) {
            passage.dense = Some(vector);
        }
        Ok(count)
    }
}

/// What the words of a chunk are counted in.
struct LexicalInput {
    above: String,
    text: String,
    language: Language,
}

impl Passage {
    fn lexical_input(&self) -> LexicalInput {
        let above = text_above(&self.head, &self.chunk.heading_path);
        LexicalInput { above, text: self.text.clone(), language: self.head.language.clone() }
    }

    fn finished(self, lexical: SparseVector) -> Option<EmbeddedChunk> {
        let Self { chunk, head, dense, .. } = self;
        Some(EmbeddedChunk { chunk, head, dense: dense?, lexical })
    }
}
