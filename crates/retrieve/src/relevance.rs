//! Whether a passage is near enough to the query to ground an answer on.
//!
//! Scores only order a list: the best of a hopeless list still has 1. So two other things are looked at, and either will do:
//! the cosine similarity, where the model reads the query, and *coverage*: the share of the query's terms that the passage
//! has, its title and headings included, each term weighted by how rare it is in the collection. Terms are the dimensions of
//! the lexical encoder, so stop words and endings are dealt with in every language that it knows.
//!
//! A query may also name a thing: `E0382`, `max_tokens`, `RefCell`. If no passage at all has such an identifier, nearness of meaning
//! is no evidence (every error code is near every other), and only coverage counts.
//!
//! Measured with all-MiniLM-L6-v2 at similarity 0.4 and coverage 0.5, share of questions with a relevant passage: XQuAD's over
//! their own paragraphs 0.97, SciFact's 0.90, HotpotQA's 0.99; HotpotQA's questions over XQuAD's paragraphs 0.05, XQuAD's over
//! SciFact's 0.20. By coverage alone, in Chinese: XQuAD's over their own 0.84, CMRC's over XQuAD's 0.02.

use std::collections::{HashMap, HashSet};

use ragstone_core::{Relevance, SparseVector, is_spaceless};

/// A term that no passage has weighs so much, in proportion to the rarest that some passage has.
const ABSENT_TERM: f32 = 1.0;

/// The same for scripts without spaces, where many pairs of letters only span a border of words.
const ABSENT_SPACELESS_TERM: f32 = 0.4;

/// Words alone make a passage relevant only if its similarity is at least this share of the threshold.
const SIMILARITY_FLOOR: f32 = 0.5;

/// How rare each term of a query is in the collection.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TermRarity {
    weights: HashMap<u32, f32>,
    otherwise: f32,
    absent: HashSet<u32>,
}

impl TermRarity {
    /// From the best score that each term reaches alone; a term that no passage has reaches none.
    ///
    /// BM25's best score for one term is its inverse document frequency times at most 2.2, so it says how rare the term is.
    pub(crate) fn from_best_scores(query: &str, best_scores: &[(u32, Option<f32>)]) -> Self {
        let rarest = best_scores.iter().filter_map(|(_, best_score)| *best_score).fold(0.0, f32::max);
        let absent = if rarest > 0.0 { rarest * absent_term(query) } else { 1.0 };
        let weigh = |(term, best_score): &(u32, Option<f32>)| (*term, best_score.filter(|score| *score > 0.0).unwrap_or(absent));
        let weights: HashMap<u32, f32> = best_scores.iter().map(weigh).collect();
        // A long query's terms are not all looked up; the others are taken to be as rare as those.
        let otherwise = if weights.is_empty() { 1.0 } else { weights.values().sum::<f32>() / weights.len() as f32 };
        let absent = best_scores.iter().filter(|(_, best_score)| best_score.is_none()).map(|(term, _)| *term).collect();
        Self { weights, otherwise, absent }
    }

    /// Whether no passage has any of these terms.
    pub(crate) fn all_absent(&self, terms: &SparseVector) -> bool {
        !terms.is_empty() && terms.indices.iter().all(|term| self.absent.contains(term))
    }

    /// The share of `query`'s terms that `passage` has, 0 to 1.
    pub(crate) fn coverage(&self, query: &SparseVector, passage: &SparseVector) -> f32 {
        let passage: HashSet<u32> = passage.indices.iter().copied().collect();
        let (mut covered, mut all) = (0.0, 0.0);
        for term in &query.indices {
            let weight = self.weights.get(term).copied().unwrap_or(self.otherwise);
            all += weight;
            if passage.contains(term) {
                covered += weight;
            }
        }
        if all > 0.0 { covered / all } else { 0.0 }
    }
}

/// The words of a query that name one thing exactly: with letters and digits mixed, an underscore, or a capital inside.
pub(crate) fn identifiers(query: &str) -> impl Iterator<Item = &str> {
    let words = query.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    words.filter(|word| word.is_ascii() && word.len() >= 4 && is_identifier(word))
}

fn is_identifier(word: &str) -> bool {
    let has = |kind: fn(char) -> bool| word.chars().any(kind);
    let has_inner_capital = word.chars().zip(word.chars().skip(1)).any(|(left, right)| left.is_lowercase() && right.is_uppercase());
    let joined = has(|letter| letter == '_') && has(char::is_alphabetic);
    (has(|letter| letter.is_ascii_digit()) && has(char::is_uppercase)) || joined || has_inner_capital
}

