//! Whether passages say what a sentence says, without a model that writes.

use std::collections::BTreeSet;

use ragstone_core::{Embedder, Result, split_sentences, words};

/// A passage that has so many of a sentence's words says it.
const ALL_BUT_SAID: f32 = 0.8;

/// With fewer of them, but at least these, it says it in other words if one of its sentences is near in meaning.
const PARTLY_SAID: f32 = 0.4;
const NEAR: f32 = 0.65;

/// Below this the embedding model does not read a sentence well enough to be asked.
const READABLE: f32 = 0.6;

/// So many sentences of the passages are embedded for an answer at most.
const MOST_SENTENCES: usize = 200;

/// How many of the sentences the passages support.
pub(super) async fn supported(sentences: &[String], passages: &[&str], embedder: &dyn Embedder) -> Result<usize> {
    let passage_words: Vec<BTreeSet<String>> = passages.iter().map(|passage| words(passage)).collect();
    let (mut supported, mut in_doubt) = (0, Vec::new());
    for sentence in sentences {
        let sentence_words = words(sentence);
        let said =
            passage_words.iter().filter(|passage| has_numbers(&sentence_words, passage)).map(|passage| share(&sentence_words, passage));
        let said = said.fold(0.0, f32::max);
        if said >= ALL_BUT_SAID {
            supported += 1;
        } else if said >= PARTLY_SAID && embedder.readable_share(sentence) >= READABLE {
            in_doubt.push(sentence.clone());
        }
    }
    Ok(supported + near_in_meaning(in_doubt, passages, embedder).await?)
}

/// How many of the sentences have one near in meaning among the passages'.
async fn near_in_meaning(sentences: Vec<String>, passages: &[&str], embedder: &dyn Embedder) -> Result<usize> {
    let said = passages.iter().flat_map(|passage| split_sentences(passage)).map(|sentence| sentence.shown);
    let said: Vec<String> = said.take(MOST_SENTENCES).collect();
    if sentences.is_empty() || said.is_empty() {
        return Ok(0);
    }
    let said = embedder.embed_passages(said).await?;
    let sentences = embedder.embed_passages(sentences).await?;
    let similarity = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
    let is_near = |sentence: &&Vec<f32>| said.iter().any(|said| similarity(sentence, said) >= NEAR);
    Ok(sentences.iter().filter(is_near).count())
}

/// Whether every number of a sentence stands in a passage: another number is another statement, however near the words are.
fn has_numbers(sentence: &BTreeSet<String>, passage: &BTreeSet<String>) -> bool {
    sentence.iter().filter(|word| word.chars().all(|letter| letter.is_ascii_digit())).all(|number| passage.contains(number))
}

fn share(sentence: &BTreeSet<String>, passage: &BTreeSet<String>) -> f32 {
    if sentence.is_empty() {
        return 0.0;
    }
    sentence.intersection(passage).count() as f32 / sentence.len() as f32
}
