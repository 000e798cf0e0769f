//! The `[retrieve]` section of the configuration.

use serde::{Deserialize, Serialize};

use crate::{Expansion, Operators};

/// No request gets more hits than this.
pub(crate) const MAX_LIMIT: usize = 1_000;

/// No leg lists more candidates than this.
pub(crate) const MAX_CANDIDATES: usize = 10_000;

/// No search goes through a graph with more neighbours in view than this.
const MAX_HNSW_EF: usize = 4_096;

/// No more passages than this teach anything about a query.
const MAX_FEEDBACK_PASSAGES: usize = 100;

/// No more terms than this are added to a query.
const MAX_FEEDBACK_TERMS: usize = 100;

/// No more candidates than this are read again, sentence by sentence or by a model.
const MAX_REFINED: usize = 200;

/// How many hits a search returns, how its two legs are made into one list, and which of that list are shown.
///
/// The defaults were chosen in a simulation over four public sets; docs/retrieval.md has its table, docs/benchmarks.md what the program
/// reaches with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetrieveConfig {
    /// How many hits a search returns unless it says otherwise.
    pub limit: usize,
    /// How many chunks each leg puts forward.
    pub candidates: usize,
    /// Whether the dense leg compares every vector, however large the collection is.
    pub exact: bool,
    /// How many neighbours the dense leg has in view on its way through the graph of a large collection. By default as many as
    /// when the graph was built.
    pub hnsw_ef: Option<usize>,
    /// Whether quotes and minus signs in a query mean something.
    pub operators: Operators,
    /// How two scores become one.
    pub fusion: FusionMethod,
    /// What the dense leg's score counts for, in proportion to the lexical leg's.
    pub dense_weight: f32,
    /// What the lexical leg's score counts for, in proportion to the dense leg's.
    pub lexical_weight: f32,
    /// The constant of reciprocal rank fusion: the larger, the less the first ranks stand out.
    pub rrf_k: f32,
    /// So many of the first passages are taken for a part of the query, which is asked again; 0 for none.
    pub feedback_passages: usize,
    /// How many of their terms are added to the query's.
    pub feedback_terms: usize,
    /// What the passages count for, in proportion to the whole query.
    pub feedback_weight: f32,
    /// So many candidates are read again, sentence by sentence; 0 for none.
    pub rescore_depth: usize,
    /// What a passage's best sentence counts for, in proportion to the whole score.
    pub rescore_weight: f32,
    /// So many candidates are read by the reranking model, if there is one; 0 for none.
    pub rerank_depth: usize,
    /// A passage that has so much of its words in common with a better one is left out; 0 leaves none out.
    pub duplicate_overlap: f32,
    /// How much a passage's likeness to better ones counts against it, 0 (not at all) to 1.
    pub diversity: f32,
    /// No more hits than this come from one document; 0 for no such limit.
    pub max_per_document: usize,
    /// What `limit` counts.
    pub group: Grouping,
    /// How much is shown around what was found.
    pub expand: Expansion,
    /// A passage with this share of the query's words, weighted by rarity, is relevant. With it or `min_similarity`, calibrations
    /// are not asked; without both, this is 0.5 where there is no calibration.
    pub min_coverage: Option<f32>,
    /// A passage of this cosine similarity is relevant, where the model reads the query. By default the model's own threshold.
    pub min_similarity: Option<f32>,
    /// The share of unanswerable questions that calibrations let pass.
    pub wanted_false_answers: f32,
}

/// How the scores of the two legs become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FusionMethod {
    /// The weighted mean of the scores, each stretched to 0–1 over the whole collection.
    MinMax,
    /// The same in standard deviations over all candidates: the leg whose best stands out more counts for more.
    ZScore,
    /// The weighted mean of the scores, each by its distance from three standard deviations below the mean of its leg's list, as
    /// Qdrant's distribution-based score fusion has it.
    Distribution,
    /// Reciprocal rank fusion: the weighted sum of `1 / (k + rank)`.
    Rrf,
}

/// What a search lists and counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grouping {
    /// Passages.
    #[default]
    None,
    /// Documents, each with its best passages together: `max_per_document` of them, or 3.
    Document,
}

impl Default for RetrieveConfig {
    fn default() -> Self {
        Self {
            limit: 10,
            candidates: 200,
            exact: false,
            hnsw_ef: None,
            operators: Operators::Auto,
            fusion: FusionMethod::ZScore,
            dense_weight: 0.5,
            lexical_weight: 0.5,
            rrf_k: 60.0,
            feedback_passages: 0,
            feedback_terms: 10,
            feedback_weight: 0.2,
            rescore_depth: 0,
            rescore_weight: 0.3,
            rerank_depth: 20,
            duplicate_overlap: 0.9,
            diversity: 0.0,
            max_per_document: 0,
            group: Grouping::None,
            expand: Expansion::None,
            min_coverage: None,
            min_similarity: None,
            wanted_false_answers: 0.05,
        }
    }
}

