//! What is tried.

use super::{LearnOptions, TrainingSet};
use crate::features::{Features, WordWeights};
use crate::{Method, MethodChoice};

/// A method with its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) method: Method,
}

impl Candidate {
    /// How much freedom it has; 0 where that is no question.
    pub(crate) fn freedom(self) -> f64 {
        match self.method {
            Method::Logistic { freedom, .. } => freedom,
            _ => 0.0,
        }
    }
}

/// How much freedom logistic regression is given, from little to much.
const FREEDOMS: [f64; 5] = [1.0, 4.0, 16.0, 64.0, 256.0];

/// A candidate that is so much worse than the best of its family ends it: more freedom would only be worse.
const HOPELESS: f64 = 0.004;

/// With more examples than this, fits take long and chance moves accuracy little: fewer folds, and no patience.
pub(crate) const MANY: usize = 3_000;

/// How much worse than the best of its family a candidate may be for the family to go on.
pub(crate) fn patience(examples: usize) -> f64 {
    if examples > MANY { 0.0 } else { HOPELESS }
}

/// How many words have a column.
const WORD_COLUMNS: usize = 2_048;
/// More weights than this would not be worth their memory.
const MOST_WEIGHTS: usize = 1_500_000;
/// How much words count beside an embedding of length 1.
const WORD_SCALE: f32 = 1.0;

/// The examples, with and without their words.
pub(crate) struct Prepared {
    plain: Features,
    with_words: Option<(Features, WordWeights)>,
}

impl Prepared {
    pub(crate) fn new(set: &TrainingSet, options: &LearnOptions) -> Self {
        let plain = set.features();
        let wanted = matches!(options.method, MethodChoice::Best | MethodChoice::Logistic);
        let affordable = (WORD_COLUMNS + plain.width()) * set.labels.len() <= MOST_WEIGHTS;
        let with_words = (wanted && affordable).then(|| {
            let weights = WordWeights::learn(&set.texts, WORD_COLUMNS, WORD_SCALE);
            (Features { dense: plain.dense.clone(), words: weights.weigh(&set.texts) }, weights)
        });
        Self { plain, with_words }
    }

    /// What a method reads.
    pub(crate) fn features(&self, method: Method) -> &Features {
        match (&self.with_words, method) {
            (Some((features, _)), Method::Logistic { words: true, .. }) => features,
            _ => &self.plain,
        }
    }

    /// What a method has to know of words.
    pub(crate) fn words_of(&self, method: Method) -> Option<WordWeights> {
        match (&self.with_words, method) {
            (Some((_, weights)), Method::Logistic { words: true, .. }) => Some(weights.clone()),
            _ => None,
        }
    }
}

/// What is tried, family by family, simpler ones first: of equals, the first wins.
pub(crate) fn families(prepared: &Prepared, options: &LearnOptions) -> Vec<Vec<Candidate>> {
    let one = |method| vec![Candidate { method }];
    let logistic = |words| FREEDOMS.iter().map(|freedom| Candidate { method: Method::Logistic { freedom: *freedom, words } }).collect();
    let mut families = match options.method {
        MethodChoice::Centroids => return vec![one(Method::Centroids)],
        MethodChoice::Neighbours => return vec![one(Method::Neighbours)],
        MethodChoice::LogisticWith(freedom) => return vec![one(Method::Logistic { freedom, words: false })],
        MethodChoice::Best => vec![one(Method::Centroids), one(Method::Neighbours)],
        MethodChoice::Logistic => Vec::new(),
    };
    families.push(logistic(false));
    if prepared.with_words.is_some() {
        families.push(logistic(true));
    }
    families
}
