//! What chunks always are, and what they are for a few texts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use insta::assert_snapshot;
use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use ragstone_core::{
    ChunkRecord, ContentHash, Document, DocumentHead, DocumentId, Embedder, EmbeddingSpec, Fields, Language, Markup, QualityReport, Result,
    Revision,
};
use ragstone_ingest::{ChunkConfig, ChunkStrategy, Chunker, Chunkers, embedded_text};

use crate::support::FakeEmbedder;

fn document(markup: Markup, text: &str) -> Document {
    let head = DocumentHead {
        id: DocumentId::from_source("/a"),
        source: "/a".to_owned(),
        title: "Kettle manual".to_owned(),
        media_type: if markup == Markup::Markdown { "text/markdown" } else { "text/plain" }.to_owned(),
        language: Language::unknown(),
        tags: Vec::new(),
        modified_at: DateTime::<Utc>::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[]),
    };
    Document { head, text: text.to_owned(), markup, pages: Vec::new(), quality: QualityReport::by("text") }
}

fn split(document: &Document, config: ChunkConfig) -> Vec<ChunkRecord> {
    Chunker::new(Arc::new(FakeEmbedder::default()), config).split(document).unwrap()
}

/// At most so many tokens, small sections joined up to half of them, no overlap.
fn up_to(max_tokens: usize) -> ChunkConfig {
    ChunkConfig { max_tokens, min_tokens: max_tokens / 2, overlap_tokens: 0, ..ChunkConfig::default() }
}

fn embedded(document: &Document, chunk: &ChunkRecord) -> String {
    let header = chunk.table_header.map(|header| header.of(&document.text).unwrap());
    embedded_text(&document.head, &chunk.heading_path, header, chunk.span.of(&document.text).unwrap())
}

fn texts<'text>(document: &'text Document, chunks: &[ChunkRecord]) -> Vec<&'text str> {
    chunks.iter().map(|chunk| chunk.span.of(&document.text).unwrap()).collect()
}

/// Any text, and texts that look like Markdown, prose or a program.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,300}",
        "[a-zé中 #*`>|.=\n\r\t-]{0,600}",
        "(#{1,4} [a-z ]{1,30}\n\n|[a-z,. ]{1,90}\n{0,3}|- [a-z]{1,9}\n|\\| [a-z]{1,30} \\| [a-z]{1,9} \\|\n|\\|--\\|--\\|\n){0,40}",
        "(( {4}){0,3}[a-z]{1,9}(\\(\\) \\{|;|\\}|:)\n{1,2}){0,60}",
    ]
}

fn any_markup() -> impl Strategy<Value = Markup> {
    prop_oneof![Just(Markup::Plain), Just(Markup::Markdown), Just(Markup::Code)]
}

proptest! {
    #[test]
    fn chunks_are_whole_in_order_small_enough_and_leave_nothing_out(
        text in any_text(), markup in any_markup(), max_tokens in 16_usize..100, min_share in 0_usize..3, overlap in 0_usize..50,
    ) {
        let document = document(markup, &text);
        let overlap_tokens = overlap.min(max_tokens / 2);
        let config = ChunkConfig { strategy: ChunkStrategy::Split, max_tokens, min_tokens: max_tokens * min_share / 4, overlap_tokens };
        let chunks = split(&document, config);
        assert_eq!(chunks, split(&document, ChunkConfig { strategy: ChunkStrategy::Split, max_tokens, min_tokens: max_tokens * min_share / 4, overlap_tokens }));

        let mut covered = vec![false; document.text.len()];
        let embedder = FakeEmbedder::default();
        for chunk in &chunks {
            let text = chunk.span.of(&document.text).expect("a span is on character borders");
            assert!(!text.trim().is_empty());
            let header = chunk.table_header.and_then(|header| header.of(&document.text)).unwrap_or_default();
            assert!(embedder.count_tokens(header) + embedder.count_tokens(text) <= max_tokens - 2, "{header:?} {text:?}");
            covered[chunk.span.start..chunk.span.end].fill(true);
        }
        assert!(chunks.is_sorted_by(|one, next| one.span.start < next.span.start && one.span.end < next.span.end));
        for (one, next) in chunks.iter().zip(chunks.iter().skip(1)) {
            let repeated = document.text.get(next.span.start..one.span.end).unwrap_or_default();
            assert!(embedder.count_tokens(repeated) <= overlap_tokens, "{repeated:?}");
        }
        let body_start = if chunks.is_empty() { document.text.len() } else { 0 };
        let is_front_matter = document.text.starts_with("---");
        let left_out = document.text.char_indices().skip(body_start).find(|(at, letter)| !letter.is_whitespace() && !covered[*at]);
        assert!(left_out.is_none() || is_front_matter, "{left_out:?} in {:?}", document.text);
        let mut ids: Vec<_> = chunks.iter().map(|chunk| chunk.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), chunks.len());
    }

    #[test]
    fn tables_are_cut_between_rows_and_keep_their_header(
        rows in proptest::collection::vec("[a-z]{1,12}( [a-z.,]{1,9}){0,3}", 1..60), before in "[a-z .]{0,80}", max_tokens in 48_usize..100,
    ) {
        let rows: Vec<String> = rows.iter().map(|cell| format!("| {cell} | 1 |")).collect();
        let header = "| a | b |\n|---|---|\n";
        let document = document(Markup::Markdown, &format!("{before}\n\n{header}{}\n", rows.join("\n")));
        let header_end = document.text.find(header).unwrap() + header.len();
        for chunk in split(&document, up_to(max_tokens)) {
            let starts_in_table = chunk.span.start >= header_end;
            assert_eq!(chunk.table_header.and_then(|span| span.of(&document.text)), starts_in_table.then_some(header));
            let text = chunk.span.of(&document.text).unwrap();
            assert!(!starts_in_table || text.lines().all(|line| rows.iter().any(|row| row == line)), "{text}");
            assert!(FakeEmbedder::default().count_tokens(&embedded(&document, &chunk)) <= max_tokens - 2);
        }
    }
}

