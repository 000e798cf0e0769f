//! A cross-encoder as it lies in a folder.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::folder::{optional_json, padding_token};
use crate::tokens::pair_tokenizer;
use crate::{EmbedError, ModelFolder, OnnxGraph};

/// Where an export may lie in its folder.
const EXPORTS: [&str; 2] = ["model.onnx", "onnx/model.onnx"];

/// What is needed to run a cross-encoder.
pub(super) struct CrossEncoder {
    pub(super) model: String,
    pub(super) source: Source,
    pub(super) tokenizer: Tokenizer,
    pub(super) max_tokens: usize,
}

/// Where its graph comes from.
pub(super) enum Source {
    /// Somebody exported it.
    Export(PathBuf),
    /// It is written from the configuration and the weights.
    Written(OnnxGraph),
}

/// What `config.json` says of positions; an export may come without one.
#[derive(Debug, Default, Deserialize)]
struct Positions {
    #[serde(default)]
    model_type: String,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<usize>,
}

impl CrossEncoder {
    pub(super) fn open(folder: &Path, wanted_tokens: usize) -> Result<Self, EmbedError> {
        if !folder.is_dir() {
            return Err(EmbedError::RerankerNotFound { folder: folder.to_path_buf() });
        }
        let export = EXPORTS.iter().map(|name| folder.join(name)).find(|file| file.is_file());
        let (source, positions) = match export {
            Some(file) => (Source::Export(file), Positions::read(folder)?),
            None => {
                let graph = OnnxGraph::generate_cross_encoder(&ModelFolder::open(folder)?)?;
                let positions = graph.positions;
                (Source::Written(graph), Some(positions))
            }
        };
        let max_tokens = positions.map_or(wanted_tokens, |positions| wanted_tokens.min(positions));
        let tokenizer_file = folder.join("tokenizer.json");
        let tokenizer = pair_tokenizer(&tokenizer_file, padding_token(folder)?, max_tokens)?;
        let model = folder.file_name().map_or_else(|| "reranker".to_owned(), |name| name.to_string_lossy().into_owned());
        Ok(Self { model, source, tokenizer, max_tokens })
    }
}

impl Positions {
    /// How many tokens the model has positions for, if that is known.
    fn read(folder: &Path) -> Result<Option<usize>, EmbedError> {
        let Self { model_type, max_position_embeddings, pad_token_id } = optional_json(&folder.join("config.json"))?.unwrap_or_default();
        // RoBERTa counts from the position after its padding token's.
        let unused = if model_type.contains("roberta") { pad_token_id.unwrap_or(1) + 1 } else { 0 };
        Ok(max_position_embeddings.map(|positions| positions.saturating_sub(unused)).filter(|positions| *positions > 0))
    }
}
