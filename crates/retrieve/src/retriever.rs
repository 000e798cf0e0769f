//! The search itself, step by step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ragstone_core::{Catalog, CollectionName, Embedder, Hit, Language, LexicalEncoder, Result, ScoredChunk, VectorStore};
use tokio::sync::Semaphore;

use crate::config::MAX_LIMIT;
use crate::judge::Judge;
use crate::legs::{LegQueries, LegResults};
use crate::relevance::{RelevanceBounds, TermRarity, identifiers};
use crate::weights::{QueryTraits, Weight, adapt};
use crate::{Fused, LegReport, LegScores, Legs, Mode, RetrieveConfig, RetrieveError, SearchRequest, SearchResponse, Timings, fuse};

/// Longer queries are refused. The embedding model reads the first few hundred words of a query at most.
const MAX_QUERY_BYTES: usize = 8_192;

/// So many searches at once look for the query's words in their hits; the others wait.
const JUDGES: usize = 4;

/// Finds passages for queries. Cheap to clone; one serves all collections.
#[derive(Clone)]
pub struct Retriever {
    store: Arc<dyn VectorStore>,
    catalog: Arc<dyn Catalog>,
    embedder: Arc<dyn Embedder>,
    lexical: Arc<dyn LexicalEncoder>,
    config: RetrieveConfig,
    judges: Arc<Semaphore>,
}

impl Retriever {
    /// Connects the ports. The configuration is taken to be valid.
    pub fn new(
        store: Arc<dyn VectorStore>,
        catalog: Arc<dyn Catalog>,
        embedder: Arc<dyn Embedder>,
        lexical: Arc<dyn LexicalEncoder>,
        config: RetrieveConfig,
    ) -> Self {
        Self { store, catalog, embedder, lexical, config, judges: Arc::new(Semaphore::new(JUDGES)) }
    }

    /// Finds the passages of a collection that are nearest to the query, best first, with all that explains their order.
    ///
    /// The first hit of a hopeless query still has a high score: whether an answer may be grounded on a hit is in its
    /// [`Relevance`](ragstone_core::Relevance).
    pub async fn search(&self, collection: &CollectionName, request: &SearchRequest) -> Result<SearchResponse> {
        let started = Instant::now();
        let query = check_query(&request.query)?;
        let limit = self.check_limit(request.limit)?;
        self.check_collection(collection).await?;

        let mut timings = Timings::default();
        let languages = self.catalog.languages(collection).await?;
        let terms = self.lexical.encode_query(query, &languages);
        let embedding_began = Instant::now();
        let dense = match request.mode {
            Mode::Lexical => None,
            Mode::Hybrid | Mode::Dense => Some(self.embedder.embed_query(query).await?),
        };
        timings.embed_ms = milliseconds(embedding_began.elapsed());

        let queries = LegQueries {
            dense,
            lexical: (request.mode != Mode::Dense && !terms.is_empty()).then(|| terms.clone()),
            terms: terms.indices,
            filter: request.filter.clone(),
            candidates: self.config.candidates.max(limit),
        };
        let store_began = Instant::now();
        let mut results = queries.run(self.store.as_ref(), collection).await?;
        let traits = QueryTraits {
            readable_share: self.embedder.readable_share(query),
            lexical_terms: queries.terms.len(),
            lexical_found: results.lexical.as_ref().map_or(0, |leg| leg.listed.len()),
        };
        let mut legs = self.weigh(request.mode, traits, &mut results);
        let mut fused = fuse((&self.config).into(), results.dense.as_ref(), results.lexical.as_ref());
        fused.truncate(limit);

        let ids: Vec<_> = fused.iter().map(|candidate| candidate.id).collect();
        let chunks = if ids.is_empty() { Vec::new() } else { self.store.fetch(collection, &ids).await? };
        timings.store_ms = milliseconds(store_began.elapsed());
        let rarity = TermRarity::from_best_scores(query, &results.best_scores);
        let absent = self.absent_identifiers(query, &rarity, &languages);
        if let Some(lexical) = legs.lexical.as_mut().filter(|_| !absent.is_empty()) {
            lexical.note = Some(format!("no passage has `{}`", absent.join("` or `")));
        }
        let judge = Judge {
            encoder: Arc::clone(&self.lexical),
            query: query.to_owned(),
            rarity,
            bounds: self.bounds(absent.is_empty()),
            is_readable: traits.is_readable(),
        };
        let hits = self.judge(judge, fused, chunks).await?;
        timings.total_ms = milliseconds(started.elapsed());
        tracing::debug!(collection.name = %collection, hits = hits.len(), duration_ms = timings.total_ms, "search finished");
        Ok(SearchResponse { hits, legs, timings })
    }

    /// The identifiers in a query that no passage has.
    fn absent_identifiers(&self, query: &str, rarity: &TermRarity, languages: &[Language]) -> Vec<String> {
        let is_absent = |word: &&str| rarity.all_absent(&self.lexical.encode_query(word, languages));
        identifiers(query).filter(is_absent).map(str::to_owned).collect()
    }

    /// Sets what each leg counts for. A leg alone has its way whatever its weight.
    fn weigh(&self, mode: Mode, traits: QueryTraits, results: &mut LegResults) -> Legs {
        let mut weights = adapt(&self.config, traits);
        if mode != Mode::Hybrid {
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
            dense: (mode != Mode::Lexical).then(|| report(&mut results.dense, weights.dense)),
            lexical: (mode != Mode::Dense).then(|| report(&mut results.lexical, weights.lexical)),
        }
    }

    async fn judge(&self, judge: Judge, fused: Vec<Fused>, chunks: Vec<ScoredChunk>) -> Result<Vec<Hit>> {
        let _permit = self.judges.acquire().await.map_err(|error| RetrieveError::Judging(error.into()))?;
        let hits = tokio::task::spawn_blocking(move || judge.hits(&fused, chunks)).await;
        Ok(hits.map_err(|error| RetrieveError::Judging(error.into()))?)
    }

    fn bounds(&self, meaning_suffices: bool) -> RelevanceBounds {
        RelevanceBounds {
            meaning_suffices,
            min_similarity: self.config.min_similarity.unwrap_or_else(|| self.embedder.similarity_threshold()),
            min_coverage: self.config.min_coverage,
        }
    }

    fn check_limit(&self, limit: Option<usize>) -> Result<usize> {
        let limit = limit.unwrap_or(self.config.limit);
        if (1..=MAX_LIMIT).contains(&limit) {
            return Ok(limit);
        }
        Err(RetrieveError::LimitOutOfRange { limit, most: MAX_LIMIT }.into())
    }

    async fn check_collection(&self, name: &CollectionName) -> Result<()> {
        let Some(spec) = self.catalog.collection(name).await? else {
            return Err(RetrieveError::UnknownCollection { name: name.clone() }.into());
        };
        spec.ensure_embedded_by(self.embedder.spec())
    }
}

fn check_query(query: &str) -> Result<&str> {
    let query = query.trim();
    if query.is_empty() {
        return Err(RetrieveError::EmptyQuery.into());
    }
    if query.len() > MAX_QUERY_BYTES {
        return Err(RetrieveError::QueryTooLong { bytes: query.len(), limit: MAX_QUERY_BYTES }.into());
    }
    Ok(query)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests;
