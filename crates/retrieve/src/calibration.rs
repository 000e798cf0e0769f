//! Where "not in the corpus" begins, found out for each collection from the collection itself.
//!
//! A passage's *evidence* for a query is its cosine similarity plus [`COVERAGE_WEIGHT`] times its coverage; where the model does
//! not read the query, it is the coverage alone. How much of it means something differs: among 5,000 abstracts of one science some
//! are near to every question, among 40 pages of a handbook few are. So two samples are taken:
//!
//! * **what can be answered**: a sentence is taken out of each of some passages of the collection and asked for; the rest of its
//!   passage, or another, must be recognised. This is harder than most questions are, so it is an upper bound of what is refused;
//! * **what cannot**: questions about other things ([`questions()`]), in the languages of the collection, each with the best of what a
//!   search finds for it.
//!
//! The threshold lies where fewer of the second kind pass than is wanted, unless too many of the first would not
//! ([`Threshold::place`]). What it is expected to do wrong is measured on the halves of the samples that it was not placed by.
//!
//! Costs about a second for every 50 passages of the sample, mostly for embedding them; the sample is bounded, the collection is not.

mod cloze;
mod kept;
mod questions;
mod threshold;

use chrono::{DateTime, Utc};
use ragstone_core::{EmbeddingSpec, Relevance};
use serde::{Deserialize, Serialize};

pub(crate) use cloze::Cloze;
pub(crate) use kept::Calibrations;
pub(crate) use questions::questions;
pub use threshold::Threshold;

/// What the share of the query's words counts for beside the cosine similarity.
///
/// Of 0, 0.3, 0.5, 1 and coverage alone, 0.3 parted a set's own questions best from those of other sets, on the worst of four sets
/// (SciFact, XQuAD en, HotpotQA, the State of the Union): at 5 % false answers 0 to 7 % were refused; by similarity alone up to 12 %.
pub(crate) const COVERAGE_WEIGHT: f32 = 0.3;

/// Passages that are asked for.
pub(crate) const SAMPLED_PASSAGES: usize = 200;

/// With fewer questions about other things than this, a threshold would be chance.
const FEWEST_UNANSWERABLE: usize = 20;

/// With fewer about the collection, nothing could be said of what it refuses.
const FEWEST_ANSWERABLE: usize = 10;

/// Smaller collections are not calibrated by themselves.
pub(crate) const FEWEST_CHUNKS: u64 = 20;

/// Changes when what is measured does: calibrations of other versions are made again.
const VERSION: u32 = 2;

/// A collection that has grown or shrunk by this factor is calibrated again.
const GROWTH: u64 = 2;

/// From where on a collection's passages are relevant, and what that is expected to do wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Calibration {
    /// Of the procedure.
    pub version: u32,
    /// When it was measured.
    pub made_at: DateTime<Utc>,
    /// The embedding model, with its revision.
    pub model: String,
    /// How many chunks the collection had.
    pub chunks: u64,
    /// The share of unanswerable questions that may be taken for answerable ones.
    pub wanted_false_answers: f32,
    /// For queries that the model reads: similarity and words. `null` if too few such questions could be made.
    pub meaning_and_words: Option<Threshold>,
    /// For queries that the model does not read, and searches by words alone.
    pub words_alone: Option<Threshold>,
}

impl Calibration {
    /// How a calibration remembers a model.
    pub(crate) fn name_of(model: &EmbeddingSpec) -> String {
        format!("{} {}", model.model, model.revision)
    }

    /// Whether it is about vectors of this model, and not of one that the collection had before or will have.
    pub fn is_of(&self, model: &EmbeddingSpec) -> bool {
        self.model == Self::name_of(model)
    }

    /// Whether it still says something of a collection of so many chunks by this model.
    pub(crate) fn fits(&self, basis: &Basis) -> bool {
        let has_grown = basis.chunks > self.chunks.saturating_mul(GROWTH) || basis.chunks.saturating_mul(GROWTH) < self.chunks;
        self.version == VERSION && self.model == basis.model && self.wanted_false_answers == basis.wanted_false_answers && !has_grown
    }

    pub(crate) fn new(basis: Basis, made_at: DateTime<Utc>, samples: &Samples) -> Self {
        let Basis { model, chunks, wanted_false_answers } = basis;
        Self {
            version: VERSION,
            made_at,
            model,
            chunks,
            wanted_false_answers,
            meaning_and_words: Threshold::place(
                &samples.answerable.meaning_and_words,
                &samples.unanswerable.meaning_and_words,
                wanted_false_answers,
            ),
            words_alone: Threshold::place(&samples.answerable.words_alone, &samples.unanswerable.words_alone, wanted_false_answers),
        }
    }
}

/// What a calibration is made for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Basis {
    pub(crate) model: String,
    pub(crate) chunks: u64,
    pub(crate) wanted_false_answers: f32,
}

/// The evidence of both kinds of questions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples {
    pub(crate) answerable: Evidence,
    pub(crate) unanswerable: Evidence,
}

/// The evidence for each question of one kind, with and without the similarity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    pub(crate) meaning_and_words: Vec<f32>,
    pub(crate) words_alone: Vec<f32>,
}

impl Evidence {
    /// Counts a question.
    pub(crate) fn add(&mut self, found: Found) {
        self.meaning_and_words.extend(found.meaning_and_words);
        self.words_alone.push(found.coverage);
    }
}

/// The best evidence that was found for a question.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Found {
    /// Similarity and coverage together, where the model reads the question.
    pub(crate) meaning_and_words: Option<f32>,
    pub(crate) coverage: f32,
}

impl Found {
    pub(crate) fn or_better(self, other: Self) -> Self {
        let meaning_and_words = match (self.meaning_and_words, other.meaning_and_words) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        Self { meaning_and_words, coverage: self.coverage.max(other.coverage) }
    }
}

impl From<Relevance> for Found {
    fn from(Relevance { similarity, coverage, .. }: Relevance) -> Self {
        Self { meaning_and_words: similarity.map(|similarity| similarity + COVERAGE_WEIGHT * coverage), coverage }
    }
}
