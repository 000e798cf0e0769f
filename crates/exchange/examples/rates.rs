//! How fast a collection goes to files and back, how long the files are, and how much memory it takes.
//!
//! `cargo run --release -p ragstone-exchange --example rates -- FOLDER CHUNKS EXPORT`: chunks of about a kilobyte are made of the
//! texts in the folder, with vectors of 384 random numbers and the words' frequencies. Catalog and store are in memory. The
//! export is left where it was asked for.

#![expect(clippy::print_stdout, reason = "the result of this example is what it prints")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::Utc;
use fs_err as fs;
use ragstone_core::testing::{MemoryCatalog, MemoryStore};
use ragstone_core::{
    Chunk, ChunkId, ChunkRecord, CollectionSpec, ContentHash, Document, DocumentHead, DocumentId, DocumentRecord, EmbeddedChunk,
    EmbeddingSpec, Fields, Language, Markup, Place, Pooling, QualityReport, Revision, Span, SparseVector, words,
};
use ragstone_exchange::{ExportRequest, ImportRequest, Layout, export, import};

const DIMENSION: usize = 384;
const CHUNK_BYTES: usize = 1_000;
const CHUNKS_PER_DOCUMENT: usize = 100;

type Anything = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Anything> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, chunks, exported_to] = arguments.as_slice() else { return Err("say FOLDER, CHUNKS and EXPORT".into()) };
    let (here, there) = (place(), place());
    let embedding = EmbeddingSpec {
        model: "random numbers".to_owned(),
        revision: "1".to_owned(),
        dimension: DIMENSION,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 256,
    };
    let spec = CollectionSpec { name: "rates".parse()?, embedding, generation: 0, created_at: Utc::now() };
    let raw = fill(&here, &spec, &texts(Path::new(folder))?, chunks.parse()?).await?;

    let exported_to = PathBuf::from(exported_to);
    let before = reset_peak()?;
    let began = Instant::now();
    let request = ExportRequest { collection: spec.name.clone(), folder: exported_to.clone(), layout: Layout::default() };
    let exported = export(&here, &request, &()).await?;
    let took = began.elapsed().as_secs_f64();
    report("export", exported.chunks, raw, took, peak()?.saturating_sub(before));
    for table in ["documents", "chunks"] {
        println!("  {table}: {:.1} MB", megabytes(length(&exported_to.join(table))?));
    }
    println!("  ratio: {:.3} of {:.1} MB", exported.bytes as f64 / raw as f64, megabytes(raw));

    reset_peak()?;
    let began = Instant::now();
    let imported = import(&ImportRequest { folder: exported_to, collection: None }, &there, &()).await?;
    let took = began.elapsed().as_secs_f64();
    report("import", imported.chunks, raw, took, peak()?.saturating_sub(status("VmRSS")?));
    Ok(())
}

fn report(what: &str, chunks: u64, raw: u64, seconds: f64, memory: u64) {
    let (per_second, rate) = (chunks as f64 / seconds, megabytes(raw) / seconds);
    println!(
        "{what}: {chunks} chunks in {seconds:.2} s, {per_second:.0} chunks/s, {rate:.1} MB/s, {} MB above what it began or ended with",
        memory / 1_000
    );
}

fn place() -> Place {
    Place { catalog: Arc::new(MemoryCatalog::default()), store: Arc::new(MemoryStore::default()) }
}

/// Fills a collection, and says how many bytes its texts, vectors and chunks' texts are.
async fn fill(place: &Place, spec: &CollectionSpec, pieces: &[String], chunks: usize) -> Result<u64, Anything> {
    place.catalog.create_collection(spec).await?;
    place.store.create(&spec.index(), DIMENSION).await?;
    let (mut raw, mut state) = (0, 0x9E37_79B9_7F4A_7C15_u64);
    for (number, pieces) in pieces.chunks(CHUNKS_PER_DOCUMENT).cycle().take(chunks.div_ceil(CHUNKS_PER_DOCUMENT)).enumerate() {
        let (record, embedded) = document(number, pieces, &mut state);
        raw += 2 * record.document.text.len() as u64;
        raw += embedded.iter().map(|chunk| (chunk.dense.len() * 4 + chunk.lexical.indices.len() * 8) as u64).sum::<u64>();
        let id = record.document.head.id;
        place.catalog.begin(&spec.name, &[Arc::new(record)]).await?;
        place.store.upsert(&spec.index(), embedded).await?;
        place.catalog.complete(&spec.name, &[id], Utc::now()).await?;
    }
    Ok(raw)
}

