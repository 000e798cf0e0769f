use ragstone_core::Catalog;

use super::*;
use crate::testing::{Library, document};
use crate::{FusionMethod, Overrides, RetrieveConfig, parse_filter};

async fn library() -> Library {
    let config = RetrieveConfig { candidates: 2, limit: 1, fusion: FusionMethod::MinMax, ..RetrieveConfig::default() };
    let library = Library::empty(config).await;
    for (source, text) in [
        ("/a/car.md", "The car has an engine"),
        ("/a/copy.md", "the car has an engine!"),
        ("/a/bus.md", "A bus is a vehicle"),
        ("/a/bread.md", "Bread needs flour"),
    ] {
        library.add(source, &[text]).await;
    }
    library
}

async fn why_not(library: &Library, request: &SearchRequest, document: &str) -> DocumentExplanation {
    library.retriever.why_not(&library.collection, request, document).await.unwrap()
}

async fn outcome(query: &str, document: &str) -> Outcome {
    why_not(&library().await, &SearchRequest::new(query), document).await.outcome
}

#[tokio::test]
async fn what_is_found_has_a_rank() {
    assert_eq!(outcome("bus vehicle", "/a/bus.md").await, Outcome::Found { rank: 1 });
    let id = DocumentId::from_source("/a/bus.md").to_string();
    assert_eq!(outcome("bus vehicle", &id).await, Outcome::Found { rank: 1 });
}

#[tokio::test]
async fn what_is_not_stored_is_told_apart() {
    let library = library().await;
    let request = SearchRequest::new("car");
    let missing = why_not(&library, &request, "bus.md").await;
    assert_eq!(missing.outcome, Outcome::NotInCollection { similar: vec!["/a/bus.md".to_owned()] });
    assert!(missing.summary.contains("/a/bus.md"), "{}", missing.summary);

    let (record, _) = document("/a/new.md", &["A new car"]);
    library.begin(record).await;
    assert_eq!(why_not(&library, &request, "/a/new.md").await.outcome, Outcome::BeingStored);
    let (mut record, _) = document("/a/same.md", &["The car has an engine"]);
    record.same_as = Some(DocumentId::from_source("/a/car.md"));
    library.begin(record).await;
    assert_eq!(why_not(&library, &request, "/a/same.md").await.outcome, Outcome::SameContent { source: "/a/car.md".to_owned() });
    let (record, _) = document("/a/lost.md", &["A lost car"]);
    let id = record.document.head.id;
    library.begin(record).await;
    library.catalog.complete(&library.collection, &[id], chrono::Utc::now()).await.unwrap();
    assert_eq!(why_not(&library, &request, "/a/lost.md").await.outcome, Outcome::NotIndexed);
}

#[tokio::test]
async fn each_step_that_loses_a_document_is_named() {
    assert_eq!(outcome("car engine", "/a/bread.md").await, Outcome::NoCandidate { candidates: 2 });
    assert!(matches!(outcome("car engine -car", "/a/car.md").await, Outcome::Dropped { why: Dropped::Excluded { .. }, .. }));
    assert!(matches!(
        outcome("car \"has an engine\"", "/a/bus.md").await,
        Outcome::Dropped { rank: None, why: Dropped::WithoutPhrase { .. } }
    ));
    let four = SearchRequest { options: Overrides::default().with("candidates", 4), ..SearchRequest::new("car engine") };
    let library = library().await;
    let beyond = why_not(&library, &four, "/a/bus.md").await;
    assert!(matches!(beyond.outcome, Outcome::BeyondLimit { rank: 3, hits: 1, .. }), "{beyond:?}");
    let twins = [why_not(&library, &four, "/a/car.md").await.outcome, why_not(&library, &four, "/a/copy.md").await.outcome];
    assert!(twins.contains(&Outcome::Found { rank: 1 }), "{twins:?}");
    let is_repetition = |outcome: &Outcome| matches!(outcome, Outcome::Dropped { rank: Some(2), why: Dropped::Repeats { .. } });
    assert!(twins.iter().any(is_repetition), "{twins:?}");
}

#[tokio::test]
async fn filters_are_named_by_the_condition_that_fails() {
    let filter = parse_filter("language = english and title = x and tags = y").unwrap();
    let request = SearchRequest { filter: Some(filter), ..SearchRequest::new("car") };
    let left_out = why_not(&library().await, &request, "/a/car.md").await;
    assert_eq!(left_out.outcome, Outcome::FilteredOut { conditions: vec!["title = x".to_owned(), "tags = y".to_owned()] });
}

#[tokio::test]
async fn legs_say_how_far_down_a_document_is() {
    let library = library().await;
    let explanation = why_not(&library, &SearchRequest::new("car engine"), "/a/bread.md").await;
    let (dense, lexical) = (explanation.dense.unwrap(), explanation.lexical.unwrap());
    assert_eq!((dense.rank, dense.is_candidate), (Some(4), false));
    assert_eq!((lexical.rank, lexical.score), (None, None));
    assert!(explanation.passage.is_some());
    let refused = library.retriever.why_not(&library.collection, &SearchRequest::new(" "), "/a/car.md").await.unwrap_err();
    assert!(refused.to_string().contains("the query is empty"));
}