fn absent_term(query: &str) -> f32 {
    let letters = || query.chars().filter(|letter| letter.is_alphanumeric());
    let spaceless = letters().filter(|letter| is_spaceless(*letter)).count();
    if spaceless * 2 > letters().count() { ABSENT_SPACELESS_TERM } else { ABSENT_TERM }
}

/// From where on a passage is relevant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RelevanceBounds {
    pub(crate) min_similarity: f32,
    pub(crate) min_coverage: f32,
    /// Whether a passage may be relevant by its meaning alone.
    pub(crate) meaning_suffices: bool,
}

impl RelevanceBounds {
    /// Judges a passage; `similarity` only where the model reads the query.
    pub(crate) fn judge(&self, similarity: Option<f32>, coverage: f32) -> Relevance {
        let is_near = self.meaning_suffices && similarity.is_some_and(|similarity| similarity >= self.min_similarity);
        let is_far = similarity.is_some_and(|similarity| similarity < self.min_similarity * SIMILARITY_FLOOR);
        // The words of a query without words are in every passage and in none.
        let has_words = coverage > 0.0 && coverage >= self.min_coverage && !is_far;
        Relevance { relevant: is_near || has_words, similarity, coverage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(indices: &[u32]) -> SparseVector {
        SparseVector { indices: indices.to_vec(), values: vec![1.0; indices.len()] }
    }

    fn check_coverage(query: &[u32], passage: &[u32], expected: f32) {
        // Term 1 is everywhere, term 2 is rare, term 9 is nowhere.
        let rarity = TermRarity::from_best_scores("three plain words", &[(1, Some(0.5)), (2, Some(4.0)), (9, None)]);
        let coverage = rarity.coverage(&terms(query), &terms(passage));
        assert!((coverage - expected).abs() < 1e-6, "{query:?} in {passage:?}: {coverage}");
    }

    #[test]
    fn coverage_goes_by_rarity() {
        check_coverage(&[1, 2], &[1, 2, 3], 1.0);
        check_coverage(&[1, 2], &[2], 4.0 / 4.5);
        check_coverage(&[1, 2], &[1], 0.5 / 4.5);
        check_coverage(&[1, 2, 9], &[1, 2], 4.5 / 8.5);
        check_coverage(&[9], &[1], 0.0);
        check_coverage(&[], &[1], 0.0);
        check_coverage(&[1], &[], 0.0);
    }

    #[test]
    fn pairs_across_word_borders_weigh_less() {
        let rarity = TermRarity::from_best_scores("知识库?", &[(1, Some(2.0)), (9, None)]);
        assert!((rarity.coverage(&terms(&[1, 9]), &terms(&[1])) - 2.0 / 2.8).abs() < 1e-6);
    }

    fn check_judgement(similarity: Option<f32>, coverage: f32, expected: bool) {
        let bounds = RelevanceBounds { min_similarity: 0.4, min_coverage: 0.5, meaning_suffices: true };
        assert_eq!(bounds.judge(similarity, coverage).relevant, expected, "{similarity:?}, {coverage}");
    }

    #[test]
    fn meaning_or_words_make_a_passage_relevant() {
        check_judgement(Some(0.4), 0.0, true);
        check_judgement(Some(0.3), 0.5, true);
        check_judgement(None, 0.5, true);
        check_judgement(Some(0.39), 0.49, false);
        check_judgement(Some(0.1), 0.9, false);
        check_judgement(None, 0.49, false);
        let lenient = RelevanceBounds { min_similarity: 0.4, min_coverage: 0.0, meaning_suffices: true };
        assert!(!lenient.judge(None, 0.0).relevant);
        let strict = RelevanceBounds { meaning_suffices: false, min_coverage: 0.5, ..lenient };
        assert!(!strict.judge(Some(0.9), 0.4).relevant);
    }

    #[test]
    fn identifiers_name_one_thing() {
        let check = |query: &str, expected: &[&str]| assert_eq!(identifiers(query).collect::<Vec<_>>(), expected, "{query}");
        check("What is error E0382?", &["E0382"]);
        check("Explain the XyzzyPlugh trait and chunk.max_tokens", &["XyzzyPlugh", "max_tokens"]);
        check("Rc<RefCell<T>>", &["RefCell"]);
        check("Who won in 1998? The NASA report of May, version 1.0", &[]);
    }
}
