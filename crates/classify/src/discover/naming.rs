//! Which words set a group apart: class-based TF-IDF, frequent in the group and in few others.

use std::collections::{HashMap, HashSet};

use ragstone_core::spaced;

const WORDS: usize = 6;

/// A word of fewer letters says little.
const SHORTEST: usize = 3;

/// The most distinctive words of each group, best first.
pub(super) fn distinctive_words(texts: &[String], group_of: &[usize], groups: usize) -> Vec<Vec<String>> {
    let mut counts: Vec<HashMap<String, f32>> = vec![HashMap::new(); groups];
    let mut totals: HashMap<String, f32> = HashMap::new();
    let mut all = 0.0;
    for (text, group) in texts.iter().zip(group_of) {
        let Some(counts) = counts.get_mut(*group) else { continue };
        for word in words_of(text) {
            *counts.entry(word.clone()).or_default() += 1.0;
            *totals.entry(word).or_default() += 1.0;
            all += 1.0;
        }
    }
    let average = all / groups.max(1) as f32;
    let mut named = Vec::with_capacity(groups);
    for counts in counts {
        let size: f32 = counts.values().sum();
        let weight = |(word, count): (String, f32)| {
            let total = totals.get(&word).copied().unwrap_or(1.0);
            (count / size.max(1.0) * (1.0 + average / total).ln(), word)
        };
        let mut weighed: Vec<(f32, String)> = counts.into_iter().map(weight).collect();
        weighed.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
        named.push(weighed.into_iter().take(WORDS).map(|(_, word)| word).collect());
    }
    named
}

/// Each word of a text once. Numbers say nothing of a group.
fn words_of(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let split = spaced(&lower);
    let words = split.split(|letter: char| !letter.is_alphanumeric());
    let telling = words.filter(|word| is_telling(word));
    telling.map(str::to_owned).collect()
}

fn is_telling(word: &str) -> bool {
    let long_enough = word.chars().count() >= SHORTEST || !word.is_ascii();
    long_enough && word.chars().any(char::is_alphabetic) && !FREQUENT.contains(&word)
}

/// English words that are frequent everywhere and so sneak into small groups.
const FREQUENT: [&str; 40] = [
    "the", "and", "for", "are", "can", "you", "how", "what", "why", "when", "where", "which", "have", "has", "had", "does", "did", "was",
    "were", "will", "would", "could", "should", "this", "that", "with", "from", "not", "but", "get", "there", "been", "use", "its", "your",
    "they", "their", "them", "please", "need",
];
