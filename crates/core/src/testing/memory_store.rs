//! A vector store in memory: small, exact and forgetful.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    Chunk, ChunkId, DocumentHead, DocumentId, EmbeddedChunk, Error, ErrorKind, IndexName, Result, Scored, ScoredChunk, SparseVector, Stage,
    StoredChunk, VectorQuery, VectorStore, WhichVector,
};

/// A [`VectorStore`] that compares every vector with every query and keeps nothing: the reference for the conformance suite,
/// and the store of other crates' tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    collections: Mutex<HashMap<IndexName, Collection>>,
}

#[derive(Debug)]
struct Collection {
    dimension: usize,
    /// In the order of ids, which is the order of ties.
    points: BTreeMap<ChunkId, Point>,
}

#[derive(Debug)]
struct Point {
    chunk: Chunk,
    head: DocumentHead,
    dense: Vec<f32>,
    lexical: SparseVector,
}

impl MemoryStore {
    fn collections(&self) -> MutexGuard<'_, HashMap<IndexName, Collection>> {
        self.collections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, name: &IndexName, work: impl FnOnce(&mut Collection) -> Result<T>) -> Result<T> {
        match self.collections().get_mut(name) {
            Some(collection) => work(collection),
            None => Err(Error::new(ErrorKind::NotFound, Stage::Store, format!("collection `{name}` does not exist"))),
        }
    }
}

#[async_trait]
impl VectorStore for MemoryStore {
    async fn create(&self, index: &IndexName, dimension: usize) -> Result<()> {
        let mut collections = self.collections();
        let found = collections.entry(index.clone()).or_insert_with(|| Collection { dimension, points: BTreeMap::new() });
        found.check_dimension(dimension)
    }

    async fn remove(&self, index: &IndexName) -> Result<()> {
        self.collections().remove(index);
        Ok(())
    }

    async fn indexes(&self) -> Result<Vec<IndexName>> {
        let mut indexes: Vec<IndexName> = self.collections().keys().cloned().collect();
        indexes.sort();
        Ok(indexes)
    }

    async fn upsert(&self, index: &IndexName, chunks: Vec<EmbeddedChunk>) -> Result<()> {
        self.with(index, |collection| {
            for EmbeddedChunk { chunk, head, dense, lexical } in chunks {
                collection.check_dimension(dense.len())?;
                collection.points.insert(chunk.id, Point { chunk, head: DocumentHead::clone(&head), dense, lexical });
            }
            Ok(())
        })
    }

    async fn set_payloads(&self, index: &IndexName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()> {
        self.with(index, |collection| {
            for chunk in chunks {
                if let Some(point) = collection.points.get_mut(&chunk.id) {
                    point.chunk = chunk;
                    point.head = head.clone();
                }
            }
            Ok(())
        })
    }

    async fn vectors(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<HashMap<ChunkId, Vec<f32>>> {
        self.with(index, |collection| {
            let found = chunks.iter().filter_map(|id| Some((*id, collection.points.get(id)?.dense.clone())));
            Ok(found.collect())
        })
    }

    async fn embedded(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<Vec<EmbeddedChunk>> {
        self.with(index, |collection| {
            let points = chunks.iter().filter_map(|id| collection.points.get(id));
            let embedded = points.map(|point| EmbeddedChunk {
                chunk: point.chunk.clone(),
                head: Arc::new(point.head.clone()),
                dense: point.dense.clone(),
                lexical: point.lexical.clone(),
            });
            Ok(embedded.collect())
        })
    }

    async fn delete(&self, index: &IndexName, chunks: &[ChunkId]) -> Result<()> {
        self.with(index, |collection| {
            collection.points.retain(|id, _| !chunks.contains(id));
            Ok(())
        })
    }

    async fn flush(&self, index: &IndexName) -> Result<()> {
        self.with(index, |_| Ok(()))
    }

    async fn optimize(&self, index: &IndexName) -> Result<()> {
        self.with(index, |_| Ok(()))
    }

    async fn stored(&self, index: &IndexName) -> Result<Vec<StoredChunk>> {
        self.with(index, |collection| {
            let points = collection.points.iter();
            Ok(points.map(|(id, point)| StoredChunk { id: *id, document: point.head.id, revision: point.head.revision.clone() }).collect())
        })
    }

    async fn stored_of(&self, index: &IndexName, documents: &[DocumentId]) -> Result<Vec<StoredChunk>> {
        let mut stored = self.stored(index).await?;
        stored.retain(|chunk| documents.contains(&chunk.document));
        Ok(stored)
    }

    async fn search(&self, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
        self.with(index, |collection| queries.iter().map(|query| collection.search(query)).collect())
    }

    async fn fetch(&self, index: &IndexName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>> {
        self.with(index, |collection| {
            let points = ids.iter().filter_map(|id| collection.points.get(id));
            Ok(points.map(|point| ScoredChunk { chunk: point.chunk.clone(), head: point.head.clone() }).collect())
        })
    }
}

impl Collection {
    fn check_dimension(&self, given: usize) -> Result<()> {
        if given == self.dimension {
            return Ok(());
        }
        let message = format!("the collection has vectors of {} dimensions, this one has {given}", self.dimension);
        Err(Error::new(ErrorKind::Conflict, Stage::Store, message))
    }

    fn search(&self, query: &VectorQuery) -> Result<Vec<Scored>> {
        let candidates = self.points.iter().filter(|(id, point)| {
            let named = query.among.as_ref().is_none_or(|among| among.contains(id));
            named && query.filter.as_ref().is_none_or(|filter| filter.holds(&point.head))
        });
        let mut scored: Vec<Scored> = match &query.vector {
            WhichVector::Dense(vector) => {
                self.check_dimension(vector.len())?;
                candidates.map(|(id, point)| Scored { id: *id, score: cosine(vector, &point.dense) }).collect()
            }
            WhichVector::Lexical(vector) => {
                let rarity = self.rarity(vector);
                let scores = candidates.filter_map(|(id, point)| Some((id, product(&point.lexical, &rarity)?)));
                scores.map(|(id, score)| Scored { id: *id, score }).collect()
            }
        };
        // Points come in the order of ids and the sort is stable.
        scored.sort_by(|left, right| right.score.total_cmp(&left.score));
        scored.truncate(query.limit);
        Ok(scored)
    }

    /// The query's weights times inverse document frequency, as Qdrant computes it.
    fn rarity(&self, query: &SparseVector) -> HashMap<u32, f32> {
        let all = self.points.len() as f32;
        let weigh = |(index, weight): (&u32, &f32)| {
            let having = self.points.values().filter(|point| point.lexical.indices.contains(index)).count() as f32;
            (*index, weight * ((all - having + 0.5) / (having + 0.5)).ln_1p())
        };
        query.indices.iter().zip(&query.values).map(weigh).collect()
    }
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    let dot = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
    let lengths = (dot(left, left) * dot(right, right)).sqrt();
    if lengths == 0.0 { 0.0 } else { dot(left, right) / lengths }
}

/// Nothing when no dimension is shared.
fn product(passage: &SparseVector, query: &HashMap<u32, f32>) -> Option<f32> {
    let terms = passage.indices.iter().zip(&passage.values).filter_map(|(index, weight)| Some(query.get(index)? * weight));
    terms.reduce(|sum, term| sum + term)
}
