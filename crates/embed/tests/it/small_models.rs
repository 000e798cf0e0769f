//! Every variant that a graph can be written for gives what the forward pass says.

use ragstone_core::Embedder;
use ragstone_embed::{EmbedConfig, LocalEmbedder};
use safetensors::Dtype;

use crate::reference;
use crate::small_model::{Family, SmallModel};
use crate::support::{assert_close, located_at};

/// Embeds texts of unequal length in one batch, so that padding shows if it is not masked.
async fn check(model: SmallModel) {
    let folder = tempfile::tempdir().unwrap();
    let embedder = LocalEmbedder::open(&EmbedConfig::default(), &located_at(&model.save(folder.path()))).unwrap();
    let texts = ["ragstone", "the stone of a river", "rivers", "", "the the the the of of a a stone river stone river"];
    let pieces: [&[&str]; 5] = [
        &["rag", "##stone"],
        &["the", "stone", "of", "a", "river"],
        &["river", "##s"],
        &[],
        &["the", "the", "the", "the", "of", "of", "a", "a", "stone", "river", "stone", "river"],
    ];
    let vectors = embedder.embed_passages(texts.map(str::to_owned).to_vec()).await.unwrap();
    for (pieces, vector) in pieces.iter().zip(&vectors) {
        assert_close(vector, &reference::vector(&model, &SmallModel::ids(pieces)), 2e-5);
    }
    assert_eq!(embedder.spec().dimension, model.hidden);
}

#[tokio::test]
async fn bert() {
    check(SmallModel::new()).await;
}

#[tokio::test]
async fn roberta_counts_positions_from_its_padding_token() {
    check(SmallModel { family: Family::Roberta, name_prefix: "roberta.", ..SmallModel::new() }).await;
}

#[tokio::test]
async fn first_token_pooling() {
    check(SmallModel { cls_pooling: true, ..SmallModel::new() }).await;
}

#[tokio::test]
async fn other_activations() {
    check(SmallModel { activation: "gelu_new", ..SmallModel::new() }).await;
    check(SmallModel { activation: "relu", ..SmallModel::new() }).await;
}

#[tokio::test]
async fn half_precision_weights() {
    check(SmallModel { number_type: Dtype::F16, ..SmallModel::new() }).await;
    check(SmallModel { number_type: Dtype::BF16, name_prefix: "bert.", ..SmallModel::new() }).await;
}

#[tokio::test]
async fn what_nobody_knows_is_read_from_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let embedder = LocalEmbedder::open(&EmbedConfig::default(), &located_at(&SmallModel::new().save(folder.path()))).unwrap();
    assert_eq!((embedder.spec().model.as_str(), embedder.spec().max_tokens), ("small", 40));
    assert_eq!(embedder.readable_share("知识库"), 0.0);
    assert!(embedder.readable_share("the stone of a river") > 0.99);
}

#[cfg(unix)]
#[tokio::test]
async fn weights_may_be_a_link_as_in_a_hub_cache() {
    let folder = tempfile::tempdir().unwrap();
    let model = SmallModel::new();
    let path = model.save(folder.path());
    let blob = folder.path().join("blob");
    fs_err::rename(path.join("model.safetensors"), &blob).unwrap();
    std::os::unix::fs::symlink(&blob, path.join("model.safetensors")).unwrap();
    let embedder = LocalEmbedder::open(&EmbedConfig::default(), &located_at(&path)).unwrap();
    assert_close(&embedder.embed_query("stone").await.unwrap(), &reference::vector(&model, &SmallModel::ids(&["stone"])), 2e-5);
}
