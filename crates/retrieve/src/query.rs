//! What a query asks besides its words: phrases in quotes, and words that must not be there.
//!
//! `"power failure" recovery -windows` looks for `power failure recovery` and keeps passages that have the phrase as it stands
//! and have no word `windows`. A minus counts before a whole word of three letters or more only, so that `ls -la`, `--flag` and `-1`
//! stay what they are.
//!
//! In a sentence (it ends with a question mark, or says more than twelve words besides its phrases) quotes name things and a minus is a
//! dash: people ask `Who wrote "Death of Samantha"?` and want to know it, whatever passage says it. There neither means anything, unless
//! [`Operators`] says otherwise.

use ragstone_core::is_spaceless;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Who writes more than this besides phrases writes sentences. A letter of a script without spaces counts as a word.
const MAX_WORDS_BESIDES_PHRASES: usize = 12;

/// Shorter words behind a minus are options of programs.
const MIN_EXCLUDED_LETTERS: usize = 3;

/// The quotes that open a phrase, with those that close it.
const QUOTES: [(char, char); 3] = [('"', '"'), ('“', '”'), ('„', '“')];

/// Whether quotes and minus signs in a query mean something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operators {
    /// In a few words they do, in a sentence they do not.
    #[default]
    Auto,
    /// They do.
    Always,
    /// They are letters like any others.
    Never,
}

/// A query, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// What is looked for.
    pub(crate) text: String,
    /// What must stand in a passage as it is, but for case and white space.
    pub(crate) phrases: Vec<String>,
    /// Words of which a passage must have none.
    pub(crate) excluded: Vec<String>,
}

impl Query {
    /// A query that excludes everything it says asks for these words after all.
    pub(crate) fn parse(query: &str, operators: Operators) -> Self {
        let as_it_is = || Self { text: query.to_owned(), ..Self::default() };
        if operators == Operators::Never {
            return as_it_is();
        }
        let (unquoted, phrases) = take_phrases(query);
        let (kept, excluded): (Vec<&str>, Vec<&str>) = unquoted.split_whitespace().partition(|word| excluded_word(word).is_none());
        if kept.is_empty() || (operators == Operators::Auto && is_sentence(query, &kept, &phrases)) {
            return as_it_is();
        }
        let excluded = excluded.into_iter().filter_map(excluded_word).map(normalized).collect();
        Self { text: kept.join(" "), phrases, excluded }
    }

    /// Whether passages have to be read before it is known which of them are wanted.
    pub(crate) fn has_conditions(&self) -> bool {
        !(self.phrases.is_empty() && self.excluded.is_empty())
    }
}

/// Whether a query is written as one would ask a person.
fn is_sentence(query: &str, kept: &[&str], phrases: &[String]) -> bool {
    let count = |text: &str| text.unicode_words().count();
    let besides: usize = kept.iter().map(|word| count(word)).sum();
    let in_phrases: usize = phrases.iter().map(|phrase| count(phrase)).sum();
    let end = query.trim_end_matches(|letter: char| letter.is_whitespace() || "\"'”’“»)".contains(letter));
    end.ends_with(['?', '？', '؟']) || besides.saturating_sub(in_phrases) > MAX_WORDS_BESIDES_PHRASES
}

/// A passage as phrases are looked for in it: its parts, a line each.
pub(crate) struct Passage(String);

impl Passage {
    pub(crate) fn new<'text>(parts: impl IntoIterator<Item = &'text str>) -> Self {
        Self(parts.into_iter().map(normalized).collect::<Vec<_>>().join("\n"))
    }

    /// Whether it has the phrase, from the beginning of a word to the end of one.
    pub(crate) fn has(&self, phrase: &str) -> bool {
        self.0.match_indices(phrase).any(|(start, found)| {
            let before = self.0.get(..start).and_then(|text| text.chars().next_back());
            let after = self.0.get(start + found.len()..).and_then(|text| text.chars().next());
            is_border(before, found.chars().next()) && is_border(found.chars().next_back(), after)
        })
    }
}

