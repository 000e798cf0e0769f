//! Whether a passage is near enough to the query to ground an answer on.
//!
//! Scores only order a list: the best of a hopeless list still has 1. So two other things are looked at: the cosine similarity,
//! where the model reads the query, and *coverage*: the share of the query's terms that the passage has, its title and headings
//! included, each term weighted by how rare it is in the collection. Terms are the dimensions of the lexical encoder, so stop words
//! and endings are dealt with in every language that it knows.
//!
//! From where on the two together suffice is found out for each collection ([`calibration`](crate::calibration)). Until then, or if
//! the user says so, either will do: the model's own threshold of similarity, or half of the words.
//!
//! A query may also name a thing: `E0382`, `max_tokens`, `RefCell`. If no passage at all has such an identifier, nearness of meaning
//! is no evidence (every error code is near every other), and only coverage counts. If there are passages with it, one that has all of
//! the query's words is relevant however little they resemble a sentence.

use std::collections::{HashMap, HashSet};

use ragstone_core::{Relevance, SparseVector, is_spaceless};

use crate::RetrieveConfig;
use crate::calibration::{COVERAGE_WEIGHT, Calibration};

/// A term that no passage has weighs so much, in proportion to the rarest that some passage has.
const ABSENT_TERM: f32 = 1.0;

/// The same for scripts without spaces, where many pairs of letters only span a border of words.
const ABSENT_SPACELESS_TERM: f32 = 0.4;

/// The coverage that makes a passage relevant where nothing else is known.
const MIN_COVERAGE: f32 = 0.5;

/// The coverage from which on a passage has all of a query's words, one that is everywhere perhaps left out.
const ALL_WORDS: f32 = 0.95;

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

/// What a query names, if `absent` are those of its identifiers that no passage has.
pub(crate) fn naming(query: &str, absent: &[String]) -> Naming {
    match identifiers(query).next() {
        None => Naming::Nothing,
        Some(_) if absent.is_empty() => Naming::Known,
        Some(_) => Naming::Unknown,
    }
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

/// What a query says of single things by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// It names none.
    Nothing,
    /// It names things, and each is somewhere in the collection.
    Known,
    /// It names something that no passage has.
    Unknown,
}

/// By which rule passages are relevant, and from where on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// Either will do: similarity or coverage.
    Either { min_similarity: f32, min_coverage: f32 },
    /// Both together, or coverage alone where the model does not read the query: as it was calibrated.
    Evidence { meaning_and_words: f32, words_alone: f32 },
}

impl Rule {
    /// What the user has set wins; then what was found out for the collection; then the model's own threshold.
    pub(crate) fn of(config: &RetrieveConfig, calibration: Option<&Calibration>, model_similarity: f32) -> Self {
        let min_coverage = config.min_coverage.unwrap_or(MIN_COVERAGE);
        let either = Self::Either { min_similarity: config.min_similarity.unwrap_or(model_similarity), min_coverage };
        if config.min_coverage.is_some() || config.min_similarity.is_some() {
            return either;
        }
        let Some(Calibration { meaning_and_words, words_alone: Some(words_alone), .. }) = calibration else { return either };
        // The collection is in a language that the model does not read, but a query may not be.
        let uncalibrated = model_similarity + COVERAGE_WEIGHT * MIN_COVERAGE;
        let meaning_and_words = meaning_and_words.map_or(uncalibrated, |threshold| threshold.evidence);
        Self::Evidence { meaning_and_words, words_alone: words_alone.evidence }
    }
}

/// From where on a passage is relevant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RelevanceBounds {
    pub(crate) rule: Rule,
    pub(crate) naming: Naming,
}

