//! One question searched in several wordings: the lists become one.
//!
//! Scores of two queries cannot be compared, ranks can: each list adds `weight / (k + rank)` to the passages in it. The question
//! itself counts 1, and so does each of its parts; other wordings count 1 together, a made-up passage a half. These weights are a
//! choice: they were not measured, since what a model writes depends on the model.
//!
//! A made-up passage only finds. Nearness to it is no evidence that a real passage answers the question, so whether a hit is
//! relevant is taken from the lists of wordings that somebody may have meant; a hit that is in none of them is not relevant.

mod present;

use std::collections::HashMap;

use ragstone_core::{ChunkId, CollectionName, Hit, Result};
use serde::{Deserialize, Serialize};

use crate::config::MAX_LIMIT;
use crate::retriever::{check_limit, groups};
use crate::{Mode, Overrides, RetrieveError, Retriever, SearchRequest, SearchResponse, Timings};

/// The constant of reciprocal ranks.
const RANK_CONSTANT: f32 = 60.0;

/// Lists are searched so many times as deep as what is returned, so that passages below the end of several lists can rise.
const DEPTH: usize = 3;

/// The question's own list is so deep at least where a made-up passage is searched: it says whether what that finds is relevant.
const LEAST_DEPTH_TO_JUDGE: usize = 100;

/// What a made-up passage counts for.
const HYPOTHETICAL_WEIGHT: f32 = 0.5;

/// What a question is searched as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The text that is searched.
    pub text: String,
    /// What it is to the question.
    pub kind: WordingKind,
}

/// What a text is to the question that it is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WordingKind {
    /// The question itself.
    Question,
    /// The question in other words.
    Query,
    /// A part of the question.
    Part,
    /// A made-up passage; it is searched by meaning alone.
    Hypothetical,
}

/// What all wordings of a question found.
#[derive(Debug, Clone, PartialEq)]
pub struct Combined {
    /// The passages, best first. Each has the legs, relevance and highlights of the first wording to which it is relevant, or
    /// else of the first that found it.
    pub response: SearchResponse,
    /// Wording by wording, where it had the passages.
    pub wordings: Vec<WordingReport>,
}

/// What one wording contributed to a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WordingReport {
    /// What was searched.
    pub text: String,
    /// What it is to the question.
    pub kind: WordingKind,
    /// What its ranks counted for.
    pub weight: f32,
    /// Where it had the passages that are returned, best first.
    pub found: Vec<FoundAt>,
}

/// The place of a passage in the list of one wording.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FoundAt {
    /// The passage.
    #[schema(value_type = String, format = "uuid")]
    pub chunk: ChunkId,
    /// From 1.
    pub rank: usize,
    /// The score in that list; scores of two lists cannot be compared.
    pub score: f32,
}

/// A hit of the one list.
#[derive(Debug, Clone, PartialEq)]
struct OfWording {
    hit: Hit,
    /// The wording whose hit it is: the first to which it is relevant, or else the first that found it.
    text: String,
}

/// A list of hits on its way into the one list.
#[derive(Debug)]
struct Listed {
    wording: Wording,
    weight: f32,
    hits: Vec<Hit>,
}

impl WordingKind {
    /// What the ranks of a wording count for, of which there are `count` of this kind.
    fn weight(self, count: usize) -> f32 {
        match self {
            Self::Question | Self::Part => 1.0,
            Self::Query => 1.0 / count.max(1) as f32,
            Self::Hypothetical => HYPOTHETICAL_WEIGHT,
        }
    }

    /// Whether a passage that is near to it may answer the question.
    fn is_evidence(self) -> bool {
        self != Self::Hypothetical
    }
}

