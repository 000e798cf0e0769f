//! Both legs of a search, asked in at most two calls to the store.

use std::collections::HashSet;

use ragstone_core::{ChunkId, CollectionName, Filter, Result, Scored, SparseVector, VectorQuery, VectorStore, WhichVector};

use crate::{LegScores, RetrieveError};

/// No more of a query's terms than this are looked up to learn how rare they are.
const MAX_TERMS_LOOKED_UP: usize = 64;

/// One query, as the legs see it. A leg that is not used is `None`.
#[derive(Debug, Clone)]
pub(crate) struct LegQueries {
    pub(crate) dense: Option<Vec<f32>>,
    pub(crate) lexical: Option<SparseVector>,
    /// The terms whose rarity is asked for, whether the lexical leg is used or not.
    pub(crate) terms: Vec<u32>,
    pub(crate) filter: Option<Filter>,
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
    pub(crate) async fn run(&self, store: &dyn VectorStore, collection: &CollectionName) -> Result<LegResults> {
        let mut results = self.find(store, collection).await?;
        self.complete(store, collection, &mut results).await?;
        Ok(results)
    }

    async fn find(&self, store: &dyn VectorStore, collection: &CollectionName) -> Result<LegResults> {
        let mut queries = Vec::new();
        if let Some(vector) = &self.dense {
            let opposite = vector.iter().map(|value| -value).collect();
            queries.push(self.query(WhichVector::Dense(vector.clone()), self.candidates));
            // What is nearest to the opposite vector has the lowest similarity of all.
            queries.push(self.query(WhichVector::Dense(opposite), 1));
        }
        if let Some(vector) = &self.lexical {
            queries.push(self.query(WhichVector::Lexical(vector.clone()), self.candidates));
        }
        let terms = || self.terms.iter().copied().take(MAX_TERMS_LOOKED_UP);
        queries.extend(terms().map(best_of_term));
        let mut answers = ask(store, collection, queries).await?.into_iter();

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

    async fn complete(&self, store: &dyn VectorStore, collection: &CollectionName, results: &mut LegResults) -> Result<()> {
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

        let mut answers = ask(store, collection, queries).await?.into_iter();
        if !unknown_to_dense.is_empty() {
            dense.learned = answers.next().unwrap_or_default();
        }
        if !unknown_to_lexical.is_empty() {
            lexical.learned = answers.next().unwrap_or_default();
            lexical.learned.retain(|scored| scored.score > 0.0);
        }
        Ok(())
    }

    fn query(&self, vector: WhichVector, limit: usize) -> VectorQuery {
        VectorQuery { vector, filter: self.filter.clone(), among: None, limit }
    }
}

async fn ask(store: &dyn VectorStore, collection: &CollectionName, queries: Vec<VectorQuery>) -> Result<Vec<Vec<Scored>>> {
    let asked = queries.len();
    if asked == 0 {
        return Ok(Vec::new());
    }
    let answers = store.search(collection, queries).await?;
    if answers.len() != asked {
        return Err(RetrieveError::MissingAnswer { asked, answered: answers.len() }.into());
    }
    Ok(answers)
}

fn best_of_term(term: u32) -> VectorQuery {
    let vector = SparseVector { indices: vec![term], values: vec![1.0] };
    VectorQuery { vector: WhichVector::Lexical(vector), filter: None, among: None, limit: 1 }
}

fn among(vector: WhichVector, ids: &[ChunkId]) -> VectorQuery {
    VectorQuery { vector, filter: None, among: Some(ids.to_vec()), limit: ids.len() }
}

/// Those of `theirs` that are not in `ours`.
fn missing(ours: &[Scored], theirs: &[Scored]) -> Vec<ChunkId> {
    let ours: HashSet<ChunkId> = ours.iter().map(|scored| scored.id).collect();
    theirs.iter().map(|scored| scored.id).filter(|id| !ours.contains(id)).collect()
}
