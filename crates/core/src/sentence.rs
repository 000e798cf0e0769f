//! Splits a passage into sentences that can stand alone.
//!
//! The passage is read as Markdown lines first ([`blocks`]), so that a heading is no sentence and a block of code is
//! never cut; what is prose is then cut where a sentence ends in any of the scripts we know ([`boundary`]), and
//! freed of markup that means nothing outside its document ([`markup`]).

mod blocks;
mod boundary;
mod markup;

use blocks::Block;
pub use markup::{without_citations, without_markup};

use crate::Span;

/// A sentence, a row of a table or a block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Where it is in the passage.
    pub span: Span,
    /// Without line breaks, links and emphasis; code as it is.
    pub shown: String,
    /// What it is.
    pub kind: SentenceKind,
    /// Sentences of one paragraph have one number.
    pub block: usize,
}

/// What a [`Sentence`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentenceKind {
    /// A sentence of a paragraph or list.
    Prose,
    /// A row of a table.
    Row,
    /// A whole block of code, fences included.
    Code,
}

/// The sentences of a passage, in order. Headings and separators are left out.
pub fn split_sentences(passage: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (number, block) in blocks::read(passage).into_iter().enumerate() {
        match block {
            Block::Code(span) => push(&mut sentences, passage, span, SentenceKind::Code, number),
            Block::Row(span) => push(&mut sentences, passage, span, SentenceKind::Row, number),
            Block::Paragraph(paragraph) => {
                for span in paragraph.sentences() {
                    push(&mut sentences, passage, span, SentenceKind::Prose, number);
                }
            }
        }
    }
    sentences
}

fn push(sentences: &mut Vec<Sentence>, passage: &str, span: Span, kind: SentenceKind, block: usize) {
    let Some(text) = span.of(passage) else { return };
    let shown = match kind {
        SentenceKind::Prose => without_markup(text),
        SentenceKind::Row => without_markup(text.trim_matches(|character: char| character == '|' || character.is_whitespace())),
        SentenceKind::Code => text.trim_end().to_owned(),
    };
    let is_empty_code = kind == SentenceKind::Code && only_includes(&shown);
    if shown.chars().any(char::is_alphanumeric) && !is_empty_code {
        sentences.push(Sentence { span, shown, kind, block });
    }
}

/// Whether nothing is between the fences but what a book's tool would put there.
fn only_includes(code: &str) -> bool {
    let mut lines = code.lines().skip(1).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("```"));
    lines.all(|line| line.starts_with("{{#"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(passage: &str, expected: &[&str]) {
        let shown: Vec<String> = split_sentences(passage).into_iter().map(|sentence| sentence.shown).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn headings_are_left_out_and_lines_joined() {
        check(
            "# What is it?\n\nOwnership is a set\nof rules. It has *three* parts.\n\nTitle\n-----\nLast one",
            &["Ownership is a set of rules.", "It has three parts.", "Last one"],
        );
        check("所有权是一组\n规则。它很重要！真的？", &["所有权是一组规则。", "它很重要！", "真的？"]);
    }

    #[test]
    fn lists_tables_and_code_keep_their_shape() {
        check(
            "Run this:\n\n```console\n$ cargo new a. b\n$ cd a\n```\n\n- First. Second.\n  goes on\n2. Third\n\n| a | b |\n|---|---|\n| 1 | 2. 3 |\n",
            &["Run this:", "```console\n$ cargo new a. b\n$ cd a\n```", "First.", "Second. goes on", "Third", "a | b", "1 | 2. 3"],
        );
    }

    #[test]
    fn markup_that_means_nothing_elsewhere_goes() {
        check(
            "See [“Types”][types]<!-- ignore --> and [the book](https://x.y/z_(a).html).[3] Use `a[1] * b`.\n\n{{#include a.rs}}\n\n<Listing number=\"1\"\ncaption=\"A. B\">\n\n<!-- two\nlines -->\n\n<span class=\"caption\">Listing 1: It runs</span>\n\n</Listing>\n\n```rust\n{{#include b.rs}}\n```\n\n[types]: ch03.html#types",
            &["See “Types” and the book.", "Use `a[1] * b`.", "Listing 1: It runs"],
        );
    }

    #[test]
    fn a_passage_cut_in_its_code_is_still_code() {
        check("Before:\n```rust\nfn main() {\n", &["Before:", "```rust\nfn main() {"]);
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_fit(passage in "([a-zA-Z 。！.?`\n#|*\\[\\]()<>-]|```|\n\n|- |所有){0,80}") {
            let mut end = 0;
            for sentence in split_sentences(&passage) {
                prop_assert!(sentence.span.start >= end && sentence.span.of(&passage).is_some());
                end = sentence.span.end;
            }
        }
    }
}
