//! The refining steps, each alone.

use ragstone_core::testing::WordReranker;
use ragstone_core::{Hit, Reranker, Result, Step};

use super::*;
use crate::testing::Library;
use crate::{RetrieveConfig, SearchRequest};

/// Says nothing of bread in its sentences, and a little in all of them.
const BAKERY: &str = "The bakery opens early. Its flour comes from a mill. People like the place.";
const RECIPE: &str = "Mix water and salt. To bake bread, knead the dough until the flour is wet. Wait an hour.";
const CARS: &str = "An automobile burns fuel. The vehicle needs oil.";

fn texts(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.chunk.text.as_str()).collect()
}

fn steps(hit: &Hit) -> Vec<Step> {
    hit.steps.iter().map(|step| step.step).collect()
}

#[tokio::test]
async fn nothing_is_read_again_by_default() {
    let library = Library::new(&[BAKERY, RECIPE, CARS]).await;
    let hits = library.ask("bake bread with flour").await.hits;
    assert!(hits.iter().all(|hit| steps(hit) == [Step::Fusion]), "{hits:?}");
}

#[tokio::test]
async fn the_best_sentence_counts() {
    let config = RetrieveConfig { rescore_depth: 2, rescore_weight: 1.0, ..RetrieveConfig::default() };
    let library = Library::with(&[BAKERY, RECIPE, CARS], config).await;
    let hits = library.ask("bake bread with flour").await.hits;
    assert_eq!(texts(&hits)[0], RECIPE);
    assert_eq!(steps(&hits[0]), [Step::Fusion, Step::Sentences]);
    assert!(hits[0].steps[1].own_score.unwrap() > hits[1].steps[1].own_score.unwrap());
    assert_eq!(hits[0].score, hits[0].steps[1].score);
    assert!(hits.is_sorted_by(|left, right| left.score >= right.score));
    assert_eq!(steps(&hits[2]), [Step::Fusion], "only the first two are read again");
}

#[tokio::test]
async fn sentences_go_by_words_where_the_model_reads_nothing() {
    let config = RetrieveConfig { rescore_depth: 10, ..RetrieveConfig::default() };
    let library = Library::with(&["知识库保存文档。构建知识库需要向量。", "今天天气很好，我们去公园。"], config).await;
    let hits = library.ask("知识库需要向量").await.hits;
    assert_eq!(hits[0].steps[1].step, Step::Sentences);
    assert!(hits[0].steps[1].own_score.unwrap() > 0.5, "{:?}", hits[0].steps);
}

#[tokio::test]
async fn the_reranking_model_has_the_last_word() {
    let mut library = Library::with(&[BAKERY, RECIPE, CARS], RetrieveConfig { rerank_depth: 2, ..RetrieveConfig::default() }).await;
    library.retriever = library.retriever.with_reranker(Some(Arc::new(WordReranker)));
    let hits = library.ask("where does the mill stand, and what does the bakery like, flour or bread?").await.hits;
    assert_eq!(texts(&hits)[0], BAKERY);
    assert_eq!(steps(&hits[0]), [Step::Fusion, Step::Reranker]);
    assert_eq!(hits[0].steps[1].own_score, Some(5.0));
    assert!(hits[0].score >= hits[1].score && hits[1].score >= hits[2].score);
    assert_eq!(steps(&hits[2]), [Step::Fusion]);

    let off = SearchRequest { options: crate::Overrides::default().with("rerank_depth", 0), ..SearchRequest::new("bread") };
    assert!(library.search(&off).await.hits.iter().all(|hit| steps(hit) == [Step::Fusion]));
}

struct Forgetful;

#[async_trait::async_trait]
impl Reranker for Forgetful {
    fn name(&self) -> &str {
        "forgetful"
    }

    async fn score(&self, _query: &str, _passages: Vec<String>) -> Result<Vec<f32>> {
        Ok(vec![1.0])
    }
}

#[tokio::test]
async fn a_reranking_model_that_forgets_passages_is_an_error() {
    let mut library = Library::new(&[BAKERY, RECIPE]).await;
    library.retriever = library.retriever.with_reranker(Some(Arc::new(Forgetful)));
    let (_, message) = library.refusal(&SearchRequest::new("flour")).await;
    assert_eq!(message, "the reranking model scored 1 of 2 passages");
}

#[tokio::test]
async fn feedback_finds_what_the_first_passages_speak_of() {
    // No passage on engines has the word `car`; the second one has a word of the first.
    let texts = ["A car is an automobile of the Zephyr make.", "Zephyr works were closed.", "Nothing of the kind."];
    let plain = Library::new(&texts).await;
    let lexical = SearchRequest { mode: crate::Mode::Lexical, ..SearchRequest::new("car") };
    assert_eq!(plain.search(&lexical).await.hits.len(), 1);
    let config = RetrieveConfig { feedback_passages: 1, ..RetrieveConfig::default() };
    let hits = Library::with(&texts, config).await.search(&lexical).await.hits;
    assert_eq!(hits.iter().map(|hit| hit.chunk.text.as_str()).collect::<Vec<_>>(), texts[..2]);
}

#[tokio::test]
async fn feedback_does_not_make_passages_relevant() {
    let passages = [BAKERY, RECIPE, CARS];
    let config = RetrieveConfig { feedback_passages: 2, feedback_weight: 0.9, ..RetrieveConfig::default() };
    let (plain, taught) = (Library::new(&passages).await, Library::with(&passages, config).await);
    let query = "bake bread in a vehicle";
    let relevance = |hits: &[Hit]| hits.iter().map(|hit| (hit.chunk.id, hit.relevance)).collect::<std::collections::BTreeMap<_, _>>();
    let (before, after) = (plain.ask(query).await.hits, taught.ask(query).await.hits);
    assert_eq!(relevance(&after), relevance(&before));
    let moved = |hits: &[Hit]| {
        hits.iter().map(|hit| (hit.chunk.id, hit.dense.unwrap().score.to_bits())).collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_ne!(moved(&after), moved(&before), "the leg searched with another vector");
}
