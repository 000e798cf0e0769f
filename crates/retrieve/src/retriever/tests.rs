//! Searches over a store in memory, an embedding model of three topics and a plain lexical encoder.

use ragstone_core::testing::MemoryCatalog;
use ragstone_core::{CollectionSpec, DocumentId, Embedder, ErrorKind};
use serde_json::json;

use super::*;
use crate::testing::{Library, TopicEmbedder};
use crate::{Dropped, Expansion, FusionMethod, Mode, parse_filter};

const CARS: &str = "An automobile burns fuel. The vehicle needs oil.";
const BREAD: &str = "Dough rises when flour is wet.";
const RUST: &str = "Ownership frees memory. The compiler checks every borrow.";
const ERRORS: &str = "Handling errors: the compiler reports E0382 when a moved value is used.";
const LIBRARY: &str = "知识库保存文档。构建知识库需要向量。";
const WEATHER: &str = "今天天气很好，我们去公园。";

fn texts(response: &SearchResponse) -> Vec<&str> {
    response.hits.iter().map(|hit| hit.chunk.text.as_str()).collect()
}

fn highlighted(hit: &Hit) -> Vec<&str> {
    hit.highlights.iter().map(|span| span.of(&hit.chunk.text).unwrap()).collect()
}

#[tokio::test]
async fn finds_by_meaning_and_by_words() {
    let library = Library::new(&[CARS, BREAD, RUST, ERRORS]).await;
    let by_meaning = library.ask("car engine").await;
    assert_eq!(texts(&by_meaning)[0], CARS);
    assert!(by_meaning.hits[0].relevance.relevant);
    assert_eq!(by_meaning.hits[0].relevance.coverage, 0.0);

    let by_words = library.ask("E0382").await;
    assert_eq!(texts(&by_words)[0], ERRORS);
    assert_eq!(by_words.hits[0].relevance.coverage, 1.0);
    assert_eq!(highlighted(&by_words.hits[0]), ["E0382"]);
}

#[tokio::test]
async fn every_hit_is_explained() {
    let config = RetrieveConfig { candidates: 1, limit: 1, fusion: FusionMethod::MinMax, ..RetrieveConfig::default() };
    let library = Library::with(&[CARS, BREAD, RUST, ERRORS], config).await;
    // Each leg lists one chunk and is asked about the other's.
    let response = library.ask("memory E0382 moved").await;
    let hit = &response.hits[0];
    assert_eq!((hit.rank, hit.score, hit.chunk.text.as_str()), (1, 0.75, RUST));
    let (dense, lexical) = (hit.dense.unwrap(), hit.lexical.unwrap());
    assert_eq!((dense.rank, dense.normalized), (Some(1), 1.0));
    assert_eq!((lexical.rank, lexical.normalized), (None, 0.5));
    assert_eq!((response.legs.dense.unwrap().found, response.legs.lexical.unwrap().found), (1, 1));
    assert!(response.timings.total_ms >= response.timings.store_ms);
}

#[tokio::test]
async fn the_list_is_the_same_however_short_the_legs() {
    let corpus = [CARS, BREAD, RUST, ERRORS];
    let long = Library::new(&corpus).await;
    let short = Library::with(&corpus, RetrieveConfig { candidates: 1, limit: 1, ..RetrieveConfig::default() }).await;
    for query in ["car oil", "compiler memory", "flour bread", "moved value"] {
        let (all, first) = (long.ask(query).await, short.ask(query).await);
        let explained = |hit: &Hit| (hit.chunk.id, hit.score, hit.relevance);
        assert_eq!(explained(&first.hits[0]), explained(&all.hits[0]), "{query}");
    }
}

#[tokio::test]
async fn a_leg_alone_has_its_way() {
    let library = Library::new(&[CARS, BREAD, RUST, ERRORS]).await;
    let dense = library.search(&SearchRequest { mode: Mode::Dense, ..SearchRequest::new("car") }).await;
    assert_eq!((dense.hits.len(), texts(&dense)[0]), (4, CARS));
    assert!(dense.legs.lexical.is_none() && dense.hits.iter().all(|hit| hit.lexical.is_none()));

    let lexical = library.search(&SearchRequest { mode: Mode::Lexical, ..SearchRequest::new("the compiler") }).await;
    assert_eq!(lexical.hits.len(), 2);
    assert!(lexical.legs.dense.is_none() && lexical.hits.iter().all(|hit| hit.relevance.similarity.is_none()));

    let none = library.search(&SearchRequest { mode: Mode::Lexical, ..SearchRequest::new("car") }).await;
    assert_eq!(none.hits, []);
}

