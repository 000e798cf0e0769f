//! Questions of one's own, with what answers them.

use std::collections::HashMap;
use std::path::Path;

use ragstone_core::Span;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::lines::for_each_line;
use crate::{EvalError, QuestionProblem};

/// A question and what is known of its answer. At least one of `documents`, `passages`, `quotes`, `answer` and `answerable`
/// must be given: otherwise nothing can be judged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What reports call it; without one, `q` and its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The question, as a user would put it.
    pub question: String,
    /// Documents that answer it: their sources, the ends of their sources, or their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// Parts of documents that answer it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passages: Vec<GoldPassage>,
    /// Words that answer it, exactly as some document has them; only white space may differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<String>,
    /// The answer that is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Whether the documents answer it at all; `false` for a question that should be refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answerable: Option<bool>,
    /// For whoever edits the file; nothing reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A part of a document, by its place or by its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldPassage {
    /// The document: its source, the end of its source, or its id.
    pub document: String,
    /// Where in the document's text, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Its words, as an alternative to the span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// One question names no more documents, passages and quotes than this.
pub(crate) const MOST_NAMED: usize = 1_000;

impl Question {
    /// What reports call it.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// Whether the documents should answer it.
    pub fn is_answerable(&self) -> bool {
        self.answerable.unwrap_or(true)
    }

    fn problem(&self) -> Option<QuestionProblem> {
        let is_blank = |text: &String| text.trim().is_empty();
        let has_gold = !(self.documents.is_empty() && self.passages.is_empty() && self.quotes.is_empty());
        if is_blank(&self.question) {
            return Some(QuestionProblem::Blank { field: "question" });
        }
        let named = self.documents.len() + self.passages.len() + self.quotes.len();
        if named > MOST_NAMED {
            return Some(QuestionProblem::NamesTooMuch { named });
        }
        if self.id.as_ref().is_some_and(is_blank) {
            return Some(QuestionProblem::Blank { field: "id" });
        }
        if self.documents.iter().any(is_blank) || self.passages.iter().any(|passage| is_blank(&passage.document)) {
            return Some(QuestionProblem::Blank { field: "documents" });
        }
        if self.quotes.iter().chain(self.passages.iter().filter_map(|passage| passage.quote.as_ref())).any(is_blank) {
            return Some(QuestionProblem::Blank { field: "quotes" });
        }
        if self.passages.iter().any(|passage| passage.span.is_some() == passage.quote.is_some()) {
            return Some(QuestionProblem::PassageWithoutPlace);
        }
        if self.passages.iter().filter_map(|passage| passage.span).any(|span| span.is_empty()) {
            return Some(QuestionProblem::EmptySpan);
        }
        if !self.is_answerable() && (has_gold || self.answer.is_some()) {
            return Some(QuestionProblem::AnswerOfUnanswerable);
        }
        (!has_gold && self.answer.is_none() && self.answerable.is_none()).then_some(QuestionProblem::NothingToJudge)
    }
}

/// Reads a file of questions: one JSON object a line, such as `{"question": "…", "documents": ["…"]}`.
pub fn read_questions(path: &Path) -> Result<Vec<Question>, EvalError> {
    let (mut questions, mut lines) = (Vec::new(), Vec::new());
    for_each_line(path, |line, text| {
        let expected = r#"a question, {"question": "…", "documents": ["…"]}"#;
        let question = serde_json::from_str(text).map_err(|source| EvalError::NotJson { path: path.to_owned(), line, expected, source })?;
        questions.push(question);
        lines.push(line);
        Ok(())
    })?;
    if questions.is_empty() {
        return Err(EvalError::Empty { path: path.to_owned() });
    }
    check(questions, |place| {
        let line = lines.get(place).copied().unwrap_or_default();
        format!("`{}`, line {line}", path.display())
    })
}

/// Checks questions that came another way than in a file, and names those without a name.
pub fn check_questions(questions: Vec<Question>) -> Result<Vec<Question>, EvalError> {
    if questions.is_empty() {
        return Err(EvalError::WrongQuestion { place: "`questions`".to_owned(), problem: QuestionProblem::None });
    }
    check(questions, |place| format!("question {}", place + 1))
}