fn document(number: usize, pieces: &[String], state: &mut u64) -> (DocumentRecord, Vec<EmbeddedChunk>) {
    let source = format!("/texts/{number}.md");
    let id = DocumentId::from_source(&source);
    let text = pieces.concat();
    let head = DocumentHead {
        id,
        title: source.clone(),
        source,
        media_type: "text/markdown".to_owned(),
        language: Language::new("english"),
        tags: vec!["rates".to_owned()],
        modified_at: Utc::now(),
        fields: Fields::new(),
        revision: Revision::of(&[text.as_bytes()]),
    };
    let shared = Arc::new(head.clone());
    let (mut records, mut embedded, mut start) = (Vec::new(), Vec::new(), 0);
    for (ordinal, piece) in (0..).zip(pieces) {
        let span = Span { start, end: start + piece.len() };
        start = span.end;
        let chunk_id = ChunkId::from_content(id, piece, ordinal);
        records.push(ChunkRecord { id: chunk_id, span, heading_path: vec!["Rates".to_owned()], table_header: None });
        let heading_path = vec!["Rates".to_owned()];
        let chunk = Chunk { id: chunk_id, ordinal, span, text: piece.clone(), heading_path, pages: None, table_header: None };
        embedded.push(EmbeddedChunk { chunk, head: Arc::clone(&shared), dense: direction(state), lexical: frequencies(piece) });
    }
    let content = ContentHash::of(&[text.as_bytes()]);
    let document = Document { head, text, markup: Markup::Markdown, pages: Vec::new(), quality: QualityReport::by("markdown") };
    (DocumentRecord { document, chunks: records, content, same_as: None, validator: None, indexed_at: None }, embedded)
}

/// A random direction: what an embedding looks like to a compressor.
fn direction(state: &mut u64) -> Vec<f32> {
    let mut random = || {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    };
    let values: Vec<f32> = (0..DIMENSION).map(|_| random() + random() + random()).collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.into_iter().map(|value| value / length).collect()
}

fn frequencies(text: &str) -> SparseVector {
    let mut counts: HashMap<u32, f32> = HashMap::new();
    for word in text.split_whitespace().flat_map(words) {
        let hash = word.bytes().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        *counts.entry(hash).or_default() += 1.0;
    }
    let length = 0.25 + 0.75 * text.len() as f32 / CHUNK_BYTES as f32;
    let (indices, values) = counts.into_iter().map(|(index, count)| (index, count * 2.2 / (count + 1.2 * length))).unzip();
    SparseVector { indices, values }
}

/// The texts in a folder, in pieces.
fn texts(folder: &Path) -> Result<Vec<String>, Anything> {
    let (mut folders, mut pieces): (Vec<PathBuf>, Vec<String>) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let mut piece = String::new();
                for line in text.split_inclusive('\n') {
                    piece.push_str(line);
                    if piece.len() >= CHUNK_BYTES {
                        pieces.push(std::mem::take(&mut piece));
                    }
                }
                pieces.push(piece);
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    Ok(pieces)
}

fn length(folder: &Path) -> Result<u64, Anything> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// Forgets the highest memory use so far, and says what it is now, in kilobytes.
fn reset_peak() -> Result<u64, Anything> {
    fs::write("/proc/self/clear_refs", "5")?;
    status("VmRSS")
}

fn peak() -> Result<u64, Anything> {
    status("VmHWM")
}

fn status(key: &str) -> Result<u64, Anything> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key)).ok_or("the system does not say how much memory is in use")?;
    Ok(line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse()?)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
