//! From what is read to what must be done for it, several documents at once and in the order of the source.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use ragstone_core::{ChunkId, DocumentId, DocumentRecord, Result, Stage};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::budget::Weight;
use super::prepare::Prepared;
use super::read::Incoming;
use super::run::Run;
use super::{Attempts, Ingestor};
use crate::report::{MAX_SOURCE_BYTES, is_keepable};
use crate::{Chunker, FailedDocument, Outcome};

/// So many documents at once are compared with the catalog before they are extracted, and settled after.
const TOGETHER: usize = 128;

/// Plans the documents of one run.
pub(super) struct Planner {
    pub(super) ingestor: Ingestor,
    pub(super) chunker: Chunker,
    pub(super) run: Arc<Run>,
    pub(super) attempts: Attempts,
}

/// What must be begun together: a document, and what becomes of the duplicates of its former version.
pub(super) type Planned = Vec<PlannedDocument>;

/// A document that is to be stored.
pub(super) struct PlannedDocument {
    /// Text and chunks as they shall be.
    pub(super) record: Arc<DocumentRecord>,
    /// Chunks whose vectors are stored already.
    pub(super) kept: HashSet<ChunkId>,
    /// Chunks of the former version that are not in this one.
    pub(super) obsolete: Vec<ChunkId>,
    /// Vectors that are known from a document of the same content.
    pub(super) vectors: HashMap<ChunkId, Vec<f32>>,
    /// What it will count as; nothing for a repair.
    pub(super) outcome: Option<Outcome>,
    /// Its share of the memory.
    #[expect(dead_code, reason = "held until the document is committed")]
    pub(super) weight: Option<Weight>,
}

impl PlannedDocument {
    /// A record to be written whose chunks are all new, if it has any of its own.
    pub(super) fn rewritten(record: DocumentRecord) -> Self {
        Self { record: Arc::new(record), kept: HashSet::new(), obsolete: Vec::new(), vectors: HashMap::new(), outcome: None, weight: None }
    }

    pub(super) fn id(&self) -> DocumentId {
        self.record.document.head.id
    }
}

impl Planner {
    /// Plans what is read and passes it on; unchanged and failed documents end here.
    pub(super) async fn plan_all(self: Arc<Self>, read: mpsc::Receiver<Incoming>, planned: mpsc::Sender<Planned>) -> Result<()> {
        let batches = futures::stream::unfold(read, |mut read| async move {
            let mut batch = Vec::new();
            (read.recv_many(&mut batch, TOGETHER).await > 0).then_some((batch, read))
        });
        self.plan_stream(batches.boxed(), &planned, 0).await
    }

    /// Plans documents, or the members of an archive that lies in `depth` others.
    pub(super) async fn plan_stream(
        self: &Arc<Self>,
        batches: BoxStream<'static, Vec<Incoming>>,
        planned: &mpsc::Sender<Planned>,
        depth: usize,
    ) -> Result<()> {
        let (sifter, preparer) = (Arc::clone(self), Arc::clone(self));
        let changed = batches.then(move |batch| Arc::clone(&sifter).sift(batch));
        let changed = changed.map_ok(|batch| futures::stream::iter(batch.into_iter().map(Ok))).try_flatten();
        let prepared = changed.map_ok(move |incoming| Arc::clone(&preparer).prepare_aside(incoming)).try_buffered(at_once());
        let mut prepared = std::pin::pin!(prepared.ready_chunks(TOGETHER));
        while let Some(batch) = prepared.next().await {
            let mut documents = Vec::new();
            for one in batch {
                match one? {
                    Prepared::Document(document) => documents.push(*document),
                    Prepared::Failed(failed) => self.run.fail(failed),
                    Prepared::Archive(archive) => {
                        self.settle(std::mem::take(&mut documents), planned).await?;
                        self.plan_members(*archive, planned, depth).await?;
                    }
                }
            }
            self.settle(documents, planned).await?;
            if planned.is_closed() {
                break;
            }
        }
        Ok(())
    }

    /// What is not stored in its present form.
    async fn sift(self: Arc<Self>, batch: Vec<Incoming>) -> Result<Vec<Incoming>> {
        let run = &self.run;
        let ids: Vec<DocumentId> = batch.iter().map(|incoming| incoming.raw.id()).collect();
        let states = self.ingestor.catalog.states(&run.collection, &ids).await?;
        let mut changed = Vec::new();
        for (incoming, id) in batch.into_iter().zip(ids) {
            run.read(incoming.raw.bytes.len());
            let Incoming { raw, content, .. } = &incoming;
            if !run.first_sight(id) {
                run.fail(FailedDocument::at(raw.source.clone(), Stage::Source, "comes twice in one ingest; the first was taken"));
                continue;
            }
            if !is_keepable(&raw.source) {
                let reason =
                    format!("its source must have no NUL character and at most {MAX_SOURCE_BYTES} bytes, and has {}", raw.source.len());
                run.fail(FailedDocument::at(raw.source.clone(), Stage::Source, reason));
                continue;
            }
            let revision = self.chunker.config().revision_of(content);
            if states.get(&id).is_some_and(|state| state.revision == revision && state.indexed_at.is_some()) {
                run.done(id, incoming.raw.source, Outcome::Unchanged);
            } else {
                changed.push(incoming);
            }
        }
        Ok(changed)
    }

    /// Prepares a document in a task of its own.
    async fn prepare_aside(self: Arc<Self>, incoming: Incoming) -> Result<Prepared> {
        let source = incoming.raw.source.clone();
        let task = AbortOnDropHandle::new(tokio::spawn(async move { self.prepare(incoming).await }));
        // A panic over one document is that document's failure.
        Ok(task.await.unwrap_or_else(|error| Prepared::Failed(FailedDocument::at(source, Stage::Extract, error.to_string()))))
    }
}

/// How many documents are prepared at once.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 16))
}
