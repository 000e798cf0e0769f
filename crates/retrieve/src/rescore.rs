//! The first candidates are read again, sentence by sentence, with the embedding model that is there anyway.
//!
//! A passage's vector is a mean over all that it says; one sentence that answers the query may drown in it. So each sentence
//! gets a score of its own: its similarity with the query, and the share of the query's words that stand *together* in it,
//! rare words counting more. A passage is worth as much as its best sentence.

use ragstone_core::{LexicalEncoder, ScoredChunk, split_sentences};

use crate::relevance::TermRarity;

/// No more sentences of one passage are looked at.
const MAX_SENTENCES: usize = 24;

/// A sentence of one of several passages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sentence {
    /// The place of its passage.
    pub(crate) passage: usize,
    pub(crate) text: String,
    /// The share of the query's words that stand in it.
    pub(crate) coverage: f32,
}

/// Splits passages into sentences. Analyses every word: for a blocking thread.
pub(crate) fn sentences(passages: &[ScoredChunk], query: &str, rarity: &TermRarity, encoder: &dyn LexicalEncoder) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (passage, found) in passages.iter().enumerate() {
        let language = &found.head.language;
        let terms = encoder.encode_query(query, std::slice::from_ref(language));
        for sentence in split_sentences(&found.chunk.text).into_iter().take(MAX_SENTENCES) {
            let coverage = rarity.coverage(&terms, &encoder.encode_passage(&sentence.shown, language));
            sentences.push(Sentence { passage, text: sentence.shown, coverage });
        }
    }
    sentences
}

/// What the two sides of a sentence count for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SentenceWeights {
    pub(crate) similarity: f32,
    pub(crate) coverage: f32,
}

/// What the best sentence of each of `passages` is worth, 0 to 1; a passage without sentences is worth nothing.
///
/// Similarities are stretched from the least of all sentences to the greatest. Where there are none, words alone count.
pub(crate) fn best_sentences(passages: usize, sentences: &[Sentence], similarities: &[f32], weights: SentenceWeights) -> Vec<f32> {
    let SentenceWeights { similarity, coverage } =
        if similarities.is_empty() { SentenceWeights { similarity: 0.0, coverage: 1.0 } } else { weights };
    let total = (similarity + coverage).max(f32::MIN_POSITIVE);
    let stretched = stretched(similarities).into_iter().chain(std::iter::repeat(0.0));
    let mut best = vec![0.0_f32; passages];
    for (sentence, share) in sentences.iter().zip(stretched) {
        let worth = (similarity * share + coverage * sentence.coverage) / total;
        if let Some(best) = best.get_mut(sentence.passage) {
            *best = best.max(worth);
        }
    }
    best
}

/// Numbers from 0, the least of them, to 1, the greatest; all 1 if they are equal.
pub(crate) fn stretched(numbers: &[f32]) -> Vec<f32> {
    let least = numbers.iter().copied().fold(f32::INFINITY, f32::min);
    let range = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least;
    numbers.iter().map(|number| if range > 0.0 { (number - least) / range } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(passage: usize, coverage: f32) -> Sentence {
        Sentence { passage, text: String::new(), coverage }
    }

    fn check(sentences: &[Sentence], similarities: &[f32], expected: &[f32]) {
        let weights = SentenceWeights { similarity: 0.6, coverage: 0.4 };
        let best = best_sentences(expected.len(), sentences, similarities, weights);
        assert!(best.iter().zip(expected).all(|(left, right)| (left - right).abs() < 1e-6), "{best:?}");
    }

    #[test]
    fn a_passage_is_worth_its_best_sentence() {
        let sentences = [sentence(0, 0.0), sentence(0, 0.5), sentence(1, 1.0)];
        check(&sentences, &[0.9, 0.1, 0.5], &[0.6, 0.3 + 0.4, 0.0]);
        check(&sentences, &[], &[0.5, 1.0, 0.0]);
        check(&sentences[2..], &[0.5], &[0.0, 1.0]);
        check(&[], &[], &[0.0]);
    }

    #[test]
    fn stretching_fills_the_scale() {
        assert_eq!(stretched(&[2.0, 4.0, 3.0]), [0.0, 1.0, 0.5]);
        assert_eq!(stretched(&[2.0, 2.0]), [1.0, 1.0]);
        assert_eq!(stretched(&[]), Vec::<f32>::new());
    }
}
