//! A folder with a model in it, and what its files say about how to use it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ragstone_core::Pooling;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::EmbedError;
use crate::registry::{KnownModel, Reads, known};

/// Below this, two texts of a model that nobody measured are not taken to be about the same thing.
pub(crate) const CAUTIOUS_SIMILARITY: f32 = 0.5;

/// A model as it lies in a folder: its files, and what they and the registry say of its use.
///
/// What the folder says of pooling, length and prompts goes before the registry, so a fine-tuned model keeps its own.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    path: PathBuf,
    weights: PathBuf,
    name: String,
    known: Option<&'static KnownModel>,
    pooling: Pooling,
    own_max_tokens: Option<usize>,
    prompts: Prompts,
}

impl ModelFolder {
    /// Reads what the folder says; the weights are only looked for.
    pub fn open(path: &Path) -> Result<Self, EmbedError> {
        let path = fs_err::canonicalize(path).map_err(|source| EmbedError::Read { file: path.to_path_buf(), source })?;
        let name = path.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
        let weights = weights_in(&path)?;
        let known = known(&name);
        let sentence: SentenceConfig = optional_json(&path.join("sentence_bert_config.json"))?.unwrap_or_default();
        let transformers: SentenceTransformersConfig = optional_json(&path.join("config_sentence_transformers.json"))?.unwrap_or_default();
        let pooling = match own_pooling(&path.join("1_Pooling/config.json"))? {
            Some(pooling) => pooling,
            None => known.map_or(Pooling::Mean, |known| known.pooling),
        };
        Ok(Self { path, weights, name, known, pooling, own_max_tokens: sentence.max_seq_length, prompts: transformers.prompts })
    }

    /// The model's name: the folder's, or as the registry writes it.
    pub fn name(&self) -> &str {
        self.known.map_or(&self.name, |known| known.name)
    }

    /// How token vectors become one.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// The length that the model was trained for, where anything says so.
    pub fn max_tokens(&self) -> Option<usize> {
        self.own_max_tokens.or_else(|| self.known.map(|known| known.max_tokens))
    }

    /// Put before a query.
    pub fn query_prefix(&self) -> &str {
        let own = self.prompts.query.as_deref().filter(|prompt| !prompt.is_empty());
        own.unwrap_or_else(|| self.known.map_or("", |known| known.query_prefix))
    }

    /// Put before a passage.
    pub fn passage_prefix(&self) -> &str {
        let prompts = [&self.prompts.passage, &self.prompts.document];
        let own = prompts.into_iter().flatten().find(|prompt| !prompt.is_empty()).map(String::as_str);
        own.unwrap_or_else(|| self.known.map_or("", |known| known.passage_prefix))
    }

    /// Cosine similarity from which on two texts are taken to be about the same thing.
    pub fn similarity_threshold(&self) -> f32 {
        self.known.map_or(CAUTIOUS_SIMILARITY, |known| known.similarity_threshold)
    }

    /// What the model reads, if it is known; else its vocabulary is asked.
    pub(crate) fn reads(&self) -> Option<Reads> {
        self.known.map(|known| known.reads)
    }

    /// `config.json`.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.path.join("config.json")
    }

    /// `model.safetensors`, links resolved.
    pub(crate) fn weights_file(&self) -> &Path {
        &self.weights
    }

    /// `tokenizer.json`, which must be there.
    pub(crate) fn tokenizer_file(&self) -> Result<PathBuf, EmbedError> {
        let file = self.path.join("tokenizer.json");
        if file.is_file() {
            return Ok(file);
        }
        let remedy = "save it with `AutoTokenizer.from_pretrained(…).save_pretrained(…)`, or fetch the model again";
        Err(EmbedError::MissingFile { folder: self.path.clone(), file: "tokenizer.json", remedy })
    }

    /// The token that batches are padded with, where `tokenizer_config.json` names one.
    pub(crate) fn padding_token(&self) -> Result<Option<String>, EmbedError> {
        padding_token(&self.path)
    }
}

