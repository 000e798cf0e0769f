//! Where in a passage the query's words are.
//!
//! A word is marked when the lexical encoder makes of it a term that the query has too: `writes` marks `writing`, in every
//! language with a stemmer. In scripts without spaces every pair of letters that stands in the query is marked, and a single
//! letter where it stands alone in the query. Time is linear in the passage; a word is analysed once per search.

use std::collections::{HashMap, HashSet};

use ragstone_core::{Language, LexicalEncoder, Span, SparseVector, is_spaceless};
use unicode_segmentation::UnicodeSegmentation;

/// No passage gets more marks than this.
const MAX_HIGHLIGHTS: usize = 500;

/// Finds one query's words in passages of one language.
pub struct Highlighter<'encoder> {
    encoder: &'encoder dyn LexicalEncoder,
    language: Language,
    terms: HashSet<u32>,
    pairs: HashSet<(char, char)>,
    singles: HashSet<char>,
    known_words: HashMap<String, bool>,
}

impl<'encoder> Highlighter<'encoder> {
    /// Prepares for a query, whose `terms` are those of passages in `language`.
    pub fn new(encoder: &'encoder dyn LexicalEncoder, language: Language, query: &str, terms: &SparseVector) -> Self {
        let mut pairs = HashSet::new();
        let mut singles = HashSet::new();
        for run in query.split(|letter| !is_spaceless(letter)) {
            let letters: Vec<char> = run.chars().collect();
            if let [single] = letters.as_slice() {
                singles.insert(*single);
            }
            pairs.extend(letters.iter().copied().zip(letters.iter().copied().skip(1)));
        }
        let terms = terms.indices.iter().copied().collect();
        Self { encoder, language, terms, pairs, singles, known_words: HashMap::new() }
    }

    /// The spans of the query's words in `text`, in order and apart.
    pub fn highlight(&mut self, text: &str) -> Vec<Span> {
        if self.terms.is_empty() {
            return Vec::new();
        }
        let mut marks = Marks::default();
        for (start, word) in text.unicode_word_indices() {
            if !word.contains(is_spaceless) && self.is_of_query(word) {
                marks.add((start..start + word.len()).into(), text);
            }
        }
        let words = std::mem::take(&mut marks.spans);
        self.mark_spaceless(text, &mut marks);
        merge(words, marks.spans, text)
    }

    fn mark_spaceless(&self, text: &str, marks: &mut Marks) {
        if self.pairs.is_empty() && self.singles.is_empty() {
            return;
        }
        let mut letters = text.char_indices().peekable();
        while let Some((start, letter)) = letters.next() {
            if !is_spaceless(letter) {
                continue;
            }
            let end = start + letter.len_utf8();
            if self.singles.contains(&letter) {
                marks.add((start..end).into(), text);
            }
            if let Some((_, next)) = letters.peek().copied().filter(|(_, next)| self.pairs.contains(&(letter, *next))) {
                marks.add((start..end + next.len_utf8()).into(), text);
            }
        }
    }

    fn is_of_query(&mut self, word: &str) -> bool {
        if let Some(known) = self.known_words.get(word) {
            return *known;
        }
        let encoded = self.encoder.encode_passage(word, &self.language);
        let is_of_query = encoded.indices.iter().any(|term| self.terms.contains(term));
        self.known_words.insert(word.to_owned(), is_of_query);
        is_of_query
    }
}

/// Spans in order; one that touches the last, or is parted from it by a space or hyphen, lengthens it.
#[derive(Default)]
struct Marks {
    spans: Vec<Span>,
}

impl Marks {
    fn add(&mut self, span: Span, text: &str) {
        if let Some(last) = self.spans.last_mut() {
            let gap = Span { start: last.end, end: span.start.max(last.end) };
            if gap.is_empty() || matches!(gap.of(text), Some(" " | "-")) {
                last.end = last.end.max(span.end);
                return;
            }
        }
        if self.spans.len() < MAX_HIGHLIGHTS {
            self.spans.push(span);
        }
    }
}

fn merge(words: Vec<Span>, spaceless: Vec<Span>, text: &str) -> Vec<Span> {
    if spaceless.is_empty() {
        return words;
    }
    let mut spans = [words, spaceless].concat();
    spans.sort_unstable();
    let mut marks = Marks::default();
    for span in spans {
        marks.add(span, text);
    }
    marks.spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::WordEncoder;

    fn highlight(query: &str, text: &str) -> Vec<Span> {
        let english = Language::new("english");
        let terms = WordEncoder.encode_query(query, std::slice::from_ref(&english));
        Highlighter::new(&WordEncoder, english, query, &terms).highlight(text)
    }

    fn check(query: &str, text: &str, expected: &[&str]) {
        let found: Vec<_> = highlight(query, text).iter().map(|span| span.of(text).unwrap()).collect();
        assert_eq!(found, expected, "{query:?} in {text:?}");
    }

    #[test]
    fn marks_words_of_the_query_whatever_their_ending() {
        check("write a test", "Tests, and how writes go; testing.", &["Tests", "writes"]);
        check("error handling", "Handling of Error handling, error-handling.", &["Handling", "Error handling", "error-handling"]);
        check("the of a", "the of a", &[]);
        check("nothing", "", &[]);
        check("", "nothing", &[]);
        check("naïve größe", "Eine naïve Größe.", &["naïve Größe"]);
    }

    #[test]
    fn marks_pairs_in_scripts_without_spaces() {
        check("如何构建知识库？", "本文介绍知识库的构建。", &["知识库", "构建"]);
        check("库 Rust", "Rust的库", &["Rust", "库"]);
        check("東京タワーの高さ", "東京タワーは333メートルの高さです", &["東京タワー", "の高さ"]);
    }

    #[test]
    fn marks_are_bounded() {
        assert_eq!(highlight("word", &"word, ".repeat(5_000)).len(), MAX_HIGHLIGHTS);
    }

    proptest! {
        #[test]
        fn spans_fit_the_text_and_are_apart(query in "[a-c 中文字,.é-]{0,12}", text in "[a-c 中文字,.é-]{0,60}") {
            let spans = highlight(&query, &text);
            prop_assert!(spans.iter().all(|span| span.of(&text).is_some_and(|word| !word.is_empty())));
            prop_assert!(spans.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
