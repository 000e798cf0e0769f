//! Examples that are there twice, or almost.

use std::collections::HashMap;

use rayon::prelude::*;

use super::MOST_LISTED;
use crate::folds::normalised;
use crate::learn::TrainingSet;
use crate::model::Task;
use crate::report::Pair;

/// From this cosine on two texts say almost the same.
const ALMOST_THE_SAME: f32 = 0.95;

/// All pairs are compared; beyond this many examples that would take minutes.
const MOST_COMPARED: usize = 30_000;
const ROWS_AT_ONCE: usize = 256;

/// Texts that are there more than once.
pub(crate) struct Repeats {
    pub(crate) duplicates: usize,
    pub(crate) conflicts: Vec<Pair>,
}

pub(crate) fn repeats(set: &TrainingSet) -> Repeats {
    let mut first_of_text: HashMap<String, usize> = HashMap::new();
    let mut found = Repeats { duplicates: 0, conflicts: Vec::new() };
    for (row, text) in set.texts.iter().enumerate() {
        let first = *first_of_text.entry(normalised(text)).or_insert(row);
        let labels = |row: usize| set.targets().rows.get(row);
        match first == row {
            true => {}
            false if labels(first) == labels(row) => found.duplicates += 1,
            false => found.conflicts.extend(pair(set, first, row, 1.0)),
        }
    }
    found
}

/// Pairs that say almost the same and have different labels, nearest first; texts that are wholly equal are conflicts.
pub(crate) fn near_duplicates(set: &TrainingSet) -> Vec<Pair> {
    let rows = set.texts.len().min(MOST_COMPARED);
    if set.targets().task == Task::ManyLabels {
        return Vec::new();
    }
    let dense = set.dense.slice(ndarray::s![..rows, ..]);
    let starts: Vec<usize> = (0..rows).step_by(ROWS_AT_ONCE).collect();
    let near: Vec<(usize, usize, f32)> = starts
        .into_par_iter()
        .flat_map_iter(|from| {
            let to = (from + ROWS_AT_ONCE).min(rows);
            let similarities = dense.slice(ndarray::s![from..to, ..]).dot(&dense.slice(ndarray::s![from.., ..]).t());
            let mut near = Vec::new();
            for ((row, column), similarity) in similarities.indexed_iter() {
                if *similarity >= ALMOST_THE_SAME && column > row {
                    near.push((from + row, from + column, *similarity));
                }
            }
            near
        })
        .collect();
    let labels = |row: usize| set.targets().rows.get(row);
    let equal =
        |one: usize, other: usize| set.texts.get(one).map(|text| normalised(text)) == set.texts.get(other).map(|text| normalised(text));
    let mut near: Vec<_> = near.into_iter().filter(|(one, other, _)| labels(*one) != labels(*other) && !equal(*one, *other)).collect();
    near.sort_by(|left, right| right.2.total_cmp(&left.2));
    near.into_iter().take(MOST_LISTED).filter_map(|(one, other, similarity)| pair(set, one, other, similarity)).collect()
}

fn pair(set: &TrainingSet, one: usize, other: usize, similarity: f32) -> Option<Pair> {
    let label = |row: usize| {
        let labels: Vec<String> = set.targets().rows.get(row)?.iter().map(|label| set.label(*label)).collect();
        Some(labels.join(", "))
    };
    Some(Pair {
        text: set.texts.get(one)?.clone(),
        label: label(one)?,
        origin: set.origins.get(one)?.clone(),
        other_text: set.texts.get(other)?.clone(),
        other_label: label(other)?,
        other_origin: set.origins.get(other)?.clone(),
        similarity,
    })
}
