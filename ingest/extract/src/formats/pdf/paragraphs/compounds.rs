//! Words with a hyphen of their own.

use std::collections::HashSet;

use super::super::lines::Line;

/// The compounds that a document writes with a hyphen within a line: where one is split at that hyphen, it keeps it.
#[derive(Debug, Default)]
pub(in super::super) struct Compounds(HashSet<String>);

impl Compounds {
    /// More documents than this many different compounds do not have.
    const MOST: usize = 100_000;

    #[cfg(test)]
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut compounds = Self::default();
        compounds.learn(lines);
        compounds
    }

    /// Takes note of the compounds in these lines.
    pub(in super::super) fn learn(&mut self, lines: &[Line]) {
        for word in lines.iter().flat_map(|line| &line.words) {
            let word = bare(&word.text);
            if word.contains('-') && self.0.len() < Self::MOST {
                self.0.insert(word.to_lowercase());
            }
        }
    }

    /// Whether the word that is split between the two texts is written with a hyphen.
    pub(super) fn keep_hyphen(&self, before: &str, after: &str) -> bool {
        let head = before.split_whitespace().next_back().unwrap_or_default();
        let tail = after.split_whitespace().next().unwrap_or_default();
        let is_split_word = tail.chars().next().is_some_and(char::is_lowercase);
        !is_split_word || self.0.contains(&bare(&format!("{head}-{tail}")).to_lowercase())
    }
}

fn bare(word: &str) -> &str {
    word.trim_matches(|character: char| !character.is_alphanumeric())
}
