//! What a server in between costs: the same texts embedded here, and by the same model behind HTTP on this machine.
//!
//! ```text
//! cargo run -p ragstone-embed --example remote_overhead -- CORPUS.jsonl [TEXTS] [ROUNDS]
//! ```
//!
//! The corpus has one JSON object a line with `title` and `text`; `.runtime` has the model. `remembered` is a server that has
//! the vectors already: what is left is the path itself, both ends of it. Ways alternate; the medians of the rounds are printed.

use std::collections::{BTreeMap, HashMap};
use std::io::{Write, stdout};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use ragstone_core::Embedder;
use ragstone_embed::{EmbedConfig, LocalEmbedder, RemoteConfig, RemoteEmbedder, locate};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const QUERY: &str = "how is a citation checked?";
/// A query alone is short: so many are measured in a round.
const QUERIES: u32 = 20;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let corpus = arguments.next().context("name a corpus: a file with one JSON object a line, each with `title` and `text`")?;
    let count: usize = arguments.next().map_or(Ok(300), |count| count.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(3), |rounds| rounds.parse())?;
    let texts = texts(&corpus, count)?;

    let config = EmbedConfig::default();
    let local = Arc::new(LocalEmbedder::open(&config, &locate(&config, &[".runtime".into()])?)?);
    let same_as = locate(&config, &[".runtime".into()])?.model_dir;
    let computing = serve(Router::new().route("/embeddings", post(compute)).with_state(Arc::clone(&local))).await?;
    let mut known: HashMap<String, Vec<f32>> = texts.iter().cloned().zip(local.embed_passages(texts.clone()).await?).collect();
    known.insert(QUERY.to_owned(), local.embed_query(QUERY).await?);
    let remembering = serve(Router::new().route("/embeddings", post(remember)).with_state(Arc::new(known))).await?;

    let mut ways: Vec<(&str, Arc<dyn Embedder>)> = vec![("local", local)];
    for (name, url) in [("remote", computing), ("remembered", remembering)] {
        // Texts are sent whole to the one that looks them up.
        let same_as = (name == "remote").then(|| same_as.clone());
        let max_tokens = same_as.is_none().then_some(131_072);
        let remote =
            RemoteConfig { url, model: Some("minilm".into()), dimension: Some(384), same_as, max_tokens, ..RemoteConfig::default() };
        let config = EmbedConfig { remote: Some(remote), ..EmbedConfig::default() };
        ways.push((name, Arc::new(RemoteEmbedder::connect(&config, None).await?)));
    }
    let mut seconds: BTreeMap<(&str, &str), Vec<Duration>> = BTreeMap::new();
    for _ in 0..rounds {
        for (name, embedder) in &ways {
            let begun = Instant::now();
            embedder.embed_passages(texts.clone()).await?;
            seconds.entry((name, "passages")).or_default().push(begun.elapsed());
            let begun = Instant::now();
            for _ in 0..QUERIES {
                embedder.embed_query(QUERY).await?;
            }
            seconds.entry((name, "query")).or_default().push(begun.elapsed() / QUERIES);
        }
    }
    for ((way, what), mut measured) in seconds {
        measured.sort();
        let median = measured.get(measured.len() / 2).map_or(0.0, Duration::as_secs_f64);
        writeln!(stdout().lock(), "{}", json!({"way": way, "what": what, "texts": texts.len(), "median_seconds": median}))?;
    }
    Ok(())
}

fn texts(corpus: &str, count: usize) -> Result<Vec<String>> {
    let corpus = fs_err::read_to_string(corpus)?;
    let mut texts = Vec::new();
    for line in corpus.lines().take(count) {
        let entry: Value = serde_json::from_str(line)?;
        let field = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        texts.push(format!("{} {}", field("title"), field("text")).trim().to_owned());
    }
    Ok(texts)
}

async fn serve(app: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

async fn compute(State(local): State<Arc<LocalEmbedder>>, Json(request): Json<Value>) -> Json<Value> {
    reply(local.embed_passages(inputs(&request)).await.unwrap_or_default())
}

async fn remember(State(known): State<Arc<HashMap<String, Vec<f32>>>>, Json(request): Json<Value>) -> Json<Value> {
    reply(inputs(&request).iter().filter_map(|text| known.get(text).cloned()).collect())
}

fn inputs(request: &Value) -> Vec<String> {
    let texts = request.get("input").and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn reply(vectors: Vec<Vec<f32>>) -> Json<Value> {
    let data = vectors.into_iter().enumerate().map(|(index, embedding)| json!({"index": index, "embedding": embedding}));
    Json(json!({"object": "list", "data": data.collect::<Vec<_>>()}))
}
