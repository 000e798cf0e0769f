//! The search itself, step by step.

mod calibrate;
mod find;
mod plan;
mod refine;
mod select;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ragstone_core::{Catalog, CollectionName, DocumentId, ErrorKind, Hit, Language, LexicalEncoder, Models, Reranker, Result, VectorStore};
use tokio::sync::Semaphore;

use self::find::Found;
use self::plan::Plan;
pub(crate) use self::plan::check_limit;
pub(crate) use self::select::DroppedPassage;
use crate::calibration::Calibrations;
use crate::expansion::{Shown, expand};
use crate::judge::Judge;
use crate::relevance::{RelevanceBounds, Rule, TermRarity, identifiers, naming};
use crate::searched::Searched;
use crate::{
    CollectionRetrieval, DroppedCandidate, Facet, FacetRequest, Grouping, HitGroup, Overrides, RetrieveConfig, RetrieveSettings,
    SearchRequest, SearchResponse, Timings, WhichModel, count_facets,
};

/// So many searches at once analyse the words of their passages; the others wait.
const ANALYSTS: usize = 4;

/// Finds passages for queries. Cheap to clone; one serves all collections.
#[derive(Clone)]
pub struct Retriever {
    pub(crate) store: Arc<dyn VectorStore>,
    pub(crate) catalog: Arc<dyn Catalog>,
    models: Models,
    pub(crate) lexical: Arc<dyn LexicalEncoder>,
    reranker: Option<Arc<dyn Reranker>>,
    settings: Arc<RetrieveSettings>,
    analysts: Arc<Semaphore>,
    calibrations: Arc<Calibrations>,
    /// Whether collections are calibrated in the background.
    calibrates: bool,
}

/// A search and all that happened in it.
pub(crate) struct Trace {
    pub(crate) plan: Plan,
    pub(crate) found: Found,
    pub(crate) response: SearchResponse,
}

impl Retriever {
    /// Connects the ports. The configuration is taken to be valid.
    pub fn new(
        store: Arc<dyn VectorStore>,
        catalog: Arc<dyn Catalog>,
        models: impl Into<Models>,
        lexical: Arc<dyn LexicalEncoder>,
        config: RetrieveConfig,
    ) -> Self {
        let settings = Arc::new(RetrieveSettings::new(config, BTreeMap::new()));
        let (analysts, calibrations) = (Arc::new(Semaphore::new(ANALYSTS)), Arc::default());
        Self { store, catalog, models: models.into(), lexical, reranker: None, settings, analysts, calibrations, calibrates: false }
    }

    /// The same with a model that reads the first candidates together with the query; how many is in the settings.
    #[must_use]
    pub fn with_reranker(self, reranker: Option<Arc<dyn Reranker>>) -> Self {
        Self { reranker, ..self }
    }

    /// The same with other settings, those of single collections among them.
    #[must_use]
    pub fn with_settings(self, settings: RetrieveSettings) -> Self {
        Self { settings: Arc::new(settings), ..self }
    }

    /// The same with just these settings, whatever is kept for a collection: to measure them. The configuration is taken to be valid.
    #[must_use]
    pub fn with_config(&self, config: RetrieveConfig) -> Self {
        self.clone().with_settings(RetrieveSettings::fixed(config))
    }

    /// What is kept for a collection's searches, and what they go by.
    pub async fn settings(&self, collection: &CollectionName) -> Result<CollectionRetrieval> {
        self.settings.of(self.catalog.as_ref(), collection).await
    }

    /// Keeps settings for a collection's searches, in place of what was kept before; wrong ones are refused.
    pub async fn keep_settings(&self, collection: &CollectionName, settings: Overrides) -> Result<CollectionRetrieval> {
        self.settings.keep(self.catalog.as_ref(), collection, settings).await
    }

    /// Finds the passages of a collection that are nearest to the query, best first, with all that explains their order.
    ///
    /// The first hit of a hopeless query still has a high score: whether an answer may be grounded on a hit is in its
    /// [`Relevance`](ragstone_core::Relevance).
    pub async fn search(&self, collection: &CollectionName, request: &SearchRequest) -> Result<SearchResponse> {
        let mut trace = self.trace(collection, request).await?;
        trace.response.facets = self.facets(collection, request).await?;
        let SearchResponse { hits, timings, .. } = &trace.response;
        tracing::debug!(collection.name = %collection, hits = hits.len(), duration_ms = timings.total_ms, "search finished");
        self.look_after(collection);
        Ok(trace.response)
    }

    /// The facets that a request asks for.
    pub(crate) async fn facets(&self, collection: &CollectionName, request: &SearchRequest) -> Result<Vec<Facet>> {
        if request.facets.is_empty() {
            return Ok(Vec::new());
        }
        let facets = FacetRequest { fields: request.facets.clone(), filter: request.filter.clone(), values: None };
        count_facets(self.catalog.as_ref(), collection, &facets).await
    }

