//! Which sentences are quoted, and in which order.

use std::collections::HashSet;

use super::terms::terms;
use super::{Candidate, follower};

/// No more sentences than these, follow-ups included.
const MAX_PICKED: usize = 4;
/// So many are picked by their score.
const MAX_BEST: usize = 3;
/// A further sentence must come this near to the best one's score.
const NEAR_BEST: f32 = 0.8;
/// One of another passage must come nearer: it is less likely to go on about the same.
const NEAR_BEST_ELSEWHERE: f32 = 0.9;
/// Sentences that share more of their terms than this say the same.
const SAME: f32 = 0.7;

/// Picks one to four candidates: passages in the order of their best sentence, sentences in the order of the text.
pub(super) fn select(candidates: &[Candidate<'_>], scores: &[f32]) -> Vec<usize> {
    let mut ranked: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
    ranked.sort_by(|left, right| right.1.total_cmp(&left.1));
    let Some(&(_, best)) = ranked.first() else { return Vec::new() };
    let mut picked: Vec<usize> = Vec::new();
    let mut passages: Vec<usize> = Vec::new();
    for (at, score) in ranked {
        let Some(candidate) = candidates.get(at) else { continue };
        let is_elsewhere = passages.first().is_some_and(|first| *first != candidate.passage.number);
        let near = if is_elsewhere { NEAR_BEST_ELSEWHERE } else { NEAR_BEST };
        if picked.len() >= MAX_BEST || score < best - best.abs() * (1.0 - near) {
            continue;
        }
        if picked.contains(&at) || repeats(candidate, candidates, &picked) {
            continue;
        }
        if !passages.contains(&candidate.passage.number) {
            passages.push(candidate.passage.number);
        }
        picked.push(at);
        if follower(candidates, at).is_some() && picked.len() < MAX_PICKED && !picked.contains(&(at + 1)) {
            picked.push(at + 1);
        }
    }
    let place =
        |at: &usize| candidates.get(*at).and_then(|candidate| passages.iter().position(|number| *number == candidate.passage.number));
    picked.sort_by_key(|at| (place(at), *at));
    picked
}

/// Whether a picked sentence says nearly the same.
fn repeats(candidate: &Candidate<'_>, candidates: &[Candidate<'_>], picked: &[usize]) -> bool {
    let content = terms(&candidate.sentence.shown);
    picked.iter().filter_map(|&at| candidates.get(at)).any(|other| overlap(&content, &terms(&other.sentence.shown)) > SAME)
}

fn overlap(left: &HashSet<String>, right: &HashSet<String>) -> f32 {
    let smaller = left.len().min(right.len()).max(1);
    left.intersection(right).count() as f32 / smaller as f32
}
