//! A search, thought through before anything is looked for.

use std::time::{Duration, Instant};

use ragstone_core::{CollectionName, Filter, Language, Result, SparseVector, Thoroughness};

use super::Retriever;
use crate::config::MAX_LIMIT;
use crate::query::Query;
use crate::searched::Searched;
use crate::{Mode, RetrieveConfig, RetrieveError, SearchRequest};

/// Longer queries are refused. The embedding model reads the first few hundred words of a query at most.
const MAX_QUERY_BYTES: usize = 8_192;

/// What is looked for, how and where.
pub(crate) struct Plan {
    pub(crate) searched: Searched,
    /// The settings in force for this one search.
    pub(crate) config: RetrieveConfig,
    pub(crate) limit: usize,
    pub(crate) mode: Mode,
    pub(crate) filter: Option<Filter>,
    pub(crate) query: Query,
    /// Of the collection.
    pub(crate) languages: Vec<Language>,
    pub(crate) terms: SparseVector,
    pub(crate) dense: Option<Vec<f32>>,
    /// The share of the query's words that the model reads.
    pub(crate) readable_share: f32,
    pub(crate) embedding_took: Duration,
}

impl Plan {
    pub(crate) fn collection(&self) -> &CollectionName {
        self.searched.index.collection()
    }

    /// How deep the legs look at first.
    pub(crate) fn depth(&self) -> usize {
        self.config.candidates.max(self.limit)
    }

    pub(crate) fn thoroughness(&self) -> Thoroughness {
        match self.config.hnsw_ef {
            _ if self.config.exact => Thoroughness::Exact,
            Some(neighbours) => Thoroughness::Neighbours(neighbours),
            None => Thoroughness::Configured,
        }
    }
}

impl Retriever {
    /// Checks the request, finds the settings that hold for it, and makes vectors of the query.
    pub(crate) async fn plan(&self, searched: Searched, request: &SearchRequest) -> Result<Plan> {
        let text = check_query(&request.query)?;
        let collection = searched.index.collection();
        let config = self.config_of(collection, request).await?;
        let limit = check_limit(request.limit.unwrap_or(config.limit))?;

        let query = Query::parse(text, config.operators);
        let languages = self.catalog.languages(collection).await?;
        let terms = self.lexical.encode_query(&query.text, &languages);
        let embedding_began = Instant::now();
        let dense = match request.mode {
            Mode::Lexical => None,
            Mode::Hybrid | Mode::Dense => Some(searched.embedder.embed_query(&query.text).await?),
        };
        Ok(Plan {
            limit,
            mode: request.mode,
            filter: request.filter.clone(),
            languages,
            terms,
            dense,
            readable_share: searched.embedder.readable_share(&query.text),
            embedding_took: embedding_began.elapsed(),
            query,
            config,
            searched,
        })
    }

    /// The settings in force for a request.
    pub(crate) async fn config_of(&self, collection: &CollectionName, request: &SearchRequest) -> Result<RetrieveConfig> {
        let settings = self.settings.in_force(self.catalog.as_ref(), collection).await?;
        Ok(request.options.apply(&settings).map_err(|problems| RetrieveError::WrongSettings { problems })?)
    }
}

pub(crate) fn check_limit(limit: usize) -> Result<usize> {
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(RetrieveError::LimitOutOfRange { limit, most: MAX_LIMIT }.into())
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
