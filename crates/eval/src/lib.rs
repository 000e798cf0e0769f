//! How good a search is: rankings held against human judgements.
//!
//! **Where in the flow:** after the read path. The caller searches for every query of a set, collects the
//! rankings in a [`Run`] and has them measured; nothing is searched or stored here.
//!
//! [`read_beir`] reads a [`BeirSet`]: documents, queries, and [`Judgements`] of which document answers which
//! query. A [`Run`] is what a search found, per query. [`evaluate`] holds the one against the other and returns
//! an [`Evaluation`]. A search that finds chunks is judged by its documents: see [`documents_from_chunks`].
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

mod beir;
mod error;
mod evaluate;
mod metrics;
mod run;

pub use beir::{BeirDocument, BeirQuery, BeirSet, Judgements, read_beir};
pub use error::EvalError;
pub use evaluate::{Evaluation, evaluate};
pub use run::{RankedDocument, Run, documents_from_chunks};
