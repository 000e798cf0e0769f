//! The `[retrieve]` section of the configuration.

use serde::{Deserialize, Serialize};

/// No request gets more hits than this.
pub(crate) const MAX_LIMIT: usize = 1_000;

/// No leg lists more candidates than this.
const MAX_CANDIDATES: usize = 10_000;

/// How many hits a search returns, and how its two legs are made into one list.
///
/// The defaults were measured with all-MiniLM-L6-v2 and BM25 over whole documents (nDCG@10; dense alone, BM25 alone, reciprocal
/// ranks, these defaults): SciFact 0.645, 0.682, 0.718, **0.741**; XQuAD 0.942, 0.970, 0.970, **0.980**; HotpotQA (100 questions)
/// 0.785, 0.803, 0.814, **0.830**. Lists of 100 candidates ranked like lists of 200.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrieveConfig {
    /// How many hits a search returns unless it says otherwise.
    pub limit: usize,
    /// How many chunks each leg puts forward.
    pub candidates: usize,
    /// How two scores become one.
    pub fusion: FusionMethod,
    /// What the dense leg's score counts for, in proportion to the lexical leg's.
    pub dense_weight: f32,
    /// What the lexical leg's score counts for, in proportion to the dense leg's.
    pub lexical_weight: f32,
    /// The constant of reciprocal rank fusion: the larger, the less the first ranks stand out.
    pub rrf_k: f32,
    /// A passage with this share of the query's words, weighted by rarity, is relevant.
    pub min_coverage: f32,
    /// A passage of this cosine similarity is relevant, where the model reads the query. By default the model's own threshold.
    pub min_similarity: Option<f32>,
}

/// How the scores of the two legs become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FusionMethod {
    /// The weighted mean of the scores, each stretched to 0–1 over the whole collection.
    MinMax,
    /// Reciprocal rank fusion: the weighted sum of `1 / (k + rank)`.
    Rrf,
}

impl Default for RetrieveConfig {
    fn default() -> Self {
        Self {
            limit: 10,
            candidates: 200,
            fusion: FusionMethod::MinMax,
            dense_weight: 0.6,
            lexical_weight: 0.4,
            rrf_k: 60.0,
            min_coverage: 0.5,
            min_similarity: None,
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
        if !(0.0..=1.0).contains(&self.min_coverage) {
            problems.push(format!("retrieve.min_coverage is {}, it must be from 0 to 1", self.min_coverage));
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
            min_coverage: 1.5,
            min_similarity: Some(2.0),
            ..RetrieveConfig::default()
        };
        let problems = wrong.validate();
        for key in ["limit", "candidates", "dense_weight", "lexical_weight", "rrf_k", "min_coverage", "min_similarity"] {
            assert!(problems.iter().any(|problem| problem.starts_with(&format!("retrieve.{key} "))), "{key}: {problems:?}");
        }
        let silent = RetrieveConfig { dense_weight: 0.0, lexical_weight: 0.0, ..RetrieveConfig::default() };
        assert_eq!(silent.validate(), ["retrieve.dense_weight and retrieve.lexical_weight are both 0, one must be more"]);
    }
}
