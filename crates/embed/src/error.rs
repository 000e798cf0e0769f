//! What can be wrong with a model, the runtime, or an inference.

use std::fmt::Write;
use std::io;
use std::path::PathBuf;

use ragstone_core::{BoxError, Error, ErrorKind, Stage};

use crate::RemoteError;

/// Why nothing can be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// No folder that was looked at has the model.
    #[error("no embedding model was found; run `make setup`, or set `embed.model_dir` to the folder of a model; looked at{}", list(.looked_at))]
    ModelNotFound {
        /// In this order.
        looked_at: Vec<PathBuf>,
    },
    /// No folder that was looked at has the runtime library.
    #[error("ONNX Runtime was not found; run `make setup`, or set `ORT_DYLIB_PATH` to its library; looked at{}", list(.looked_at))]
    LibraryNotFound {
        /// In this order.
        looked_at: Vec<PathBuf>,
    },
    /// The file is there and is no ONNX Runtime that can be used.
    #[error("`{}` is not an ONNX Runtime library that can be used here; run `make setup`, or set `ORT_DYLIB_PATH` to another one", library.display())]
    Library {
        /// What was to be loaded.
        library: PathBuf,
        /// What the loader says.
        #[source]
        source: BoxError,
    },
    /// A process loads one ONNX Runtime; it cannot be exchanged.
    #[error("ONNX Runtime is loaded from `{}` already, `{}` cannot be loaded beside it; use one path in a process", loaded.display(), wanted.display())]
    LibraryConflict {
        /// What is in use.
        loaded: PathBuf,
        /// What was asked for.
        wanted: PathBuf,
    },
    /// A file of the model cannot be read.
    #[error("cannot read `{}`; check that it is there and may be read", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The model folder lacks a file.
    #[error("the model folder `{}` has no `{file}`; {remedy}", folder.display())]
    MissingFile {
        /// The model folder.
        folder: PathBuf,
        /// What it lacks.
        file: &'static str,
        /// How to get it.
        remedy: &'static str,
    },
    /// A file of the model is not the JSON that it should be.
    #[error("`{}` is not valid; fetch the model again", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// No graph can be written for this kind of model.
    #[error("`{}` is of the kind `{model_type}`, which cannot be run; use a model of the kind {}", file.display(), .supported.join(", "))]
    Architecture {
        /// The model's `config.json`.
        file: PathBuf,
        /// Its `model_type`.
        model_type: String,
        /// What can be run.
        supported: &'static [&'static str],
    },
    /// `config.json` asks for something that the graph does not have, or contradicts itself.
    #[error("`{key}` in `{}` is {found}, it must be {expected}; use another model", file.display())]
    Setting {
        /// The model's `config.json`.
        file: PathBuf,
        /// The key.
        key: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// The folder pools token vectors in a way that is not supported.
    #[error("`{}` asks for neither mean nor CLS pooling; use a model that does", file.display())]
    Pooling {
        /// The pooling configuration.
        file: PathBuf,
    },
    /// The header of the weights cannot be understood.
    #[error("`{}` has no valid safetensors header; fetch the model again", file.display())]
    Header {
        /// The weights.
        file: PathBuf,
        /// Where and why.
        #[source]
        source: BoxError,
    },
    /// The weights are not as long as their header says.
    #[error("`{}` has {found} bytes and its header announces {announced}: the download was cut off; fetch the model again", file.display())]
    Truncated {
        /// The weights.
        file: PathBuf,
        /// What the header says.
        announced: u64,
        /// What is there.
        found: u64,
    },
    /// The weights lack a tensor that the architecture needs.
    #[error("`{}` has no tensor `{tensor}`, which its config.json calls for; fetch the model again, or use another one", file.display())]
    TensorMissing {
        /// The weights.
        file: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor has another shape than `config.json` calls for.
    #[error("tensor `{tensor}` in `{}` has the shape {found:?}, its config.json calls for {expected:?}; the two files belong to different models", file.display())]
    TensorShape {
        /// The weights.
        file: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// By `config.json`.
        expected: Vec<usize>,
        /// By the header.
        found: Vec<usize>,
    },
    /// A tensor has numbers of a kind that is not supported.
    #[error("tensor `{tensor}` in `{}` holds {found} numbers, only F32, F16 and BF16 can be run; convert the weights", file.display())]
    TensorType {
        /// The weights.
        file: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// The kind.
        found: String,
    },
    /// The tokenizer cannot be understood.
    #[error("`{}` is not a tokenizer that can be used; fetch the model again", file.display())]
    Tokenizer {
        /// The tokenizer's file.
        file: PathBuf,
        /// Where and why.
        #[source]
        source: BoxError,
    },
    /// The tokenizer makes tokens that the model has no vector for.
    #[error("`{}` makes {tokens} different tokens and the model knows {known}; the two belong to different models", file.display())]
    Vocabulary {
        /// The tokenizer's file.
        file: PathBuf,
        /// One more than its highest token.
        tokens: usize,
        /// `vocab_size`.
        known: usize,
    },
    /// More tokens were configured than the model has positions for.
    #[error("`embed.max_tokens` is {wanted}, model `{model}` reads {limit} at most; lower it, or leave it out")]
    TooManyTokens {
        /// The model.
        model: String,
        /// What was configured.
        wanted: usize,
        /// What the model can read.
        limit: usize,
    },
    /// ONNX Runtime refuses the model.
    #[error("ONNX Runtime cannot load model `{model}`; run `make setup` for the version that is tested, or use another model")]
    Session {
        /// The model.
        model: String,
        /// What it says.
        #[source]
        source: fastembed::Error,
    },
    /// The program cannot compute on a card.
    #[error("`embed.device` is \"cuda\", but this program was built without CUDA; build it with `--features cuda`, or set it to \"cpu\"")]
    WithoutCuda,
    /// The library cannot compute on a card.
    #[error(
        "`embed.device` is \"cuda\", but ONNX Runtime cannot use a card with model `{model}`; set `ORT_DYLIB_PATH` to a library with CUDA and check its driver, or set `embed.device` to \"cpu\""
    )]
    Cuda {
        /// The model.
        model: String,
        /// What it says.
        #[source]
        source: BoxError,
    },
    /// The folder that `rerank.model_dir` names is not one.
    #[error("`rerank.model_dir` is `{}`, which is no folder; name the folder of a cross-encoder, or leave it out", folder.display())]
    RerankerNotFound {
        /// The folder.
        folder: PathBuf,
    },
    /// The cross-encoder cannot score a pair.
    #[error("reranking model `{model}` could not score a passage")]
    Reranking {
        /// The model.
        model: String,
        /// What failed.
        #[source]
        source: BoxError,
    },
    /// The cross-encoder gave something else than one number per passage.
    #[error(
        "reranking model `{model}` gave no usable score for a passage: it must have one output, `logits`, with one number for each pair"
    )]
    Score {
        /// The model.
        model: String,
    },
    /// A text cannot be tokenised, or a batch cannot be computed.
    #[error("model `{model}` could not embed a text")]
    Inference {
        /// The model.
        model: String,
        /// What failed.
        #[source]
        source: BoxError,
    },
    /// The model gave something else than one finite vector per text.
    #[error(
        "model `{model}` gave no usable vector for a text (wrong length, or not a number): its weights are damaged; fetch the model again"
    )]
    Vector {
        /// The model.
        model: String,
    },
    /// A server elsewhere does not give vectors.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

