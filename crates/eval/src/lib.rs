//! How good a search is: rankings held against human judgements.
//!
//! **Where in the flow:** after the read path. Whatever can search and answer is a [`Subject`]; nothing is searched or stored
//! here.
//!
//! ```text
//! questions ──resolve──▶ AskedQuestion ──examine a Subject──▶ Examined ──assess──▶ Assessment ──differences──▶ Difference
//! ```
//!
//! * A [`Question`] comes from a user's file ([`read_questions`]); [`resolve`] finds the documents and quotes it names in a
//!   collection. A [`BeirSet`] brings its own documents.
//! * [`examine`] asks the questions, several at once; an [`Examination`] is what came of it, and an [`Assessment`] its figures,
//!   each with an interval ([`Resampling`]).
//! * [`evaluate`] holds a [`Run`] that was made elsewhere ([`read_run`]) against [`Judgements`] ([`read_qrels`]). A search that
//!   finds chunks is judged by its documents: see [`documents_from_chunks`].
//!
//! ```
//! use ragstone_eval::{Judgements, RankedDocument, Run, evaluate};
//!
//! let mut judgements = Judgements::new();
//! judgements.entry("how long is the trail?".to_owned()).or_default().insert("trails.md".to_owned(), 1);
//!
//! let mut run = Run::default();
//! run.insert("how long is the trail?", vec![
//!     RankedDocument { id: "weather.md".to_owned(), score: 0.9 },
//!     RankedDocument { id: "trails.md".to_owned(), score: 0.4 },
//! ])?;
//! let evaluation = evaluate(&run, &judgements, &[1, 10]);
//! assert_eq!(evaluation.metrics["mrr@10"], 0.5);
//! assert_eq!(evaluation.metrics["recall@1"], 0.0);
//! # Ok::<(), ragstone_eval::EvalError>(())
//! ```
//!
//! **Why `trec_eval`'s definitions, to the last digit:** figures can then be held against published ones. The
//! cost is its order of ties, which ignores the rank a search gave: see [`Run`].

mod assess;
mod beir;
mod bootstrap;
mod chunking;
mod draft;
mod error;
mod evaluate;
mod examine;
mod lines;
mod metrics;
mod questions;
mod quotes;
mod report;
mod resolve;
mod run;
mod spans;
mod squad;
mod trec;

pub use assess::{Assessment, CUTOFFS, Examination, Latency, QuestionScores};
pub use beir::{BeirDocument, BeirQuery, BeirSet, read_beir, read_beir_judged_by};
pub use bootstrap::{Difference, Estimate, Resampling};
pub use chunking::{CharacterIndex, ChunkingSet, fixed_chunks, read_chunking_set};
pub use draft::{DraftPassage, choose_passages, without_repeats};
pub use error::{EvalError, QuestionProblem};
pub use evaluate::{Evaluation, evaluate};
pub use examine::{CitedPassage, Examined, FoundPassage, GivenAnswer, Subject, examine};
pub use questions::{GoldPassage, Question, check_questions, read_questions};
pub use report::{ChangedQuestion, Comparison, MEASURES, Report, ReportedSubject, ordered_measures};
pub use resolve::{AskedQuestion, Resolved, Unresolved, resolve};
pub use run::{RankedDocument, Run, documents_from_chunks};
pub use spans::{Gold, Place, SpanScores, span_scores};
pub use squad::{AnswerScores, compare_answers};
pub use trec::{Judgements, qrels_to_text, read_qrels, read_run, run_to_text};
