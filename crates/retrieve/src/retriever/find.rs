//! From a plan to the candidates that become hits: legs → weights → fusion → refinement → selection, deeper where the query's conditions leave
//! too few.

use std::collections::HashMap;

use ragstone_core::{ChunkId, Result, WhichVector};

use super::{Plan, Retriever};
use crate::candidates::{Candidate, Read};
use crate::config::MAX_CANDIDATES;
use crate::legs::{LegQueries, LegResults, among, ask};
use crate::phrases::PhraseTerms;
use crate::retriever::select::Selected;
use crate::weights::{QueryTraits, Weight, adapt};
use crate::{LegReport, LegScores, Legs, Mode, fuse};

/// So many times deeper is looked each time.
const DEEPER: usize = 5;

/// What was found, and how.
pub(crate) struct Found {
    pub(crate) legs: Legs,
    /// What the legs were asked in the end.
    pub(crate) queries: LegQueries,
    pub(crate) results: LegResults,
    pub(crate) traits: QueryTraits,
    /// All of them, in the order in which they are looked at.
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) selected: Selected,
    /// So many did each leg put forward at most.
    pub(crate) depth: usize,
}

impl Retriever {
    /// Finds candidates and selects hits. Where the query has conditions, the passages that fulfil them may be deeper than the first
    /// candidates: phrases are looked for by their words, and lists get longer until there are enough hits.
    pub(crate) async fn find(&self, plan: &Plan) -> Result<Found> {
        let among = self.passages_with_phrases(plan).await?;
        let mut depth = plan.depth();
        loop {
            let found = self.find_at(plan, among.clone(), depth).await?;
            let listed = [&found.results.dense, &found.results.lexical].into_iter().flatten().map(|leg| leg.listed.len()).max();
            let is_exhausted = depth >= MAX_CANDIDATES || listed.unwrap_or(0) < depth;
            if found.selected.is_enough || !plan.query.has_conditions() || is_exhausted {
                return Ok(found);
            }
            depth = (depth * DEEPER).min(MAX_CANDIDATES);
        }
    }

    async fn find_at(&self, plan: &Plan, among: Option<Vec<ChunkId>>, depth: usize) -> Result<Found> {
        let mut queries = LegQueries {
            dense: plan.dense.clone(),
            lexical: (plan.mode != Mode::Dense && !plan.terms.is_empty()).then(|| plan.terms.clone()),
            terms: plan.terms.indices.clone(),
            filter: plan.filter.clone(),
            among,
            thoroughness: plan.thoroughness(),
            candidates: depth,
        };
        let mut results = queries.run(self.store.as_ref(), &plan.searched.index).await?;
        let traits = QueryTraits {
            readable_share: plan.readable_share,
            lexical_terms: plan.terms.indices.len(),
            lexical_found: results.lexical.as_ref().map_or(0, |leg| leg.listed.len()),
        };
        let mut legs = weigh(plan, traits, &mut results);
        let mut candidates = Candidate::fused(fuse((&plan.config).into(), results.dense.as_ref(), results.lexical.as_ref()));
        let learned = self.with_feedback(plan, &queries, &candidates).await?;
        let has_feedback = learned.is_some();
        if let Some(learned) = learned {
            queries = learned;
            let best_scores = std::mem::take(&mut results.best_scores);
            results = LegResults { best_scores, ..queries.run(self.store.as_ref(), &plan.searched.index).await? };
            legs = weigh(plan, traits, &mut results);
            candidates = Candidate::fused(fuse((&plan.config).into(), results.dense.as_ref(), results.lexical.as_ref()));
        }
        self.rescore(plan, traits, &results, &mut candidates).await?;
        self.rerank(plan, &mut candidates).await?;
        let mut selected = self.select(plan, &candidates).await?;
        if has_feedback {
            self.compare_with_query(plan, &mut selected.hits).await?;
        }
        Ok(Found { legs, queries, results, traits, candidates, selected, depth })
    }

    /// Sets the similarity of what was found with another vector than the query's: only its own says whether it is relevant.
    async fn compare_with_query(&self, plan: &Plan, hits: &mut [Read]) -> Result<()> {
        let Some(vector) = plan.dense.clone().filter(|_| !hits.is_empty()) else { return Ok(()) };
        let ids: Vec<ChunkId> = hits.iter().map(|read| read.candidate.id).collect();
        let answers = ask(self.store.as_ref(), &plan.searched.index, vec![among(WhichVector::Dense(vector), &ids)]).await?;
        let similarities: HashMap<ChunkId, f32> = answers.into_iter().flatten().map(|scored| (scored.id, scored.score)).collect();
        for Read { candidate, .. } in hits {
            candidate.similarity = similarities.get(&candidate.id).copied();
        }
        Ok(())
    }

    async fn passages_with_phrases(&self, plan: &Plan) -> Result<Option<Vec<ChunkId>>> {
        if plan.query.phrases.is_empty() {
            return Ok(None);
        }
        let terms = PhraseTerms::new(self.lexical.as_ref(), &plan.query.phrases, &plan.languages);
        terms.passages(self.store.as_ref(), &plan.searched.index, plan.filter.as_ref()).await
    }
}

/// Sets what each leg counts for. A leg alone has its way whatever its weight.
fn weigh(plan: &Plan, traits: QueryTraits, results: &mut LegResults) -> Legs {
    let mut weights = adapt(&plan.config, traits);
    if plan.mode != Mode::Hybrid {
        weights.dense.value = 1.0;
        weights.lexical.value = 1.0;
    }
    let report = |leg: &mut Option<LegScores>, weight: Weight| {
        if let Some(leg) = leg {
            leg.weight = weight.value;
        }
        let found = leg.as_ref().map_or(0, |leg| leg.listed.len());
        LegReport { weight: weight.value, found, note: weight.note }
    };
    Legs {
        dense: (plan.mode != Mode::Lexical).then(|| report(&mut results.dense, weights.dense)),
        lexical: (plan.mode != Mode::Dense).then(|| report(&mut results.lexical, weights.lexical)),
    }
}
