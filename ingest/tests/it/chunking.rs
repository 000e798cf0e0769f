//! What chunks always are, and what they are for a few texts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use proptest::prelude::{Strategy, prop_oneof, proptest};
use ragstone_core::{ChunkRecord, Document, DocumentHead, Embedder, Revision};
use ragstone_ingest::{ChunkConfig, ChunkStrategy, Chunker, RawDocument, embedded_text, extract};

use crate::support::FakeEmbedder;

fn document(source: &str, text: &str) -> Option<Document> {
    extract::extract(RawDocument::new(source, text), Revision::of(&[])).ok()
}

fn split(document: &Document, config: ChunkConfig) -> Vec<ChunkRecord> {
    Chunker::new(Arc::new(FakeEmbedder::default()), config).split(document).unwrap()
}

/// Any text, and texts that look like Markdown.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,300}", "[a-zé中 #*`>|.=\n\r\t-]{0,600}", "(#{1,4} [a-z ]{1,30}\n\n|[a-z,. ]{1,90}\n{0,3}|- [a-z]{1,9}\n){0,30}"]
}

proptest! {
    #[test]
    fn chunks_are_whole_in_order_small_enough_and_leave_nothing_out(
        text in texts(), source in "[ab]\\.(md|txt)", max_tokens in 16_usize..100, overlap in 0_usize..50,
    ) {
        let Some(document) = document(&source, &text) else { return Ok(()) };
        let config = ChunkConfig { strategy: ChunkStrategy::Split, max_tokens, overlap_tokens: overlap.min(max_tokens / 2) };
        let chunks = split(&document, config);

        let mut covered = vec![false; document.text.len()];
        for chunk in &chunks {
            let text = chunk.span.of(&document.text).expect("a span is on character borders");
            assert!(!text.trim().is_empty());
            assert!(FakeEmbedder::default().count_tokens(text) <= max_tokens - 2, "{text:?}");
            covered[chunk.span.start..chunk.span.end].fill(true);
        }
        assert!(chunks.is_sorted_by(|one, next| one.span.start <= next.span.start && one.span.end <= next.span.end));
        let left_out = document.text.char_indices().find(|(at, letter)| !letter.is_whitespace() && !covered[*at]);
        assert_eq!(left_out, None, "in {:?}", document.text);
        let mut ids: Vec<_> = chunks.iter().map(|chunk| chunk.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), chunks.len());
    }
}

/// Every chunk as it is embedded, with its place and path.
fn shown(source: &str, text: &str) -> String {
    let document = document(source, text).unwrap();
    let chunks = split(&document, ChunkConfig { max_tokens: 60, overlap_tokens: 10, ..ChunkConfig::default() });
    let show = |ChunkRecord { span, heading_path, .. }: &ChunkRecord| {
        let embedded = embedded_text(&document.head, heading_path, span.of(&document.text).unwrap());
        format!("[{}..{}] {}\n{embedded}\n", span.start, span.end, heading_path.join(" / "))
    };
    chunks.iter().map(show).collect::<Vec<_>>().join("\n")
}

#[test]
fn markdown_is_split_at_headings() {
    assert_snapshot!(shown("/manual.md", include_str!("../inputs/manual.md")));
}

#[test]
fn html_is_split_like_markdown() {
    assert_snapshot!(shown("/page.html", include_str!("../inputs/page.html")));
}

#[test]
fn plain_text_is_split_at_paragraphs_and_sentences() {
    assert_snapshot!(shown("/notes.txt", include_str!("../inputs/notes.txt")));
}

#[test]
fn chinese_is_split_at_its_own_sentences() {
    assert_snapshot!(shown("/chinese.md", include_str!("../inputs/chinese.md")));
}

fn embedded(title: &str, path: &[&str], text: &str) -> String {
    let head = DocumentHead { title: title.to_owned(), ..document("/x.md", "x").unwrap().head };
    let path: Vec<String> = path.iter().map(|heading| (*heading).to_owned()).collect();
    embedded_text(&head, &path, text)
}

#[test]
fn a_heading_that_the_text_starts_with_is_not_repeated() {
    assert_eq!(embedded("T", &["A", "B"], "## B\n\ntext"), "T > A\n## B\n\ntext");
    assert_eq!(embedded("T", &["A", "B"], "# A\n\n## B ##\ntext"), "T\n# A\n\n## B ##\ntext");
    assert_eq!(embedded("T", &["A"], "A\n===\n\ntext"), "T\nA\n===\n\ntext");
    assert_eq!(embedded("T", &["C#"], "## C#\ntext"), "T\n## C#\ntext");
    assert_eq!(embedded("T", &["T"], "# T\n\ntext"), "# T\n\ntext");
}

#[test]
fn words_further_down_that_equal_a_heading_are_not_taken_for_it() {
    assert_eq!(embedded("T", &["A", "Usage"], "See also:\nUsage\nA"), "T > A > Usage\nSee also:\nUsage\nA");
    assert_eq!(embedded("T", &["T", "A"], "text\nT\n"), "T > A\ntext\nT\n");
    assert_eq!(embedded("", &[], "text"), "text");
}

#[test]
fn a_document_that_is_not_to_be_split_is_one_chunk_without_its_front_matter() {
    let document = document("/a.md", "---\ntitle: T\n---\n\n# A\n\none\n\n# B\n\ntwo\n\n").unwrap();
    let chunks = split(&document, ChunkConfig { strategy: ChunkStrategy::Document, ..ChunkConfig::default() });
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0].span.of(&document.text), Some("# A\n\none\n\n# B\n\ntwo"));
}

#[test]
fn ten_thousand_headings_take_seconds_not_minutes() {
    let text: String = (0..10_000).map(|number| format!("{} Heading {number}\n\n", "#".repeat(1 + number % 6))).collect();
    let document = document("/a.md", &text).unwrap();
    let started = Instant::now();
    assert!(split(&document, ChunkConfig::default()).len() > 100);
    assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
}