/// Whether a word may end between two letters. Scripts without spaces have borders everywhere.
fn is_border(left: Option<char>, right: Option<char>) -> bool {
    let in_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() && !is_spaceless(letter));
    !(in_word(left) && in_word(right))
}

fn normalized(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The query without its quotes, and the phrases that stood in them. A quote that is not closed is a letter like any other.
fn take_phrases(query: &str) -> (String, Vec<String>) {
    let mut text = String::with_capacity(query.len());
    let mut phrases = Vec::new();
    let mut rest = query;
    while let Some((start, open, close)) = next_quote(rest) {
        let (before, quoted) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let inside = quoted.strip_prefix(open).unwrap_or_default();
        let Some((phrase, after)) = inside.split_once(close) else { break };
        text.push_str(before);
        text.push_str(phrase);
        let phrase = normalized(phrase);
        if !phrase.is_empty() && !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
        rest = after;
    }
    text.push_str(rest);
    (text, phrases)
}

fn next_quote(text: &str) -> Option<(usize, char, char)> {
    text.char_indices().find_map(|(at, letter)| {
        let (open, close) = QUOTES.into_iter().find(|(open, _)| *open == letter)?;
        Some((at, open, close))
    })
}

fn excluded_word(token: &str) -> Option<&str> {
    let word = token.strip_prefix('-')?;
    (word.chars().count() >= MIN_EXCLUDED_LETTERS && word.chars().all(char::is_alphabetic)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, text: &str, phrases: &[&str], excluded: &[&str]) {
        let parsed = Query::parse(query, Operators::Auto);
        assert_eq!((parsed.text.as_str(), parsed.phrases, parsed.excluded), (text, owned(phrases), owned(excluded)), "{query}");
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn phrases_and_excluded_words_are_taken_out() {
        check("\"Power  Failure\" recovery -Windows", "Power Failure recovery", &["power failure"], &["windows"]);
        check("what is “知识库”", "what is 知识库", &["知识库"], &[]);
        check("a \"b\" \"b\" \"\"", "a b b", &["b"], &[]);
    }

    #[test]
    fn what_only_looks_like_syntax_is_text() {
        check("what does ls -la do", "what does ls -la do", &[], &[]);
        check("cargo --release -p x", "cargo --release -p x", &[], &[]);
        check("-1 to well-known", "-1 to well-known", &[], &[]);
        check("a 5\" disk", "a 5\" disk", &[], &[]);
        check("-windows", "-windows", &[], &[]);
        check("", "", &[], &[]);
    }

    #[test]
    fn sentences_have_no_operators_unless_they_should() {
        let question = "Who was pregnant during the recording of \"Dear Brother\"?";
        check(question, question, &[], &[]);
        check("Why was it called \"the Methodists?\"", "Why was it called \"the Methodists?\"", &[], &[]);
        let sentence = "the children of the actor who starred as the constable in the television series \"Due South\"";
        check(sentence, sentence, &[], &[]);
        check("“矮冬瓜”这个绰号是怎么来的？", "“矮冬瓜”这个绰号是怎么来的？", &[], &[]);
        assert_eq!(Query::parse(question, Operators::Always).phrases, ["dear brother"]);
        assert_eq!(Query::parse("\"a b\" -word", Operators::Never), Query { text: "\"a b\" -word".to_owned(), ..Query::default() });
    }

    #[test]
    fn phrases_stand_between_borders() {
        let has = |text: &str, phrase: &str| Passage::new([text]).has(phrase);
        assert!(has("The Power\n failure.", "power failure"));
        assert!(has("cat, concatenate", "cat") && !has("concatenate", "cat"));
        assert!(has("我的知识库很大", "知识库"));
        assert!(has("C++ is", "c++") && !has("", "x"));
    }
}
