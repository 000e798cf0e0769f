//! Where a document stands in one leg.

use ragstone_core::{ChunkId, Result, Scored, Thoroughness, VectorQuery, WhichVector};
use serde::{Deserialize, Serialize};

use crate::legs::{among, ask};
use crate::retriever::Trace;
use crate::{LegScores, Retriever};

/// Ranks are counted so far.
const DEEPEST_RANK: usize = 200_000;

/// What one leg says of a document's nearest passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Standing {
    /// The passage.
    #[schema(value_type = String, format = "uuid")]
    pub chunk: ChunkId,
    /// Its score; nothing if the leg has none for it: it has no word of the query.
    pub score: Option<f32>,
    /// Its place among all passages for which the filter holds, from 1; nothing if it is deeper than ranks are counted.
    pub rank: Option<usize>,
    /// Whether the leg put it forward.
    pub is_candidate: bool,
}

impl Retriever {
    /// What the dense leg says; nothing if it was not used.
    pub(super) async fn dense_standing(&self, trace: &Trace, chunks: &[ChunkId]) -> Result<Option<Standing>> {
        let Some(vector) = &trace.found.queries.dense else { return Ok(None) };
        self.standing(trace, WhichVector::Dense(vector.clone()), trace.found.results.dense.as_ref(), chunks).await
    }

    /// What the lexical leg says; nothing if it was not used.
    pub(super) async fn lexical_standing(&self, trace: &Trace, chunks: &[ChunkId]) -> Result<Option<Standing>> {
        let Some(terms) = &trace.found.queries.lexical else { return Ok(None) };
        self.standing(trace, WhichVector::Lexical(terms.clone()), trace.found.results.lexical.as_ref(), chunks).await
    }

    async fn standing(&self, trace: &Trace, vector: WhichVector, leg: Option<&LegScores>, chunks: &[ChunkId]) -> Result<Option<Standing>> {
        let Some(first) = chunks.first() else { return Ok(None) };
        let index = &trace.plan.searched.index;
        let scores = ask(self.store.as_ref(), index, vec![among(vector.clone(), chunks)]).await?;
        let Some(best) = scores.into_iter().flatten().find(|scored| scored.score.is_finite()) else {
            return Ok(Some(Standing { chunk: *first, score: None, rank: None, is_candidate: false }));
        };
        let listed = leg.and_then(|leg| place(&leg.listed, best.id));
        let rank = match listed {
            // Lists of a part of the collection have ranks of their own.
            Some(place) if trace.plan.query.phrases.is_empty() => Some(place),
            _ => {
                let query = VectorQuery {
                    vector,
                    filter: trace.plan.filter.clone(),
                    among: None,
                    limit: DEEPEST_RANK,
                    thoroughness: Thoroughness::Exact,
                };
                let all = ask(self.store.as_ref(), index, vec![query]).await?;
                all.first().and_then(|all| place(all, best.id))
            }
        };
        Ok(Some(Standing { chunk: best.id, score: Some(best.score), rank, is_candidate: listed.is_some() }))
    }
}

/// The place of a chunk in a list, from 1.
fn place(list: &[Scored], id: ChunkId) -> Option<usize> {
    list.iter().position(|scored| scored.id == id).map(|place| place + 1)
}
