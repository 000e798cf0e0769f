//! Which candidates become hits: the query's conditions, duplicates, diversity, each document's share, the limit.

use std::sync::Arc;

use ragstone_core::{ChunkId, Result, ScoredChunk, Step, StepScore};

use super::{Plan, Retriever};
use crate::candidates::{Candidate, Read, parts, read};
use crate::diversity::{Contender, diversify, pool_size};
use crate::selection::{Dropped, Selection, by_document, check_conditions};
use crate::{Grouping, RetrieveError};

/// So many passages are read at once, at least.
const MIN_BATCH: usize = 10;

/// Hits to be, and what became of the candidates before the last of them.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    pub(crate) hits: Vec<Read>,
    /// In the order in which they were looked at.
    pub(crate) dropped: Vec<DroppedPassage>,
    /// Whether there are as many hits as were asked for.
    pub(crate) is_enough: bool,
}

/// A candidate that did not become a hit.
#[derive(Debug, Clone)]
pub(crate) struct DroppedPassage {
    pub(crate) id: ChunkId,
    pub(crate) source: String,
    pub(crate) why: Dropped,
}

/// A passage that was looked at.
type Screened = (Read, std::result::Result<(), Dropped>);

impl Retriever {
    /// Goes through the candidates in their order, reading their passages, until there are enough.
    pub(crate) async fn select(&self, plan: &Plan, candidates: &[Candidate]) -> Result<Selected> {
        let mut selection = Selection::new(&plan.config, plan.limit);
        let mut selected = Selected::default();
        let mut pool = Vec::new();
        let pool_size = if plan.config.diversity > 0.0 { pool_size(plan.limit) } else { 0 };
        for batch in candidates.chunks(plan.limit.max(pool_size).max(MIN_BATCH)) {
            let passages = read(self.store.as_ref(), &plan.searched.index, batch).await?;
            for (passage, verdict) in self.screen(plan, passages).await? {
                match verdict {
                    Err(why) => selected.leave_out(&passage, why),
                    Ok(()) if pool_size > 0 => pool.push(passage),
                    Ok(()) => selected.take(passage, &mut selection),
                }
            }
            if selection.is_full() || (pool_size > 0 && pool.len() >= pool_size) {
                break;
            }
        }
        for passage in self.diversified(plan, pool).await? {
            selected.take(passage, &mut selection);
        }
        if plan.config.group == Grouping::Document {
            by_document(&mut selected.hits);
        }
        selected.is_enough = selection.is_enough();
        Ok(selected)
    }

    /// Sees which passages have what the query demands. Analyses every word of them, hence on a blocking thread.
    async fn screen(&self, plan: &Plan, passages: Vec<(Candidate, ScoredChunk)>) -> Result<Vec<Screened>> {
        let (encoder, query) = (Arc::clone(&self.lexical), plan.query.clone());
        let screen = move |(candidate, passage): (Candidate, ScoredChunk)| {
            let searched = parts(&passage).collect::<Vec<_>>().join("\n");
            let terms = encoder.encode_passage(&searched, &passage.head.language);
            let verdict = check_conditions(&query, &passage);
            (Read { candidate, passage, terms }, verdict)
        };
        self.analyse(move || passages.into_iter().map(screen).collect()).await
    }

    /// Runs what keeps a processor busy, a few at once.
    pub(crate) async fn analyse<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _permit = self.analysts.acquire().await.map_err(|error| RetrieveError::Judging(error.into()))?;
        let done = tokio::task::spawn_blocking(work).await;
        Ok(done.map_err(|error| RetrieveError::Judging(error.into()))?)
    }

    /// Puts what says something new before what is like better passages.
    async fn diversified(&self, plan: &Plan, pool: Vec<Read>) -> Result<Vec<Read>> {
        if pool.is_empty() {
            return Ok(pool);
        }
        let ids: Vec<ChunkId> = pool.iter().map(|read| read.candidate.id).collect();
        let mut vectors = self.store.vectors(&plan.searched.index, &ids).await?;
        let contender =
            |read: &Read| Contender { score: read.candidate.score, vector: vectors.remove(&read.candidate.id).unwrap_or_default() };
        let contenders: Vec<Contender> = pool.iter().map(contender).collect();
        let diversity = plan.config.diversity;
        let order = self.analyse(move || diversify(&contenders, diversity)).await?;

        let mut pool: Vec<Option<Read>> = pool.into_iter().map(Some).collect();
        let mut diversified = Vec::with_capacity(pool.len());
        for (rank, placed) in (1..).zip(order) {
            let Some(mut read) = pool.get_mut(placed.place).and_then(Option::take) else { continue };
            read.candidate.steps.push(StepScore { step: Step::Diversity, rank, score: placed.score, own_score: None });
            diversified.push(read);
        }
        Ok(diversified)
    }
}

impl Selected {
    fn take(&mut self, passage: Read, selection: &mut Selection) {
        match selection.take(&passage.passage, &passage.terms) {
            Ok(()) => self.hits.push(passage),
            Err(why) => self.leave_out(&passage, why),
        }
    }

    fn leave_out(&mut self, passage: &Read, why: Dropped) {
        self.dropped.push(DroppedPassage { id: passage.candidate.id, source: passage.passage.head.source.clone(), why });
    }
}
