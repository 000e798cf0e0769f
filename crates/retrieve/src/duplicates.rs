//! Passages that say what a better one says already.
//!
//! Two passages repeat each other when their words are nearly the same *and* their numbers are the same: tables, templates and yearly
//! reports differ in nothing else. Titles and headings are among the words, so that `Price: 10` may stand under two products.
//!
//! Only those that share one of the first words of a fixed order are compared: sets that overlap by a share `t` must have a common
//! member among their first `(1 − t) · n + 1` (the prefix filter of set similarity joins), so the time is nearly linear.

use std::collections::{BTreeSet, HashMap};

use ragstone_core::SparseVector;

/// Passages that are known, each by its number in the order of coming.
#[derive(Debug)]
pub(crate) struct Duplicates {
    least_overlap: f32,
    known: Vec<Known>,
    by_term: HashMap<u32, Vec<usize>>,
    /// Those without words, by their text.
    wordless: HashMap<String, usize>,
}

#[derive(Debug)]
struct Known {
    /// In order.
    terms: Vec<u32>,
    numbers: BTreeSet<String>,
}

impl Duplicates {
    /// Passages that have so much of their words in common repeat each other; at 0 none do.
    pub(crate) fn new(least_overlap: f32) -> Self {
        Self { least_overlap, known: Vec::new(), by_term: HashMap::new(), wordless: HashMap::new() }
    }

    /// The number of the passage that this one repeats.
    pub(crate) fn find(&self, text: &str, terms: &SparseVector) -> Option<usize> {
        if self.least_overlap <= 0.0 {
            return None;
        }
        let passage = Known::new(text, terms);
        if passage.terms.is_empty() {
            return self.wordless.get(text).copied();
        }
        let sharing: BTreeSet<usize> = self.prefix(&passage.terms).filter_map(|term| self.by_term.get(term)).flatten().copied().collect();
        sharing.into_iter().find(|number| self.known.get(*number).is_some_and(|known| known.repeats(&passage, self.least_overlap)))
    }

    /// From now on a passage is known, and others may repeat it.
    pub(crate) fn add(&mut self, text: &str, terms: &SparseVector) {
        let number = self.known.len();
        let passage = Known::new(text, terms);
        if passage.terms.is_empty() {
            self.wordless.insert(text.to_owned(), number);
        }
        let prefix: Vec<u32> = self.prefix(&passage.terms).copied().collect();
        for term in prefix {
            self.by_term.entry(term).or_default().push(number);
        }
        self.known.push(passage);
    }

    /// The first terms, one of which every repetition has among its own first ones.
    fn prefix<'terms>(&self, terms: &'terms [u32]) -> impl Iterator<Item = &'terms u32> {
        let least_common = (self.least_overlap * terms.len() as f32 - 1e-3).ceil().max(1.0) as usize;
        terms.iter().take((terms.len() + 1).saturating_sub(least_common))
    }
}

impl Known {
    fn new(text: &str, terms: &SparseVector) -> Self {
        let mut terms = terms.indices.clone();
        terms.sort_unstable();
        Self { terms, numbers: numbers(text) }
    }

    fn repeats(&self, other: &Self, least_overlap: f32) -> bool {
        self.numbers == other.numbers && overlap(&self.terms, &other.terms) >= least_overlap
    }
}

/// What both have, as a share of what either has (Jaccard).
fn overlap(left: &[u32], right: &[u32]) -> f32 {
    let (mut here, mut there) = (left.iter().peekable(), right.iter().peekable());
    let mut both = 0_usize;
    while let (Some(one), Some(other)) = (here.peek(), there.peek()) {
        match one.cmp(other) {
            std::cmp::Ordering::Less => here.next(),
            std::cmp::Ordering::Greater => there.next(),
            std::cmp::Ordering::Equal => {
                both += 1;
                there.next();
                here.next()
            }
        };
    }
    let either = left.len() + right.len() - both;
    if either == 0 { 0.0 } else { both as f32 / either as f32 }
}

fn numbers(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| word.contains(|letter: char| letter.is_numeric())).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(indices: &[u32]) -> SparseVector {
        SparseVector { indices: indices.to_vec(), values: vec![1.0; indices.len()] }
    }

    fn find_or_add(duplicates: &mut Duplicates, text: &str, indices: &[u32]) -> Option<usize> {
        let found = duplicates.find(text, &terms(indices));
        if found.is_none() {
            duplicates.add(text, &terms(indices));
        }
        found
    }

    #[test]
    fn repetitions_are_found() {
        let mut duplicates = Duplicates::new(0.9);
        let mut find = |text: &str, indices: &[u32]| find_or_add(&mut duplicates, text, indices);
        assert_eq!(find("first", &[1, 2]), None);
        assert_eq!(find("second", &[2, 1]), Some(0));
        assert_eq!(find("third", &[1, 2, 3]), None);
        assert_eq!(find("30 days in 2025", &[1, 2]), None, "another number is another statement");
        assert_eq!(find("in 2025: 30 days", &[1, 2]), Some(2));
        assert_eq!(find("…", &[]), None);
        assert_eq!(find("---", &[]), None, "what has no words repeats only what is written the same");
        assert_eq!(find("---", &[]), Some(4));
    }

    #[test]
    fn nothing_repeats_at_an_overlap_of_0() {
        let mut duplicates = Duplicates::new(0.0);
        assert_eq!([find_or_add(&mut duplicates, "same", &[1]), find_or_add(&mut duplicates, "same", &[1])], [None, None]);
    }

    proptest! {
        #[test]
        fn the_prefix_filter_misses_none(sets in prop::collection::vec(prop::collection::btree_set(0_u32..12, 1..12), 1..20), percent in 1_u8..=100) {
            let least = f32::from(percent) / 100.0;
            let mut duplicates = Duplicates::new(least);
            let mut kept: Vec<Vec<u32>> = Vec::new();
            for set in sets {
                let set: Vec<u32> = set.into_iter().collect();
                let expected = kept.iter().position(|other| overlap(other, &set) >= least);
                prop_assert_eq!(find_or_add(&mut duplicates, "", &set), expected);
                if expected.is_none() {
                    kept.push(set);
                }
            }
        }
    }
}
