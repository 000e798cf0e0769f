//! What a store has of some documents against what it should have.

use std::collections::HashMap;
use std::sync::Arc;

use ragstone_core::{ChunkId, DocumentRecord, Revision, StoredChunk};

use crate::pipeline::own_chunks;

pub(super) struct Difference {
    pub(super) missing: Vec<ChunkId>,
    pub(super) stray: Vec<ChunkId>,
    /// What is there in the right version, by document, in the order of its chunks.
    pub(super) kept: Vec<Vec<ChunkId>>,
}

impl Difference {
    pub(super) fn between(records: &[Arc<DocumentRecord>], stored: &[StoredChunk]) -> Self {
        let mut stored: HashMap<ChunkId, &Revision> = stored.iter().map(|chunk| (chunk.id, &chunk.revision)).collect();
        let (mut missing, mut kept) = (Vec::new(), Vec::new());
        for record in records {
            let revision = &record.document.head.revision;
            let (there, absent): (Vec<ChunkId>, Vec<ChunkId>) =
                own_chunks(record).partition(|chunk| stored.remove(chunk) == Some(revision));
            missing.extend(absent);
            kept.push(there);
        }
        Self { missing, stray: stored.into_keys().collect(), kept }
    }
}
