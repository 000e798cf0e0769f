//! Why a document is not among the hits: the first step at which it was lost.
//!
//! A document goes as far as the passage of it that goes furthest. So the search is run as it would be, and each passage's end is
//! looked up in what happened; only for documents that never became candidates the store is asked more, and slowly: every vector is
//! compared to say which rank it would have had.

mod condition;
mod standing;

use std::collections::HashMap;

use ragstone_core::{ChunkId, CollectionName, DocumentId, DocumentRecord, Filter, Result, Span, VectorQuery, WhichVector};
use serde::{Deserialize, Serialize};

pub use standing::Standing;

use crate::candidates::{Candidate, read};
use crate::legs::{among, ask};
use crate::retriever::Trace;
use crate::searched::Searched;
use crate::selection::check_conditions;
use crate::{Dropped, Retriever, SearchRequest};

/// So many sources are looked through for one that may have been meant.
const SOURCES_LOOKED_THROUGH: u64 = 1_000;

/// So many are named.
const MAX_SIMILAR: usize = 3;

/// What became of a document in a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentExplanation {
    /// The document.
    #[schema(value_type = String, format = "uuid")]
    pub document: DocumentId,
    /// Where it comes from, if it is in the collection.
    pub source: Option<String>,
    /// How far it came.
    pub outcome: Outcome,
    /// The same in words, with what can be done about it.
    pub summary: String,
    /// Its passage that came furthest.
    pub passage: Option<PassageOutline>,
    /// What the dense leg says of its nearest passage.
    pub dense: Option<Standing>,
    /// What the lexical leg says of its nearest passage.
    pub lexical: Option<Standing>,
}

/// Where a passage is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PassageOutline {
    /// The chunk.
    #[schema(value_type = String, format = "uuid")]
    pub chunk: ChunkId,
    /// Where it is in its document's text.
    pub span: Span,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
}

/// The first step at which a document was lost, or its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Outcome {
    /// It is not in the collection.
    NotInCollection {
        /// Sources that are, and end alike.
        similar: Vec<String>,
    },
    /// It is being stored.
    BeingStored,
    /// Another document has the same content, and is found instead.
    SameContent {
        /// Where that comes from.
        source: String,
    },
    /// There is no text in it.
    NoPassages,
    /// The index does not have what the catalog has.
    NotIndexed,
    /// The request's filter does not hold for it.
    FilteredOut {
        /// The conditions that do not.
        conditions: Vec<String>,
    },
    /// None of its passages has what the query demands, or it was dropped for another reason.
    Dropped {
        /// Its place among the candidates, if it is one.
        rank: Option<usize>,
        /// Why.
        why: Dropped,
    },
    /// No leg put any of its passages forward.
    NoCandidate {
        /// So many does each leg put forward.
        candidates: usize,
    },
    /// It is a candidate, and enough others are better.
    BeyondLimit {
        /// Its place among the candidates.
        rank: usize,
        /// Its score.
        score: f32,
        /// So many hits there are.
        hits: usize,
        /// The lowest score of a hit.
        last_score: Option<f32>,
    },
    /// It is among the hits.
    Found {
        /// Its best hit's rank.
        rank: usize,
    },
}

