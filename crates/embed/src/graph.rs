//! The ONNX graph of a model, written from its configuration and the header of its weights.

mod bert;
mod builder;

use std::path::{Path, PathBuf};

use prost::Message;

use crate::EmbedError;
use crate::folder::ModelFolder;
use crate::onnx::ModelProto;
use crate::weights::Weights;
use bert::BertConfig;

/// A model in ONNX, without its numbers: those stay in the safetensors file, which the graph points into.
///
/// Inputs are `input_ids` and `attention_mask` (batch × tokens), the output is `sentence_embedding` (batch × dimension),
/// pooled and not normalised. Only standard operators are used. Measured with ONNX Runtime 1.32: `Gemm` with its second
/// matrix transposed takes the weights as they lie and repacks them once; its fused operators (`Attention`,
/// `MultiHeadAttention`, `SkipLayerNormalization`) are a tenth *slower* on a processor than what it makes of this graph.
#[derive(Debug, Clone)]
pub struct OnnxGraph {
    /// The protobuf, 40 KB for a model of six layers.
    pub bytes: Vec<u8>,
    /// The folder that external data is found in.
    pub weights_folder: PathBuf,
    /// The length of a vector.
    pub dimension: usize,
    /// How many different tokens the model knows.
    pub vocabulary: usize,
    /// The most tokens that it has positions for.
    pub positions: usize,
}

impl OnnxGraph {
    /// Writes the graph of the model in this folder. Every tensor is checked against `config.json` first.
    pub fn generate(folder: &ModelFolder) -> Result<Self, EmbedError> {
        Self::write(folder, |config, weights, weights_name| bert::model(config, weights, weights_name, folder.pooling()))
    }

    /// Writes the graph of the cross-encoder in this folder: a third input is `token_type_ids`, the output is `logits`
    /// (batch × 1).
    pub fn generate_cross_encoder(folder: &ModelFolder) -> Result<Self, EmbedError> {
        Self::write(folder, bert::cross_encoder)
    }

    fn write(
        folder: &ModelFolder,
        writer: impl Fn(&BertConfig, &Weights, &str) -> Result<ModelProto, EmbedError>,
    ) -> Result<Self, EmbedError> {
        let config = BertConfig::read(&folder.config_file())?;
        let weights = Weights::open(folder.weights_file())?;
        let (weights_folder, weights_name) = split(folder.weights_file());
        let model = writer(&config, &weights, &weights_name)?;
        Ok(Self {
            bytes: model.encode_to_vec(),
            weights_folder,
            dimension: config.hidden_size,
            vocabulary: config.vocab_size,
            positions: config.positions(),
        })
    }
}

fn split(file: &Path) -> (PathBuf, String) {
    let folder = file.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    (folder, name)
}
