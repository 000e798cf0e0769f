//! What a model is asked about a question, and how its reply is read.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{LONGEST_QUESTION_BYTES, UnderstandConfig};
use crate::prompt::Template;

/// A longer wording is no search query.
const LONGEST_QUERY_BYTES: usize = 1_024;

/// The embedding model reads no more of a passage.
const LONGEST_PASSAGE_BYTES: usize = 2_048;

/// A question has at most so many parts.
const MOST_PARTS: usize = 4;

/// One thing that a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// To make the question complete in itself.
    Rewrite,
    /// For other wordings.
    Queries,
    /// For its parts.
    Parts,
    /// For a passage that would answer it.
    Hypothetical,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RewriteReply {
    question: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueriesReply {
    queries: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartsReply {
    parts: Vec<String>,
}

impl Step {
    /// How it is asked.
    pub(super) fn template(self) -> Template {
        match self {
            Self::Rewrite => Template::Rewrite,
            Self::Queries => Template::Queries,
            Self::Parts => Template::Parts,
            Self::Hypothetical => Template::Hypothetical,
        }
    }

    /// How many texts may come of it.
    pub(super) fn most(self, config: &UnderstandConfig) -> usize {
        match self {
            Self::Rewrite | Self::Hypothetical => 1,
            Self::Queries => config.queries,
            Self::Parts => MOST_PARTS,
        }
    }

    /// What is said if it comes to nothing.
    pub(super) fn failure(self) -> &'static str {
        match self {
            Self::Rewrite => "the question was not rewritten",
            Self::Queries => "the question was not searched in other wordings",
            Self::Parts => "the question was not divided into parts",
            Self::Hypothetical => "no passage was made up to search for",
        }
    }

    /// Whether a reply that is too long may be cut.
    pub(super) fn is_prose(self) -> bool {
        self == Self::Hypothetical
    }

    /// Reads a reply strictly: one object with the one key that was asked for, perhaps in a block of code.
    pub(super) fn read(self, reply: &str) -> Result<Vec<String>, String> {
        let texts = match self {
            Self::Rewrite => vec![json::<RewriteReply>(reply)?.question],
            Self::Queries => json::<QueriesReply>(reply)?.queries,
            Self::Parts => json::<PartsReply>(reply)?.parts,
            Self::Hypothetical => vec![reply.get(..reply.floor_char_boundary(LONGEST_PASSAGE_BYTES)).unwrap_or_default().to_owned()],
        };
        let longest = if self == Self::Rewrite { LONGEST_QUESTION_BYTES } else { LONGEST_QUERY_BYTES };
        let texts: Vec<String> = texts.iter().map(|text| one_line(text)).collect();
        if texts.iter().any(String::is_empty) {
            return Err("a text in it is empty".to_owned());
        }
        if !self.is_prose() && texts.iter().any(|text| text.len() > longest) {
            return Err(format!("a text in it has more than {longest} bytes"));
        }
        Ok(texts)
    }

    /// What of a reply is new: no wording twice, none that is the question itself, and no more than may be.
    pub(super) fn select(self, texts: Vec<String>, question: &str, config: &UnderstandConfig) -> Vec<String> {
        if matches!(self, Self::Rewrite | Self::Hypothetical) {
            return texts;
        }
        let mut seen = HashSet::from([question.to_lowercase()]);
        let selected: Vec<String> = texts.into_iter().filter(|text| seen.insert(text.to_lowercase())).take(self.most(config)).collect();
        // A question of one part is that part.
        if self == Self::Parts && selected.len() < 2 { Vec::new() } else { selected }
    }
}

fn json<Reply: DeserializeOwned>(reply: &str) -> Result<Reply, String> {
    let trimmed = reply.trim();
    let fenced = trimmed.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let bare = fenced.map_or(trimmed, |inner| inner.strip_prefix("json").unwrap_or(inner));
    serde_json::from_str(bare).map_err(|error| error.to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(step: Step, reply: &str, expected: Result<&[&str], &str>) {
        match (step.read(reply), expected) {
            (Ok(texts), Ok(expected)) => assert_eq!(texts, expected),
            (Err(problem), Err(expected)) => assert!(problem.contains(expected), "{problem}"),
            (actual, expected) => panic!("{actual:?}, not {expected:?}"),
        }
    }

    #[test]
    fn only_the_form_that_was_asked_for_is_read() {
        check(Step::Rewrite, r#"{"question": "What does\n it cost?"}"#, Ok(&["What does it cost?"]));
        check(Step::Rewrite, "```json\n{\"question\": \"Why?\"}\n```\n", Ok(&["Why?"]));
        check(Step::Rewrite, "Sure! The question is: Why?", Err("expected value"));
        check(Step::Rewrite, "{\"question\": \"Why?\"} Hope this helps!", Err("trailing characters"));
        check(Step::Rewrite, r#"{"question": "Why?", "answer": "Because."}"#, Err("unknown field `answer`"));
        check(Step::Rewrite, r#"{"question": "  "}"#, Err("empty"));
        check(Step::Rewrite, r#"{"question": ["Why?"]}"#, Err("invalid type"));
        check(Step::Rewrite, "", Err("EOF"));
        check(Step::Queries, r#"{"queries": ["a", "b"]}"#, Ok(&["a", "b"]));
        check(Step::Queries, &format!(r#"{{"queries": ["{}"]}}"#, "x".repeat(2_000)), Err("more than 1024 bytes"));
        check(Step::Parts, r#"{"parts": []}"#, Ok(&[]));
        check(Step::Parts, r#"{"parts": null}"#, Err("invalid type"));
        check(Step::Hypothetical, "Leave is\nthirty days.", Ok(&["Leave is thirty days."]));
        check(Step::Hypothetical, &"字".repeat(2_000), Ok(&[&"字".repeat(682)]));
        check(Step::Hypothetical, " \n", Err("empty"));
    }

    #[test]
    fn what_is_the_same_is_searched_once() {
        let config = UnderstandConfig { queries: 2, ..UnderstandConfig::default() };
        let select = |step: Step, texts: &[&str]| step.select(texts.iter().map(|text| (*text).to_owned()).collect(), "Why?", &config);
        assert_eq!(select(Step::Queries, &["why?", "How come?", "HOW COME?", "b", "c"]), ["How come?", "b"]);
        assert_eq!(select(Step::Parts, &["why?", "How come?"]), Vec::<String>::new(), "one part is no part");
        assert_eq!(select(Step::Parts, &["a", "b", "c", "d", "e"]), ["a", "b", "c", "d"]);
    }
}