impl Retriever {
    /// Says at which step of a search a document was lost, or its rank. The document is named by its id or its source.
    pub async fn why_not(&self, collection: &CollectionName, request: &SearchRequest, document: &str) -> Result<DocumentExplanation> {
        let id = document.parse().unwrap_or_else(|_| DocumentId::from_source(document));
        // A wrong request is refused before anything is said of the document.
        let trace = self.trace(collection, request).await?;
        let Some(record) = self.catalog.document(collection, id).await? else {
            let outcome = Outcome::NotInCollection { similar: self.similar(collection, document).await? };
            return Ok(DocumentExplanation::before_search(id, None, outcome));
        };
        let source = Some(record.document.head.source.clone());
        if let Some(outcome) = self.lost_before_search(&trace, &record).await? {
            return Ok(DocumentExplanation::before_search(id, source, outcome));
        }
        let chunks: Vec<ChunkId> = record.chunks.iter().map(|chunk| chunk.id).collect();
        let dense = self.dense_standing(&trace, &chunks).await?;
        let lexical = self.lexical_standing(&trace, &chunks).await?;
        let (furthest, outcome) = match furthest(&trace, &chunks) {
            Some((chunk, outcome)) => (Some(chunk), outcome),
            None => (dense.as_ref().map(|standing| standing.chunk), self.never_a_candidate(&trace, &chunks).await?),
        };
        let outline = record.chunks.iter().find(|chunk| Some(chunk.id) == furthest);
        Ok(DocumentExplanation {
            document: id,
            source,
            summary: outcome.in_words(),
            outcome,
            passage: outline.map(|chunk| PassageOutline { chunk: chunk.id, span: chunk.span, heading_path: chunk.heading_path.clone() }),
            dense,
            lexical,
        })
    }

    /// Why none of a document's passages can be found at all.
    async fn lost_before_search(&self, trace: &Trace, record: &DocumentRecord) -> Result<Option<Outcome>> {
        let (collection, searched) = (trace.plan.collection(), &trace.plan.searched);
        if let Some(other) = record.same_as {
            let other = self.catalog.document(collection, other).await?;
            let source = other.map(|other| other.document.head.source).unwrap_or_default();
            return Ok(Some(Outcome::SameContent { source }));
        }
        if record.indexed_at.is_none() {
            return Ok(Some(Outcome::BeingStored));
        }
        let chunks: Vec<ChunkId> = record.chunks.iter().map(|chunk| chunk.id).collect();
        if chunks.is_empty() {
            return Ok(Some(Outcome::NoPassages));
        }
        if !self.holds(searched, &chunks, None).await? {
            return Ok(Some(Outcome::NotIndexed));
        }
        let Some(filter) = &trace.plan.filter else { return Ok(None) };
        if self.holds(searched, &chunks, Some(filter)).await? {
            return Ok(None);
        }
        let mut conditions = Vec::new();
        for part in condition::parts(filter) {
            if !self.holds(searched, &chunks, Some(part)).await? {
                conditions.push(condition::describe(part));
            }
        }
        Ok(Some(Outcome::FilteredOut { conditions }))
    }

    /// Whether the store has any of these chunks, of a document for which the filter holds.
    async fn holds(&self, searched: &Searched, chunks: &[ChunkId], filter: Option<&Filter>) -> Result<bool> {
        let any_vector = WhichVector::Dense(vec![1.0; searched.embedder.spec().dimension]);
        let query = VectorQuery { filter: filter.cloned(), limit: 1, ..among(any_vector, chunks) };
        let answers = ask(self.store.as_ref(), &searched.index, vec![query]).await?;
        Ok(answers.into_iter().any(|found| !found.is_empty()))
    }

    /// Why no passage of a document was looked at: it breaks the query's conditions, or is too far down in each leg.
    async fn never_a_candidate(&self, trace: &Trace, chunks: &[ChunkId]) -> Result<Outcome> {
        let plan = &trace.plan;
        let candidates: Vec<Candidate> = chunks.iter().map(|id| Candidate::unscored(*id)).collect();
        let mut broken = None;
        for (_, passage) in read(self.store.as_ref(), &plan.searched.index, &candidates).await? {
            match check_conditions(&plan.query, &passage) {
                Ok(()) => return Ok(Outcome::NoCandidate { candidates: trace.found.depth }),
                Err(why) => broken = broken.or(Some(why)),
            }
        }
        Ok(broken.map_or(Outcome::NotIndexed, |why| Outcome::Dropped { rank: None, why }))
    }