#[test]
fn overlap_does_not_go_back_to_the_start_of_the_chunk_before() {
    // The chunk before begins with empty lines, which are not shown.
    let text = "a\r=\ré=`=#\r=a#|*\r=\n中-中#*-é`\t#=é-中#\t|\ré\t.中a\t- =\r=é|é*\n\r*\ra *\r*=|éé 中a*|中é* a =-é=|aa中-*-#--`-#=\t=中 =\t# `#a=ééé=中a\t\t";
    let chunks = split(
        &document(Markup::Markdown, text),
        ChunkConfig { max_tokens: 17, min_tokens: 0, overlap_tokens: 3, ..ChunkConfig::default() },
    );
    assert!(chunks.len() > 2 && chunks.is_sorted_by(|one, next| one.span.start < next.span.start), "{chunks:?}");
}

/// Every chunk as it is embedded, with its place and path.
fn shown(markup: Markup, text: &str) -> String {
    let document = document(markup, text);
    let chunks = split(&document, ChunkConfig { max_tokens: 60, min_tokens: 15, overlap_tokens: 10, ..ChunkConfig::default() });
    let show = |chunk: &ChunkRecord| {
        let embedded = embedded(&document, chunk);
        format!("[{}..{}] {}\n{embedded}\n", chunk.span.start, chunk.span.end, chunk.heading_path.join(" / "))
    };
    chunks.iter().map(show).collect::<Vec<_>>().join("\n")
}

#[test]
fn markdown_is_split_at_headings() {
    assert_snapshot!(shown(Markup::Markdown, include_str!("../inputs/manual.md")));
}

#[test]
fn plain_text_is_split_at_paragraphs_and_sentences() {
    assert_snapshot!(shown(Markup::Plain, include_str!("../inputs/notes.txt")));
}

#[test]
fn chinese_is_split_at_its_own_sentences() {
    assert_snapshot!(shown(Markup::Markdown, include_str!("../inputs/chinese.md")));
}

#[test]
fn a_program_is_split_between_its_functions() {
    assert_snapshot!(shown(Markup::Code, include_str!("../inputs/program.py")));
}

#[test]
fn a_table_goes_on_under_its_header() {
    assert_snapshot!(shown(Markup::Markdown, include_str!("../inputs/table.md")));
}

/// What the fuzz target `chunk` has found: two bytes of settings, then the text.
#[test]
fn what_fuzzing_has_found_stays_mended() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/regressions/chunk");
    for input in fs_err::read_dir(folder).unwrap() {
        let bytes = fs_err::read(input.unwrap().path()).unwrap();
        let max_tokens = 16 + usize::from(bytes[1]);
        let markup = [Markup::Plain, Markup::Markdown, Markup::Code][usize::from(bytes[0]) % 3];
        let document = document(markup, &String::from_utf8_lossy(&bytes[2..]));
        let config = ChunkConfig { max_tokens, min_tokens: max_tokens / 4, overlap_tokens: max_tokens / 8, ..ChunkConfig::default() };
        let mut end = 0;
        for chunk in split(&document, config) {
            assert!(chunk.span.end > end && !chunk.span.of(&document.text).unwrap().trim().is_empty());
            end = chunk.span.end;
        }
    }
}

