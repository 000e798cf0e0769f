//! What is done with the candidates between fusion and selection: the first of them are looked at more closely, and the query is
//! asked again with what the first passages say. Each step is off unless it is configured.

use std::sync::Arc;

use ragstone_core::{Result, ScoredChunk, Step};

use super::{Plan, Retriever};
use crate::RetrieveError;
use crate::candidates::{Candidate, Worth, parts, read, reorder};
use crate::diversity::dot_product;
use crate::feedback::{FeedbackPassage, expand_terms, expand_vector};
use crate::legs::{LegQueries, LegResults};
use crate::relevance::TermRarity;
use crate::rescore::{SentenceWeights, best_sentences, sentences, stretched};
use crate::weights::{QueryTraits, adapt};

impl Retriever {
    /// The query with what the first passages say mixed in; nothing if no feedback is wanted or there is nothing to learn from.
    pub(super) async fn with_feedback(&self, plan: &Plan, asked: &LegQueries, candidates: &[Candidate]) -> Result<Option<LegQueries>> {
        let config = &plan.config;
        let first = candidates.get(..config.feedback_passages.min(candidates.len())).unwrap_or_default();
        let passages = read(self.store.as_ref(), &plan.searched.index, first).await?;
        if passages.is_empty() {
            return Ok(None);
        }
        let ids: Vec<_> = passages.iter().map(|(candidate, _)| candidate.id).collect();
        let mut vectors = self.store.vectors(&plan.searched.index, &ids).await?;
        let encoder = Arc::clone(&self.lexical);
        let learned = self.analyse(move || {
            let learn = |(candidate, passage): (Candidate, ScoredChunk)| FeedbackPassage {
                score: candidate.score,
                terms: encoder.encode_passage(&parts(&passage).collect::<Vec<_>>().join("\n"), &passage.head.language),
                vector: vectors.remove(&candidate.id).unwrap_or_default(),
            };
            passages.into_iter().map(learn).collect::<Vec<_>>()
        });
        let learned = learned.await?;
        let lexical = asked.lexical.as_ref().map(|terms| expand_terms(terms, &learned, config.feedback_terms, config.feedback_weight));
        let dense = asked.dense.as_ref().map(|vector| expand_vector(vector, &learned, config.feedback_weight));
        // How rare the query's own terms are is known.
        Ok(Some(LegQueries { dense, lexical, terms: Vec::new(), ..asked.clone() }))
    }

    /// Reads the first candidates sentence by sentence.
    pub(super) async fn rescore(&self, plan: &Plan, traits: QueryTraits, results: &LegResults, candidates: &mut [Candidate]) -> Result<()> {
        let depth = plan.config.rescore_depth.min(candidates.len());
        let Some(first) = candidates.get(..depth).filter(|first| !first.is_empty()) else { return Ok(()) };
        let (found, passages): (Vec<Candidate>, Vec<ScoredChunk>) =
            read(self.store.as_ref(), &plan.searched.index, first).await?.into_iter().unzip();

        let (encoder, query) = (Arc::clone(&self.lexical), plan.query.text.clone());
        let rarity = TermRarity::from_best_scores(&query, &results.best_scores);
        let sentences = self.analyse(move || sentences(&passages, &query, &rarity, encoder.as_ref())).await?;
        let similarities: Vec<f32> = match plan.dense.as_ref().filter(|_| traits.is_readable()) {
            Some(asked) => {
                let texts: Vec<String> = sentences.iter().map(|sentence| sentence.text.clone()).collect();
                let vectors = plan.searched.embedder.embed_passages(texts).await?;
                vectors.iter().map(|vector| dot_product(vector, asked)).collect()
            }
            None => Vec::new(),
        };

        let weights = adapt(&plan.config, traits);
        let weights = SentenceWeights { similarity: weights.dense.value, coverage: weights.lexical.value };
        let best = best_sentences(found.len(), &sentences, &similarities, weights);
        let fused = stretched(&found.iter().map(|candidate| candidate.score).collect::<Vec<f32>>());
        let share = plan.config.rescore_weight;
        let mix = |(fused, best): (&f32, &f32)| Worth { score: (1.0 - share) * fused + share * best, own_score: *best };
        let worth = found.iter().map(|candidate| candidate.id).zip(fused.iter().zip(&best).map(mix)).collect();
        reorder(candidates, depth, Step::Sentences, &worth);
        Ok(())
    }

    /// Has the cross-encoder read the first candidates, if there is one.
    pub(super) async fn rerank(&self, plan: &Plan, candidates: &mut [Candidate]) -> Result<()> {
        let Some(reranker) = &self.reranker else { return Ok(()) };
        let depth = plan.config.rerank_depth.min(candidates.len());
        let Some(first) = candidates.get(..depth).filter(|first| !first.is_empty()) else { return Ok(()) };
        let passages = read(self.store.as_ref(), &plan.searched.index, first).await?;
        let texts = passages.iter().map(|(_, passage)| parts(passage).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"));
        let scores = reranker.score(&plan.query.text, texts.collect()).await?;
        if scores.len() != passages.len() {
            return Err(RetrieveError::MissingScore { scored: scores.len(), asked: passages.len() }.into());
        }
        let read = passages.iter().map(|(candidate, _)| candidate.id);
        let worth = read.zip(scores).map(|(id, score)| (id, Worth { score, own_score: score })).collect();
        reorder(candidates, depth, Step::Reranker, &worth);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
