//! How many functions are cut that would fit a chunk: `find DIR -name '*.py' | cargo run -- py`.
//!
//! Compares the chunks of `ragstone-ingest`, which tells functions by their form, with those of text-splitter's
//! `CodeSplitter`, which parses the program. A function counts with the comments above it.

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use chrono::DateTime;
use ragstone_core::{
    Document, DocumentHead, DocumentId, Embedder, EmbeddingSpec, Fields, Language, Markup, Pooling, QualityReport, Revision,
};
use ragstone_ingest::{ChunkConfig, Chunker};
use text_splitter::{ChunkConfig as SplitterConfig, ChunkSizer, CodeSplitter};
use tree_sitter::{Language as Grammar, Node, Parser};

/// Functions of so many tokens fit a chunk, whatever stands above it.
const FITTING: Range<usize> = 20..200;
/// A chunk with fewer tokens says little.
const SMALL: usize = 32;
const LARGEST_FILE: usize = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let language = std::env::args().nth(1).ok_or("name a language: rs, py, js, ts, go, java, c, cpp")?;
    let (grammar, kinds) = grammar(&language).ok_or("no such language")?;
    let mut parser = Parser::new();
    parser.set_language(&grammar)?;
    let chunker = Chunker::new(Arc::new(Counter(spec())), ChunkConfig { overlap_tokens: 0, ..ChunkConfig::default() });
    let splitter = CodeSplitter::new(grammar, SplitterConfig::new(ChunkConfig::default().max_tokens - 4).with_sizer(Sizer))?;
    let (mut files, mut functions, mut form, mut parsed) = (0, 0, Tally::default(), Tally::default());
    for path in std::io::stdin().lines() {
        let Ok(text) = std::fs::read_to_string(path?) else { continue };
        let Some(tree) = parser.parse(&text, None).filter(|_| text.len() <= LARGEST_FILE && !text.trim().is_empty()) else { continue };
        files += 1;
        let mut found = Vec::new();
        collect(tree.root_node(), kinds, &mut found);
        found.retain(|function| FITTING.contains(&count(&text[with_comments(&text, function.start)..function.end])));
        functions += found.len();
        let document = document(&text);
        form.add(&text, &found, || Ok(chunker.split(&document)?.iter().map(|chunk| chunk.span.start..chunk.span.end).collect()))?;
        parsed.add(&text, &found, || Ok(splitter.chunk_indices(&text).map(|(start, chunk)| start..start + chunk.len()).collect()))?;
    }
    println!("{language}: {files} files, {functions} functions that fit a chunk");
    for (name, Tally { cut, chunks, small, seconds }) in [("by form", form), ("by grammar", parsed)] {
        let share = cut as f64 * 100.0 / functions.max(1) as f64;
        println!("  {name}: {share:.1} % of them cut; {chunks} chunks, {small} of less than {SMALL} tokens; {seconds:.2} s");
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    cut: usize,
    chunks: usize,
    small: usize,
    seconds: f64,
}

impl Tally {
    fn add(
        &mut self,
        text: &str,
        functions: &[Range<usize>],
        split: impl FnOnce() -> Result<Vec<Range<usize>>, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        let chunks = split()?;
        self.seconds += begun.elapsed().as_secs_f64();
        let is_whole = |function: &&Range<usize>| chunks.iter().any(|chunk| chunk.start <= function.start && function.end <= chunk.end);
        self.cut += functions.len() - functions.iter().filter(is_whole).count();
        self.small += chunks.iter().filter(|chunk| count(&text[(*chunk).clone()]) < SMALL).count();
        self.chunks += chunks.len();
        Ok(())
    }
}

fn grammar(language: &str) -> Option<(Grammar, &'static [&'static str])> {
    Some(match language {
        "rs" => (tree_sitter_rust::LANGUAGE.into(), &["function_item"]),
        "py" => (tree_sitter_python::LANGUAGE.into(), &["function_definition"]),
        "js" => (tree_sitter_javascript::LANGUAGE.into(), &["function_declaration", "method_definition"]),
        "ts" => (tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), &["function_declaration", "method_definition"]),
        "go" => (tree_sitter_go::LANGUAGE.into(), &["function_declaration", "method_declaration"]),
        "java" => (tree_sitter_java::LANGUAGE.into(), &["method_declaration", "constructor_declaration"]),
        "c" => (tree_sitter_c::LANGUAGE.into(), &["function_definition"]),
        "cpp" => (tree_sitter_cpp::LANGUAGE.into(), &["function_definition"]),
        _ => return None,
    })
}

fn collect(node: Node<'_>, kinds: &[&str], found: &mut Vec<Range<usize>>) {
    if kinds.contains(&node.kind()) {
        found.push(node.byte_range());
    }
    for child in node.children(&mut node.walk()) {
        collect(child, kinds, found);
    }
}

/// Where the comments and attributes above a function begin.
fn with_comments(text: &str, start: usize) -> usize {
    let line_start = |before: usize| text[..before].rfind('\n').map_or(0, |newline| newline + 1);
    let mut top = line_start(start);
    while top > 0 {
        let above = line_start(top - 1);
        if !["//", "/*", "*", "#", "@"].iter().any(|mark| text[above..top].trim_start().starts_with(mark)) {
            break;
        }
        top = above;
    }
    top
}

/// About the tokens of a BERT-like model: five letters each, and each sign.
fn count(text: &str) -> usize {
    let (mut tokens, mut letters) = (0, 0);
    for letter in text.chars() {
        letters = if letter.is_alphanumeric() { letters + 1 } else { 0 };
        tokens += usize::from(if letters > 0 { letters % 5 == 1 } else { !letter.is_whitespace() });
    }
    tokens
}

struct Sizer;

impl ChunkSizer for Sizer {
    fn size(&self, chunk: &str) -> usize {
        count(chunk)
    }
}

/// Counts tokens; embeds nothing.
struct Counter(EmbeddingSpec);

#[async_trait]
impl Embedder for Counter {
    fn spec(&self) -> &EmbeddingSpec {
        &self.0
    }

    fn count_tokens(&self, text: &str) -> usize {
        count(text)
    }

    fn readable_share(&self, _text: &str) -> f32 {
        1.0
    }

    fn similarity_threshold(&self) -> f32 {
        0.5
    }

    async fn embed_passages(&self, _texts: Vec<String>) -> ragstone_core::Result<Vec<Vec<f32>>> {
        Ok(Vec::new())
    }

    async fn embed_query(&self, _text: &str) -> ragstone_core::Result<Vec<f32>> {
        Ok(Vec::new())
    }
}

fn spec() -> EmbeddingSpec {
    EmbeddingSpec {
        model: "counted".to_owned(),
        revision: "1".to_owned(),
        dimension: 1,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 512,
    }
}

fn document(text: &str) -> Document {
    let head = DocumentHead {
        id: DocumentId::from_source("a"),
        source: "a".to_owned(),
        title: "program".to_owned(),
        media_type: "text/x-source".to_owned(),
        language: Language::unknown(),
        tags: Vec::new(),
        modified_at: DateTime::UNIX_EPOCH,
        fields: Fields::new(),
        revision: Revision::of(&[]),
    };
    Document { head, text: text.to_owned(), markup: Markup::Code, pages: Vec::new(), quality: QualityReport::by("code") }
}
