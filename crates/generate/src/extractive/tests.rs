use super::*;
use crate::passage::relevant_passages;
use crate::testing::{WordEmbedder, hit};

async fn answer(question: &str, texts: &[&str]) -> Extract {
    let hits = texts.iter().enumerate().map(|(at, text)| hit(&format!("/{at}.md"), text)).collect();
    extract(question, &relevant_passages(hits, 8), &WordEmbedder::default()).await.expect("the fake cannot fail")
}

#[tokio::test]
async fn quotes_the_sentence_that_answers() {
    let book = "## What Is Ownership?\n\n*Ownership* is a set of rules that govern how a Rust program manages memory.\nAll programs have to manage the way they use a computer’s memory while running.";
    let Extract { text, citations } = answer("What is ownership?", &["Borrowing is not that. See chapter 4.", book]).await;
    assert!(text.starts_with("Ownership is a set of rules that govern how a Rust program manages memory. [2]"), "{text}");
    assert_eq!(citations[0].quote, "*Ownership* is a set of rules that govern how a Rust program manages memory.");
    assert_eq!(citations[0].span.of(book), Some(citations[0].quote.as_str()));
}

#[tokio::test]
async fn what_a_colon_announces_comes_with_it() {
    let passage = "Cargo is a build system.\n\nTo create a new project with Cargo, run the following:\n\n```console\n$ cargo new hello_cargo\n```\n\nThe first command makes a directory.";
    let Extract { text, citations } = answer("How do I create a new project with Cargo?", &[passage]).await;
    assert!(text.contains("run the following: [1]\n\n```console\n$ cargo new hello_cargo\n```"), "{text}");
    assert_eq!(citations.len(), 1);
    assert!(citations[0].quote.ends_with("```\n"));
}

#[tokio::test]
async fn a_chinese_question_gets_a_chinese_sentence() {
    let passage = "黑豹队的防守只丢了 308分，在联赛中排名第六。他的队友马里奥·爱迪生贡献了 6½ 次擒杀。";
    let Extract { text, .. } = answer("黑豹队的防守丢了多少分？", &[passage]).await;
    assert!(text.starts_with("黑豹队的防守只丢了 308分，在联赛中排名第六。 [1]"), "{text}");
}

#[tokio::test]
async fn the_same_twice_is_quoted_once() {
    let Extract { text, citations } = answer("What colour is the sky?", &["The sky is blue.", "The sky is blue!", "Grass is green."]).await;
    assert_eq!(text, "The sky is blue. [1]");
    assert_eq!(citations.len(), 1);
}

#[tokio::test]
async fn quotes_something_even_when_no_word_is_shared() {
    let Extract { text, .. } = answer("totally unrelated", &["First sentence of all. Second one."]).await;
    assert!(text.starts_with("First sentence of all. [1]"), "{text}");
    let Extract { text, citations } = answer("headings", &["# Only a heading"]).await;
    assert_eq!((text.as_str(), citations.len()), ("Only a heading [1]", 1));
}

#[tokio::test]
async fn a_documents_own_citation_marks_do_not_become_ours() {
    let Extract { text, citations } = answer("How high is it?", &["It is 300 m high.[7] See [2]."]).await;
    assert_eq!(text, "It is 300 m high. [1]");
    assert_eq!(citations[0].number, 1);
}
