//! The set of Chroma's chunking evaluation: questions with the exact passages that answer them.

use std::collections::BTreeMap;
use std::path::Path;

use ragstone_core::{DocumentId, Span};
use serde::Deserialize;

use crate::lines::for_each_line;
use crate::{AskedQuestion, EvalError, Place};

/// Texts, and questions with the places in them that answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkingSet {
    /// The texts, by name.
    pub corpora: BTreeMap<String, String>,
    /// The questions; their places count characters, as the set does.
    pub questions: Vec<AskedQuestion>,
}

#[derive(Deserialize)]
struct ChunkingQuestion {
    id: String,
    question: String,
    corpus_id: String,
    references: Vec<Reference>,
}

/// A passage that answers, in characters.
#[derive(Deserialize)]
struct Reference {
    content: String,
    start_index: usize,
    end_index: usize,
}

/// From bytes to characters of one text.
#[derive(Debug, Clone)]
pub struct CharacterIndex {
    /// Where each character begins.
    starts: Vec<usize>,
}

impl CharacterIndex {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        Self { starts: text.char_indices().map(|(start, _)| start).collect() }
    }

    /// How many characters begin before a byte.
    pub fn before(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start < byte)
    }
}

/// Reads `questions.jsonl` and `corpora/*.md` of a folder. Every passage must be where the set says.
pub fn read_chunking_set(folder: &Path) -> Result<ChunkingSet, EvalError> {
    let path = folder.join("questions.jsonl");
    let mut corpora: BTreeMap<String, String> = BTreeMap::new();
    let mut characters: BTreeMap<String, Vec<char>> = BTreeMap::new();
    let mut questions = Vec::new();
    for_each_line(&path, |line, text| {
        let expected = r#"a question, {"id": "…", "question": "…", "corpus_id": "…", "references": [{"content": "…", "start_index": 0, "end_index": 9}]}"#;
        let question: ChunkingQuestion =
            serde_json::from_str(text).map_err(|source| EvalError::NotJson { path: path.clone(), line, expected, source })?;
        if !corpora.contains_key(&question.corpus_id) {
            let corpus = read_corpus(folder, &question.corpus_id)?;
            characters.insert(question.corpus_id.clone(), corpus.chars().collect());
            corpora.insert(question.corpus_id.clone(), corpus);
        }
        let of_corpus = characters.get(&question.corpus_id).map(Vec::as_slice).unwrap_or_default();
        let is_there = |reference: &&Reference| {
            let found = of_corpus.get(reference.start_index..reference.end_index);
            found.is_some_and(|found| found.iter().copied().eq(reference.content.chars()))
        };
        if let Some(misplaced) = question.references.iter().find(|reference| !is_there(reference)) {
            let (start, end) = (misplaced.start_index, misplaced.end_index);
            return Err(EvalError::Misplaced { path: path.clone(), line, corpus: question.corpus_id.clone(), start, end });
        }
        questions.push(asked(question));
        Ok(())
    })?;
    if questions.is_empty() {
        return Err(EvalError::Empty { path });
    }
    Ok(ChunkingSet { corpora, questions })
}

fn read_corpus(folder: &Path, name: &str) -> Result<String, EvalError> {
    let path = folder.join("corpora").join(name).with_extension("md");
    fs_err::read_to_string(&path).map_err(|source| EvalError::Unreadable { path, source })
}

fn asked(question: ChunkingQuestion) -> AskedQuestion {
    let document = DocumentId::from_source(&question.corpus_id);
    let place = |reference: &Reference| Place { document, span: Span { start: reference.start_index, end: reference.end_index } };
    AskedQuestion {
        id: question.id,
        question: question.question,
        gold: question.references.iter().map(|reference| vec![place(reference)]).collect(),
        ..AskedQuestion::default()
    }
}

/// Cuts a text into pieces of so many tokens, wherever that is: at the white space between words and nothing else. The last may be shorter.
pub fn fixed_chunks(text: &str, tokens: usize, count: impl Fn(&str) -> usize) -> Vec<Span> {
    let (mut chunks, mut start, mut end, mut held) = (Vec::new(), 0, 0, 0);
    for word in text.split_inclusive(char::is_whitespace) {
        let more = count(word);
        if held > 0 && held + more > tokens {
            chunks.push(Span { start, end });
            (start, held) = (end, 0);
        }
        held += more;
        end += word.len();
    }
    if held > 0 {
        chunks.push(Span { start, end });
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(questions: &str) -> Result<ChunkingSet, EvalError> {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("corpora")).unwrap();
        fs_err::write(folder.path().join("corpora/laws.md"), "“Ten” days.").unwrap();
        fs_err::write(folder.path().join("questions.jsonl"), questions).unwrap();
        read_chunking_set(folder.path())
    }

    fn question(content: &str, start: usize, end: usize) -> String {
        let reference = serde_json::json!({"content": content, "start_index": start, "end_index": end});
        serde_json::json!({"id": "q0", "question": "How long?", "corpus_id": "laws", "references": [reference]}).to_string()
    }

    #[test]
    fn places_are_characters() {
        let set = set(&question("days", 6, 10)).unwrap();
        assert_eq!(set.questions[0].gold[0][0].span, Span { start: 6, end: 10 });
        let index = CharacterIndex::of(&set.corpora["laws"]);
        let byte = set.corpora["laws"].find("days").unwrap();
        assert_eq!((byte, index.before(byte), index.before(byte + 4)), (10, 6, 10));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let check = |questions: &str, words: &[&str]| {
            let refused = set(questions).unwrap_err().to_string();
            words.iter().for_each(|word| assert!(refused.contains(word), "{refused}"));
        };
        check(&question("days", 5, 9), &["line 1", "`laws`", "5", "9"]);
        check(&question("days", 6, 600), &["line 1"]);
        check(&question("days", 6, 10).replace("laws", "rules"), &["rules.md"]);
        check("{}", &["line 1", "a question"]);
        check("", &["no entries"]);
    }

    #[test]
    fn fixed_chunks_cut_anywhere_and_lose_nothing() {
        let text = "one two three\n\nfour  five";
        let chunks = fixed_chunks(text, 2, |word| usize::from(!word.trim().is_empty()));
        let texts: Vec<_> = chunks.iter().map(|span| span.of(text).unwrap()).collect();
        assert_eq!(texts, ["one two ", "three\n\nfour  ", "five"]);
        assert_eq!(fixed_chunks("", 2, |_| 1), []);
        assert_eq!(fixed_chunks("  ", 2, |_| 0), []);
    }
}
