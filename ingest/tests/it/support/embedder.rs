//! An embedding model without a model.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ragstone_core::{Embedder, EmbeddingSpec, Error, ErrorKind, ModelOpener, Pooling, Result, Stage, is_spaceless};

/// A text with this word makes the embedder panic when it counts, as a bug in a tokenizer would.
pub(crate) const PANICS: &str = "makes-the-tokenizer-panic";

/// What it says then.
pub(crate) const BUG: &str = "a bug in a library";

/// A text with this word cannot be embedded.
pub(crate) const FAILS: &str = "makes-the-model-fail";

/// Four letters or one Chinese sign are a token; vectors derive from the text's length.
pub(crate) struct FakeEmbedder {
    pub(crate) spec: EmbeddingSpec,
    pub(crate) embedded: AtomicUsize,
    pub(crate) loses_a_vector: AtomicBool,
    /// While somebody writes, the model waits.
    pub(crate) gate: tokio::sync::RwLock<()>,
    /// How many calls from now on fail because a server does not answer.
    pub(crate) unavailable: AtomicUsize,
    /// Another text that it panics on.
    pub(crate) panics_on: Option<&'static str>,
    /// The share of every text that it can read.
    pub(crate) readable_percent: AtomicUsize,
}

impl Default for FakeEmbedder {
    fn default() -> Self {
        let spec = EmbeddingSpec {
            model: "fake".to_owned(),
            revision: "1".to_owned(),
            dimension: 2,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 512,
        };
        Self {
            spec,
            embedded: AtomicUsize::new(0),
            loses_a_vector: AtomicBool::new(false),
            gate: tokio::sync::RwLock::default(),
            unavailable: AtomicUsize::new(0),
            panics_on: None,
            readable_percent: AtomicUsize::new(100),
        }
    }
}

impl FakeEmbedder {
    /// How many passages were embedded since the last call.
    pub(crate) fn take_embedded(&self) -> usize {
        self.embedded.swap(0, Ordering::Relaxed)
    }

    /// Another model.
    pub(crate) fn of_dimension(dimension: usize) -> Self {
        let default = Self::default();
        let spec = EmbeddingSpec { dimension, revision: "2".to_owned(), ..default.spec };
        Self { spec, ..default }
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let angle = text.len() as f32;
        let mut vector = vec![angle.cos(), angle.sin()];
        vector.resize(self.spec.dimension, 0.0);
        vector
    }
}

/// Models in folders: that in `/models/3` has three dimensions, and there is none in `/models/gone`.
#[derive(Default)]
pub(crate) struct FakeOpener {
    open: Mutex<HashMap<PathBuf, Arc<FakeEmbedder>>>,
}

impl FakeOpener {
    /// The model in a folder, once it was opened.
    pub(crate) fn model(&self, folder: &str) -> Arc<FakeEmbedder> {
        self.open.lock().unwrap().get(Path::new(folder)).cloned().unwrap()
    }

    /// Puts another model into a folder.
    pub(crate) fn replace(&self, folder: &str, dimension: usize) {
        self.open.lock().unwrap().insert(folder.into(), Arc::new(FakeEmbedder::of_dimension(dimension)));
    }
}

#[async_trait]
impl ModelOpener for FakeOpener {
    async fn open(&self, folder: &Path, _max_tokens: Option<usize>) -> Result<Arc<dyn Embedder>> {
        let Some(dimension) = folder.file_name().and_then(|name| name.to_str()?.parse().ok()) else {
            return Err(Error::new(ErrorKind::NotFound, Stage::Embed, format!("there is no model in `{}`", folder.display())));
        };
        let mut open = self.open.lock().unwrap();
        let embedder = open.entry(folder.to_owned()).or_insert_with(|| Arc::new(FakeEmbedder::of_dimension(dimension)));
        Ok(embedder.clone())
    }
}

#[async_trait]
impl Embedder for FakeEmbedder {
    fn spec(&self) -> &EmbeddingSpec {
        &self.spec
    }

    fn count_tokens(&self, text: &str) -> usize {
        let panics = text.contains(PANICS) || self.panics_on.is_some_and(|word| text.contains(word));
        assert!(!panics, "{BUG}");
        let tokens = |word: &str| {
            let (signs, letters): (Vec<char>, Vec<char>) = word.chars().partition(|letter| is_spaceless(*letter));
            signs.len() + letters.len().div_ceil(4)
        };
        text.split_whitespace().map(tokens).sum()
    }

    fn readable_share(&self, _text: &str) -> f32 {
        self.readable_percent.load(Ordering::Relaxed) as f32 / 100.0
    }

    fn similarity_threshold(&self) -> f32 {
        0.0
    }

    async fn embed_passages(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let _open = self.gate.read().await;
        if self.unavailable.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(Error::new(ErrorKind::Unavailable, Stage::Embed, "the model does not answer"));
        }
        if texts.iter().any(|text| text.contains(FAILS)) {
            return Err(Error::new(ErrorKind::Internal, Stage::Embed, "the model is broken"));
        }
        self.embedded.fetch_add(texts.len(), Ordering::Relaxed);
        let lost = usize::from(self.loses_a_vector.load(Ordering::Relaxed));
        Ok(texts.iter().skip(lost).map(|text| self.vector(text)).collect())
    }

    async fn embed_query(&self, text: &str) -> Result<Vec<f32>> {
        Ok(self.vector(text))
    }
}