#[test]
fn functions_that_fit_stay_whole() {
    let function =
        |name: &str| format!("fn {name}() {{\n    let value = {name};\n\n    if value {{\n        call();\n    }}\n    done();\n}}\n");
    let text = ["one", "two", "three", "four"].map(function).join("\n");
    let document = document(Markup::Code, &text);
    for chunk in texts(&document, &split(&document, ChunkConfig { min_tokens: 0, ..up_to(40) })) {
        assert!(chunk.starts_with("fn ") && chunk.ends_with('}') && chunk.matches("fn ").count() == 1, "{chunk}");
    }
}

#[test]
fn small_sections_are_joined_up_to_the_minimum_and_no_further() {
    let section = |number: usize| format!("## Term {number}\n\nIt means something short.\n\n");
    let document = document(Markup::Markdown, &format!("# Glossary\n\n{}", (0..12).map(section).collect::<String>()));
    let sections = |min_tokens: usize| {
        let chunks = split(&document, ChunkConfig { min_tokens, overlap_tokens: 0, ..ChunkConfig::default() });
        texts(&document, &chunks).iter().map(|chunk| chunk.matches("## ").count()).collect::<Vec<_>>()
    };
    assert_eq!(sections(0), [1; 12], "a heading alone is no chunk, not even then");
    assert!(sections(30).iter().all(|count| (2..=5).contains(count)), "{:?}", sections(30));
}

#[test]
fn a_small_section_stays_with_its_parent() {
    let long = "These are words that fill a section. ".repeat(6);
    let text = format!("# Kettle\n\n{long}\n\n## Note\n\nShort.\n\n# Pot\n\n{long}\n");
    let document = document(Markup::Markdown, &text);
    let chunks = split(&document, ChunkConfig { min_tokens: 30, ..up_to(128) });
    let starts: Vec<_> = texts(&document, &chunks).iter().map(|chunk| chunk.lines().next().unwrap()).collect();
    assert_eq!(starts, ["# Kettle", "# Pot"]);
}

