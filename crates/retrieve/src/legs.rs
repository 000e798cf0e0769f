//! Both legs of a search, asked in at most two calls to the store.

use std::collections::HashSet;

use ragstone_core::{ChunkId, Filter, IndexName, Result, Scored, SparseVector, Thoroughness, VectorQuery, VectorStore, WhichVector};

use crate::{LegScores, RetrieveError};

/// No more of a query's terms than this are looked up to learn how rare they are.
const MAX_TERMS_LOOKED_UP: usize = 64;

/// One query, as the legs see it. A leg that is not used is `None`.
#[derive(Debug, Clone, Default)]
pub(crate) struct LegQueries {
    pub(crate) dense: Option<Vec<f32>>,
    pub(crate) lexical: Option<SparseVector>,
    /// The terms whose rarity is asked for, whether the lexical leg is used or not.
    pub(crate) terms: Vec<u32>,
    pub(crate) filter: Option<Filter>,
    /// Only these chunks, where it is known that no others are wanted.
    pub(crate) among: Option<Vec<ChunkId>>,
    pub(crate) thoroughness: Thoroughness,
    pub(crate) candidates: usize,
}

/// What the legs found; their weights are not set yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct LegResults {
    pub(crate) dense: Option<LegScores>,
    pub(crate) lexical: Option<LegScores>,
    /// The best score each term reaches alone in the whole collection.
    pub(crate) best_scores: Vec<(u32, Option<f32>)>,
}

impl LegQueries {
    /// Asks the store for each leg's list, then for what each leg says of the other's candidates.
    pub(crate) async fn run(&self, store: &dyn VectorStore, index: &IndexName) -> Result<LegResults> {
        let mut results = self.find(store, index).await?;
        self.complete(store, index, &mut results).await?;
        Ok(results)
    }

    async fn find(&self, store: &dyn VectorStore, index: &IndexName) -> Result<LegResults> {
        let mut queries = Vec::new();
        if let Some(vector) = &self.dense {
            let opposite = vector.iter().map(|value| -value).collect();
            queries.push(self.listing(WhichVector::Dense(vector.clone())));
            // What is nearest to the opposite vector has the lowest similarity of all.
            queries.push(VectorQuery { among: None, limit: 1, ..self.listing(WhichVector::Dense(opposite)) });
        }
        if let Some(vector) = &self.lexical {
            queries.push(self.listing(WhichVector::Lexical(vector.clone())));
        }
        let terms = || self.terms.iter().copied().take(MAX_TERMS_LOOKED_UP);
        queries.extend(terms().map(best_of_term));
        let mut answers = ask(store, index, queries).await?.into_iter();

        let mut results = LegResults::default();
        if self.dense.is_some() {
            let listed = answers.next().unwrap_or_default();
            let lowest = answers.next().unwrap_or_default().first().map_or(0.0, |opposite| -opposite.score);
            results.dense = Some(LegScores { listed, learned: Vec::new(), floor: lowest, weight: 0.0 });
        }
        if self.lexical.is_some() {
            let mut listed = answers.next().unwrap_or_default();
            listed.retain(|scored| scored.score > 0.0);
            results.lexical = Some(LegScores { listed, ..LegScores::default() });
        }
        results.best_scores = terms().zip(answers).map(|(term, best)| (term, best.first().map(|scored| scored.score))).collect();
        Ok(results)
    }

    async fn complete(&self, store: &dyn VectorStore, index: &IndexName, results: &mut LegResults) -> Result<()> {
        let (Some(dense), Some(lexical)) = (&mut results.dense, &mut results.lexical) else { return Ok(()) };
        let mut queries = Vec::new();
        let unknown_to_dense = missing(&dense.listed, &lexical.listed);
        if let Some(vector) = self.dense.as_ref().filter(|_| !unknown_to_dense.is_empty()) {
            queries.push(among(WhichVector::Dense(vector.clone()), &unknown_to_dense));
        }
        // A list that is not full has every chunk with a word of the query: all others have a score of 0.
        let is_full = lexical.listed.len() >= self.candidates;
        let unknown_to_lexical = if is_full { missing(&lexical.listed, &dense.listed) } else { Vec::new() };
        if let Some(vector) = self.lexical.as_ref().filter(|_| !unknown_to_lexical.is_empty()) {
            queries.push(among(WhichVector::Lexical(vector.clone()), &unknown_to_lexical));
        }
        if queries.is_empty() {
            return Ok(());
        }

        let mut answers = ask(store, index, queries).await?.into_iter();
        if !unknown_to_dense.is_empty() {
            dense.learned = answers.next().unwrap_or_default();
        }
        if !unknown_to_lexical.is_empty() {
            lexical.learned = answers.next().unwrap_or_default();
            lexical.learned.retain(|scored| scored.score > 0.0);
        }
        Ok(())
    }

    fn listing(&self, vector: WhichVector) -> VectorQuery {
        VectorQuery {
            vector,
            filter: self.filter.clone(),
            among: self.among.clone(),
            limit: self.candidates,
            thoroughness: self.thoroughness,
        }
    }
}

/// Runs searches; there is an answer to each.
pub(crate) async fn ask(store: &dyn VectorStore, index: &IndexName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
    let asked = queries.len();
    if asked == 0 {
        return Ok(Vec::new());
    }
    let answers = store.search(index, queries).await?;
    if answers.len() != asked {
        return Err(RetrieveError::MissingAnswer { asked, answered: answers.len() }.into());
    }
    Ok(answers)
}

fn best_of_term(term: u32) -> VectorQuery {
    passages_with(term, None, 1)
}

/// The passages that have a term, those that say it most first.
pub(crate) fn passages_with(term: u32, filter: Option<Filter>, limit: usize) -> VectorQuery {
    let vector = SparseVector { indices: vec![term], values: vec![1.0] };
    VectorQuery { vector: WhichVector::Lexical(vector), filter, among: None, limit, thoroughness: Thoroughness::Configured }
}

/// What a vector says of these chunks.
pub(crate) fn among(vector: WhichVector, ids: &[ChunkId]) -> VectorQuery {
    VectorQuery { vector, filter: None, among: Some(ids.to_vec()), limit: ids.len(), thoroughness: Thoroughness::Configured }
}

/// Those of `theirs` that are not in `ours`.
fn missing(ours: &[Scored], theirs: &[Scored]) -> Vec<ChunkId> {
    let ours: HashSet<ChunkId> = ours.iter().map(|scored| scored.id).collect();
    theirs.iter().map(|scored| scored.id).filter(|id| !ours.contains(id)).collect()
}
