//! What vectors must be before any store sees them.

use ragstone_core::{IndexName, SparseVector};

use crate::StoreError;

pub(crate) fn check_dense(index: &IndexName, dimension: usize, vector: &[f32]) -> Result<(), StoreError> {
    if vector.len() != dimension {
        return Err(StoreError::Dimension { index: index.clone(), expected: dimension, given: vector.len() });
    }
    if vector.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(StoreError::NotFinite { index: index.clone() }) }
}

pub(crate) fn check_sparse(index: &IndexName, vector: &SparseVector) -> Result<(), StoreError> {
    let mut distinct = vector.indices.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if vector.indices.len() == vector.values.len() && distinct.len() == vector.indices.len() {
        return Ok(());
    }
    Err(StoreError::Sparse { index: index.clone(), indices: vector.indices.len(), values: vector.values.len() })
}

/// Stores take indices in rising order.
pub(crate) fn sort(vector: &mut SparseVector) {
    if vector.indices.is_sorted() {
        return;
    }
    let mut pairs: Vec<(u32, f32)> = vector.indices.drain(..).zip(vector.values.drain(..)).collect();
    pairs.sort_by_key(|(index, _)| *index);
    (vector.indices, vector.values) = pairs.into_iter().unzip();
}
