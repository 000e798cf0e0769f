//! Which candidates become hits: not those that break a condition of the query, repeat a better one, or come from a document that
//! has had its share.

use std::collections::HashMap;

use ragstone_core::{ChunkId, DocumentId, ScoredChunk, SparseVector};
use serde::{Deserialize, Serialize};

use crate::candidates::{Read, parts};
use crate::duplicates::Duplicates;
use crate::query::{Passage, Query};
use crate::{Grouping, RetrieveConfig};

/// How many passages of a document are shown where documents are listed and no number is set.
const PASSAGES_PER_DOCUMENT: usize = 3;

/// Why a candidate did not become a hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Dropped {
    /// It has a word that the query excludes.
    Excluded {
        /// The word.
        word: String,
    },
    /// It does not have a phrase that the query quotes.
    WithoutPhrase {
        /// The phrase.
        phrase: String,
    },
    /// A better candidate says the same.
    Repeats {
        /// The better candidate's chunk.
        #[schema(value_type = String, format = "uuid")]
        chunk: ChunkId,
        /// Where that comes from.
        source: String,
    },
    /// As many better hits of its document are shown as may be.
    DocumentFull {
        /// So many.
        limit: usize,
    },
    /// There are as many better hits, or documents, as are shown.
    BeyondLimit {
        /// So many.
        limit: usize,
    },
}

impl Dropped {
    /// The place of its step among the others.
    pub(crate) fn step(&self) -> u8 {
        match self {
            Self::Excluded { .. } => 0,
            Self::WithoutPhrase { .. } => 1,
            Self::Repeats { .. } => 2,
            Self::DocumentFull { .. } => 3,
            Self::BeyondLimit { .. } => 4,
        }
    }

    /// What happened, and what can be done about it.
    pub fn in_words(&self) -> String {
        match self {
            Self::Excluded { word } => format!("it has the word `{word}`, which the query excludes"),
            Self::WithoutPhrase { phrase } => {
                format!("no passage of it has \"{phrase}\" as it stands: leave the quotes out to look for the words")
            }
            Self::Repeats { source, .. } => format!("it says the same as a better passage of {source}: `duplicate_overlap` 0 shows both"),
            Self::DocumentFull { limit } => format!("its document has {limit} better hits, as many as may be (`max_per_document`)"),
            Self::BeyondLimit { limit } => format!("there are {limit} better ones, as many as were asked for"),
        }
    }
}

/// Takes passages one after the other, best first. A passage that is not taken is not shown, so nothing repeats it.
#[derive(Debug)]
pub(crate) struct Selection {
    duplicates: Duplicates,
    /// What was taken, in the order in which duplicates are numbered.
    taken: Vec<(ChunkId, String)>,
    shares: Shares,
}

impl Selection {
    pub(crate) fn new(config: &RetrieveConfig, limit: usize) -> Self {
        Self { duplicates: Duplicates::new(config.duplicate_overlap), taken: Vec::new(), shares: Shares::new(config, limit) }
    }

    /// Takes a passage with these terms, or says why not.
    pub(crate) fn take(&mut self, passage: &ScoredChunk, terms: &SparseVector) -> Result<(), Dropped> {
        let repeated = self.duplicates.find(&passage.chunk.text, terms);
        if let Some((chunk, source)) = repeated.and_then(|number| self.taken.get(number)) {
            return Err(Dropped::Repeats { chunk: *chunk, source: source.clone() });
        }
        self.shares.take(passage.head.id)?;
        self.duplicates.add(&passage.chunk.text, terms);
        self.taken.push((passage.chunk.id, passage.head.source.clone()));
        Ok(())
    }

    /// Whether there are as many hits, or documents, as were asked for.
    pub(crate) fn is_enough(&self) -> bool {
        self.shares.are_enough()
    }

    /// Whether no further passage can be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.shares.is_full()
    }
}

/// Whether a passage has what the query demands, and nothing that it excludes.
pub(crate) fn check_conditions(query: &Query, passage: &ScoredChunk) -> Result<(), Dropped> {
    if !query.has_conditions() {
        return Ok(());
    }
    let passage = Passage::new(parts(passage));
    if let Some(word) = query.excluded.iter().find(|word| passage.has(word)) {
        return Err(Dropped::Excluded { word: word.clone() });
    }
    match query.phrases.iter().find(|phrase| !passage.has(phrase)) {
        Some(phrase) => Err(Dropped::WithoutPhrase { phrase: phrase.clone() }),
        None => Ok(()),
    }
}

/// Counts hits by document, until there are enough.
#[derive(Debug)]
struct Shares {
    limit: usize,
    grouping: Grouping,
    /// So many of one document at most.
    per_document: usize,
    taken: HashMap<DocumentId, usize>,
    total: usize,
}

impl Shares {
    fn new(config: &RetrieveConfig, limit: usize) -> Self {
        let per_document = match (config.max_per_document, config.group) {
            (0, Grouping::None) => usize::MAX,
            (0, Grouping::Document) => PASSAGES_PER_DOCUMENT,
            (most, _) => most,
        };
        Self { limit, grouping: config.group, per_document, taken: HashMap::new(), total: 0 }
    }

    /// Counts a hit of this document, or says why it is one too many.
    fn take(&mut self, document: DocumentId) -> Result<(), Dropped> {
        let taken = self.taken.get(&document).copied().unwrap_or(0);
        if taken >= self.per_document {
            return Err(Dropped::DocumentFull { limit: self.per_document });
        }
        let is_beyond = match self.grouping {
            Grouping::None => self.total >= self.limit,
            Grouping::Document => taken == 0 && self.taken.len() >= self.limit,
        };
        if is_beyond {
            return Err(Dropped::BeyondLimit { limit: self.limit });
        }
        self.taken.insert(document, taken + 1);
        self.total += 1;
        Ok(())
    }

    /// Whether there are as many hits, or documents, as were asked for.
    fn are_enough(&self) -> bool {
        match self.grouping {
            Grouping::None => self.total >= self.limit,
            Grouping::Document => self.taken.len() >= self.limit,
        }
    }

    /// Whether no further hit can be taken.
    fn is_full(&self) -> bool {
        let has_room = |taken: &usize| *taken < self.per_document;
        self.are_enough() && (self.grouping == Grouping::None || !self.taken.values().any(has_room))
    }
}

/// Puts the hits of a document together, where its best one is.
pub(crate) fn by_document(hits: &mut [Read]) {
    let mut places: HashMap<DocumentId, usize> = HashMap::new();
    for hit in hits.iter() {
        let next = places.len();
        places.entry(hit.passage.head.id).or_insert(next);
    }
    hits.sort_by_key(|hit| places.get(&hit.passage.head.id).copied());
}

#[cfg(test)]
mod tests;
