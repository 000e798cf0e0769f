//! What can be wrong with a server that embeds.

use std::error::Error as StdError;
use std::time::Duration;

use ragstone_core::ErrorKind;

use super::config::seconds;

/// Why a server's vectors cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The section is missing.
    #[error("there is no `[embed.remote]` in the configuration; give at least `embed.remote.url`")]
    NotConfigured,
    /// Settings are wrong.
    #[error("{}", .problems.join("\n"))]
    Settings {
        /// Each starts with its key.
        problems: Vec<String>,
    },
    /// The key cannot stand in a header.
    #[error("`RAGSTONE_EMBED_API_KEY` contains a character that no key has, such as a line break")]
    Key,
    /// The key would cross a network where anybody can read it.
    #[error(
        "`RAGSTONE_EMBED_API_KEY` is not sent in the clear to `{url}`; use https, or set `embed.remote.key_over_http` where the network can be trusted"
    )]
    KeyInTheClear {
        /// The server.
        url: String,
    },
    /// No client can be made.
    #[error("cannot prepare connections to `{url}`: {}", deepest(source))]
    Client {
        /// The server.
        url: String,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// Nobody is there.
    #[error("no connection to `{url}`: {}; check `embed.remote.url` and that the server runs", deepest(source))]
    Connect {
        /// The server.
        url: String,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// It took too long.
    #[error("`{url}` did not answer within {}; see whether it is overloaded, or raise `{setting}`", seconds(*.waited))]
    Timeout {
        /// The server.
        url: String,
        /// What limits the wait.
        setting: &'static str,
        /// The limit.
        waited: Duration,
    },
    /// The connection broke.
    #[error("the connection to `{url}` broke: {}", deepest(source))]
    Exchange {
        /// The server.
        url: String,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// It has too much to do.
    #[error("`{url}` is overloaded ({status}): {message}{}", wait(*.retry_after))]
    Overloaded {
        /// The server.
        url: String,
        /// Its status.
        status: u16,
        /// What it says.
        message: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// It failed.
    #[error("`{url}` failed ({status}): {message}; see its log")]
    Failed {
        /// The server.
        url: String,
        /// Its status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// It wants another key, or one at all.
    #[error("`{url}` does not accept the key ({status}): {message}; set `RAGSTONE_EMBED_API_KEY`")]
    Unauthorized {
        /// The server.
        url: String,
        /// Its status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// It does not know the address or the model.
    #[error("`{url}` does not have what was asked for ({status}): {message}; check `embed.remote.url`, `api` and `model`")]
    NotThere {
        /// The server and the path.
        url: String,
        /// Its status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The request is larger than it takes; a request with several texts is split before this is said.
    #[error("`{url}` takes no text of this length ({status}): {message}; lower `embed.remote.max_tokens`, or raise the server's limit")]
    TooLarge {
        /// The server.
        url: String,
        /// Its status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// It wants something else.
    #[error("`{url}` refuses the request ({status}): {message}; check `embed.remote.api`, `model` and `max_tokens`")]
    Refused {
        /// The server.
        url: String,
        /// Its status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// What it sends is not what was asked for.
    #[error("`{url}` {problem}")]
    Reply {
        /// The server and the path.
        url: String,
        /// In what way.
        problem: ReplyProblem,
    },
    /// It serves another model.
    #[error("`{url}` serves `{served}`, `embed.remote.model` is `{wanted}`; set the one or start the other")]
    OtherModel {
        /// The server.
        url: String,
        /// What it serves.
        served: String,
        /// What is configured.
        wanted: String,
    },
    /// The server serves something that does not embed.
    #[error("`{url}` serves `{served}`, which is no embedding model; start it with one")]
    NoEmbeddings {
        /// The server.
        url: String,
        /// What it serves.
        served: String,
    },
    /// More tokens were configured than the server reads.
    #[error("`embed.remote.max_tokens` is {wanted}, `{url}` reads {limit} at most; lower it, or leave it out")]
    TooManyTokens {
        /// The server.
        url: String,
        /// What was configured.
        wanted: usize,
        /// What the server reads.
        limit: usize,
    },
    /// The server and the folder give different vectors for the same text.
    #[error(
        "`{url}` and model `{model}` on this machine give different vectors for the same text (similarity {similarity:.3}); leave `embed.remote.same_as` out, or serve the same weights"
    )]
    Disagrees {
        /// The server.
        url: String,
        /// The model here.
        model: String,
        /// The lowest cosine similarity of two vectors that should be equal.
        similarity: f32,
    },
    /// A task of ours ended early.
    #[error("texts could not be prepared for `{url}`")]
    Preparation {
        /// The server.
        url: String,
        /// What failed.
        #[source]
        source: ragstone_core::BoxError,
    },
}

/// In what way a reply is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ReplyProblem {
    /// Not the JSON of this protocol.
    #[error("sends what is no reply of this kind ({problem}): {excerpt}; check `embed.remote.url` and `embed.remote.api`")]
    NotUnderstood {
        /// Where and why.
        problem: String,
        /// How it begins.
        excerpt: String,
    },
    /// Longer than vectors can be.
    #[error(
        "sends more than {limit_bytes} bytes, which no vectors for these texts take; check `embed.remote.url` and `embed.remote.dimension`"
    )]
    TooLong {
        /// Where reading stopped.
        limit_bytes: usize,
    },
    /// More vectors or fewer.
    #[error("sends {found} vectors for {expected} texts; see whether a proxy is in between, or lower `embed.remote.batch_texts`")]
    Count {
        /// What came.
        found: usize,
        /// What was asked for.
        expected: usize,
    },
    /// A position that is missing, twice, or none.
    #[error(
        "numbers its vectors wrongly: no text, or another vector too, belongs to index {index} of {expected}; see whether it really speaks this protocol"
    )]
    Index {
        /// The position.
        index: usize,
        /// How many texts were sent.
        expected: usize,
    },
    /// Another length.
    #[error(
        "sends a vector of {found} numbers, its model has {expected}; see whether it serves the same model still, or correct `embed.remote.dimension`"
    )]
    Dimension {
        /// What came.
        found: usize,
        /// What is known.
        expected: usize,
    },
    /// NaN, infinity or all zeros.
    #[error(
        "sends a vector that is not usable (not a number, infinite, or all zeros); see its log: half precision may be too little for its model"
    )]
    NotFinite,
}

impl RemoteError {
    /// What the caller may do.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NotConfigured | Self::Settings { .. } | Self::Key | Self::KeyInTheClear { .. } | Self::TooManyTokens { .. } => {
                ErrorKind::InvalidInput
            }
            Self::OtherModel { .. } | Self::NoEmbeddings { .. } | Self::Disagrees { .. } => ErrorKind::Conflict,
            Self::Overloaded { .. } => ErrorKind::Overloaded,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Preparation { .. } => ErrorKind::Internal,
            Self::Client { .. }
            | Self::Connect { .. }
            | Self::Exchange { .. }
            | Self::Failed { .. }
            | Self::Unauthorized { .. }
            | Self::NotThere { .. }
            | Self::Refused { .. }
            | Self::Reply { .. } => ErrorKind::Unavailable,
        }
    }

    /// Whether the same request may pass in a moment.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Timeout { .. } | Self::Exchange { .. } | Self::Overloaded { .. } | Self::Failed { .. })
    }

    /// When the server wants to be asked again.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The innermost cause: `Connection refused` rather than `error sending request`.
fn deepest(error: &reqwest::Error) -> String {
    let mut innermost: &dyn StdError = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

fn wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!("; it asks to wait {}", seconds(wait)))
}
