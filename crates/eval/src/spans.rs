//! How well passages fit what a question asks for, letter by letter, by the definitions of Chroma's chunking evaluation
//! (Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", 2024).

use ragstone_core::{DocumentId, Span};

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The document.
    pub document: DocumentId,
    /// Where in its text.
    pub span: Span,
}

/// A passage that answers: one place, or several of which any will do, since each has the same words.
pub type Gold = Vec<Place>;

/// How retrieved passages and those that answer share their letters.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SpanScores {
    /// The share of what answers that was retrieved.
    pub recall: f64,
    /// The share of what was retrieved that answers. What is retrieved twice counts twice, as it does in a prompt.
    pub precision: f64,
    /// What was retrieved and answers, by what was retrieved or answers.
    pub iou: f64,
}

impl Place {
    /// How many bytes two places share.
    pub fn shared(&self, other: &Self) -> usize {
        if self.document != other.document {
            return 0;
        }
        self.span.end.min(other.span.end).saturating_sub(self.span.start.max(other.span.start))
    }
}

/// Compares what was retrieved with what answers.
pub fn span_scores(gold: &[Gold], retrieved: &[Place]) -> SpanScores {
    let gold: Vec<Place> = gold.iter().filter_map(|alternatives| best_alternative(alternatives, retrieved)).collect();
    let wanted: usize = gold.iter().map(|place| place.span.len()).sum();
    let given: usize = retrieved.iter().map(|place| place.span.len()).sum();
    let both: Vec<Place> = gold.iter().flat_map(|wanted| retrieved.iter().filter_map(|given| intersection(wanted, given))).collect();
    let shared = covered(both);
    let missed = covered(gold.clone()).saturating_sub(shared);
    SpanScores { recall: share(shared, wanted), precision: share(shared, given), iou: share(shared, given + missed) }
}

/// Of places with the same words, the one of which most was retrieved.
pub(crate) fn best_alternative(alternatives: &[Place], retrieved: &[Place]) -> Option<Place> {
    let found = |place: &Place| retrieved.iter().map(|given| given.shared(place)).max().unwrap_or_default();
    alternatives.iter().copied().rev().max_by_key(found)
}

fn intersection(one: &Place, other: &Place) -> Option<Place> {
    let span = Span { start: one.span.start.max(other.span.start), end: one.span.end.min(other.span.end) };
    (one.document == other.document && !span.is_empty()).then_some(Place { document: one.document, span })
}

/// How many bytes are in any of the places.
fn covered(mut places: Vec<Place>) -> usize {
    places.sort_unstable_by_key(|place| (place.document, place.span.start));
    let (mut total, mut reached, mut document) = (0, 0, None);
    for place in places {
        if document != Some(place.document) {
            (document, reached) = (Some(place.document), 0);
        }
        total += place.span.end.saturating_sub(place.span.start.max(reached));
        reached = reached.max(place.span.end);
    }
    total
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(document: &str, start: usize, end: usize) -> Place {
        Place { document: DocumentId::from_source(document), span: Span { start, end } }
    }

    #[track_caller]
    fn check(gold: &[Gold], retrieved: &[Place], recall: f64, precision: f64, iou: f64) {
        let scores = span_scores(gold, retrieved);
        assert_eq!(scores, SpanScores { recall, precision, iou });
    }

    #[test]
    fn by_hand() {
        let gold = [vec![place("a", 10, 20)], vec![place("a", 50, 60)]];
        check(&gold, &[place("a", 0, 40)], 0.5, 10.0 / 40.0, 10.0 / 50.0);
        check(&gold, &[place("a", 0, 40), place("b", 0, 100)], 0.5, 10.0 / 140.0, 10.0 / 150.0);
        check(&gold, &[place("a", 10, 20), place("a", 50, 60)], 1.0, 1.0, 1.0);
        check(&gold, &[], 0.0, 0.0, 0.0);
        check(&[], &[place("a", 0, 10)], 0.0, 0.0, 0.0);
    }

    #[test]
    fn what_overlaps_is_found_once_and_costs_twice() {
        let gold = [vec![place("a", 10, 20)]];
        check(&gold, &[place("a", 0, 20), place("a", 10, 30)], 1.0, 10.0 / 40.0, 10.0 / 40.0);
    }

    #[test]
    fn one_of_several_equal_places_is_enough() {
        let gold = [vec![place("a", 10, 20), place("b", 110, 120)]];
        check(&gold, &[place("b", 100, 120)], 1.0, 0.5, 0.5);
        check(&gold, &[place("c", 100, 120)], 0.0, 0.0, 0.0);
    }
}