impl Retriever {
    /// Searches for every wording as `request` says, and makes one list of what they find.
    ///
    /// `request.query` is not searched unless it is one of the wordings. Legs and timings in the response are those of the first.
    ///
    /// A single wording is a search like any other. Of several, each is searched for passages; facets, documents, their shares and larger
    /// passages are of the one list, and what was dropped is not said.
    pub async fn search_wordings(&self, collection: &CollectionName, request: &SearchRequest, wordings: Vec<Wording>) -> Result<Combined> {
        if let [only] = wordings.as_slice() {
            return self.search_wording(collection, request, only).await;
        }
        let config = self.config_of(collection, request).await?;
        let limit = check_limit(request.limit.unwrap_or(config.limit))?;
        let has_hypothetical = wordings.iter().any(|wording| !wording.kind.is_evidence());
        let mut first: Option<SearchResponse> = None;
        let mut lists = Vec::with_capacity(wordings.len());
        for wording in &wordings {
            let is_judge = has_hypothetical && wording.kind == WordingKind::Question;
            let least = if is_judge { LEAST_DEPTH_TO_JUDGE } else { 0 };
            let depth = (limit * DEPTH).max(least).min(MAX_LIMIT);
            let mode = if wording.kind.is_evidence() { request.mode } else { Mode::Dense };
            let one = SearchRequest {
                query: wording.text.clone(),
                limit: Some(depth),
                mode,
                options: as_found(&request.options),
                explain: false,
                facets: Vec::new(),
                ..request.clone()
            };
            let mut found = self.search(collection, &one).await?;
            let count = wordings.iter().filter(|other| other.kind == wording.kind).count();
            let hits = std::mem::take(&mut found.hits);
            lists.push(Listed { wording: wording.clone(), weight: wording.kind.weight(count), hits });
            match &mut first {
                Some(first) => add(&mut first.timings, found.timings),
                None => first = Some(found),
            }
        }
        let mut response = first.ok_or(RetrieveError::EmptyQuery)?;
        let (found, mut wordings) = combine(lists);
        response.hits = self.present(collection, &config, limit, found).await?;
        response.groups = groups(config.group, &response.hits);
        response.facets = self.facets(collection, request).await?;
        for wording in &mut wordings {
            wording.found.retain(|found| response.hits.iter().any(|hit| hit.chunk.id == found.chunk));
        }
        Ok(Combined { response, wordings })
    }

    async fn search_wording(&self, collection: &CollectionName, request: &SearchRequest, only: &Wording) -> Result<Combined> {
        let mode = if only.kind.is_evidence() { request.mode } else { Mode::Dense };
        let response = self.search(collection, &SearchRequest { query: only.text.clone(), mode, ..request.clone() }).await?;
        let found = response.hits.iter().map(|hit| FoundAt { chunk: hit.chunk.id, rank: hit.rank, score: hit.score }).collect();
        let report = WordingReport { text: only.text.clone(), kind: only.kind, weight: only.kind.weight(1), found };
        Ok(Combined { response, wordings: vec![report] })
    }
}

/// The settings of a search for passages as they were found, each by itself.
fn as_found(options: &Overrides) -> Overrides {
    options.clone().with("group", "none").with("max_per_document", 0).with("duplicate_overlap", 0).with("expand", "none")
}

/// Makes one list of several, and says where each list had the passages in it. Equal sums go by id.
fn combine(lists: Vec<Listed>) -> (Vec<OfWording>, Vec<WordingReport>) {
    let mut sums: HashMap<ChunkId, f32> = HashMap::new();
    for list in &lists {
        for hit in &list.hits {
            *sums.entry(hit.chunk.id).or_default() += list.weight / (RANK_CONSTANT + hit.rank as f32);
        }
    }
    let mut order: Vec<(ChunkId, f32)> = sums.into_iter().collect();
    order.sort_unstable_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    let places: HashMap<ChunkId, usize> = order.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();

    let mut chosen: Vec<Option<OfWording>> = vec![None; order.len()];
    let mut reports = Vec::with_capacity(lists.len());
    for Listed { wording, weight, hits } in lists {
        let mut found = Vec::new();
        for mut hit in hits {
            let Some(slot) = places.get(&hit.chunk.id).and_then(|&place| chosen.get_mut(place)) else { continue };
            found.push(FoundAt { chunk: hit.chunk.id, rank: hit.rank, score: hit.score });
            hit.relevance.relevant &= wording.kind.is_evidence();
            if slot.as_ref().is_none_or(|earlier| !earlier.hit.relevance.relevant && hit.relevance.relevant) {
                *slot = Some(OfWording { hit, text: wording.text.clone() });
            }
        }
        reports.push(WordingReport { text: wording.text, kind: wording.kind, weight, found });
    }
    let hits = chosen.into_iter().flatten().zip(order).zip(1..);
    let ranked = |((OfWording { hit, text }, (_, sum)), rank): ((OfWording, (ChunkId, f32)), usize)| OfWording {
        hit: Hit { rank, score: sum, ..hit },
        text,
    };
    (hits.map(ranked).collect(), reports)
}

