//! k-means on unit vectors, by cosine: each round is one matrix product.

use ndarray::{Array1, Array2, ArrayView1, Axis, s};
use rayon::prelude::*;

/// Vectors and the centres they are nearest to.
pub(super) struct Clustering {
    pub(super) centres: Array2<f32>,
    pub(super) group_of: Vec<usize>,
    /// The mean simplified silhouette.
    pub(super) clarity: f32,
}

impl Clustering {
    /// The rows of a group.
    pub(super) fn members(&self, group: usize) -> impl Iterator<Item = usize> + '_ {
        self.group_of.iter().enumerate().filter(move |(_, of)| **of == group).map(|(row, _)| row)
    }
}

const MOST_ROUNDS: usize = 50;
const ROWS_AT_ONCE: usize = 1_024;

/// The nearest centre of a row, and the similarities to it and to the next.
#[derive(Clone, Copy)]
struct Nearest {
    group: usize,
    similarity: f32,
    next: f32,
}

/// Groups vectors; starts from vectors that are far from each other, so that the same vectors make the same groups.
pub(super) fn k_means(dense: &Array2<f32>, groups: usize) -> Clustering {
    let mut centres = spread(dense, groups);
    let mut nearest = assign(dense, &centres);
    for _ in 0..MOST_ROUNDS {
        centres = means(dense, &nearest, centres);
        let again = assign(dense, &centres);
        let settled = again.iter().zip(&nearest).all(|(new, old)| new.group == old.group);
        nearest = again;
        if settled {
            break;
        }
    }
    let silhouettes = nearest.iter().map(|near| {
        let (own, other) = (1.0 - near.similarity, 1.0 - near.next);
        (other - own) / own.max(other).max(f32::MIN_POSITIVE)
    });
    let clarity = silhouettes.sum::<f32>() / nearest.len().max(1) as f32;
    Clustering { centres, group_of: nearest.iter().map(|near| near.group).collect(), clarity }
}

/// One vector after the other, the first in the middle, each next one far from those before.
fn spread(dense: &Array2<f32>, groups: usize) -> Array2<f32> {
    let mean = dense.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(dense.ncols()));
    let first = most_central(&dense.dot(&mean));
    let mut chosen = vec![first];
    let mut closest = dense.dot(&dense.row(first));
    while chosen.len() < groups {
        let next = far(&closest);
        chosen.push(next);
        let similarities = dense.dot(&dense.row(next));
        closest.zip_mut_with(&similarities, |closest, similarity| *closest = closest.max(*similarity));
    }
    dense.select(Axis(0), &chosen)
}

/// Not the very farthest, which is an outlier: that of the hundredth part.
fn far(closest: &Array1<f32>) -> usize {
    let mut order: Vec<(usize, f32)> = closest.iter().copied().enumerate().collect();
    order.sort_unstable_by(|left, right| left.1.total_cmp(&right.1));
    order.get(order.len() / 100).map_or(0, |(row, _)| *row)
}

fn most_central(similarities: &Array1<f32>) -> usize {
    let first = similarities.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1));
    first.map_or(0, |(row, _)| row)
}

fn assign(dense: &Array2<f32>, centres: &Array2<f32>) -> Vec<Nearest> {
    let starts: Vec<usize> = (0..dense.nrows()).step_by(ROWS_AT_ONCE).collect();
    starts
        .into_par_iter()
        .flat_map_iter(|from| {
            let to = (from + ROWS_AT_ONCE).min(dense.nrows());
            let similarities = dense.slice(s![from..to, ..]).dot(&centres.t());
            let nearest: Vec<Nearest> = similarities.rows().into_iter().map(two_nearest).collect();
            nearest
        })
        .collect()
}

fn two_nearest(similarities: ArrayView1<'_, f32>) -> Nearest {
    let mut nearest = Nearest { group: 0, similarity: f32::NEG_INFINITY, next: f32::NEG_INFINITY };
    for (group, similarity) in similarities.iter().copied().enumerate() {
        if similarity > nearest.similarity {
            nearest = Nearest { group, similarity, next: nearest.similarity };
        } else if similarity > nearest.next {
            nearest.next = similarity;
        }
    }
    nearest
}

/// The means of the groups, of length 1. A group that has lost all its vectors stays where it was.
fn means(dense: &Array2<f32>, nearest: &[Nearest], before: Array2<f32>) -> Array2<f32> {
    let mut centres = Array2::zeros(before.raw_dim());
    for (vector, near) in dense.rows().into_iter().zip(nearest) {
        let mut centre = centres.row_mut(near.group);
        centre += &vector;
    }
    for (mut centre, before) in centres.rows_mut().into_iter().zip(before.rows()) {
        let norm = centre.dot(&centre).sqrt();
        if norm > 0.0 {
            centre.mapv_inplace(|value| value / norm);
        } else {
            centre.assign(&before);
        }
    }
    centres
}
