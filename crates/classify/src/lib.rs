//! Text to labels, or to "none of these", on the same embeddings that search uses.
//!
//! **Where in the flow:** beside the read path. Texts are embedded by the port [`Embedder`](ragstone_core::Embedder); all
//! else is arithmetic and files, and nothing is looked up in a store.
//!
//! ```text
//! examples ──embed──▶ TrainingSet ──learn──▶ Classifier + Report ──▶ ClassifierStore
//! text     ──embed──▶ Classifier ──▶ Prediction
//! ```
//!
//! * [`read_examples`] reads [`Examples`] of files; nothing that is left out goes unnamed.
//! * [`learn`] tries every [`Method`] on held-out folds, fits the best to all examples, calibrates its probabilities, and
//!   says in a [`Report`] how good it is and which examples someone should look at.
//! * A [`Classifier`] turns texts into [`Prediction`]s; below its threshold, a text has none of its labels.
//! * [`ClassifierStore`] keeps versions, and the corrections that the next one learns from.
//! * [`Classifiers`] puts these together for programs: it is what the command line and the server call.
//!
//! ```
//! use ragstone_classify::{ClassifierName, Example, Examples};
//!
//! let name: ClassifierName = "intents".parse()?;
//! assert_eq!(name.as_str(), "intents");
//! let mut examples = Examples::default();
//! examples.push(Example { text: "where is my card?".to_owned(), labels: vec!["card".to_owned()], origin: Default::default() });
//! assert_eq!(examples.counts()["card"], 1);
//! # Ok::<(), ragstone_classify::ClassifyError>(())
//! ```
//!
//! **Why a linear model on frozen embeddings:** it learns ten thousand examples in seconds on a laptop, and on topical
//! tasks it is within a few points of a model that was fine-tuned. Where it is not, the report's learning curve shows it.

mod abstain;
mod calibrate;
mod classifier;
mod classifiers;
mod discover;
mod error;
mod examples;
mod features;
mod folds;
mod inspect;
mod labeller;
mod learn;
mod measure;
mod method;
mod model;
mod name;
mod report;
mod store;
mod stream;
mod zero_shot;

pub use abstain::{Abstention, Wanted};
pub use calibrate::Calibration;
pub use classifier::{Classifier, ClassifierHead, LabelScore, Prediction};
pub use classifiers::{Classifiers, Evaluation, Trained, evaluate_embedded};
pub use discover::{DiscoverOptions, Discovered, Group, discover};
pub use error::ClassifyError;
pub use examples::{Columns, Example, Examples, LeftOut, Origin, read_examples, read_texts};
pub use features::{Features, WordWeights, embed};
pub use labeller::{DocumentLabeller, IngestLabel};
pub use learn::{Embedded, LearnOptions, Learned, MOST_EXAMPLES, MOST_LABELS, TrainingSet, learn};
pub use measure::{Confusion, Figures, LabelFigures};
pub use method::{Method, MethodChoice};
pub use model::{ClassWeights, Task};
pub use name::ClassifierName;
pub use report::{Choice, CurvePoint, DataReport, LearningCurve, Mistake, Pair, Report, Seconds, SmallLabel, Tried, page};
pub use store::{ClassifierStore, Correction, Kept, NewVersion, Training};
pub use stream::{TextLine, TextStream};
pub use zero_shot::{DescribedLabel, zero_shot};