/// Names the questions and refuses the first that is wrong, or that is there twice.
fn check(mut questions: Vec<Question>, place_of: impl Fn(usize) -> String) -> Result<Vec<Question>, EvalError> {
    let mut asked: HashMap<String, usize> = HashMap::new();
    let mut named: HashMap<String, usize> = HashMap::new();
    for (place, question) in questions.iter_mut().enumerate() {
        let wrong = |problem| EvalError::WrongQuestion { place: place_of(place), problem };
        if let Some(problem) = question.problem() {
            return Err(wrong(problem));
        }
        let name = question.id.get_or_insert_with(|| format!("q{}", place + 1)).clone();
        if let Some(earlier) = named.insert(name.clone(), place) {
            return Err(wrong(QuestionProblem::NamedTwice { id: name, earlier: place_of(earlier) }));
        }
        let words = question.question.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(earlier) = asked.insert(words, place) {
            return Err(wrong(QuestionProblem::AskedTwice { earlier: place_of(earlier) }));
        }
    }
    Ok(questions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ragstone_core::{Error, ErrorKind};

    fn read(content: &[u8]) -> Result<Vec<Question>, EvalError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), content).unwrap();
        read_questions(file.path())
    }

    #[track_caller]
    fn check_refused(content: impl AsRef<[u8]>, words: &[&str]) {
        let refused = read(content.as_ref()).unwrap_err();
        let said = std::iter::successors(Some(&refused as &dyn std::error::Error), |error| error.source());
        let said: Vec<String> = said.map(ToString::to_string).collect();
        for word in words {
            assert!(said.join(": ").contains(word), "{said:?} does not say `{word}`");
        }
        assert_eq!(Error::from(refused).kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn reads_every_field_and_names_the_nameless() {
        let questions = read(
            br#"{"question": "How long?", "id": "long", "documents": ["a.md"], "quotes": ["ten days"], "answer": "ten"}

{"question": "Who?", "passages": [{"document": "b.md", "span": {"start": 3, "end": 9}}, {"document": "b.md", "quote": "Ada"}]}
{"question": "Why?", "answerable": false, "note": "asked in the meeting"}"#,
        )
        .unwrap();
        let names: Vec<_> = questions.iter().map(Question::name).collect();
        assert_eq!(names, ["long", "q2", "q3"]);
        assert_eq!(questions[1].passages[0].span, Some(Span { start: 3, end: 9 }));
        assert!(questions[0].is_answerable() && !questions[2].is_answerable());
    }

    #[test]
    fn names_the_line_and_the_problem() {
        let good = r#"{"question": "How long?", "answer": "ten days"}"#;
        check_refused(format!("{good}\n{{\"question\": "), &["line 2", "a question"]);
        check_refused("{\"question\": \"Who?\", \"document\": [\"a.md\"]}", &["line 1", "`document`", "`documents`"]);
        check_refused("{\"question\": \"Who?\", \"documents\": \"a.md\"}", &["line 1", "sequence"]);
        check_refused("{\"question\": \" \", \"answer\": \"x\"}", &["line 1", "`question` is empty"]);
        check_refused(format!("{good}\n\n{{\"question\": \"Who?\"}}"), &["line 3", "nothing to judge", "`documents`"]);
        check_refused(format!("{good}\n{good}"), &["line 2", "line 1", "asked before"]);
        check_refused(
            "{\"question\":\"a\",\"id\":\"x\",\"answer\":\"1\"}\n{\"question\":\"b\",\"id\":\"x\",\"answer\":\"1\"}",
            &["line 2", "`x`"],
        );
        check_refused("{\"question\": \"a\", \"passages\": [{\"document\": \"a.md\"}]}", &["line 1", "`span`", "`quote`"]);
        check_refused(
            "{\"question\": \"a\", \"passages\": [{\"document\": \"a.md\", \"span\": {\"start\": 4, \"end\": 4}}]}",
            &["line 1", "span"],
        );
        check_refused("{\"question\": \"a\", \"quotes\": [\"\"]}", &["line 1", "`quotes`"]);
        check_refused("{\"question\": \"a\", \"answerable\": false, \"answer\": \"x\"}", &["line 1", "answerable"]);
        check_refused(b"{\"question\": \"\xff\"}", &["line 1", "UTF-8"]);
        check_refused(" \n", &["no entries"]);
    }

    #[test]
    fn questions_without_a_file_are_named_by_their_number() {
        let question = |text: &str| Question { question: text.to_owned(), answer: Some("yes".to_owned()), ..Question::default() };
        assert_eq!(check_questions(vec![question("a"), question("b")]).unwrap()[1].name(), "q2");
        let refused = check_questions(vec![question("a"), question("a")]).unwrap_err().to_string();
        assert!(refused.contains("question 2") && refused.contains("question 1"), "{refused}");
        assert!(check_questions(Vec::new()).unwrap_err().to_string().contains("no question"));
    }
}
