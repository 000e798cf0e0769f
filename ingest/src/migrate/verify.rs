//! Whether two stores have the same and answer alike.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ragstone_core::{
    ChunkId, EmbeddedChunk, ErrorKind, IndexName, Result, Scored, SparseVector, StoredChunk, Thoroughness, VectorQuery, VectorStore,
    WhichVector,
};
use serde::Serialize;

use crate::IngestError;

/// So many chunks are asked for in both places.
const SAMPLES: usize = 50;

/// Passages of each answer that are compared.
const DEPTH: usize = 10;

/// Scores, lengths and directions may differ so little: one store keeps vectors as they are given, another may scale them again.
const TOLERANCE: f32 = 1e-4;

/// How two places compare: what they have of sampled chunks, and how they answer the same queries, every vector being compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// Sampled chunks whose vectors are the same in both.
    pub vectors: u64,
    /// Queries that both answered, each by meaning and by words: vectors of those chunks.
    pub queries: u64,
    /// Share of the first ten by meaning that both have, 0 to 1; at least one of equal scores may differ. Nothing without queries.
    pub dense_overlap: Option<f64>,
    /// The same by words. A term's rarity may differ a little until a store has cleaned up what was deleted.
    pub lexical_overlap: Option<f64>,
    /// Why no more was asked: what a store said that could not answer in time. To compare every vector of a large collection
    /// may take longer than a search is allowed to.
    pub unanswered: Option<String>,
}

/// Refuses places whose vectors are not the same, or whose answers by meaning differ in more than the order of equals.
pub(super) async fn compare(
    from: &Arc<dyn VectorStore>,
    to: &Arc<dyn VectorStore>,
    index: &IndexName,
    expected: &[StoredChunk],
) -> Result<Verification> {
    let step = expected.len().div_ceil(SAMPLES).max(1);
    let sample: Vec<ChunkId> = expected.iter().step_by(step).map(|chunk| chunk.id).collect();
    let differs = |chunk: ChunkId| IngestError::MigrationDiffers { collection: index.collection().clone(), chunk };
    let (here, there) = (from.embedded(index, &sample).await?, to.embedded(index, &sample).await?);
    let there: HashMap<ChunkId, EmbeddedChunk> = there.into_iter().map(|chunk| (chunk.chunk.id, chunk)).collect();
    for chunk in &here {
        if there.get(&chunk.chunk.id).is_none_or(|there| !have_same_vectors(chunk, there)) {
            return Err(differs(chunk.chunk.id).into());
        }
    }
    let (vectors, mut unanswered) = (here.len() as u64, None);
    let (mut dense, mut lexical) = (Vec::new(), Vec::new());
    for chunk in here {
        let queries = [WhichVector::Dense(chunk.dense), WhichVector::Lexical(chunk.lexical)];
        let queries: Vec<VectorQuery> = queries.map(query).into();
        let answers = match ask_both(from, to, index, queries).await {
            Ok(answers) => answers,
            Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Overloaded | ErrorKind::Timeout) => {
                unanswered = Some(error.to_string());
                break;
            }
            Err(error) => return Err(error),
        };
        let mut pairs = answers.here.iter().zip(&answers.there);
        if let (Some(by_meaning), Some(by_words)) = (pairs.next(), pairs.next()) {
            if !are_alike(by_meaning.0, by_meaning.1) {
                return Err(differs(chunk.chunk.id).into());
            }
            dense.push(overlap(by_meaning.0, by_meaning.1));
            lexical.push(overlap(by_words.0, by_words.1));
        }
    }
    let queries = dense.len() as u64;
    Ok(Verification { vectors, queries, dense_overlap: mean(&dense), lexical_overlap: mean(&lexical), unanswered })
}

/// Whether a chunk was stored with the same vectors twice.
pub(super) fn have_same_vectors(one: &EmbeddedChunk, other: &EmbeddedChunk) -> bool {
    are_parallel(&one.dense, &other.dense) && are_equal(&one.lexical, &other.lexical)
}

/// Only the direction counts: lengths make no difference to a cosine.
fn are_parallel(one: &[f32], other: &[f32]) -> bool {
    let dot = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
    let lengths = (dot(one, one) * dot(other, other)).sqrt();
    one == other || (one.len() == other.len() && lengths > 0.0 && dot(one, other) >= lengths * (1.0 - TOLERANCE))
}

fn are_equal(one: &SparseVector, other: &SparseVector) -> bool {
    let (one, other) = (by_dimension(one), by_dimension(other));
    let is_close = |((dimension, weight), (other_dimension, other_weight)): (&(u32, f32), &(u32, f32))| {
        dimension == other_dimension && (weight - other_weight).abs() <= TOLERANCE
    };
    one.len() == other.len() && one.iter().zip(&other).all(is_close)
}

fn by_dimension(vector: &SparseVector) -> Vec<(u32, f32)> {
    let mut weights: Vec<(u32, f32)> = vector.indices.iter().copied().zip(vector.values.iter().copied()).collect();
    weights.sort_by_key(|(dimension, _)| *dimension);
    weights
}

/// What two stores answered to the same queries.
struct Answers {
    here: Vec<Vec<Scored>>,
    there: Vec<Vec<Scored>>,
}

async fn ask_both(from: &Arc<dyn VectorStore>, to: &Arc<dyn VectorStore>, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Answers> {
    Ok(Answers { here: from.search(index, queries.clone()).await?, there: to.search(index, queries).await? })
}

fn mean(shares: &[f64]) -> Option<f64> {
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_the_same_but_for_their_length_and_the_order_of_terms() {
        for (one, other, expected) in [
            (vec![0.6, 0.8], vec![0.6, 0.8], true),
            (vec![0.6, 0.8], vec![1.2, 1.6], true),
            (vec![0.6, 0.8], vec![0.8, 0.6], false),
            (vec![0.6, 0.8], vec![-0.6, -0.8], false),
            (vec![0.6, 0.8], vec![0.6, 0.8, 0.0], false),
            (vec![0.6, 0.8], vec![f32::NAN, 0.8], false),
            (vec![0.0, 0.0], vec![0.0, 0.0], true),
            (vec![0.0, 0.0], vec![0.6, 0.8], false),
        ] {
            assert_eq!(are_parallel(&one, &other), expected, "{one:?} {other:?}");
        }
        let sparse = |terms: &[(u32, f32)]| SparseVector {
            indices: terms.iter().map(|(index, _)| *index).collect(),
            values: terms.iter().map(|(_, value)| *value).collect(),
        };
        for (one, other, expected) in [
            (sparse(&[(1, 0.5), (9, 2.0)]), sparse(&[(9, 2.0), (1, 0.500_01)]), true),
            (sparse(&[(1, 0.5), (9, 2.0)]), sparse(&[(1, 0.5), (9, 2.1)]), false),
            (sparse(&[(1, 0.5), (9, 2.0)]), sparse(&[(1, 0.5), (8, 2.0)]), false),
            (sparse(&[(1, 0.5), (9, 2.0)]), sparse(&[(1, 0.5)]), false),
            (sparse(&[]), sparse(&[]), true),
        ] {
            assert_eq!(are_equal(&one, &other), expected, "{one:?} {other:?}");
        }
    }
}
