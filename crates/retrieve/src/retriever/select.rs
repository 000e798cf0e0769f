//! Which candidates become hits: the query's conditions, duplicates, diversity, each document's share, the limit.

use std::sync::Arc;

use ragstone_core::{ChunkId, Result, ScoredChunk, Step, StepScore};

use super::{Plan, Retriever};
use crate::candidates::{Candidate, Read, parts, read};
use crate::diversity::{Contender, diversify, pool_size};
use crate::selection::{Dropped, Selection, by_document, check_conditions};
use crate::{Grouping, RetrieveError};

/// So many passages are read at first, at least.
const MIN_BATCH: usize = 10;

/// Each further batch is so many times as large as the one before it, so that a query whose conditions hardly any passage fulfils is soon
/// through.
const BATCH_GROWTH: usize = 2;

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

impl Retriever {
    /// Goes through the candidates in their order, reading their passages, until there are enough.
    pub(crate) async fn select(&self, plan: &Plan, candidates: &[Candidate]) -> Result<Selected> {
        let mut selection = Selection::new(&plan.config, plan.limit);
        let mut selected = Selected::default();
        let is_diverse = plan.config.diversity > 0.0;
        let mut batch_size = plan.limit.max(if is_diverse { pool_size(plan.limit) } else { MIN_BATCH });
        let mut left = candidates;
        while !left.is_empty() && !selection.is_full() {
            let (batch, further) = left.split_at(batch_size.min(left.len()));
            (left, batch_size) = (further, batch_size * BATCH_GROWTH);
            let passages = read(self.store.as_ref(), &plan.searched.index, batch).await?;
            let (mut passages, dropped) = self.screen(plan, passages).await?;
            selected.dropped.extend(dropped);
            if is_diverse {
                passages = self.diversified(plan, passages).await?;
            }
            for passage in passages {
                selected.take(passage, &mut selection);
            }
        }
        if plan.config.group == Grouping::Document {
            by_document(&mut selected.hits);
        }
        selected.is_enough = selection.is_enough();
        Ok(selected)
    }

    /// Parts the passages that have what the query demands from the others. Analyses every word of them, hence on a blocking thread.
    async fn screen(&self, plan: &Plan, passages: Vec<(Candidate, ScoredChunk)>) -> Result<(Vec<Read>, Vec<DroppedPassage>)> {
        let (encoder, query) = (Arc::clone(&self.lexical), plan.query.clone());
        self.analyse(move || {
            let (mut kept, mut dropped) = (Vec::with_capacity(passages.len()), Vec::new());
            for (candidate, passage) in passages {
                if let Err(why) = check_conditions(&query, &passage) {
                    dropped.push(DroppedPassage { id: candidate.id, source: passage.head.source, why });
                    continue;
                }
                let searched = parts(&passage).collect::<Vec<_>>().join("\n");
                let terms = encoder.encode_passage(&searched, &passage.head.language);
                kept.push(Read { candidate, passage, terms });
            }
            (kept, dropped)
        })
        .await
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
            Err(why) => self.dropped.push(DroppedPassage { id: passage.candidate.id, source: passage.passage.head.source, why }),
        }
    }
}