    /// The steps of a search, and what each made of the candidates.
    pub(crate) async fn trace(&self, collection: &CollectionName, request: &SearchRequest) -> Result<Trace> {
        let searched = self.searched(collection, request.model).await?;
        match self.trace_in(searched.clone(), request).await {
            // Its index was switched away from and dropped meanwhile: the present one has the answer.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let present = self.searched(collection, request.model).await?;
                if present.index == searched.index { Err(error) } else { self.trace_in(present, request).await }
            }
            outcome => outcome,
        }
    }

    /// A search goes against one index from its beginning to its end.
    pub(crate) async fn trace_in(&self, searched: Searched, request: &SearchRequest) -> Result<Trace> {
        let started = Instant::now();
        let plan = self.plan(searched, request).await?;
        let finding_began = Instant::now();
        let mut found = self.find(&plan).await?;
        let selected = std::mem::take(&mut found.selected.hits);
        let shown = expand(self.catalog.as_ref(), plan.collection(), selected, plan.config.expand).await?;
        let finding_took = finding_began.elapsed();
        let hits = self.judge(&plan, &mut found, shown).await?;

        let response = SearchResponse {
            notes: notes(&plan, &hits),
            groups: groups(plan.config.group, &hits),
            dropped: request.explain.then(|| DroppedCandidate::of(&found.candidates, &found.selected.dropped)),
            hits,
            facets: Vec::new(),
            legs: found.legs.clone(),
            timings: Timings {
                embed_ms: milliseconds(plan.embedding_took),
                store_ms: milliseconds(finding_took),
                total_ms: milliseconds(started.elapsed()),
            },
            model: plan.searched.model(),
        };
        Ok(Trace { plan, found, response })
    }

    /// Makes hits of passages: whether they are relevant, and where the query's words are.
    async fn judge(&self, plan: &Plan, found: &mut Found, shown: Vec<Shown>) -> Result<Vec<Hit>> {
        let query = plan.query.text.clone();
        let rarity = TermRarity::from_best_scores(&query, &found.results.best_scores);
        let absent = self.absent_identifiers(&query, &rarity, &plan.languages);
        if let Some(lexical) = found.legs.lexical.as_mut().filter(|_| !absent.is_empty()) {
            lexical.note = Some(format!("no passage has `{}`", absent.join("` or `")));
        }
        let bounds = RelevanceBounds { rule: self.rule(plan).await?, naming: naming(&query, &absent) };
        let judge = Judge { encoder: Arc::clone(&self.lexical), query, rarity, bounds, is_readable: found.traits.is_readable() };
        self.analyse(move || judge.hits(shown)).await
    }

    /// From where on passages are relevant in this search.
    async fn rule(&self, plan: &Plan) -> Result<Rule> {
        let embedder = plan.searched.embedder.as_ref();
        let kept = self.calibrations.of(self.catalog.as_ref(), plan.collection()).await?;
        let calibration = kept.filter(|kept| kept.is_of(embedder.spec()));
        Ok(Rule::of(&plan.config, calibration.as_deref(), embedder.similarity_threshold()))
    }

    /// What a search of this collection goes against at this moment.
    pub(crate) async fn searched(&self, collection: &CollectionName, which: WhichModel) -> Result<Searched> {
        Searched::find(self.catalog.as_ref(), &self.models, collection, which).await
    }

    /// The identifiers in a query that no passage has.
    fn absent_identifiers(&self, query: &str, rarity: &TermRarity, languages: &[Language]) -> Vec<String> {
        let is_absent = |word: &&str| rarity.all_absent(&self.lexical.encode_query(word, languages));
        identifiers(query).filter(is_absent).map(str::to_owned).collect()
    }
}

/// What the user should know of how the query was understood.
fn notes(plan: &Plan, hits: &[Hit]) -> Vec<String> {
    if !hits.is_empty() || plan.query.phrases.is_empty() {
        return Vec::new();
    }
    let phrases = plan.query.phrases.join("\" and \"");
    let is_limited = plan.filter.is_some() || !plan.query.excluded.is_empty();
    let passages = if is_limited { "none of the passages that the filter and the excluded words leave" } else { "no passage" };
    vec![format!("{passages} has \"{phrases}\" as it stands: without the quotes, its words are looked for")]
}

/// Which hits belong together, where documents are listed.
pub(crate) fn groups(grouping: Grouping, hits: &[Hit]) -> Vec<HitGroup> {
    let mut groups: Vec<HitGroup> = Vec::new();
    if grouping == Grouping::None {
        return groups;
    }
    let mut places: BTreeMap<DocumentId, usize> = BTreeMap::new();
    for hit in hits {
        let place = *places.entry(hit.document.id).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.hits.push(hit.rank),
            None => groups.push(HitGroup { document: hit.document.id, score: hit.score, hits: vec![hit.rank] }),
        }
    }
    groups
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests;
