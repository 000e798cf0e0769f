//! The words of a text, weighted as BM25 does and hashed into a fixed number of columns.
//!
//! An embedding blurs what a keyword says exactly; a linear model over both can use either.

use std::collections::HashMap;

use ragstone_core::spaced;
use serde::{Deserialize, Serialize};

/// BM25's saturation and its normalisation by length.
const SATURATION: f32 = 1.2;
const LENGTH_SHARE: f32 = 0.75;

/// What was learned of words: how rare each column is, and how long a text usually is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordWeights {
    /// Inverse document frequency, by column; 0 for words that were not seen.
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

    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let chosen = rows.iter().map(|row| self.rows.get(*row).cloned().unwrap_or_default());
        Self { columns: self.columns, rows: chosen.collect() }
    }
}

/// Counts words, and pairs of neighbours, into columns.
#[derive(Debug, Clone, Copy)]
struct WordCounter {
    columns: usize,
}

impl WordCounter {
    /// How often each column occurs in a text, by column.
    fn count(self, text: &str) -> Vec<(u32, f32)> {
        let lower = text.to_lowercase();
        let split = spaced(&lower);
        let mut counts: HashMap<u32, f32> = HashMap::new();
        let mut before: Option<&str> = None;
        for word in split.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
            *counts.entry(self.column(&[word])).or_default() += 1.0;
            if let Some(before) = before {
                *counts.entry(self.column(&[before, word])).or_default() += 1.0;
            }
            before = Some(word);
        }
        let mut counts: Vec<(u32, f32)> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|(column, _)| *column);
        counts
    }

    /// FNV-1a: the same on every machine and in every version, as kept classifiers need it.
    fn column(self, words: &[&str]) -> u32 {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in words.iter().flat_map(|word| word.bytes().chain([b' '])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let folded = hash ^ (hash >> 32);
        u32::try_from(folded % self.columns.max(1) as u64).unwrap_or_default()
    }
}

impl WordWeights {
    /// Learns how rare words are.
    pub(crate) fn learn(texts: &[String], columns: usize, scale: f32) -> Self {
        let counter = WordCounter { columns };
        let mut frequency = vec![0.0_f32; columns];
        let mut length = 0.0;
        for text in texts {
            for (column, count) in counter.count(text) {
                length += count;
                if let Some(frequency) = frequency.get_mut(column as usize) {
                    *frequency += 1.0;
                }
            }
        }
        let number = texts.len() as f32;
        let rarity = frequency.iter().map(|seen| if *seen == 0.0 { 0.0 } else { (1.0 + (number - seen + 0.5) / (seen + 0.5)).ln() });
        Self { rarity: rarity.collect(), mean_length: (length / number.max(1.0)).max(1.0), scale }
    }

    /// The weighted words of texts.
    pub(crate) fn weigh(&self, texts: &[String]) -> SparseRows {
        SparseRows { columns: self.rarity.len(), rows: texts.iter().map(|text| self.weigh_one(text)).collect() }
    }

    fn weigh_one(&self, text: &str) -> Vec<(u32, f32)> {
        let counts = WordCounter { columns: self.rarity.len() }.count(text);
        let length: f32 = counts.iter().map(|(_, count)| count).sum();
        let dampening = SATURATION * (1.0 - LENGTH_SHARE + LENGTH_SHARE * length / self.mean_length);
        let weight = |(column, count): (u32, f32)| {
            let rarity = self.rarity.get(column as usize).copied().unwrap_or_default();
            (rarity > 0.0).then(|| (column, rarity * count * (SATURATION + 1.0) / (count + dampening)))
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
        let texts: Vec<String> = ["the cat sat", "the dog sat", "the zebra"].iter().map(|text| (*text).to_owned()).collect();
        let weights = WordWeights::learn(&texts, 4_096, 1.0);
        let rows = weights.weigh(&["the zebra".to_owned(), "unseen words only".to_owned()]);
        let norm: f32 = rows.rows[0].iter().map(|(_, weight)| weight * weight).sum();
        assert!((norm - 1.0).abs() < 1e-5);
        let counter = WordCounter { columns: 4_096 };
        let weight_of = |word: &str| rows.rows[0].iter().find(|(column, _)| *column == counter.column(&[word])).unwrap().1;
        assert!(weight_of("zebra") > weight_of("the"));
        assert!(rows.rows[1].is_empty(), "words that were never seen say nothing");
    }
}
