//! What a search found.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::EvalError;

/// A document and the score it was found with.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedDocument {
    /// What the judgements call it.
    pub id: String,
    /// Higher is better.
    pub score: f32,
}

/// The rankings of a search, one per query.
///
/// As `trec_eval` does, it orders documents by score, best first, and equal scores by id, last first (byte by
/// byte); in what order they were given does not count. A search that ties many documents is therefore judged by
/// their names: break ties by score if their order means something.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    rankings: BTreeMap<String, Vec<RankedDocument>>,
}

impl Run {
    /// Adds what was found for a query, or replaces it; a query that found nothing may be left out.
    pub fn insert(&mut self, query: &str, mut documents: Vec<RankedDocument>) -> Result<(), EvalError> {
        let mut seen = HashSet::with_capacity(documents.len());
        for document in &documents {
            if document.score.is_nan() {
                return Err(EvalError::ScoreNotANumber { query: query.to_owned(), document: document.id.clone() });
            }
            if !seen.insert(document.id.as_str()) {
                return Err(EvalError::RepeatedDocument { query: query.to_owned(), document: document.id.clone() });
            }
        }
        documents.sort_unstable_by(by_score_then_id);
        self.rankings.insert(query.to_owned(), documents);
        Ok(())
    }

    /// All rankings, by query.
    pub fn rankings(&self) -> impl Iterator<Item = (&str, &[RankedDocument])> {
        self.rankings.iter().map(|(query, documents)| (query.as_str(), documents.as_slice()))
    }

    /// What was found for a query, best first.
    pub fn ranking(&self, query: &str) -> &[RankedDocument] {
        self.rankings.get(query).map_or(&[], Vec::as_slice)
    }
}

/// Makes documents of chunks: a document's score is its best chunk's.
///
/// Takes each chunk as its document's id and its own score; gives the documents in the order in which they first appear.
pub fn documents_from_chunks(chunks: impl IntoIterator<Item = RankedDocument>) -> Vec<RankedDocument> {
    let mut documents: Vec<RankedDocument> = Vec::new();
    let mut places = HashMap::new();
    for chunk in chunks {
        let place = *places.entry(chunk.id.clone()).or_insert(documents.len());
        match documents.get_mut(place) {
            Some(document) => document.score = document.score.max(chunk.score),
            None => documents.push(chunk),
        }
    }
    documents
}

/// Best first; NaN does not get here.
fn by_score_then_id(left: &RankedDocument, right: &RankedDocument) -> Ordering {
    right.score.partial_cmp(&left.score).unwrap_or(Ordering::Equal).then_with(|| right.id.cmp(&left.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(documents: &[(&str, f32)]) -> Vec<RankedDocument> {
        documents.iter().map(|(id, score)| RankedDocument { id: (*id).to_owned(), score: *score }).collect()
    }

    #[test]
    fn orders_as_trec_eval_does() {
        let mut run = Run::default();
        run.insert("q", ranked(&[("a", 0.5), ("B", 0.5), ("文", 0.5), ("d10", 0.5), ("d9", 0.5), ("best", 1.0), ("x", 0.0), ("y", -0.0)]))
            .unwrap();
        let ids: Vec<_> = run.ranking("q").iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, ["best", "文", "d9", "d10", "a", "B", "y", "x"]);
        assert_eq!(run.ranking("unknown"), []);
    }

    #[test]
    fn refuses_what_cannot_be_ordered() {
        let mut run = Run::default();
        let refused = run.insert("q", ranked(&[("a", f32::NAN)])).unwrap_err();
        assert_eq!(refused.to_string(), "document `a` of query `q` has a score that is not a number");
        let refused = run.insert("q", ranked(&[("a", 1.0), ("b", 1.0), ("a", 0.5)])).unwrap_err();
        assert_eq!(refused.to_string(), "query `q` lists document `a` twice: give each document its best score only");
        assert_eq!(run, Run::default());
    }

    #[test]
    fn the_best_chunk_counts() {
        let chunks = ranked(&[("a", 0.4), ("b", 0.9), ("a", 0.7), ("b", 0.1), ("c", -1.0)]);
        assert_eq!(documents_from_chunks(chunks), ranked(&[("a", 0.7), ("b", 0.9), ("c", -1.0)]));
        assert_eq!(documents_from_chunks([]), []);
    }
}
