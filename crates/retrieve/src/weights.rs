//! How much each leg is to be believed for one query.
//!
//! A model that cannot read the query's language still returns neighbours, and they drown what the words found: on Chinese
//! questions (XQuAD) all-MiniLM-L6-v2 alone reaches nDCG@10 0.25, BM25 alone 0.963, both at full weight 0.914. So the dense
//! weight is multiplied by the share of the query that the model reads. In the simulation of docs/retrieval.md: Spanish 0.969 (full
//! weight 0.965, BM25 alone 0.967), SciFact, whose claims are full of rare words, 0.740 either way.

use crate::RetrieveConfig;

/// From this share of readable words on, a cosine similarity with the query means something.
const READABLE_SHARE: f32 = 0.4;

/// What is known of a query before its lists are made into one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct QueryTraits {
    /// The share of the query's words that the embedding model reads.
    pub(crate) readable_share: f32,
    /// How many terms the lexical leg can look for.
    pub(crate) lexical_terms: usize,
    /// How many chunks have any of them.
    pub(crate) lexical_found: usize,
}

impl QueryTraits {
    /// Whether a cosine similarity with this query means anything.
    pub(crate) fn is_readable(&self) -> bool {
        self.readable_share >= READABLE_SHARE
    }

    /// How far the dense leg is believed, 0 to 1.
    fn trust(&self) -> f32 {
        self.readable_share.clamp(0.0, 1.0)
    }
}

/// What a leg counts for in one search, and why that is not the configured weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weight {
    pub(crate) value: f32,
    pub(crate) note: Option<String>,
}

/// The weights of both legs for one query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    pub(crate) dense: Weight,
    pub(crate) lexical: Weight,
}

/// Lowers the configured weights where a leg cannot judge the query. One of the two always stays above 0.
pub(crate) fn adapt(config: &RetrieveConfig, query: QueryTraits) -> Weights {
    let lexical = match query {
        QueryTraits { lexical_terms: 0, .. } => Weight::silenced("the query has no words to look for"),
        QueryTraits { lexical_found: 0, .. } => Weight::silenced("none of the passages searched has a word of the query"),
        _ => Weight::full(config.lexical_weight),
    };
    let percent = (query.trust() * 100.0).round();
    let trusted = config.dense_weight * query.trust();
    let dense = if percent == 100.0 {
        Weight::full(config.dense_weight)
    } else if trusted + lexical.value == 0.0 {
        let note = format!("the model reads {percent}% of the query, yet there is nothing else to go by");
        Weight { value: config.dense_weight, note: Some(note) }
    } else if trusted == 0.0 {
        Weight::silenced(&format!("the model reads {percent}% of the query: its order is not counted"))
    } else {
        Weight { value: trusted, note: Some(format!("the model reads {percent}% of the query: weight lowered")) }
    };

    if dense.value + lexical.value > 0.0 {
        return Weights { dense, lexical };
    }
    // The configured weight of the only leg that found anything is 0: better its order than none.
    Weights { dense: Weight { value: 1.0, ..dense }, lexical }
}

impl Weight {
    fn full(value: f32) -> Self {
        Self { value, note: None }
    }

    fn silenced(note: &str) -> Self {
        Self { value: 0.0, note: Some(note.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(readable_share: f32, lexical_terms: usize, lexical_found: usize, expected: (f32, f32)) {
        let config = RetrieveConfig { dense_weight: 0.6, lexical_weight: 0.4, ..RetrieveConfig::default() };
        let weights = adapt(&config, QueryTraits { readable_share, lexical_terms, lexical_found });
        let found = (weights.dense.value, weights.lexical.value);
        assert!((found.0 - expected.0).abs() < 1e-6 && (found.1 - expected.1).abs() < 1e-6, "{readable_share}: {weights:?}");
        assert_eq!(weights.dense.note.is_some(), readable_share < 1.0, "{weights:?}");
        assert_eq!(weights.lexical.note.is_some(), lexical_found == 0, "{weights:?}");
    }

    #[test]
    fn a_leg_that_cannot_judge_the_query_counts_less() {
        check(1.0, 3, 9, (0.6, 0.4));
        check(0.5, 3, 9, (0.3, 0.4));
        check(0.0, 3, 9, (0.0, 0.4));
        check(1.0, 0, 0, (0.6, 0.0));
        check(1.0, 3, 0, (0.6, 0.0));
    }

    #[test]
    fn one_leg_always_counts() {
        check(0.0, 0, 0, (0.6, 0.0));
        let only_lexical = RetrieveConfig { dense_weight: 0.0, ..RetrieveConfig::default() };
        let weights = adapt(&only_lexical, QueryTraits { readable_share: 1.0, lexical_terms: 1, lexical_found: 0 });
        assert_eq!((weights.dense.value, weights.lexical.value), (1.0, 0.0));
    }

    #[test]
    fn notes_say_how_much_is_read() {
        let weights = adapt(&RetrieveConfig::default(), QueryTraits { readable_share: 0.031, lexical_terms: 2, lexical_found: 1 });
        assert_eq!(weights.dense.note.as_deref(), Some("the model reads 3% of the query: weight lowered"));
    }
}
