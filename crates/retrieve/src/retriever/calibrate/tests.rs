//! Calibrations of a small library about three topics.

use std::sync::Arc;

use ragstone_core::{Catalog, Embedder, ErrorKind};
use serde_json::json;

use crate::testing::{Library, TopicEmbedder};
use crate::{Overrides, RetrieveConfig, Retriever, SearchRequest};

/// A document about one of three topics, with sentences that have its words.
fn text(number: usize) -> String {
    let topic =
        [["vehicle", "engine", "automobile", "car"], ["dough", "flour", "bread", "bake"], ["ownership", "memory", "borrow", "rust"]]
            [number % 3];
    let [first, second, third, fourth] = topic;
    format!(
        "Page {number} begins with the {first} and the {second} of the year. \
         Every {third} needs a good {second} and a plan made by number {number}. \
         The {first} and the {fourth} are checked again before the {third} is sold. \
         At last the {second} is written down in book {number} of the series."
    )
}

async fn library(documents: std::ops::Range<usize>) -> Library {
    let library = Library::empty(RetrieveConfig::default()).await;
    add(&library, documents).await;
    library
}

async fn add(library: &Library, documents: std::ops::Range<usize>) {
    for number in documents {
        let text = text(number);
        library.add(&format!("/{number}.txt"), &[&text]).await;
    }
}

#[tokio::test]
async fn a_collection_finds_its_own_threshold() {
    let library = library(0..40).await;
    let uncalibrated = library.ask("which vehicle has an engine").await;
    assert_eq!(uncalibrated.hits[0].relevance.needed, None);
    assert_eq!(library.retriever.calibration(&library.collection).await.unwrap(), None);

    let calibration = library.retriever.calibrate(&library.collection).await.unwrap();
    let threshold = calibration.meaning_and_words.unwrap();
    assert_eq!((calibration.chunks, threshold.answerable), (40, 40));
    assert!(threshold.unanswerable >= 90 && threshold.false_answers <= 0.1 && threshold.false_refusals <= 0.1, "{threshold:?}");
    assert_eq!(library.retriever.calibration(&library.collection).await.unwrap(), Some(calibration));

    let found = library.ask("which vehicle has an engine").await;
    assert_eq!(found.hits[0].relevance.needed, Some(threshold.evidence));
    assert!(!found.nothing_relevant(), "{:?}", found.hits[0].relevance);
    assert!(library.ask("who painted the chapel").await.nothing_relevant());
}

#[tokio::test]
async fn a_calibration_is_about_one_model() {
    let library = library(0..40).await;
    let (collection, question) = (&library.collection, SearchRequest::new("which vehicle has an engine"));
    library.retriever.calibrate(collection).await.unwrap();

    let other = Arc::new(TopicEmbedder::named("other"));
    library.catalog.switch_collection(collection, other.spec(), 0).await.unwrap();
    let retriever = Retriever { models: other.into(), ..library.retriever.clone() };
    assert_eq!(retriever.calibration(collection).await.unwrap(), None);
    assert_eq!(retriever.search(collection, &question).await.unwrap().hits[0].relevance.needed, None);

    let calibration = retriever.calibrate_if_due(collection).await.unwrap().unwrap();
    assert!(calibration.model.starts_with("other"), "{calibration:?}");
    assert!(retriever.search(collection, &question).await.unwrap().hits[0].relevance.needed.is_some());
}

#[tokio::test]
async fn a_calibration_is_made_again_when_it_is_outgrown() {
    let library = library(0..30).await;
    let due = async || library.retriever.calibrate_if_due(&library.collection).await.unwrap();
    assert!(due().await.is_some());
    assert_eq!(due().await, None);
    add(&library, 30..50).await;
    assert_eq!(due().await, None, "less than twice as large");
    add(&library, 50..70).await;
    assert_eq!(due().await.map(|calibration| calibration.chunks), Some(70));
    library.retriever.keep_settings(&library.collection, Overrides::default().with("wanted_false_answers", 0.2)).await.unwrap();
    assert_eq!(due().await.map(|calibration| calibration.wanted_false_answers), Some(0.2));
}

#[tokio::test]
async fn small_collections_are_left_to_the_model() {
    let library = library(0..5).await;
    assert_eq!(library.retriever.calibrate_if_due(&library.collection).await.unwrap(), None);
    let calibration = library.retriever.calibrate(&library.collection).await.unwrap();
    assert_eq!((calibration.meaning_and_words, calibration.words_alone), (None, None));
    assert!(!library.ask("which vehicle has an engine").await.nothing_relevant());
    assert_eq!(library.ask("which vehicle has an engine").await.hits[0].relevance.needed, None);
}

#[tokio::test]
async fn what_the_user_sets_is_not_overruled() {
    let library = library(0..30).await;
    library.retriever.calibrate(&library.collection).await.unwrap();
    library.retriever.keep_settings(&library.collection, Overrides::default().with("min_similarity", 0.99)).await.unwrap();
    assert_eq!(library.ask("which vehicle has an engine").await.hits[0].relevance.needed, None);
}

#[tokio::test]
async fn what_cannot_be_calibrated_says_why() {
    let library = library(0..30).await;
    let unknown = library.retriever.calibrate(&"none".parse().unwrap()).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    let running = library.retriever.calibrations.begin(&library.collection).unwrap();
    let refused = library.retriever.calibrate(&library.collection).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert_eq!(library.retriever.calibrate_if_due(&library.collection).await.unwrap(), None, "another is at it");
    drop(running);
    library.catalog.set_setting(&library.collection, "relevance", Some(&json!({"version": "?"}))).await.unwrap();
    assert!(library.retriever.calibrate_if_due(&library.collection).await.unwrap().is_some(), "what cannot be read is made again");
}

#[tokio::test]
async fn a_server_calibrates_in_the_background() {
    let mut library = library(0..30).await;
    library.retriever = library.retriever.calibrating();
    library.ask("which vehicle has an engine").await;
    for _ in 0..500 {
        if library.retriever.calibration(&library.collection).await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no calibration after five seconds");
}
