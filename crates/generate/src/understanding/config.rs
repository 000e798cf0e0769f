//! The section `[understand]` of the configuration, and what a request may change of it.

use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use crate::GenerateError;

/// No question is searched in more other wordings.
const MOST_QUERIES: usize = 8;

/// What a language model does for a question before it is searched. All of it is off by default, and needs a model in `[generate]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnderstandConfig {
    /// Whether a question that comes with a conversation is rewritten so that it is complete in itself.
    pub rewrite: bool,
    /// In how many other wordings it is searched too.
    pub queries: usize,
    /// Whether passages are searched that are like a made-up answer.
    pub hypothetical: bool,
    /// Whether the parts of a question are searched too.
    pub decompose: bool,
    /// How long all of this may take; what is not there by then is left out.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// How much of a conversation is read: so many of the newest messages,
    pub max_turns: usize,
    /// and so much of their text.
    pub max_history: ByteSize,
    /// A longer reply is not read.
    pub max_reply: ByteSize,
    /// How much memory the replies may take that are kept for the same question.
    pub cache: ByteSize,
}

impl Default for UnderstandConfig {
    fn default() -> Self {
        Self {
            rewrite: false,
            queries: 0,
            hypothetical: false,
            decompose: false,
            timeout: Duration::from_secs(10),
            max_turns: 8,
            max_history: ByteSize::kib(8),
            max_reply: ByteSize::kib(16),
            cache: ByteSize::mib(4),
        }
    }
}

impl UnderstandConfig {
    /// Everything that is wrong, each problem starting with its key; empty when nothing is.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.queries > MOST_QUERIES {
            problems.push(format!("`understand.queries` is {}: it must be at most {MOST_QUERIES}", self.queries));
        }
        if self.timeout.is_zero() {
            problems.push("`understand.timeout` is 0: give a time such as \"10s\"".to_owned());
        }
        if !(1..=100).contains(&self.max_turns) {
            problems.push(format!("`understand.max_turns` is {}: it must be between 1 and 100", self.max_turns));
        }
        for (key, size, least, most) in [
            ("max_history", self.max_history, ByteSize::b(256), ByteSize::mib(1)),
            ("max_reply", self.max_reply, ByteSize::b(256), ByteSize::mib(1)),
            ("cache", self.cache, ByteSize::b(0), ByteSize::gib(1)),
        ] {
            if !(least..=most).contains(&size) {
                problems.push(format!("`understand.{key}` is {size}: it must be between {least} and {most}"));
            }
        }
        problems
    }

    /// What holds for one question.
    pub(super) fn with(&self, options: UnderstandOptions) -> Result<Self, GenerateError> {
        let queries = options.queries.unwrap_or(self.queries);
        if queries > MOST_QUERIES {
            return Err(GenerateError::TooManyQueries { queries, most: MOST_QUERIES });
        }
        Ok(Self {
            rewrite: options.rewrite.unwrap_or(self.rewrite),
            queries,
            hypothetical: options.hypothetical.unwrap_or(self.hypothetical),
            decompose: options.decompose.unwrap_or(self.decompose),
            ..self.clone()
        })
    }

    /// Whether a model has work even without a conversation.
    pub(super) fn asks_for_more(&self) -> bool {
        self.queries > 0 || self.hypothetical || self.decompose
    }
}

/// What is different for one question; what is left out is as the configuration says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnderstandOptions {
    /// Whether the question is rewritten so that it is complete without the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<bool>,
    /// In how many other wordings it is searched too, up to 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 8)]
    pub queries: Option<usize>,
    /// Whether passages are searched that are like a made-up answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypothetical: Option<bool>,
    /// Whether the parts of the question are searched too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decompose: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_key_is_named() {
        assert_eq!(UnderstandConfig::default().validate(), Vec::<String>::new());
        let wrong = UnderstandConfig {
            queries: 9,
            timeout: Duration::ZERO,
            max_turns: 0,
            max_history: ByteSize::b(10),
            max_reply: ByteSize::gib(1),
            cache: ByteSize::gib(2),
            ..UnderstandConfig::default()
        };
        let problems = wrong.validate();
        for (problem, key) in problems.iter().zip(["queries", "timeout", "max_turns", "max_history", "max_reply", "cache"]) {
            assert!(problem.starts_with(&format!("`understand.{key}`")), "{problem}");
        }
        assert_eq!(problems.len(), 6);
        assert!(serde_json::from_str::<UnderstandConfig>(r#"{"rewrites":true}"#).is_err());
    }

    #[test]
    fn a_request_may_turn_on_and_off() {
        let config = UnderstandConfig { rewrite: true, ..UnderstandConfig::default() };
        let options = UnderstandOptions { rewrite: Some(false), queries: Some(3), ..UnderstandOptions::default() };
        let own = config.with(options).expect("valid");
        assert_eq!((own.rewrite, own.queries, own.hypothetical), (false, 3, false));
        let message = config.with(UnderstandOptions { queries: Some(100), ..options }).expect_err("too many").to_string();
        assert_eq!(message, "`queries` is 100: it must be at most 8");
    }
}
