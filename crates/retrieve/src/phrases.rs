//! Which passages can have the phrases of a query at all: those that have all their words.
//!
//! A phrase may stand in a passage that neither leg would list, however deep. Its words lead there: each is looked up alone, and what
//! is in all their lists is searched instead of the whole collection. Whether the words stand together is seen when a passage is read.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ragstone_core::{ChunkId, Filter, IndexName, Language, LexicalEncoder, Result, VectorStore};

use crate::config::MAX_CANDIDATES;
use crate::legs::{ask, passages_with};

/// No more words than this are looked up.
const MAX_TERMS: usize = 48;

/// The phrases of a query, as passages in each language would have written them.
pub(crate) struct PhraseTerms {
    /// Of each phrase, for each language, the terms.
    phrases: Vec<Vec<BTreeSet<u32>>>,
}

impl PhraseTerms {
    pub(crate) fn new(encoder: &dyn LexicalEncoder, phrases: &[String], languages: &[Language]) -> Self {
        let terms_in =
            |phrase: &str, language: &Language| encoder.encode_query(phrase, std::slice::from_ref(language)).indices.into_iter().collect();
        let of_phrase = |phrase: &String| languages.iter().map(|language| terms_in(phrase, language)).collect();
        Self { phrases: phrases.iter().map(of_phrase).collect() }
    }

    /// The passages that have all words of all phrases; nothing where that cannot be said: words too common to be listed, or too many.
    pub(crate) async fn passages(
        &self,
        store: &dyn VectorStore,
        index: &IndexName,
        filter: Option<&Filter>,
    ) -> Result<Option<Vec<ChunkId>>> {
        let all: BTreeSet<u32> = self.phrases.iter().flatten().flatten().copied().collect();
        if all.is_empty() || all.len() > MAX_TERMS {
            return Ok(None);
        }
        let queries = all.iter().map(|term| passages_with(*term, filter.cloned(), MAX_CANDIDATES)).collect();
        let lists = ask(store, index, queries).await?;
        // A list that is cut off says nothing of a passage that is not in it.
        let complete = all.into_iter().zip(lists).filter(|(_, list)| list.len() < MAX_CANDIDATES);
        let having: BTreeMap<u32, HashSet<ChunkId>> =
            complete.map(|(term, list)| (term, list.into_iter().map(|scored| scored.id).collect())).collect();
        let mut left: Option<HashSet<ChunkId>> = None;
        for languages in &self.phrases {
            let Some(passages) = of_phrase(languages, &having) else { continue };
            left = Some(left.map_or_else(|| passages.clone(), |left| left.intersection(&passages).copied().collect()));
        }
        Ok(left.filter(|left| left.len() <= MAX_CANDIDATES).map(|left| left.into_iter().collect()))
    }
}

/// The passages that have all terms of any one language; nothing if some language's terms are all too common.
fn of_phrase(languages: &[BTreeSet<u32>], having: &BTreeMap<u32, HashSet<ChunkId>>) -> Option<HashSet<ChunkId>> {
    let mut passages = HashSet::new();
    for terms in languages {
        let mut lists: Vec<&HashSet<ChunkId>> = terms.iter().filter_map(|term| having.get(term)).collect();
        lists.sort_by_key(|list| list.len());
        let (shortest, others) = lists.split_first()?;
        passages.extend(shortest.iter().filter(|id| others.iter().all(|list| list.contains(id))));
    }
    Some(passages)
}
