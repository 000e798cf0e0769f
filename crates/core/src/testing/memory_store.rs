//! A vector store in memory: small, exact and forgetful.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    Chunk, ChunkId, CollectionName, Comparison, DocumentHead, EmbeddedChunk, Error, ErrorKind, FieldValue, Filter, FilterField, Result,
    Scored, ScoredChunk, SparseVector, Stage, StoredChunk, VectorQuery, VectorStore, WhichVector, words,
};

/// A [`VectorStore`] that compares every vector with every query and keeps nothing: the reference for the conformance suite,
/// and the store of other crates' tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    collections: Mutex<HashMap<CollectionName, Collection>>,
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
    fn collections(&self) -> MutexGuard<'_, HashMap<CollectionName, Collection>> {
        self.collections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, name: &CollectionName, work: impl FnOnce(&mut Collection) -> Result<T>) -> Result<T> {
        match self.collections().get_mut(name) {
            Some(collection) => work(collection),
            None => Err(Error::new(ErrorKind::NotFound, Stage::Store, format!("collection `{name}` does not exist"))),
        }
    }
}

#[async_trait]
impl VectorStore for MemoryStore {
    async fn create(&self, collection: &CollectionName, dimension: usize) -> Result<()> {
        let mut collections = self.collections();
        let found = collections.entry(collection.clone()).or_insert_with(|| Collection { dimension, points: BTreeMap::new() });
        found.check_dimension(dimension)
    }

    async fn remove(&self, collection: &CollectionName) -> Result<()> {
        self.collections().remove(collection);
        Ok(())
    }

    async fn upsert(&self, collection: &CollectionName, chunks: Vec<EmbeddedChunk>) -> Result<()> {
        self.with(collection, |collection| {
            for EmbeddedChunk { chunk, head, dense, lexical } in chunks {
                collection.check_dimension(dense.len())?;
                collection.points.insert(chunk.id, Point { chunk, head: DocumentHead::clone(&head), dense, lexical });
            }
            Ok(())
        })
    }

    async fn set_payloads(&self, collection: &CollectionName, chunks: Vec<Chunk>, head: &DocumentHead) -> Result<()> {
        self.with(collection, |collection| {
            for chunk in chunks {
                if let Some(point) = collection.points.get_mut(&chunk.id) {
                    point.chunk = chunk;
                    point.head = head.clone();
                }
            }
            Ok(())
        })
    }

    async fn vectors(&self, collection: &CollectionName, chunks: &[ChunkId]) -> Result<HashMap<ChunkId, Vec<f32>>> {
        self.with(collection, |collection| {
            let found = chunks.iter().filter_map(|id| Some((*id, collection.points.get(id)?.dense.clone())));
            Ok(found.collect())
        })
    }

    async fn delete(&self, collection: &CollectionName, chunks: &[ChunkId]) -> Result<()> {
        self.with(collection, |collection| {
            collection.points.retain(|id, _| !chunks.contains(id));
            Ok(())
        })
    }

    async fn flush(&self, collection: &CollectionName) -> Result<()> {
        self.with(collection, |_| Ok(()))
    }

    async fn optimize(&self, collection: &CollectionName) -> Result<()> {
        self.with(collection, |_| Ok(()))
    }

    async fn stored(&self, collection: &CollectionName) -> Result<Vec<StoredChunk>> {
        self.with(collection, |collection| {
            let points = collection.points.iter();
            Ok(points.map(|(id, point)| StoredChunk { id: *id, document: point.head.id, revision: point.head.revision.clone() }).collect())
        })
    }

    async fn search(&self, collection: &CollectionName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
        self.with(collection, |collection| queries.iter().map(|query| collection.search(query)).collect())
    }

    async fn fetch(&self, collection: &CollectionName, ids: &[ChunkId]) -> Result<Vec<ScoredChunk>> {
        self.with(collection, |collection| {
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
            named && query.filter.as_ref().is_none_or(|filter| holds(filter, &point.head))
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

/// Whether a filter holds for a document: the meaning of filters, written down.
pub(crate) fn holds(filter: &Filter, head: &DocumentHead) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| holds(part, head)),
        Filter::Or(parts) => parts.iter().any(|part| holds(part, head)),
        Filter::Not(inner) => !holds(inner, head),
        Filter::OneOf { field, values } => values.iter().any(|value| equals(field, value, head)),
        Filter::Contains { field, words: wanted } => {
            let present = words(&text_of(field, head));
            words(wanted).iter().all(|word| present.contains(word))
        }
        Filter::Number { field: FilterField::Custom(name), comparison, value } => match head.fields.get(name) {
            Some(FieldValue::Number(number)) => number.partial_cmp(value).is_some_and(|order| compares(*comparison, order)),
            _ => false,
        },
        Filter::Number { .. } => false,
        // Stores keep times in microseconds.
        Filter::Time { comparison, value } => compares(*comparison, head.modified_at.timestamp_micros().cmp(&value.timestamp_micros())),
        Filter::Exists(FilterField::Tags) => !head.tags.is_empty(),
        Filter::Exists(FilterField::Custom(name)) => match head.fields.get(name) {
            Some(FieldValue::List(texts)) => !texts.is_empty(),
            other => other.is_some(),
        },
        Filter::Exists(_) => true,
    }
}

fn equals(field: &FilterField, value: &FieldValue, head: &DocumentHead) -> bool {
    if let FieldValue::List(texts) = value {
        return texts.iter().any(|text| equals(field, &FieldValue::Text(text.clone()), head));
    }
    if let FilterField::Custom(name) = field {
        return match (head.fields.get(name), value) {
            (Some(FieldValue::List(texts)), FieldValue::Text(text)) => texts.contains(text),
            (found, value) => found == Some(value),
        };
    }
    let FieldValue::Text(text) = value else {
        return false;
    };
    match field {
        FilterField::Id => text.parse().is_ok_and(|id| head.id == id),
        FilterField::Source => &head.source == text,
        FilterField::Title => &head.title == text,
        FilterField::MediaType => &head.media_type == text,
        FilterField::Language => head.language.as_str() == text,
        FilterField::Tags => head.tags.contains(text),
        FilterField::ModifiedAt | FilterField::Custom(_) => false,
    }
}

/// Ids and times have no words; a list's words are those of all its members.
fn text_of(field: &FilterField, head: &DocumentHead) -> String {
    match field {
        FilterField::Id | FilterField::ModifiedAt => String::new(),
        FilterField::Source => head.source.clone(),
        FilterField::Title => head.title.clone(),
        FilterField::MediaType => head.media_type.clone(),
        FilterField::Language => head.language.as_str().to_owned(),
        FilterField::Tags => head.tags.join(" "),
        FilterField::Custom(name) => match head.fields.get(name) {
            Some(FieldValue::Text(text)) => text.clone(),
            Some(FieldValue::List(texts)) => texts.join(" "),
            _ => String::new(),
        },
    }
}

fn compares(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
