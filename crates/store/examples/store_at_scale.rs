//! Prints what the embedded store costs: `cargo run --example store_at_scale -- [CHUNKS] [DIMENSIONS]`.
#![expect(clippy::print_stdout, reason = "the result of this example is what it prints")]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ragstone_core::testing::vector_store::{document, embed, name};
use ragstone_core::{EmbeddedChunk, IndexName, SparseVector, Thoroughness, VectorQuery, VectorStore, WhichVector};
use ragstone_store::{EdgeStore, StoreConfig};

const BATCH: usize = 500;
const QUERIES: usize = 400;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().map_or(Ok(40_000), |count| count.parse())?;
    let dimension: usize = arguments.next().map_or(Ok(384), |dimension| dimension.parse())?;
    let folder = tempfile::tempdir()?;
    let docs = name("docs");
    let mut numbers = Numbers(1);

    let store = EdgeStore::open(folder.path(), StoreConfig::default())?;
    store.create(&docs, dimension).await?;
    println!("empty collection        {}", disk(folder.path())?);
    let (mut upserting, mut slowest_flush) = (0.0, 0.0_f64);
    for start in (0..count).step_by(BATCH) {
        let chunks: Vec<_> = (start..count.min(start + BATCH)).map(|number| chunk(number, dimension, &mut numbers)).collect();
        let begin = Instant::now();
        store.upsert(&docs, chunks).await?;
        upserting += begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        store.flush(&docs).await?;
        slowest_flush = slowest_flush.max(begin.elapsed().as_secs_f64());
    }
    println!("upsert                  {:.0} chunks/s; slowest flush {:.1} ms", count as f64 / upserting, slowest_flush * 1e3);
    println!("after upserting         {}", disk(folder.path())?);
    println!("memory                  {}", Memory::now());
    measure("before optimising", &store, &docs, dimension).await?;
    let begin = Instant::now();
    let watch = Watch::begin();
    store.optimize(&docs).await?;
    println!("optimise                {:.1} s; at its peak {}", begin.elapsed().as_secs_f64(), watch.peak());
    println!("after optimising        {}", disk(folder.path())?);
    println!("memory                  {}", Memory::now());
    measure("after optimising", &store, &docs, dimension).await?;
    let begin = Instant::now();
    println!("list what is stored     {} chunks in {:.2} s", store.stored(&docs).await?.len(), begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    store.close().await?;
    println!("close                   {:.2} s", begin.elapsed().as_secs_f64());
    drop(store);
    let begin = Instant::now();
    let store = EdgeStore::open(folder.path(), StoreConfig::default())?;
    println!("open                    {:.2} s", begin.elapsed().as_secs_f64());
    println!("after opening           {}", disk(folder.path())?);
    measure("after opening", &store, &docs, dimension).await
}

async fn measure(when: &str, store: &EdgeStore, docs: &IndexName, dimension: usize) -> Result<(), Box<dyn Error>> {
    let mut numbers = Numbers(7);
    for leg in ["dense", "lexical"] {
        let mut milliseconds = Vec::with_capacity(QUERIES);
        for _ in 0..QUERIES {
            let vector = match leg {
                "dense" => WhichVector::Dense(numbers.vector(dimension)),
                _ => WhichVector::Lexical(numbers.terms(6)),
            };
            let begin = Instant::now();
            store
                .search(docs, vec![VectorQuery { vector, filter: None, among: None, limit: 100, thoroughness: Thoroughness::Configured }])
                .await?;
            milliseconds.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        milliseconds.sort_by(f64::total_cmp);
        let at = |share: f64| milliseconds.get((share * QUERIES as f64) as usize).copied().unwrap_or_default();
        println!("{leg:<8} {when:<18} p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99));
    }
    Ok(())
}

fn chunk(number: usize, dimension: usize, numbers: &mut Numbers) -> EmbeddedChunk {
    let head = document(&format!("/documents/{}", number / 10));
    let mut chunk = embed(&head, number as u32, numbers.vector(dimension), &[]);
    chunk.chunk.text = "A passage of the usual length, about as long as a chunk of 256 tokens is. ".repeat(14);
    chunk.lexical = numbers.terms(80);
    chunk
}

/// The memory of this process, in bytes, as Linux counts it; elsewhere nothing.
#[derive(Clone, Copy, Default)]
struct Memory {
    /// Its own.
    own: u64,
    /// Files that are mapped: the system takes it back when it needs it.
    mapped: u64,
}

impl Memory {
    fn now() -> Self {
        let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
        let of = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_suffix("kB"));
            line.and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok()).unwrap_or_default() * 1024
        };
        Self { own: of("RssAnon:"), mapped: of("RssFile:") }
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [all, own, mapped] = [self.own + self.mapped, self.own, self.mapped].map(|bytes| bytes as f64 / 1e6);
        write!(formatter, "{all:.0} MB, {own:.0} MB of it its own, {mapped:.0} MB files mapped")
    }
}

/// Looks at the memory until it is asked for the most there was.
struct Watch {
    ended: std::sync::Arc<AtomicBool>,
    thread: thread::JoinHandle<Memory>,
}

impl Watch {
    fn begin() -> Self {
        let ended = std::sync::Arc::new(AtomicBool::new(false));
        let is_over = std::sync::Arc::clone(&ended);
        let thread = thread::spawn(move || {
            let mut most = Memory::default();
            while !is_over.load(Ordering::Relaxed) {
                let now = Memory::now();
                if now.own + now.mapped > most.own + most.mapped {
                    most = now;
                }
                thread::sleep(Duration::from_millis(20));
            }
            most
        });
        Self { ended, thread }
    }

    fn peak(self) -> Memory {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

/// Disk space as the file system counts it, log apart.
fn disk(folder: &Path) -> Result<String, Box<dyn Error>> {
    let (all, log) = (bytes(folder, "")?, bytes(folder, "wal")?);
    Ok(format!("{:.1} MB on disk, {:.1} MB of it log", all as f64 / 1e6, log as f64 / 1e6))
}

fn bytes(folder: &Path, inside: &str) -> Result<u64, Box<dyn Error>> {
    let mut sum = 0;
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let metadata = fs_err::metadata(&path)?;
        if metadata.is_dir() {
            let inside = if path.ends_with(inside) { "" } else { inside };
            sum += bytes(&path, inside)?;
        } else if inside.is_empty() {
            sum += size_on_disk(&metadata);
        }
    }
    Ok(sum)
}

#[cfg(unix)]
fn size_on_disk(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn size_on_disk(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}

/// A linear congruential generator: the same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u32 << 24) as f32
    }

    fn vector(&mut self, dimension: usize) -> Vec<f32> {
        (0..dimension).map(|_| self.next() - 0.5).collect()
    }

    /// Terms as frequent as words are: few very common, many rare.
    fn terms(&mut self, count: usize) -> SparseVector {
        let mut indices: Vec<u32> = (0..count).map(|_| (30_000_f32.powf(self.next())) as u32).collect();
        indices.sort_unstable();
        indices.dedup();
        SparseVector { values: vec![1.0; indices.len()], indices }
    }
}