#[tokio::test]
async fn reciprocal_ranks_can_be_chosen() {
    let config = RetrieveConfig { fusion: FusionMethod::Rrf, ..RetrieveConfig::default() };
    let response = Library::with(&[CARS, BREAD, RUST], config).await.ask("memory borrow").await;
    assert_eq!(texts(&response)[0], RUST);
    assert!((response.hits[0].score - (0.6 / 61.0 + 0.4 / 61.0)).abs() < 1e-6);
}

#[tokio::test]
async fn a_model_that_cannot_read_the_query_does_not_order_the_hits() {
    let library = Library::new(&[RUST, WEATHER, LIBRARY, CARS]).await;
    let response = library.ask("如何构建知识库？").await;
    let first = &response.hits[0];
    assert_eq!(first.chunk.text, LIBRARY);
    assert!(first.relevance.relevant && first.relevance.similarity.is_none());
    assert_eq!(highlighted(first), ["知识库", "构建知识库"]);
    assert!(response.hits[1..].iter().all(|hit| hit.score == 0.0 && !hit.relevance.relevant));
    let dense = response.legs.dense.unwrap();
    assert_eq!((dense.weight, dense.note.as_deref()), (0.0, Some("the model reads 0% of the query: its order is not counted")));

    assert!(library.ask("足球比赛几点开始？").await.nothing_relevant());
}

#[tokio::test]
async fn says_when_nothing_is_relevant() {
    let library = Library::new(&[CARS, RUST, ERRORS]).await;
    for query in ["How do I bake sourdough bread?", "who wrote hamlet", "the of a", "???"] {
        let response = library.ask(query).await;
        assert!(response.nothing_relevant(), "{query}: {:?}", response.hits);
    }
    assert_eq!(library.ask("the of a").await.legs.lexical.unwrap().note.as_deref(), Some("the query has no words to look for"));
    assert_eq!(
        library.ask("hamlet").await.legs.lexical.unwrap().note.as_deref(),
        Some("none of the passages searched has a word of the query")
    );
    assert!(!library.ask("How does ownership free memory?").await.nothing_relevant());
}

#[tokio::test]
async fn filters_hold_for_both_legs() {
    let library = Library::new(&[CARS, RUST, LIBRARY]).await;
    let filter = parse_filter("language = chinese").unwrap();
    let response = library.search(&SearchRequest { filter: Some(filter), ..SearchRequest::new("compiler memory") }).await;
    assert_eq!(texts(&response), [LIBRARY]);
}

#[tokio::test]
async fn an_empty_collection_has_no_hits() {
    let response = Library::new(&[]).await.ask("anything").await;
    assert_eq!(response.hits, []);
    assert!(response.nothing_relevant());
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let library = Library::new(&[CARS]).await;
    let refused = library.refusal(&SearchRequest::new(" \n")).await;
    assert_eq!(refused, (ErrorKind::InvalidInput, "the query is empty: write what to look for".to_owned()));
    let (kind, message) = library.refusal(&SearchRequest::new("x".repeat(10_000))).await;
    assert_eq!(kind, ErrorKind::TooLarge);
    assert!(message.contains("10000 bytes, at most 8192"), "{message}");
    for limit in [0, 1_001] {
        let (kind, message) = library.refusal(&SearchRequest { limit: Some(limit), ..SearchRequest::new("x") }).await;
        assert_eq!((kind, message), (ErrorKind::InvalidInput, format!("limit is {limit}, it must be from 1 to 1000")));
    }
    let elsewhere = Library { collection: "other".parse().unwrap(), ..library };
    let (kind, message) = elsewhere.refusal(&SearchRequest::new("x")).await;
    assert_eq!(kind, ErrorKind::NotFound);
    assert!(message.contains("`other`") && message.contains("ragstone collections"), "{message}");
}

