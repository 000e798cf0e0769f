//! The questions that two models are compared on.

use std::path::Path;

use anyhow::{Context, ensure};
use fs_err as fs;
use serde::Deserialize;

/// More questions than this are refused: each is searched twice.
const MOST_QUESTIONS: usize = 10_000;

/// A question, and the documents that answer it as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Question {
    pub(super) question: String,
    /// Their sources, the ends of their sources, or their ids.
    #[serde(default)]
    pub(super) documents: Vec<String>,
}

/// Reads a question a line, as text or as a JSON object.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Question>> {
    let text = fs::read_to_string(path)?;
    let mut questions = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() {
            let question = question(line);
            let question = question.with_context(|| format!("`{}`, line {}: is no question", path.display(), number + 1))?;
            questions.push(question);
        }
    }
    ensure!(!questions.is_empty(), "`{}` has no questions: write one a line", path.display());
    ensure!(
        questions.len() <= MOST_QUESTIONS,
        "`{}` has {} questions, at most {MOST_QUESTIONS} are asked",
        path.display(),
        questions.len()
    );
    Ok(questions)
}

fn question(line: &str) -> anyhow::Result<Question> {
    if line.starts_with('{') {
        let question: Question = serde_json::from_str(line)?;
        ensure!(!question.question.trim().is_empty(), "`question` is empty");
        return Ok(question);
    }
    Ok(Question { question: line.to_owned(), documents: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_text_or_json() {
        let asked = |line: &str| question(line).map(|found| (found.question, found.documents));
        assert_eq!(asked("what is a span?").unwrap(), ("what is a span?".to_owned(), vec![]));
        assert_eq!(
            asked(r#"{"question":"why?","documents":["a.md"],"answer":"so"}"#).unwrap(),
            ("why?".to_owned(), vec!["a.md".to_owned()])
        );
        for wrong in [r#"{"question":" "}"#, r#"{"query":"why?"}"#, "{"] {
            assert!(question(wrong).is_err(), "{wrong}");
        }
    }
}
