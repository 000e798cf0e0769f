//! The words of a text, weighted as BM25 does. Words are known by their hash; those that say too little have no column.
//!
//! An embedding blurs what a keyword says exactly; a linear model over both can use either.

use std::collections::HashMap;

use ragstone_core::spaced;
use serde::{Deserialize, Serialize};

/// BM25's saturation and its normalisation by length.
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// A word that only one text has says nothing of other texts.
const FEWEST_TEXTS: usize = 2;

/// What was learned of words: which have a column, how rare each is, and how long a text usually is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordWeights {
    /// The hashes of the words, and pairs of neighbours, that have a column, in order.
    pub(crate) words: Vec<u32>,
    /// Inverse document frequency, by column.
    pub(crate) rarity: Vec<f32>,
    /// The mean number of words in a text.
    pub(crate) mean_length: f32,
    /// What the weights of a text, brought to length 1, are multiplied by.
    pub(crate) scale: f32,
}

/// Rows of which most columns are 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SparseRows {
    pub(crate) columns: usize,
    pub(crate) rows: Vec<Vec<(u32, f32)>>,
}

impl SparseRows {
    /// Rows without columns.
    pub(crate) fn none(rows: usize) -> Self {
        Self { columns: 0, rows: vec![Vec::new(); rows] }
    }

    /// Rows become columns.
    pub(crate) fn transposed(&self) -> Self {
        let mut columns = vec![Vec::new(); self.columns];
        for (row, entries) in (0..).zip(&self.rows) {
            for (column, weight) in entries {
                if let Some(column) = columns.get_mut(*column as usize) {
                    column.push((row, *weight));
                }
            }
        }
        Self { columns: self.rows.len(), rows: columns }
    }

    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let chosen = rows.iter().map(|row| self.rows.get(*row).cloned().unwrap_or_default());
        Self { columns: self.columns, rows: chosen.collect() }
    }
}

/// How often each word, and each pair of neighbours, occurs in a text, by hash.
fn count(text: &str) -> Vec<(u32, f32)> {
    let lower = text.to_lowercase();
    let split = spaced(&lower);
    let mut counts: HashMap<u32, f32> = HashMap::new();
    let mut before: Option<&str> = None;
    for word in split.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(hash(&[word])).or_default() += 1.0;
        if let Some(before) = before {
            *counts.entry(hash(&[before, word])).or_default() += 1.0;
        }
        before = Some(word);
    }
    let mut counts: Vec<(u32, f32)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(word, _)| *word);
    counts
}

/// FNV-1a, folded: the same on every machine and in every version, as kept classifiers need it.
fn hash(words: &[&str]) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in words.iter().flat_map(|word| word.bytes().chain([b' '])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash ^ (hash >> 32)) as u32
}

impl WordWeights {
    /// Gives columns to the most frequent words, without looking at labels, and learns how rare they are.
    pub(crate) fn learn(texts: &[String], most: usize, scale: f32) -> Self {
        let mut frequency: HashMap<u32, usize> = HashMap::new();
        let mut length = 0.0;
        for text in texts {
            for (word, times) in count(text) {
                length += times;
                *frequency.entry(word).or_default() += 1;
            }
        }
        let mut frequent: Vec<(usize, u32)> =
            frequency.into_iter().filter(|(_, seen)| *seen >= FEWEST_TEXTS).map(|(word, seen)| (seen, word)).collect();
        frequent.sort_unstable_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
        frequent.truncate(most);
        frequent.sort_unstable_by_key(|(_, word)| *word);
        let number = texts.len() as f32;
        let rarity = frequent.iter().map(|(seen, _)| (1.0 + (number - *seen as f32 + 0.5) / (*seen as f32 + 0.5)).ln());
        Self {
            rarity: rarity.collect(),
            words: frequent.iter().map(|(_, word)| *word).collect(),
            mean_length: (length / number.max(1.0)).max(1.0),
            scale,
        }
    }

    /// The weighted words of texts.
    pub(crate) fn weigh(&self, texts: &[String]) -> SparseRows {
        SparseRows { columns: self.words.len(), rows: texts.iter().map(|text| self.weigh_one(text)).collect() }
    }

    fn weigh_one(&self, text: &str) -> Vec<(u32, f32)> {
        let counts = count(text);
        let length: f32 = counts.iter().map(|(_, times)| times).sum();
        let dampening = SATURATION * (1.0 - LENGTH_SHARE + LENGTH_SHARE * length / self.mean_length);
        let weight = |(word, times): (u32, f32)| {
            let column = self.words.binary_search(&word).ok()?;
            let rarity = self.rarity.get(column)?;
            Some((u32::try_from(column).ok()?, rarity * times * (SATURATION + 1.0) / (times + dampening)))
        };
        let mut weights: Vec<(u32, f32)> = counts.into_iter().filter_map(weight).collect();
        let norm = weights.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        weights.iter_mut().for_each(|(_, weight)| *weight *= self.scale / norm);
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_weigh_more_and_rows_have_one_length() {
        let texts: Vec<String> =
            ["the cat sat", "the dog sat", "the zebra ran", "the zebra"].iter().map(|text| (*text).to_owned()).collect();
        let weights = WordWeights::learn(&texts, 4_096, 1.0);
        let rows = weights.weigh(&["the zebra".to_owned(), "unseen words only".to_owned(), "a cat".to_owned()]);
        let norm: f32 = rows.rows[0].iter().map(|(_, weight)| weight * weight).sum();
        assert!((norm - 1.0).abs() < 1e-5);
        let weight_of = |word: &str| {
            let column = weights.words.binary_search(&hash(&[word])).unwrap();
            rows.rows[0].iter().find(|(of, _)| *of as usize == column).unwrap().1
        };
        assert!(weight_of("zebra") > weight_of("the"));
        assert!(rows.rows[1].is_empty(), "words that were never seen say nothing");
        assert!(rows.rows[2].is_empty(), "a word of one text alone could only be learned by heart");
    }

    #[test]
    fn the_most_frequent_words_have_columns() {
        let texts: Vec<String> = ["a b", "a b", "a c", "c"].iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(WordWeights::learn(&texts, 1, 1.0).words, [hash(&["a"])]);
        let rows = SparseRows { columns: 2, rows: vec![vec![(0, 1.0)], vec![(0, 2.0), (1, 3.0)]] };
        assert_eq!(rows.transposed().rows, [vec![(0, 1.0), (1, 2.0)], vec![(1, 3.0)]]);
    }
}