/// The token that batches are padded with, where the `tokenizer_config.json` in a folder names one.
pub(crate) fn padding_token(folder: &Path) -> Result<Option<String>, EmbedError> {
    let config: TokenizerConfig = optional_json(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
    Ok(config.pad_token.map(|token| match token {
        PadToken::Plain(content) | PadToken::Described { content } => content,
    }))
}

/// Reads a JSON file that must be there.
pub(crate) fn json<T: DeserializeOwned>(file: &Path) -> Result<T, EmbedError> {
    let text = fs_err::read_to_string(file).map_err(|source| EmbedError::Read { file: file.to_path_buf(), source })?;
    serde_json::from_str(&text).map_err(|source| EmbedError::Json { file: file.to_path_buf(), source })
}

#[derive(Debug, Default, Deserialize)]
struct SentenceConfig {
    max_seq_length: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
struct SentenceTransformersConfig {
    #[serde(default)]
    prompts: Prompts,
}

/// Newer folders have every prompt, most of them empty: such a one says nothing.
#[derive(Debug, Clone, Default, Deserialize)]
struct Prompts {
    query: Option<String>,
    passage: Option<String>,
    document: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PoolingConfig {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

#[derive(Debug, Default, Deserialize)]
struct TokenizerConfig {
    pad_token: Option<PadToken>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum PadToken {
    Plain(String),
    Described { content: String },
}

/// The weights, links resolved: ONNX Runtime refuses external data that lies outside the folder it is told.
fn weights_in(folder: &Path) -> Result<PathBuf, EmbedError> {
    let missing = |file, remedy| Err(EmbedError::MissingFile { folder: folder.to_path_buf(), file, remedy });
    if !folder.join("config.json").is_file() {
        return missing("config.json", "set `embed.model_dir` to the folder of a model, or run `make setup` for the default one");
    }
    let file = folder.join("model.safetensors");
    if file.is_file() {
        return fs_err::canonicalize(&file).map_err(|source| EmbedError::Read { file, source });
    }
    let remedy = if folder.join("model.safetensors.index.json").is_file() {
        "its weights are in several files: save it as one with `save_pretrained(…, max_shard_size=\"100GB\")`"
    } else if folder.join("pytorch_model.bin").is_file() {
        "convert `pytorch_model.bin` with `save_pretrained(…, safe_serialization=True)`"
    } else {
        "fetch the model again, or run `make setup` for the default one"
    };
    missing("model.safetensors", remedy)
}

fn own_pooling(file: &Path) -> Result<Option<Pooling>, EmbedError> {
    let Some(config) = optional_json::<PoolingConfig>(file)? else {
        return Ok(None);
    };
    match (config.pooling_mode_mean_tokens, config.pooling_mode_cls_token) {
        (true, false) => Ok(Some(Pooling::Mean)),
        (false, true) => Ok(Some(Pooling::Cls)),
        _ => Err(EmbedError::Pooling { file: file.to_path_buf() }),
    }
}

/// Reads a JSON file that may be missing.
pub(crate) fn optional_json<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, EmbedError> {
    match json(file) {
        Ok(value) => Ok(Some(value)),
        Err(EmbedError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(name);
        fs_err::create_dir_all(path.join("1_Pooling")).unwrap();
        for (file, text) in files {
            fs_err::write(path.join(file), text).unwrap();
        }
        (root, path)
    }

    const BARE: [(&str, &str); 2] = [("config.json", "{}"), ("model.safetensors", "")];

    #[test]
    fn an_unknown_folder_speaks_for_itself() {
        let files = [
            BARE[0],
            BARE[1],
            ("1_Pooling/config.json", r#"{"pooling_mode_cls_token": true}"#),
            ("sentence_bert_config.json", r#"{"max_seq_length": 77}"#),
            ("config_sentence_transformers.json", r#"{"prompts": {"query": "q: ", "document": "d: "}}"#),
            ("tokenizer_config.json", r#"{"pad_token": {"content": "<pad>", "lstrip": false}}"#),
        ];
        let (_root, path) = folder("ours", &files);
        let model = ModelFolder::open(&path).unwrap();
        assert_eq!((model.name(), model.pooling(), model.max_tokens()), ("ours", Pooling::Cls, Some(77)));
        assert_eq!((model.query_prefix(), model.passage_prefix()), ("q: ", "d: "));
        assert_eq!(model.padding_token().unwrap().as_deref(), Some("<pad>"));
    }

    #[test]
    fn the_registry_fills_what_a_folder_does_not_say() {
        let silent = ("config_sentence_transformers.json", r#"{"prompts": {"query": "", "document": ""}, "default_prompt_name": null}"#);
        let (_root, path) = folder("multilingual-e5-small", &[BARE[0], BARE[1], silent]);
        let model = ModelFolder::open(&path).unwrap();
        assert_eq!((model.query_prefix(), model.passage_prefix(), model.max_tokens()), ("query: ", "passage: ", Some(512)));
        let (_root, path) = folder("ours", &BARE);
        let model = ModelFolder::open(&path).unwrap();
        assert_eq!((model.query_prefix(), model.pooling(), model.max_tokens()), ("", Pooling::Mean, None));
    }

    #[test]
    fn says_what_is_missing_and_how_to_get_it() {
        let max_pooling = ("1_Pooling/config.json", r#"{"pooling_mode_max_tokens": true}"#);
        let cases: [(&[(&str, &str)], &str); 6] = [
            (&[], "has no `config.json`; set `embed.model_dir`"),
            (&[BARE[0]], "has no `model.safetensors`; fetch the model again"),
            (&[BARE[0], ("pytorch_model.bin", "")], "convert `pytorch_model.bin`"),
            (&[BARE[0], ("model.safetensors.index.json", "")], "in several files"),
            (&[BARE[0], BARE[1], max_pooling], "neither mean nor CLS pooling"),
            (&[BARE[0], BARE[1], ("sentence_bert_config.json", "{")], "sentence_bert_config.json` is not valid"),
        ];
        for (files, expected) in cases {
            let (_root, path) = folder("ours", files);
            let message = ModelFolder::open(&path).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let (_root, path) = folder("ours", &BARE);
        assert!(ModelFolder::open(&path).unwrap().tokenizer_file().unwrap_err().to_string().contains("has no `tokenizer.json`"));
    }
}
