//! Cross-encoders: small ones made here give what the forward pass says, and folders that are wrong are named.

use std::path::{Path, PathBuf};

use ragstone_core::Reranker;
use ragstone_core::testing::{WordReranker, reranker};
use ragstone_embed::{EmbedError, LocalReranker, ModelFolder, OnnxGraph, RerankConfig};
use safetensors::Dtype;

use crate::reference;
use crate::small_model::{Family, SmallModel};
use crate::support::{assert_close, located};

const QUERY: &[&str] = &["the", "stone"];
const PASSAGES: [(&str, &[&str]); 5] = [
    ("a stone of the river", &["a", "stone", "of", "the", "river"]),
    ("ragstone", &["rag", "##stone"]),
    ("", &[]),
    (
        "the the the of of a a stone river stone rivers",
        &["the", "the", "the", "of", "of", "a", "a", "stone", "river", "stone", "river", "##s"],
    ),
    ("of a", &["of", "a"]),
];

fn open(folder: &Path) -> Result<LocalReranker, EmbedError> {
    let config = RerankConfig { model_dir: Some(folder.to_path_buf()), ..RerankConfig::default() };
    Ok(LocalReranker::open(&config, &located().runtime_library)?.expect("a model is configured"))
}

fn expected(model: &SmallModel) -> Vec<f32> {
    let query = SmallModel::ids(QUERY).len();
    PASSAGES.iter().map(|(_, passage)| reference::score(model, &SmallModel::pair_ids(QUERY, passage), query)).collect()
}

async fn scores(reranker: &LocalReranker) -> Vec<f32> {
    let passages = PASSAGES.iter().map(|(passage, _)| (*passage).to_owned()).collect();
    reranker.score("the stone", passages).await.unwrap()
}

async fn check(model: SmallModel) {
    let folder = tempfile::tempdir().unwrap();
    let reranker = open(&model.save(folder.path())).unwrap();
    assert_close(&scores(&reranker).await, &expected(&model), 2e-5);
    assert_eq!(reranker.name(), "small");
    assert!(reranker.score("the stone", Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn bert() {
    check(SmallModel::new()).await;
    check(SmallModel { number_type: Dtype::F16, name_prefix: "bert.", ..SmallModel::new() }).await;
}

#[tokio::test]
async fn roberta() {
    check(SmallModel { family: Family::Roberta, name_prefix: "roberta.", ..SmallModel::new() }).await;
}

#[tokio::test]
async fn conforms() {
    let folder = tempfile::tempdir().unwrap();
    reranker::conforms(&open(&SmallModel::new().save(folder.path())).unwrap()).await;
    reranker::conforms(&WordReranker).await;
}

#[tokio::test]
async fn an_export_goes_before_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let model = SmallModel::new();
    let path = model.save(folder.path());
    let graph = OnnxGraph::generate_cross_encoder(&ModelFolder::open(&path).unwrap()).unwrap();
    fs_err::create_dir(path.join("onnx")).unwrap();
    fs_err::write(path.join("onnx/model.onnx"), &graph.bytes).unwrap();
    fs_err::rename(path.join("model.safetensors"), path.join("onnx/model.safetensors")).unwrap();
    assert_close(&scores(&open(&path).unwrap()).await, &expected(&model), 2e-5);
}

#[tokio::test]
async fn long_pairs_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let reranker = open(&SmallModel::new().save(folder.path())).unwrap();
    let long = "stone river ".repeat(100_000);
    let both = reranker.score(&long, vec![long.clone(), "stone".to_owned()]).await.unwrap();
    assert!(both.iter().all(|score| score.is_finite()));
}

#[test]
fn wrong_folders_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = |folder: &Path| open(folder).unwrap_err().to_string();
    let missing: PathBuf = folder.path().join("missing");
    assert!(message(&missing).contains("`rerank.model_dir`"), "{}", message(&missing));
    assert!(message(folder.path()).contains("config.json"));

    let mut model = SmallModel::new();
    model.tensors.remove("classifier.bias");
    assert!(message(&model.save(folder.path())).contains("`classifier.bias`"), "an embedding model has no head");

    let path = SmallModel::new().save(folder.path());
    fs_err::write(path.join("model.onnx"), "no graph").unwrap();
    assert!(message(&path).contains("cannot load model `small`"));
    assert!(LocalReranker::open(&RerankConfig::default(), Path::new("unused")).unwrap().is_none());
}
