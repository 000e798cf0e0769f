//! Whether two stores answer alike.

use std::collections::HashSet;
use std::sync::Arc;

use ragstone_core::{ChunkId, IndexName, Result, Scored, StoredChunk, Thoroughness, VectorQuery, VectorStore, WhichVector};
use serde::Serialize;

use crate::IngestError;

/// So many chunks are asked for in both places.
const SAMPLES: usize = 50;

/// Passages of each answer that are compared.
const DEPTH: usize = 10;

/// Scores may differ so little: one store keeps vectors as they are given, another may scale them again.
const TOLERANCE: f32 = 1e-4;

/// How two places answered the same queries, every vector being compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Verification {
    /// Queries that were asked, each by meaning and by words: vectors of stored chunks.
    pub queries: u64,
    /// Share of the first ten by meaning that both have, 0 to 1; at least one of equal scores may differ.
    pub dense_overlap: f64,
    /// The same by words. A term's rarity may differ a little until a store has cleaned up what was deleted.
    pub lexical_overlap: f64,
}

/// Refuses places whose answers by meaning differ in more than the order of equals.
pub(super) async fn compare(
    from: &Arc<dyn VectorStore>,
    to: &Arc<dyn VectorStore>,
    index: &IndexName,
    expected: &[StoredChunk],
) -> Result<Verification> {
    let step = expected.len().div_ceil(SAMPLES).max(1);
    let sample: Vec<ChunkId> = expected.iter().step_by(step).map(|chunk| chunk.id).collect();
    let (mut dense, mut lexical) = (Vec::new(), Vec::new());
    for chunk in from.embedded(index, &sample).await? {
        let queries = [WhichVector::Dense(chunk.dense), WhichVector::Lexical(chunk.lexical)];
        let queries: Vec<VectorQuery> = queries.map(query).into();
        let (here, there) = (from.search(index, queries.clone()).await?, to.search(index, queries).await?);
        let mut pairs = here.iter().zip(&there);
        if let (Some(by_meaning), Some(by_words)) = (pairs.next(), pairs.next()) {
            if !are_alike(by_meaning.0, by_meaning.1) {
                return Err(IngestError::MigrationDiffers { collection: index.collection().clone(), chunk: chunk.chunk.id }.into());
            }
            dense.push(overlap(by_meaning.0, by_meaning.1));
            lexical.push(overlap(by_words.0, by_words.1));
        }
    }
    let mean = |shares: &[f64]| if shares.is_empty() { 1.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 };
    Ok(Verification { queries: dense.len() as u64, dense_overlap: mean(&dense), lexical_overlap: mean(&lexical) })
}

fn query(vector: WhichVector) -> VectorQuery {
    VectorQuery { vector, filter: None, among: None, limit: DEPTH, thoroughness: Thoroughness::Exact }
}

/// Equal scores, rank by rank: which of several equals comes first, or last of all, says nothing.
fn are_alike(here: &[Scored], there: &[Scored]) -> bool {
    here.len() == there.len() && here.iter().zip(there).all(|(one, other)| (one.score - other.score).abs() <= TOLERANCE)
}

fn overlap(here: &[Scored], there: &[Scored]) -> f64 {
    if here.is_empty() && there.is_empty() {
        return 1.0;
    }
    let here: HashSet<ChunkId> = here.iter().map(|scored| scored.id).collect();
    let common = there.iter().filter(|scored| here.contains(&scored.id)).count();
    common as f64 / here.len().max(there.len()) as f64
}
