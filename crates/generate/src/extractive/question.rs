//! What a question asks for.

use std::collections::HashSet;

use super::terms::question_terms;

/// A question, read.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) text: String,
    /// What it is about.
    pub(super) terms: HashSet<String>,
    /// What an answer must have in it.
    pub(super) kind: QuestionKind,
}

/// What kind of answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuestionKind {
    /// An amount or a time: a sentence with a number.
    Number,
    /// What something is: a sentence that says so.
    Definition,
    /// How something is done: a sentence with an instruction.
    Instruction,
    /// Anything else.
    Other,
}

impl Question {
    pub(super) fn read(text: &str) -> Self {
        let lower = text.trim().to_lowercase();
        Self { terms: question_terms(text), kind: kind(&lower), text: text.trim().to_owned() }
    }
}

fn kind(question: &str) -> QuestionKind {
    const NUMBER: [&str; 27] = [
        "how many",
        "how much",
        "how long",
        "how old",
        "how far",
        "how often",
        "how tall",
        "how high",
        "how big",
        "how large",
        "when ",
        "what year",
        "which year",
        "what percent",
        "what date",
        "what time",
        "多少",
        "几",
        "幾",
        "何时",
        "何時",
        "什么时候",
        "什麼時候",
        "哪年",
        "哪一年",
        "いつ",
        "いくつ",
    ];
    const INSTRUCTION: [&str; 12] =
        ["how do ", "how can ", "how to ", "how should ", "how would ", "怎么", "怎麼", "怎样", "怎樣", "如何", "どうやって", "方法"];
    const DEFINITION: [&str; 10] =
        ["what is ", "what are ", "what's ", "what does ", "define ", "explain ", "是什么", "是什麼", "什么是", "とは"];
    let has = |markers: &[&str]| markers.iter().any(|marker| question.contains(marker));
    if has(&NUMBER) {
        QuestionKind::Number
    } else if has(&INSTRUCTION) {
        QuestionKind::Instruction
    } else if has(&DEFINITION) {
        QuestionKind::Definition
    } else {
        QuestionKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_wanted() {
        for (question, expected) in [
            ("How many types are there?", QuestionKind::Number),
            ("本赛季丢了多少分？", QuestionKind::Number),
            ("How do I create a project?", QuestionKind::Instruction),
            ("What is ownership?", QuestionKind::Definition),
            ("锣鼓经是什么？", QuestionKind::Definition),
            ("Who wrote it?", QuestionKind::Other),
        ] {
            assert_eq!(Question::read(question).kind, expected, "{question}");
        }
    }
}