impl RetrieveConfig {
    /// What is wrong, by key.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            problems.push(format!("retrieve.limit is {}, it must be from 1 to {MAX_LIMIT}", self.limit));
        }
        if !(1..=MAX_CANDIDATES).contains(&self.candidates) {
            problems.push(format!("retrieve.candidates is {}, it must be from 1 to {MAX_CANDIDATES}", self.candidates));
        }
        for (key, weight) in [("dense_weight", self.dense_weight), ("lexical_weight", self.lexical_weight)] {
            if !(weight.is_finite() && weight >= 0.0) {
                problems.push(format!("retrieve.{key} is {weight}, it must be 0 or more"));
            }
        }
        if self.dense_weight == 0.0 && self.lexical_weight == 0.0 {
            problems.push("retrieve.dense_weight and retrieve.lexical_weight are both 0, one must be more".to_owned());
        }
        if !(self.rrf_k.is_finite() && self.rrf_k >= 0.0) {
            problems.push(format!("retrieve.rrf_k is {}, it must be 0 or more", self.rrf_k));
        }
        if let Some(ef) = self.hnsw_ef.filter(|ef| !(1..=MAX_HNSW_EF).contains(ef)) {
            problems.push(format!("retrieve.hnsw_ef is {ef}, it must be from 1 to {MAX_HNSW_EF}"));
        }
        let depths = [
            ("feedback_passages", self.feedback_passages, MAX_FEEDBACK_PASSAGES),
            ("feedback_terms", self.feedback_terms, MAX_FEEDBACK_TERMS),
            ("rescore_depth", self.rescore_depth, MAX_REFINED),
            ("rerank_depth", self.rerank_depth, MAX_REFINED),
        ];
        for (key, depth, most) in depths {
            if depth > most {
                problems.push(format!("retrieve.{key} is {depth}, it must be from 0 to {most}"));
            }
        }
        if self.max_per_document > MAX_LIMIT {
            problems.push(format!("retrieve.max_per_document is {}, it must be from 0 (no limit) to {MAX_LIMIT}", self.max_per_document));
        }
        if let Some(coverage) = self.min_coverage.filter(|coverage| !(0.0..=1.0).contains(coverage)) {
            problems.push(format!("retrieve.min_coverage is {coverage}, it must be from 0 to 1"));
        }
        if !(0.001..=0.5).contains(&self.wanted_false_answers) {
            problems.push(format!("retrieve.wanted_false_answers is {}, it must be from 0.001 to 0.5", self.wanted_false_answers));
        }
        let shares = [
            ("feedback_weight", self.feedback_weight),
            ("rescore_weight", self.rescore_weight),
            ("duplicate_overlap", self.duplicate_overlap),
            ("diversity", self.diversity),
        ];
        for (key, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                problems.push(format!("retrieve.{key} is {share}, it must be from 0 to 1"));
            }
        }
        if let Some(similarity) = self.min_similarity.filter(|similarity| !(-1.0..=1.0).contains(similarity)) {
            problems.push(format!("retrieve.min_similarity is {similarity}, it must be from -1 to 1"));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(RetrieveConfig::default().validate(), Vec::<String>::new());
    }

    #[test]
    fn every_wrong_key_is_named() {
        let wrong = RetrieveConfig {
            limit: 0,
            candidates: 1_000_000,
            dense_weight: -1.0,
            lexical_weight: f32::NAN,
            rrf_k: f32::INFINITY,
            hnsw_ef: Some(0),
            feedback_passages: 101,
            feedback_terms: 1_000,
            feedback_weight: 1.1,
            rescore_depth: 1_000_000,
            rescore_weight: f32::NAN,
            rerank_depth: 1_000_000,
            duplicate_overlap: -0.5,
            diversity: f32::NAN,
            max_per_document: 1_001,
            min_coverage: Some(1.5),
            wanted_false_answers: 0.0,
            min_similarity: Some(2.0),
            ..RetrieveConfig::default()
        };
        let problems = wrong.validate();
        let keys = [
            "limit",
            "candidates",
            "hnsw_ef",
            "dense_weight",
            "lexical_weight",
            "rrf_k",
            "feedback_passages",
            "feedback_terms",
            "feedback_weight",
            "rescore_depth",
            "rescore_weight",
            "rerank_depth",
            "duplicate_overlap",
            "diversity",
            "max_per_document",
            "min_coverage",
            "min_similarity",
            "wanted_false_answers",
        ];
        for key in keys {
            assert!(problems.iter().any(|problem| problem.starts_with(&format!("retrieve.{key} "))), "{key}: {problems:?}");
        }
        let silent = RetrieveConfig { dense_weight: 0.0, lexical_weight: 0.0, ..RetrieveConfig::default() };
        assert_eq!(silent.validate(), ["retrieve.dense_weight and retrieve.lexical_weight are both 0, one must be more"]);
    }
}
