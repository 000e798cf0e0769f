//! Texts as numbers: the embedding, and the words themselves.

mod words;

use ndarray::{Array2, ArrayView2, s};
use ragstone_core::Embedder;

pub(crate) use words::SparseRows;
pub use words::WordWeights;

use crate::ClassifyError;

/// What is known of texts, one row each.
#[derive(Debug, Clone)]
pub struct Features {
    /// The embeddings, of length 1.
    pub(crate) dense: Array2<f32>,
    /// The words, weighted; no columns where words are not used.
    pub(crate) words: SparseRows,
}

impl Features {
    /// How many texts.
    pub fn len(&self) -> usize {
        self.dense.nrows()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns of the embedding and of the words together.
    pub(crate) fn width(&self) -> usize {
        self.dense.ncols() + self.words.columns
    }

    /// These rows only, in this order.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        Self { dense: self.dense.select(ndarray::Axis(0), rows), words: self.words.select(rows) }
    }

    /// The embeddings of some rows.
    pub(crate) fn dense_block(&self, from: usize, to: usize) -> ArrayView2<'_, f32> {
        self.dense.slice(s![from..to, ..])
    }
}

/// Embeds texts, one row each.
pub async fn embed(embedder: &dyn Embedder, texts: &[String]) -> ragstone_core::Result<Array2<f32>> {
    let dimension = embedder.spec().dimension;
    let mut flat = Vec::with_capacity(texts.len() * dimension);
    for group in texts.chunks(TEXTS_AT_ONCE) {
        for vector in embedder.embed_passages(group.to_vec()).await? {
            flat.extend(vector);
        }
    }
    let rows = Array2::from_shape_vec((texts.len(), dimension), flat);
    Ok(rows.map_err(|error| ClassifyError::Diverged { reason: format!("the model's vectors have another length: {error}") })?)
}

/// Enough to be sorted by length, few enough that nothing grows with the number of texts.
const TEXTS_AT_ONCE: usize = 2_048;
