//! A question that a passage answers: a sentence taken out of it, to be recognised by the rest.

use ragstone_core::{ScoredChunk, Sentence, SentenceKind, split_sentences, words};

/// A sentence with fewer words says too little to be asked for.
const FEWEST_WORDS: usize = 6;

/// Nor is one with more a question; of scripts without spaces, letters and their pairs count.
const MOST_WORDS: usize = 80;

/// What is left of a passage must be at least so many times as long as what was taken out.
const REST_TO_SENTENCE: usize = 1;

/// A sentence and the passage without it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cloze {
    /// The sentence, as a query.
    pub(crate) question: String,
    /// The passage's title, headings and what is left of its text.
    pub(crate) rest: String,
}

impl Cloze {
    /// Takes the sentence in the middle of those that can be asked for; `None` if there is none.
    pub(crate) fn of(passage: &ScoredChunk) -> Option<Self> {
        let text = &passage.chunk.text;
        let sentences: Vec<Sentence> = split_sentences(text).into_iter().filter(|sentence| is_askable(sentence, text)).collect();
        let Sentence { span, shown, .. } = sentences.get(sentences.len() / 2)?;
        let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
        let above = std::iter::once(passage.head.title.as_str()).chain(passage.chunk.heading_path.iter().map(String::as_str));
        let rest = above.chain([before, after]).collect::<Vec<_>>().join("\n");
        Some(Self { question: shown.split_whitespace().collect::<Vec<_>>().join(" "), rest })
    }
}

fn is_askable(sentence: &Sentence, text: &str) -> bool {
    let shown = sentence.shown.as_str();
    let letters = shown.chars().filter(|letter| letter.is_alphabetic()).count();
    let is_prose = sentence.kind == SentenceKind::Prose && letters * 2 > shown.chars().count();
    is_prose && (FEWEST_WORDS..=MOST_WORDS).contains(&words(shown).len()) && text.len() >= sentence.span.len() * (REST_TO_SENTENCE + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::passage;

    fn check(text: &str, question: Option<&str>) {
        let cloze = Cloze::of(&passage("A title", text));
        assert_eq!(cloze.as_ref().map(|cloze| cloze.question.as_str()), question, "{text}");
        if let Some(Cloze { question, rest }) = cloze {
            assert!(rest.starts_with("A title\n") && !rest.contains(&question), "{rest}");
        }
    }

    #[test]
    fn a_sentence_is_taken_out_of_the_middle() {
        check(
            "Tides rise and fall twice a day. They are caused by the pull of the moon and the sun. Sailors use tables to know them ahead.",
            Some("They are caused by the pull of the moon and the sun."),
        );
        check(
            "知识库保存公司的所有文档和记录。每个部门都有自己的管理员负责更新。员工可以通过搜索找到需要的资料。",
            Some("每个部门都有自己的管理员负责更新。"),
        );
    }

    #[test]
    fn what_has_no_sentences_is_not_asked_for() {
        check("", None);
        check("Too short. As well. And this.", None);
        check("One single sentence that is all there is in the whole of this passage.", None);
        check("| 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |\n| 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 |\n| 17 | 18 | 19 | 20 | 21 |", None);
    }
}
