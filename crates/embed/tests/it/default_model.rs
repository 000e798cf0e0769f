//! all-MiniLM-L6-v2 as `make setup` provides it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ragstone_core::{Embedder, Pooling};
use ragstone_embed::{EmbedConfig, LocalEmbedder};
use serde::Deserialize;

use crate::support::{assert_close, default_model, located, similarity};

#[derive(Deserialize)]
struct Reference {
    text: String,
    tokens: usize,
    start: Vec<f32>,
}

fn references() -> Vec<Reference> {
    serde_json::from_str(include_str!("../fixtures/reference.json")).unwrap()
}

/// Texts of 1 to 300 words, in an order that no sorting leaves alone.
fn texts(count: usize) -> Vec<String> {
    let words = ["stone", "archive", "river", "quantum", "ledger", "harvest", "unbelievable", "x86-64", "naïve", "of", "the"];
    (0..count)
        .map(|text| (0..1 + (text * 97) % 300).map(|word| words[(text + word * word) % words.len()]).collect::<Vec<_>>().join(" "))
        .collect()
}

#[tokio::test]
async fn vectors_equal_an_independent_forward_pass() {
    let embedder = default_model(&EmbedConfig::default());
    let references = references();
    let embedded = embedder.embed_passages(references.iter().map(|reference| reference.text.clone()).collect()).await.unwrap();
    for (reference, vector) in references.iter().zip(&embedded) {
        assert_close(&vector[..reference.start.len()], &reference.start, 1e-5);
        assert!((similarity(vector, vector) - 1.0).abs() < 1e-5);
        assert_eq!(embedder.count_tokens(&reference.text).min(254) + 2, reference.tokens, "{}", reference.text);
    }
}

#[tokio::test]
async fn says_what_its_vectors_mean() {
    let embedder = default_model(&EmbedConfig::default());
    let spec = embedder.spec();
    assert_eq!((spec.model.as_str(), spec.dimension, spec.pooling, spec.max_tokens), ("all-MiniLM-L6-v2", 384, Pooling::Mean, 256));
    assert_eq!((spec.query_prefix.as_str(), spec.passage_prefix.as_str(), spec.revision.len()), ("", "", 16));
}

