//! Texts as the server gets them: counted, and no longer than the model reads.

use crate::readable::Readability;
use crate::remote::config::RemoteApi;
use crate::tokens::{Fitted, Tokens};

use super::estimate;

/// Special tokens of a text, where no tokenizer says how many.
const SPECIAL_TOKENS: usize = 2;
/// So many times more than it reads is sent to a server that cuts by itself: an estimate must not take away what it would read.
const SPARE_FOR_THE_SERVER: usize = 16;

/// Counts and cuts.
#[derive(Debug)]
pub(super) enum Counter {
    /// As the model does.
    Exact(Box<Tokens>),
    /// By the letters' scripts.
    Estimated {
        /// What the model reads, special tokens included.
        max_tokens: usize,
        /// What is sent of a text.
        most_sent: usize,
    },
}

impl Counter {
    pub(super) fn estimated(max_tokens: usize, api: RemoteApi) -> Self {
        let read = max_tokens.saturating_sub(SPECIAL_TOKENS);
        let most_sent = match api {
            RemoteApi::OpenAi => read,
            RemoteApi::Tei => read * SPARE_FOR_THE_SERVER,
        };
        Self::Estimated { max_tokens, most_sent }
    }

    pub(super) fn count(&self, text: &str) -> usize {
        match self {
            Self::Exact(tokens) => tokens.count(text),
            Self::Estimated { .. } => estimate::tokens(text),
        }
    }

    /// Cuts and counts. Blocks.
    pub(super) fn fit(&self, texts: Vec<String>) -> Result<Vec<Fitted>, tokenizers::Error> {
        match self {
            Self::Exact(tokens) => tokens.fit_to_send(texts),
            Self::Estimated { max_tokens, most_sent } => Ok(texts
                .into_iter()
                .map(|mut text| {
                    text.truncate(estimate::end_of(&text, *most_sent));
                    let tokens = (estimate::tokens(&text) + SPECIAL_TOKENS).min(*max_tokens);
                    Fitted { text, tokens }
                })
                .collect()),
        }
    }

    /// The share of a text's words that the model was trained to read.
    pub(super) fn readable_share(&self, text: &str, readability: &Readability) -> f32 {
        match self {
            Self::Exact(tokens) => readability.share(text, tokens.plain()),
            Self::Estimated { .. } => readability.share_by_script(text),
        }
    }
}