#[test]
fn chunks_say_on_which_pages_they_are() {
    use ragstone_core::{Page, PageRange, Span};
    let mut document = document(Markup::Plain, &["First page.", "Second page.", "Third page."].map(|page| page.repeat(8)).join("\n\n"));
    let page = |number: u32, start| Page {
        number,
        span: Span { start, end: start + document.text.get(start..).unwrap().find("\n\n").unwrap_or(96) },
    };
    document.pages = vec![page(1, 0), page(2, 90), page(3, 188)];
    let pages = |config| {
        let chunks = split(&document, config);
        chunks.iter().map(|chunk| PageRange::of(chunk.span, &document.pages).unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(pages(up_to(256)), ["pages 1–3"]);
    assert_eq!(pages(up_to(50)), ["page 1", "page 2", "page 3"]);
}

fn embedded_under(title: &str, path: &[&str], text: &str) -> String {
    let head = DocumentHead { title: title.to_owned(), ..document(Markup::Plain, "x").head };
    let path: Vec<String> = path.iter().map(|heading| (*heading).to_owned()).collect();
    embedded_text(&head, &path, None, text)
}

#[test]
fn a_heading_that_the_text_starts_with_is_not_repeated() {
    assert_eq!(embedded_under("T", &["A", "B"], "## B\n\ntext"), "T > A\n## B\n\ntext");
    assert_eq!(embedded_under("T", &["A", "B"], "# A\n\n## B ##\ntext"), "T\n# A\n\n## B ##\ntext");
    assert_eq!(embedded_under("T", &["A"], "A\n===\n\ntext"), "T\nA\n===\n\ntext");
    assert_eq!(embedded_under("T", &["C#"], "## C#\ntext"), "T\n## C#\ntext");
    assert_eq!(embedded_under("T", &["T"], "# T\n\ntext"), "# T\n\ntext");
}

#[test]
fn words_further_down_that_equal_a_heading_are_not_taken_for_it() {
    assert_eq!(embedded_under("T", &["A", "Usage"], "See also:\nUsage\nA"), "T > A > Usage\nSee also:\nUsage\nA");
    assert_eq!(embedded_under("T", &["T", "A"], "text\nT\n"), "T > A\ntext\nT\n");
    assert_eq!(embedded_under("", &[], "text"), "text");
}

#[test]
fn a_document_that_is_not_to_be_split_is_one_chunk_without_its_front_matter() {
    let document = document(Markup::Markdown, "---\ntitle: T\n---\n\n# A\n\none\n\n# B\n\ntwo\n\n");
    let chunks = split(&document, ChunkConfig { strategy: ChunkStrategy::Document, ..ChunkConfig::default() });
    assert_eq!(texts(&document, &chunks), ["# A\n\none\n\n# B\n\ntwo"]);
}

#[test]
fn a_collection_may_have_settings_of_its_own() {
    let of_code = ChunkConfig { max_tokens: 400, ..ChunkConfig::default() };
    let by_collection = [("code".parse().unwrap(), of_code.clone())].into();
    let chunkers = Chunkers::new(ChunkConfig::default(), by_collection);
    assert_eq!(chunkers.config_of(&"code".parse().unwrap()), &of_code);
    assert_eq!(chunkers.config_of(&"docs".parse().unwrap()), &ChunkConfig::default());
}

#[test]
fn every_setting_changes_the_revision() {
    let content = ContentHash::of(&[b"x"]);
    let default = ChunkConfig::default();
    let changed = [
        ChunkConfig { max_tokens: default.max_tokens + 1, ..default.clone() },
        ChunkConfig { min_tokens: default.min_tokens + 1, ..default.clone() },
        ChunkConfig { overlap_tokens: default.overlap_tokens + 1, ..default.clone() },
        ChunkConfig { strategy: ChunkStrategy::Document, ..default.clone() },
    ];
    for config in changed {
        assert_ne!(config.revision_of(&content), default.revision_of(&content), "{config:?}");
    }
}

#[test]
fn wrong_settings_are_named_with_their_section() {
    assert!(ChunkConfig::default().validate("chunk").is_empty());
    let wrong = ChunkConfig { max_tokens: 8, min_tokens: 5, overlap_tokens: 9, ..ChunkConfig::default() };
    assert_snapshot!(wrong.validate("collections.code.chunk").join("\n"), @r"
    collections.code.chunk.max_tokens is 8, it must be from 16 to 8192
    collections.code.chunk.min_tokens (5) must be at most half of collections.code.chunk.max_tokens (8)
    collections.code.chunk.overlap_tokens (9) must be at most half of collections.code.chunk.max_tokens (8)
    ");
}

/// Counts the bytes that it counted.
#[derive(Default)]
struct Tally {
    model: FakeEmbedder,
    bytes: AtomicUsize,
}

#[async_trait]
impl Embedder for Tally {
    fn spec(&self) -> &EmbeddingSpec {
        self.model.spec()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.bytes.fetch_add(text.len(), Ordering::Relaxed);
        self.model.count_tokens(text)
    }

    fn readable_share(&self, text: &str) -> f32 {
        self.model.readable_share(text)
    }

    fn similarity_threshold(&self) -> f32 {
        self.model.similarity_threshold()
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        self.model.embed_passages(texts).await
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        self.model.embed_query(text).await
    }
}

#[test]
fn whatever_the_text_it_is_counted_a_few_times_only() {
    let row = "| cell with words | another cell | 12345 |\n";
    let hostile = [
        (Markup::Markdown, "# H\n".repeat(50_000)),
        (Markup::Markdown, format!("| a | b | c |\n|---|---|---|\n{}", row.repeat(10_000))),
        (Markup::Markdown, format!("| a | b | c |\n|---|---|---|\n{}", row.trim_end().repeat(10_000))),
        (Markup::Markdown, "words without any heading, ".repeat(20_000)),
        (Markup::Plain, "a".repeat(500_000)),
        (Markup::Plain, "中".repeat(200_000)),
        (Markup::Plain, "x\n".repeat(200_000)),
        (Markup::Plain, ". ".repeat(200_000)),
        (Markup::Plain, "\u{301}".repeat(200_000)),
        (Markup::Code, "{\n".repeat(100_000)),
        (Markup::Code, "fn a() {}\n\n".repeat(40_000)),
    ];
    for (markup, text) in hostile {
        let document = document(markup, &text);
        let tally = Arc::<Tally>::default();
        let chunks = Chunker::new(tally.clone(), ChunkConfig::default()).split(&document).unwrap();
        let counted = tally.bytes.load(Ordering::Relaxed) as f64 / text.len() as f64;
        assert!(
            !chunks.is_empty() && counted < 5.0,
            "{markup:?} {:?}… was counted {counted} times",
            text.get(..text.floor_char_boundary(20)).unwrap()
        );
    }
}