#[tokio::test]
async fn a_batch_gives_what_each_text_gives_alone_and_keeps_the_order() {
    let embedder = default_model(&EmbedConfig { batch_tokens: 2_048, ..EmbedConfig::default() });
    let texts = texts(20);
    let together = embedder.embed_passages(texts.clone()).await.unwrap();
    for (text, vector) in texts.iter().zip(&together) {
        assert_close(vector, &embedder.embed_query(text).await.unwrap(), 1e-5);
    }
    assert!(embedder.embed_passages(Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn similar_meaning_is_closer() {
    let embedder = default_model(&EmbedConfig::default());
    let question = embedder.embed_query("Where does the cat sit?").await.unwrap();
    let near = embedder.embed_query("A feline is resting on a rug.").await.unwrap();
    let far = embedder.embed_query("The central bank raised interest rates by half a point.").await.unwrap();
    assert!(similarity(&question, &near) > embedder.similarity_threshold(), "{}", similarity(&question, &near));
    assert!(similarity(&question, &far) < embedder.similarity_threshold() / 2.0, "{}", similarity(&question, &far));
}

/// Only the start of a long text is tokenised; that must not show. Each long text has the same first 256 tokens as one
/// that is too short to be cut, and cuts are hard in it: words and whitespace that never end, scripts without spaces,
/// letters of four bytes.
#[tokio::test]
async fn cutting_before_tokenising_changes_nothing() {
    let embedder = default_model(&EmbedConfig::default());
    let same_start = |unit: &str, many: usize, few: usize| (unit.repeat(many), unit.repeat(few));
    let mut cases = vec![
        same_start("word ", 20_000, 300),
        same_start("知识库", 20_000, 100),
        same_start("𠀀𠀁 ", 20_000, 200),
        same_start("antidisestablishmentarianism,", 2_000, 60),
        // Words of more than 100 letters are one unknown token, however long.
        same_start("a", 100_000, 101),
        same_start("antidisestablishmentarianism", 2_000, 4),
        same_start("ไม่มีช่องว่าง", 5_000, 20),
        (format!("{} the end", " ".repeat(100_000)), "the end".to_owned()),
    ];
    let (long, short) = same_start("then words follow ", 5_000, 100);
    cases.push((format!("{} {long}", "b".repeat(50_000)), format!("{} {short}", "b".repeat(101))));
    for (long, short) in cases {
        let found = embedder.embed_passages(vec![long.clone()]).await.unwrap().remove(0);
        assert!(short.len() < 3_000 && long.len() > 50_000);
        assert_close(&found, &embedder.embed_query(&short).await.unwrap(), 1e-5);
    }
}

#[tokio::test]
async fn a_text_of_100_mb_takes_no_longer_than_its_start() {
    let embedder = default_model(&EmbedConfig::default());
    let text = "all work and no play makes a dull text ".repeat(2_600_000);
    let begun = Instant::now();
    let vector = embedder.embed_passages(vec![text]).await.unwrap().remove(0);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let start = "all work and no play makes a dull text ".repeat(60);
    assert_close(&vector, &embedder.embed_query(&start).await.unwrap(), 1e-5);
}

#[tokio::test]
async fn fewer_tokens_can_be_configured_but_not_more_than_the_model_has() {
    let embedder = default_model(&EmbedConfig { max_tokens: Some(16), ..EmbedConfig::default() });
    assert_eq!(embedder.spec().max_tokens, 16);
    let long = embedder.embed_query(&"one two ".repeat(50)).await.unwrap();
    assert_close(&long, &embedder.embed_query(&"one two ".repeat(7)).await.unwrap(), 1e-5);
    assert_eq!(embedder.count_tokens(&"one two ".repeat(50)), 100);

    let config = EmbedConfig { max_tokens: Some(513), ..EmbedConfig::default() };
    let error = LocalEmbedder::open(&config, &located()).err().unwrap();
    assert_eq!(error.to_string(), "`embed.max_tokens` is 513, model `all-MiniLM-L6-v2` reads 512 at most; lower it, or leave it out");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_share_the_sessions_and_a_query_does_not_wait_for_an_ingest() {
    let embedder = Arc::new(default_model(&EmbedConfig { sessions: 1, ..EmbedConfig::default() }));
    let texts = texts(40);
    let alone = embedder.embed_passages(texts[..5].to_vec()).await.unwrap();

    let begun = Instant::now();
    let ingest = tokio::spawn({
        let (embedder, texts) = (Arc::clone(&embedder), texts.clone());
        async move { embedder.embed_passages(texts).await.unwrap() }
    });
    let second = tokio::spawn({
        let (embedder, texts) = (Arc::clone(&embedder), texts.clone());
        async move { embedder.embed_passages(texts).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = Instant::now();
    embedder.embed_query("how long does this take?").await.unwrap();
    let waited = asked.elapsed();
    let (ingested, again) = (ingest.await.unwrap(), second.await.unwrap());
    let whole = begun.elapsed();

    assert!(waited < whole / 4, "the query took {waited:?} of {whole:?}");
    for (vector, expected) in ingested.iter().zip(&alone) {
        assert_close(vector, expected, 1e-5);
    }
    assert_eq!(ingested.len(), again.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_call_gives_its_sessions_back() {
    let embedder = Arc::new(default_model(&EmbedConfig { sessions: 1, ..EmbedConfig::default() }));
    for _ in 0..3 {
        let embedder = Arc::clone(&embedder);
        let call = tokio::spawn(async move { embedder.embed_passages(texts(60)).await });
        tokio::time::sleep(Duration::from_millis(150)).await;
        call.abort();
    }
    let query = embedder.embed_query("still there?");
    tokio::time::timeout(Duration::from_secs(20), query).await.expect("a session is free again").unwrap();
}

#[tokio::test]
async fn knows_what_it_can_read() {
    let embedder = default_model(&EmbedConfig::default());
    let within = |text: &str, least: f32, most: f32| {
        let share = embedder.readable_share(text);
        assert!((least..=most).contains(&share), "{share} for {text}");
    };
    within("The cat sits on the mat and looks out of the window.", 0.99, 1.0);
    within("How is a citation checked?", 0.99, 1.0);
    within("Microstructural development of human newborn cerebral white matter assessed in vivo by diffusion tensor imaging.", 0.7, 1.0);
    within("知识库是什么？", 0.0, 0.0);
    within("東京タワーはどこにありますか", 0.0, 0.0);
    within("ภาษาไทยไม่มีช่องว่าง", 0.0, 0.0);
    within("Где находится столица России?", 0.0, 0.0);
    within("أين تقع العاصمة؟", 0.0, 0.0);
    within("서울은 어디에 있습니까", 0.0, 0.0);
    within("El contrato de alquiler puede rescindirse en un plazo de tres meses sin que el inquilino deba pagar nada.", 0.05, 0.6);
    within("Der Mietvertrag kann innerhalb von drei Monaten ohne Angabe von Gründen gekündigt werden.", 0.0, 0.6);
    within("Rust 的所有权系统是什么", 0.05, 0.4);
    within("2024-11-24, 42 %!", 1.0, 1.0);
    within("", 1.0, 1.0);
}