impl From<EmbedError> for Error {
    fn from(error: EmbedError) -> Self {
        let kind = match &error {
            EmbedError::ModelNotFound { .. } | EmbedError::LibraryNotFound { .. } | EmbedError::RerankerNotFound { .. } => {
                ErrorKind::NotFound
            }
            EmbedError::LibraryConflict { .. } => ErrorKind::Conflict,
            EmbedError::Remote(remote) => remote.kind(),
            EmbedError::Read { .. } => ErrorKind::Storage,
            EmbedError::Session { .. }
            | EmbedError::Inference { .. }
            | EmbedError::Vector { .. }
            | EmbedError::Reranking { .. }
            | EmbedError::Score { .. } => ErrorKind::Internal,
            _ => ErrorKind::InvalidInput,
        };
        Self::new(kind, Stage::Embed, error)
    }
}

fn list(paths: &[PathBuf]) -> String {
    let mut listed = String::new();
    for path in paths {
        // Writing to a string cannot fail.
        let _ = write!(listed, "\n  {}", path.display());
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_it_looked_and_what_to_do() {
        let error = Error::from(EmbedError::ModelNotFound { looked_at: vec!["a/.runtime".into(), "b".into()] });
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.stage(), Stage::Embed);
        assert_eq!(
            error.to_string(),
            "no embedding model was found; run `make setup`, or set `embed.model_dir` to the folder of a model; looked at\n  a/.runtime\n  b"
        );
    }
}