    /// Sources in the collection that have the same file name.
    async fn similar(&self, collection: &CollectionName, document: &str) -> Result<Vec<String>> {
        let name = |source: &str| source.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
        let wanted = name(document);
        let page = self.catalog.documents(collection, 0, SOURCES_LOOKED_THROUGH).await?;
        let sources = page.documents.into_iter().map(|document| document.head.source);
        Ok(sources.filter(|source| name(source) == wanted).take(MAX_SIMILAR).collect())
    }
}

/// The passage that came furthest, and how far; nothing if none was a candidate.
fn furthest(trace: &Trace, chunks: &[ChunkId]) -> Option<(ChunkId, Outcome)> {
    let hits = &trace.response.hits;
    let found = hits.iter().find_map(|hit| {
        let merged = hit.found.iter().flat_map(|found| &found.merged);
        let chunk = std::iter::once(&hit.chunk.id).chain(merged).find(|id| chunks.contains(id))?;
        Some((*chunk, Outcome::Found { rank: hit.rank }))
    });
    if found.is_some() {
        return found;
    }
    let dropped: HashMap<ChunkId, &Dropped> = trace.found.selected.dropped.iter().map(|dropped| (dropped.id, &dropped.why)).collect();
    let candidates = (1..).zip(&trace.found.candidates).filter(|(_, candidate)| chunks.contains(&candidate.id));
    // Of those that were lost at the same step the first, hence from behind.
    let last_steps: Vec<_> = candidates.map(|(rank, candidate)| (rank, candidate, dropped.get(&candidate.id).copied())).collect();
    let (rank, best, why) = last_steps.into_iter().rev().max_by_key(|(_, _, why)| why.map_or(u8::MAX, Dropped::step))?;
    let outcome = match why {
        Some(Dropped::BeyondLimit { .. }) | None => {
            // Where documents are listed, hits do not stand in the order of their scores.
            let last_score = hits.iter().map(|hit| hit.score).reduce(f32::min);
            Outcome::BeyondLimit { rank, score: best.score, hits: hits.len(), last_score }
        }
        Some(why) => Outcome::Dropped { rank: Some(rank), why: why.clone() },
    };
    Some((best.id, outcome))
}

impl DocumentExplanation {
    fn before_search(document: DocumentId, source: Option<String>, outcome: Outcome) -> Self {
        Self { document, source, summary: outcome.in_words(), outcome, passage: None, dense: None, lexical: None }
    }
}

impl Outcome {
    /// What happened, and what can be done about it.
    fn in_words(&self) -> String {
        match self {
            Self::NotInCollection { similar } if similar.is_empty() => {
                "it is not in the collection: `ragstone documents list` shows what is, `ragstone ingest` adds it".to_owned()
            }
            Self::NotInCollection { similar } => format!("it is not in the collection; these are: {}", similar.join(", ")),
            Self::BeingStored => "it is being stored: `ragstone jobs` shows how far that is".to_owned(),
            Self::SameContent { source } => format!("its content is the same as that of {source}, which is found instead"),
            Self::NoPassages => "there is no text in it: `ragstone documents show` says how it was read".to_owned(),
            Self::NotIndexed => "the index does not have it: `ragstone reindex` makes it anew".to_owned(),
            Self::FilteredOut { conditions } => format!("the filter leaves it out: not so is {}", conditions.join("; nor ")),
            Self::Dropped { rank, why } => {
                let place = rank.map(|rank| format!("it is candidate #{rank}, and ")).unwrap_or_default();
                format!("{place}{}", why.in_words())
            }
            Self::NoCandidate { candidates } => {
                format!("no leg has it among its first {candidates}: with more `candidates` it is looked at; its ranks say how many")
            }
            Self::BeyondLimit { rank, score, hits, last_score } => {
                let last = last_score.map(|last| format!(", the last with {last:.3}")).unwrap_or_default();
                format!("it is candidate #{rank} with {score:.3}, and {hits} hits are shown{last}: a larger limit shows it")
            }
            Self::Found { rank } => format!("it is among the hits, at rank {rank}"),
        }
    }
}

#[cfg(test)]
mod tests;