fn add(total: &mut Timings, more: Timings) {
    total.embed_ms += more.embed_ms;
    total.store_ms += more.store_ms;
    total.total_ms += more.total_ms;
}

#[cfg(test)]
mod tests {
    use ragstone_core::DocumentId;
    use serde_json::json;

    use super::*;

    fn hit(number: u32, rank: usize, is_relevant: bool) -> Hit {
        let document = DocumentId::from_source("/a");
        let id = ChunkId::from_content(document, "text", number);
        serde_json::from_value(json!({
            "rank": rank, "score": 1.0 / rank as f32,
            "chunk": {"id": id, "ordinal": number, "span": {"start": 0, "end": 4}, "text": "text", "heading_path": []},
            "document": {"id": document, "source": "/a", "title": "A", "media_type": "text/plain", "language": "unknown", "tags": [],
                "modified_at": "2026-01-01T00:00:00Z", "fields": {}, "revision": "0".repeat(64)},
            "dense": null, "lexical": null,
            "relevance": {"relevant": is_relevant, "similarity": null, "coverage": rank as f32 / 10.0},
            "highlights": [],
        }))
        .unwrap()
    }

    fn list(kind: WordingKind, weight: f32, numbers: &[u32]) -> Listed {
        let hits = (1..).zip(numbers).map(|(rank, &number)| hit(number, rank, true)).collect();
        Listed { wording: Wording { text: format!("{kind:?}"), kind }, weight, hits }
    }

    fn combined(lists: Vec<Listed>) -> (Vec<Hit>, Vec<WordingReport>) {
        let (found, wordings) = combine(lists);
        (found.into_iter().map(|found| found.hit).collect(), wordings)
    }

    fn ordinals(hits: &[Hit]) -> Vec<u32> {
        hits.iter().map(|hit| hit.chunk.ordinal).collect()
    }

    #[test]
    fn what_several_wordings_find_goes_first() {
        let lists = vec![list(WordingKind::Question, 1.0, &[1, 2, 3]), list(WordingKind::Query, 1.0, &[4, 2, 1])];
        let (hits, wordings) = combined(lists);
        assert_eq!(ordinals(&hits)[..2], [1, 2]);
        assert_eq!(hits.len(), 4, "each passage once");
        assert_eq!(hits[0].score, 1.0 / 61.0 + 1.0 / 63.0);
        assert_eq!(hits.iter().map(|hit| hit.rank).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(wordings[1].found[1], FoundAt { chunk: hits[1].chunk.id, rank: 2, score: 0.5 });
        assert_eq!(wordings[1].text, "Query");
    }

    #[test]
    fn a_made_up_passage_is_no_evidence() {
        let lists = vec![list(WordingKind::Question, 1.0, &[1]), list(WordingKind::Hypothetical, 0.5, &[2, 1])];
        let (hits, _) = combined(lists);
        assert_eq!(ordinals(&hits), [1, 2]);
        assert_eq!(hits.iter().map(|hit| hit.relevance.relevant).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_passage_is_relevant_if_it_is_to_one_wording() {
        let mut question = list(WordingKind::Question, 1.0, &[1, 2]);
        question.hits.iter_mut().for_each(|hit| hit.relevance.relevant = false);
        let (hits, _) = combined(vec![question, list(WordingKind::Part, 1.0, &[2])]);
        assert_eq!(ordinals(&hits), [2, 1]);
        assert_eq!((hits[0].relevance.relevant, hits[0].relevance.coverage), (true, 0.1), "as the part says");
        assert!(!hits[1].relevance.relevant);
    }

    #[test]
    fn other_wordings_count_together_what_the_question_counts() {
        assert_eq!(WordingKind::Query.weight(4), 0.25);
        assert_eq!((WordingKind::Question.weight(1), WordingKind::Part.weight(3)), (1.0, 1.0));
        assert_eq!(combined(Vec::new()), (Vec::new(), Vec::new()));
    }
}
