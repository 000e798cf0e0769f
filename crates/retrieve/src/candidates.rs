//! What may become a hit: one list, best first, whose members keep what every step said of them.

use std::collections::HashMap;

use ragstone_core::{ChunkId, IndexName, LegScore, Result, ScoredChunk, SparseVector, Step, StepScore, VectorStore};

use crate::Fused;

/// A chunk on its way to becoming a hit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) id: ChunkId,
    /// What the last step that scores made of it.
    pub(crate) score: f32,
    pub(crate) dense: Option<LegScore>,
    pub(crate) lexical: Option<LegScore>,
    /// The cosine similarity with the query itself, whatever vector the dense leg searched with.
    pub(crate) similarity: Option<f32>,
    /// What each step made of it, in order.
    pub(crate) steps: Vec<StepScore>,
}

/// A candidate whose passage was read.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) candidate: Candidate,
    pub(crate) passage: ScoredChunk,
    /// The terms of the passage, with its title and headings.
    pub(crate) terms: SparseVector,
}

impl Candidate {
    /// What fusion made of chunks, in its order.
    pub(crate) fn fused(fused: Vec<Fused>) -> Vec<Self> {
        let candidate = |(rank, Fused { id, score, dense, lexical }): (usize, Fused)| Self {
            id,
            score,
            dense,
            lexical,
            similarity: dense.map(|dense| dense.score),
            steps: vec![StepScore { step: Step::Fusion, rank, score, own_score: None }],
        };
        (1..).zip(fused).map(candidate).collect()
    }

    /// A chunk of which no step has said anything.
    pub(crate) fn unscored(id: ChunkId) -> Self {
        Self { id, score: 0.0, dense: None, lexical: None, similarity: None, steps: Vec::new() }
    }
}

/// What a step made of one candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Worth {
    /// What it is ordered by.
    pub(crate) score: f32,
    /// What the step itself said of it.
    pub(crate) own_score: f32,
}

/// Puts the first candidates into the order of what a step made of them, best first; those it knows nothing of are the last of them.
///
/// Their new scores lie between the best and the worst that they had, so that the whole list stays in order.
pub(crate) fn reorder(candidates: &mut [Candidate], depth: usize, step: Step, worth: &HashMap<ChunkId, Worth>) {
    let Some(first) = candidates.get_mut(..depth.min(candidates.len())) else { return };
    let best = first.first().map_or(0.0, |candidate| candidate.score);
    let worst = first.last().map_or(0.0, |candidate| candidate.score);
    let known = || worth.values().map(|worth| worth.score);
    let least = known().fold(f32::INFINITY, f32::min);
    let range = known().fold(f32::NEG_INFINITY, f32::max) - least;
    for candidate in first.iter_mut() {
        let share = match worth.get(&candidate.id) {
            Some(worth) if range > 0.0 => (worth.score - least) / range,
            Some(_) => 1.0,
            None => 0.0,
        };
        candidate.score = worst + share * (best - worst);
    }
    // Equals stay in the order that they had.
    first.sort_by(|left, right| {
        let known = |candidate: &Candidate| worth.get(&candidate.id).map_or(f32::NEG_INFINITY, |worth| worth.score);
        known(right).total_cmp(&known(left))
    });
    for (rank, candidate) in (1..).zip(first) {
        let own_score = worth.get(&candidate.id).map(|worth| worth.own_score);
        candidate.steps.push(StepScore { step, rank, score: candidate.score, own_score });
    }
}

/// Reads the passages of candidates; one that is no longer stored is left out.
pub(crate) async fn read(store: &dyn VectorStore, index: &IndexName, candidates: &[Candidate]) -> Result<Vec<(Candidate, ScoredChunk)>> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ChunkId> = candidates.iter().map(|candidate| candidate.id).collect();
    let passages = store.fetch(index, &ids).await?;
    let mut passages: HashMap<ChunkId, ScoredChunk> = passages.into_iter().map(|passage| (passage.chunk.id, passage)).collect();
    Ok(candidates.iter().filter_map(|candidate| Some((candidate.clone(), passages.remove(&candidate.id)?))).collect())
}

/// The parts of a passage that are searched with it: title, headings, text.
pub(crate) fn parts(passage: &ScoredChunk) -> impl Iterator<Item = &str> {
    let above = std::iter::once(passage.head.title.as_str()).chain(passage.chunk.heading_path.iter().map(String::as_str));
    above.chain(std::iter::once(passage.chunk.text.as_str()))
}

#[cfg(test)]
mod tests {
    use ragstone_core::DocumentId;

    use super::*;

    fn candidate(number: u32, score: f32) -> Candidate {
        let id = ChunkId::from_content(DocumentId::from_source("/a"), "text", number);
        Candidate { score, ..Candidate::unscored(id) }
    }

    #[test]
    fn the_first_get_a_new_order_and_the_list_stays_in_order() {
        let mut candidates = [candidate(1, 0.9), candidate(2, 0.8), candidate(3, 0.5), candidate(4, 0.4)];
        let ids = candidates.clone().map(|candidate| candidate.id);
        let worth = HashMap::from([(ids[0], -3.0), (ids[1], 1.0)].map(|(id, score)| (id, Worth { score, own_score: score })));
        reorder(&mut candidates, 3, Step::Reranker, &worth);
        assert_eq!(candidates.clone().map(|candidate| candidate.id), [ids[1], ids[0], ids[2], ids[3]]);
        assert_eq!(candidates.clone().map(|candidate| candidate.score), [0.9, 0.5, 0.5, 0.4]);
        let said = candidates.map(|candidate| candidate.steps.last().map(|step| (step.rank, step.own_score)));
        assert_eq!(said, [Some((1, Some(1.0))), Some((2, Some(-3.0))), Some((3, None)), None]);
    }

    #[test]
    fn equals_stay_where_they_were() {
        let mut candidates = [candidate(2, 0.9), candidate(1, 0.8)];
        let before = candidates.clone().map(|candidate| candidate.id);
        let worth = before.iter().map(|id| (*id, Worth { score: 7.0, own_score: 7.0 })).collect();
        reorder(&mut candidates, 20, Step::Sentences, &worth);
        assert_eq!(candidates.map(|candidate| candidate.id), before);
        reorder(&mut [], 20, Step::Sentences, &HashMap::new());
    }
}
