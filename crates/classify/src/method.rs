//! The ways to learn, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a classifier was trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Method {
    /// Descriptions of the labels, no examples.
    ZeroShot,
    /// The mean of each label's examples.
    Centroids,
    /// The nearest examples.
    Neighbours,
    /// Logistic regression.
    Logistic {
        /// The inverse of the penalty on weights (scikit-learn's `C`).
        freedom: f64,
        /// Whether it reads words besides embeddings.
        words: bool,
    },
}

/// Which methods are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MethodChoice {
    /// All of them; cross-validation decides.
    #[default]
    Best,
    /// The mean of each label's examples.
    Centroids,
    /// The nearest examples.
    Neighbours,
    /// Logistic regression; cross-validation decides on its penalty and on words.
    Logistic,
    /// Logistic regression on embeddings alone with this `C`.
    LogisticWith(f64),
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroShot => formatter.write_str("descriptions of the labels"),
            Self::Centroids => formatter.write_str("centroids"),
            Self::Neighbours => formatter.write_str("nearest examples"),
            Self::Logistic { freedom, words: false } => write!(formatter, "logistic regression, C {freedom}"),
            Self::Logistic { freedom, words: true } => write!(formatter, "logistic regression with words, C {freedom}"),
        }
    }
}