#[tokio::test]
async fn another_model_is_refused() {
    let library = Library::new(&[CARS]).await;
    let spec = ragstone_core::EmbeddingSpec { revision: "2".to_owned(), ..TopicEmbedder::new().spec().clone() };
    let catalog = MemoryCatalog::default();
    let stored = CollectionSpec { name: library.collection.clone(), embedding: spec, generation: 0, created_at: chrono::Utc::now() };
    catalog.create_collection(&stored).await.unwrap();
    let retriever = Retriever { catalog: Arc::new(catalog), ..library.retriever.clone() };
    let error = retriever.search(&library.collection, &SearchRequest::new("car")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_response_survives_json() {
    let response = Library::new(&[CARS, RUST]).await.ask("memory").await;
    let json = serde_json::to_string(&response).unwrap();
    assert_eq!(serde_json::from_str::<SearchResponse>(&json).unwrap().hits, response.hits);
    assert!(json.contains("\"legs\"") && json.contains("\"embed_ms\""), "{json}");
}

fn request(query: &str, options: serde_json::Value) -> SearchRequest {
    SearchRequest { options: serde_json::from_value(options).unwrap(), explain: true, ..SearchRequest::new(query) }
}

fn reasons(response: &SearchResponse) -> Vec<&Dropped> {
    response.dropped.iter().flatten().map(|dropped| &dropped.why).collect()
}

#[tokio::test]
async fn phrases_and_excluded_words_are_honoured() {
    let library = Library::new(&["The cold engine has a start", "A cold start of the engine", "Start cold on Linux", BREAD]).await;
    assert_eq!(texts(&library.ask("engine \"cold start\"").await), ["A cold start of the engine"]);
    let without = library.search(&request("cold start -engine", json!({"limit": 2}))).await;
    assert_eq!(texts(&without)[0], "Start cold on Linux");
    assert!(reasons(&without).contains(&&Dropped::Excluded { word: "engine".to_owned() }));

    let nowhere = library.ask("\"start engine\"").await;
    assert_eq!((nowhere.hits.len(), nowhere.notes.len()), (0, 1));
    assert!(nowhere.notes[0].contains("\"start engine\""), "{:?}", nowhere.notes);
    assert_eq!(library.ask("Which engine has a \"start engine\"?").await.hits.len(), 4, "a sentence has no operators");
    let always = library.search(&request("Which engine has a \"cold start\"?", json!({"operators": "always"}))).await;
    assert_eq!(texts(&always), ["A cold start of the engine"]);
}

#[tokio::test]
async fn phrases_and_exclusions_reach_below_the_candidates() {
    let library = Library::empty(RetrieveConfig { candidates: 2, limit: 1, ..RetrieveConfig::default() }).await;
    for number in 0..40 {
        let text = format!("The car engine and the vehicle number {number} on ice");
        library.add(&text, &[&text]).await;
    }
    let deep = "Notes on bread: number 7 is the best, says the baker of the engine house";
    library.add("deep", &[deep]).await;
    assert_eq!(texts(&library.ask("car engine vehicle \"best, says the baker\"").await), [deep]);
    assert_eq!(texts(&library.ask("car engine vehicle -ice").await), [deep]);
    assert!(library.ask("car engine \"ice on number\"").await.hits.is_empty());
}

#[tokio::test]
async fn repetitions_are_shown_once() {
    let library = Library::new(&["The car burns fuel", "the car burns fuel!", "The car burns 7 litres of fuel", BREAD]).await;
    let response = library.search(&request("car fuel", json!({"limit": 3}))).await;
    assert_eq!(response.hits.len(), 3);
    assert!(matches!(reasons(&response)[..], [Dropped::Repeats { .. }]), "{:?}", response.dropped);
    assert_eq!(library.search(&request("car fuel", json!({"duplicate_overlap": 0}))).await.hits.len(), 4);
}

#[tokio::test]
async fn documents_have_their_share_and_can_be_listed() {
    let library = Library::empty(RetrieveConfig::default()).await;
    library.add("cars", &["The car has an engine", "A car is a vehicle", "The car drives", "No car flies"]).await;
    library.add("bakery", &["The car of the baker", "The flour is wet"]).await;
    let sources = |response: &SearchResponse| response.hits.iter().map(|hit| hit.document.source.clone()).collect::<Vec<_>>();

    let capped = library.search(&request("car engine", json!({"max_per_document": 2}))).await;
    assert_eq!(sources(&capped).iter().filter(|source| *source == "cars").count(), 2);
    assert!(reasons(&capped).contains(&&Dropped::DocumentFull { limit: 2 }));

    let grouped = library.search(&request("car engine", json!({"group": "document", "limit": 2}))).await;
    assert_eq!(sources(&grouped), ["cars", "cars", "cars", "bakery", "bakery"]);
    let groups: Vec<_> = grouped.groups.iter().map(|group| (group.document, group.hits.clone())).collect();
    let (cars, bakery) = (DocumentId::from_source("cars"), DocumentId::from_source("bakery"));
    assert_eq!(groups, [(cars, vec![1, 2, 3]), (bakery, vec![4, 5])]);
    let one = library.search(&request("car engine", json!({"group": "document", "limit": 1, "max_per_document": 1}))).await;
    assert_eq!((sources(&one), one.groups.len()), (vec!["cars".to_owned()], 1));
}

#[tokio::test]
async fn diversity_brings_what_is_new_forward() {
    let library = Library::new(&["car one", "car two", "car three", "the car and bread"]).await;
    let plain = library.search(&request("car", json!({"limit": 2}))).await;
    assert!(!texts(&plain).contains(&"the car and bread"), "{:?}", texts(&plain));
    let diverse = library.search(&request("car", json!({"limit": 2, "diversity": 0.9}))).await;
    assert_eq!(texts(&diverse)[1], "the car and bread");
    let steps: Vec<_> = diverse.hits[1].steps.iter().map(|step| (step.step, step.rank)).collect();
    assert_eq!(steps, [(ragstone_core::Step::Fusion, 4), (ragstone_core::Step::Diversity, 2)]);
}

#[tokio::test]
async fn diversity_goes_on_below_the_first_candidates() {
    let library = Library::empty(RetrieveConfig::default()).await;
    let cars: Vec<String> = (0..60).map(|number| format!("car engine vehicle {number}")).collect();
    library.add("cars", &cars.iter().map(String::as_str).collect::<Vec<_>>()).await;
    library.add("bakery", &["the flour of the baker"]).await;
    let both = library.search(&request("car engine", json!({"limit": 2, "diversity": 0.5, "max_per_document": 1}))).await;
    assert_eq!(both.hits.iter().map(|hit| hit.document.source.as_str()).collect::<Vec<_>>(), ["cars", "bakery"]);
}

#[tokio::test]
async fn hits_grow_and_merge() {
    let library = Library::empty(RetrieveConfig::default()).await;
    let chunks = ["The car is old.", "Its engine is loud.", "A vehicle needs oil.", "Bread is baked.", "Flour is ground."];
    library.add("cars", &chunks).await;
    let one = library.search(&request("loud engine", json!({"limit": 1, "expand": "neighbours"}))).await;
    assert_eq!(texts(&one), ["The car is old.\n\nIts engine is loud.\n\nA vehicle needs oil."]);
    let hit = &one.hits[0];
    assert_eq!(hit.found.as_ref().unwrap().span.of(&chunks.join("\n\n")), Some(chunks[1]));
    assert_eq!(hit.chunk.span.of(&chunks.join("\n\n")), Some(hit.chunk.text.as_str()));
    assert_eq!(highlighted(hit), ["engine", "loud"]);

    let all = library.search(&request("loud engine", json!({"expand": "section"}))).await;
    assert_eq!(texts(&all), [chunks.join("\n\n")]);
    assert_eq!(all.hits[0].found.as_ref().unwrap().merged.len(), 4);
    let config = RetrieveConfig { expand: Expansion::Section, ..RetrieveConfig::default() };
    let other = library.retriever.with_config(config).search(&library.collection, &SearchRequest::new("loud engine")).await.unwrap();
    assert_eq!(other.hits, all.hits);
}

#[tokio::test]
async fn settings_of_the_collection_hold_and_requests_win() {
    let library = Library::new(&[CARS, BREAD, RUST, ERRORS]).await;
    library.retriever.keep_settings(&library.collection, Overrides::default().with("limit", 2)).await.unwrap();
    assert_eq!(library.ask("car").await.hits.len(), 2);
    assert_eq!(library.search(&request("car", json!({"limit": 3}))).await.hits.len(), 3);
    assert_eq!(library.search(&SearchRequest { limit: Some(1), ..SearchRequest::new("car") }).await.hits.len(), 1);
    let (kind, message) = library.refusal(&request("car", json!({"diversity": 2, "expnd": "section"}))).await;
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(message.contains("diversity is 2") && message.contains("expnd is no setting of a search"), "{message}");
    library.catalog.set_setting(&library.collection, "retrieve", Some(&json!({"limit": "many"}))).await.unwrap();
    let (kind, message) = library.refusal(&SearchRequest::new("car")).await;
    assert_eq!(kind, ErrorKind::Conflict);
    assert!(message.contains("collections settings docs --unset"), "{message}");
}