impl RelevanceBounds {
    /// Judges a passage; `similarity` only where the model reads the query.
    pub(crate) fn judge(&self, similarity: Option<f32>, coverage: f32) -> Relevance {
        match self.rule {
            Rule::Either { min_similarity, min_coverage } => {
                let is_near = self.naming != Naming::Unknown && similarity.is_some_and(|similarity| similarity >= min_similarity);
                let is_far = similarity.is_some_and(|similarity| similarity < min_similarity * SIMILARITY_FLOOR);
                // The words of a query without words are in every passage and in none.
                let has_words = coverage > 0.0 && coverage >= min_coverage && !is_far;
                Relevance { relevant: is_near || has_words, similarity, coverage, evidence: None, needed: None }
            }
            Rule::Evidence { meaning_and_words, words_alone } => {
                let meaning = similarity.filter(|_| self.naming != Naming::Unknown);
                let (evidence, needed) = match meaning {
                    Some(similarity) => (similarity + COVERAGE_WEIGHT * coverage, meaning_and_words),
                    None => (coverage, words_alone),
                };
                let has_all_that_is_named = self.naming == Naming::Known && coverage >= ALL_WORDS;
                let relevant = (evidence > 0.0 && evidence >= needed) || has_all_that_is_named;
                Relevance { relevant, similarity, coverage, evidence: Some(evidence), needed: Some(needed) }
            }
        }
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

    const EITHER: RelevanceBounds =
        RelevanceBounds { rule: Rule::Either { min_similarity: 0.4, min_coverage: 0.5 }, naming: Naming::Nothing };
    const EVIDENCE: RelevanceBounds =
        RelevanceBounds { rule: Rule::Evidence { meaning_and_words: 0.6, words_alone: 0.45 }, naming: Naming::Nothing };

    fn check_judgement(bounds: RelevanceBounds, similarity: Option<f32>, coverage: f32, expected: bool) {
        assert_eq!(bounds.judge(similarity, coverage).relevant, expected, "{bounds:?}: {similarity:?}, {coverage}");
    }

    #[test]
    fn meaning_or_words_make_a_passage_relevant() {
        check_judgement(EITHER, Some(0.4), 0.0, true);
        check_judgement(EITHER, Some(0.3), 0.5, true);
        check_judgement(EITHER, None, 0.5, true);
        check_judgement(EITHER, Some(0.39), 0.49, false);
        check_judgement(EITHER, Some(0.1), 0.9, false);
        check_judgement(EITHER, None, 0.49, false);
        let lenient = RelevanceBounds { rule: Rule::Either { min_similarity: 0.4, min_coverage: 0.0 }, ..EITHER };
        check_judgement(lenient, None, 0.0, false);
        check_judgement(RelevanceBounds { naming: Naming::Unknown, ..EITHER }, Some(0.9), 0.4, false);
    }

    #[test]
    fn evidence_is_meaning_and_words_together() {
        check_judgement(EVIDENCE, Some(0.46), 0.5, true);
        check_judgement(EVIDENCE, Some(0.61), 0.0, true);
        check_judgement(EVIDENCE, Some(0.44), 0.5, false);
        check_judgement(EVIDENCE, Some(0.1), 1.0, false);
        check_judgement(EVIDENCE, None, 0.5, true);
        check_judgement(EVIDENCE, None, 0.4, false);
        let judged = EVIDENCE.judge(Some(0.5), 0.0);
        assert_eq!((judged.evidence, judged.needed), (Some(0.5), Some(0.6)));
        let lenient = RelevanceBounds { rule: Rule::Evidence { meaning_and_words: 0.0, words_alone: 0.0 }, ..EVIDENCE };
        check_judgement(lenient, None, 0.0, false);
    }

    #[test]
    fn what_is_named_must_be_there() {
        check_judgement(RelevanceBounds { naming: Naming::Unknown, ..EVIDENCE }, Some(0.9), 0.4, false);
        check_judgement(RelevanceBounds { naming: Naming::Known, ..EVIDENCE }, Some(0.1), 1.0, true);
        check_judgement(RelevanceBounds { naming: Naming::Known, ..EVIDENCE }, Some(0.1), 0.8, false);
    }

    #[test]
    fn what_the_user_sets_wins() {
        let place = |evidence| crate::Threshold { evidence, false_answers: 0.0, false_refusals: 0.0, answerable: 99, unanswerable: 99 };
        let calibration = Calibration {
            version: 1,
            made_at: chrono::DateTime::UNIX_EPOCH,
            model: String::new(),
            chunks: 1,
            wanted_false_answers: 0.05,
            meaning_and_words: Some(place(0.7)),
            words_alone: Some(place(0.3)),
        };
        let default = RetrieveConfig::default();
        let rule = |config: &RetrieveConfig, calibration: Option<&Calibration>| Rule::of(config, calibration, 0.4);
        assert_eq!(rule(&default, None), Rule::Either { min_similarity: 0.4, min_coverage: 0.5 });
        assert_eq!(rule(&default, Some(&calibration)), Rule::Evidence { meaning_and_words: 0.7, words_alone: 0.3 });
        let by_words = Calibration { meaning_and_words: None, ..calibration.clone() };
        assert_eq!(rule(&default, Some(&by_words)), Rule::Evidence { meaning_and_words: 0.4 + 0.3 * 0.5, words_alone: 0.3 });
        let nothing = Calibration { words_alone: None, ..by_words };
        assert_eq!(rule(&default, Some(&nothing)), Rule::Either { min_similarity: 0.4, min_coverage: 0.5 });
        let set = RetrieveConfig { min_similarity: Some(0.3), ..default.clone() };
        assert_eq!(rule(&set, Some(&calibration)), Rule::Either { min_similarity: 0.3, min_coverage: 0.5 });
        let set = RetrieveConfig { min_coverage: Some(0.9), ..default };
        assert_eq!(rule(&set, Some(&calibration)), Rule::Either { min_similarity: 0.4, min_coverage: 0.9 });
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
