//! The sections `[generate]` and `[prompt]` of the configuration.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// What a question may be answered from. Without a language model all policies are as [`Strict`](Self::Strict).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// From relevant passages alone. Without any, nothing is found and no model is asked.
    #[default]
    Strict,
    /// From relevant passages alone. Without any, the model may answer from what it knows; the answer says so first.
    PreferCorpus,
    /// From relevant passages and from what the model knows.
    Open,
}

/// Which model answers, and how. Without `base_url` and `model`, answers are extractive.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateConfig {
    /// Where an OpenAI-compatible server is, for example `http://127.0.0.1:11434/v1`.
    pub base_url: Option<String>,
    /// The model's name on that server.
    pub model: Option<String>,
    /// What happens where the documents do not answer.
    pub policy: Policy,
    /// Sent as a bearer token; it never comes from a file, only from `RAGSTONE_GENERATE_API_KEY`.
    #[serde(skip)]
    pub api_key: Option<SecretString>,
    /// 0 to 2; the lower, the more the model keeps to the likeliest word.
    pub temperature: Option<f32>,
    /// The longest answer, in the model's tokens.
    pub max_tokens: Option<u32>,
    /// Above 0, up to 1: sample from the likeliest words that make up this share.
    pub top_p: Option<f32>,
    /// For servers that can repeat an answer.
    pub seed: Option<i64>,
    /// Up to four texts at which the model stops.
    pub stop: Vec<String>,
    /// -2 to 2; positive values make repetition less likely.
    pub frequency_penalty: Option<f32>,
    /// -2 to 2; positive values make new subjects more likely.
    pub presence_penalty: Option<f32>,
    /// How long a connection may take.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// How long the first word may take, loading the model and reading the prompt included.
    #[serde(with = "humantime_serde")]
    pub first_token_timeout: Duration,
    /// How long the stream may be silent after the first word.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// A longer answer is cut off here.
    pub max_answer_bytes: ByteSize,
}

impl Default for GenerateConfig {
    fn default() -> Self {
        Self {
            base_url: None,
            model: None,
            policy: Policy::Strict,
            api_key: None,
            temperature: None,
            max_tokens: None,
            top_p: None,
            seed: None,
            stop: Vec::new(),
            frequency_penalty: None,
            presence_penalty: None,
            connect_timeout: Duration::from_secs(10),
            first_token_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(30),
            max_answer_bytes: ByteSize::kib(256),
        }
    }
}

impl GenerateConfig {
    /// Everything that is wrong, each problem starting with its key; empty when nothing is.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        match (&self.base_url, &self.model) {
            (Some(_), None) => {
                problems.push("`generate.model` is missing: `generate.base_url` is set, so name the model to use there".to_owned())
            }
            (None, Some(_)) => {
                problems.push("`generate.base_url` is missing: `generate.model` is set, so name the server that has it".to_owned())
            }
            (Some(_), Some(model)) if model.trim().is_empty() => problems.push("`generate.model` is empty".to_owned()),
            (Some(_), Some(_)) | (None, None) => {}
        }
        if let Some(base_url) = &self.base_url {
            problems.extend(base_url_problem(base_url));
        }
        check_range(&mut problems, "temperature", self.temperature, 0.0, 2.0);
        check_range(&mut problems, "top_p", self.top_p, 0.0, 1.0);
        check_range(&mut problems, "frequency_penalty", self.frequency_penalty, -2.0, 2.0);
        check_range(&mut problems, "presence_penalty", self.presence_penalty, -2.0, 2.0);
        if self.top_p == Some(0.0) {
            problems.push("`generate.top_p` is 0: it must be above 0, up to 1".to_owned());
        }
        if self.max_tokens == Some(0) {
            problems.push("`generate.max_tokens` is 0: it must be at least 1".to_owned());
        }
        if self.stop.len() > 4 {
            problems.push(format!("`generate.stop` has {} texts: at most 4 are allowed", self.stop.len()));
        }
        if self.stop.iter().any(String::is_empty) {
            problems.push("`generate.stop` has an empty text in it".to_owned());
        }
        for (key, duration) in [
            ("connect_timeout", self.connect_timeout),
            ("first_token_timeout", self.first_token_timeout),
            ("idle_timeout", self.idle_timeout),
        ] {
            if duration.is_zero() {
                problems.push(format!("`generate.{key}` is 0: give a time such as \"30s\""));
            }
        }
        if self.max_answer_bytes.as_u64() == 0 {
            problems.push("`generate.max_answer_bytes` is 0: give a size such as \"256KiB\"".to_owned());
        }
        problems
    }
}

/// How passages become a prompt.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromptConfig {
    /// A folder with Markdown files such as `system.md` or `answer.md` that replace the compiled-in ones.
    pub template_dir: Option<PathBuf>,
    /// How many tokens of passages may go into the prompt. An estimate: every model counts differently.
    pub budget_tokens: usize,
    /// How many passages may go into the prompt.
    pub max_passages: usize,
}

impl Default for PromptConfig {
    fn default() -> Self {
        Self { template_dir: None, budget_tokens: 2_500, max_passages: 8 }
    }
}

impl PromptConfig {
    /// Everything that is wrong, each problem starting with its key; empty when nothing is.
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.budget_tokens < 32 {
            problems.push(format!("`prompt.budget_tokens` is {}: it must be at least 32", self.budget_tokens));
        }
        if !(1..=99).contains(&self.max_passages) {
            problems.push(format!("`prompt.max_passages` is {}: it must be between 1 and 99", self.max_passages));
        }
        problems
    }
}

fn base_url_problem(base_url: &str) -> Option<String> {
    let example = "give an address such as \"http://127.0.0.1:11434/v1\"";
    let Ok(url) = reqwest::Url::parse(base_url) else {
        return Some(format!("`generate.base_url` = `{base_url}` is not a URL: {example}"));
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Some(format!("`generate.base_url` = `{base_url}` is not an http or https URL: {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("`generate.base_url` contains a user name or password: put the key into `RAGSTONE_GENERATE_API_KEY`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some(format!("`generate.base_url` = `{base_url}` has a `?` or `#` part: {example}"));
    }
    None
}

fn check_range(problems: &mut Vec<String>, key: &str, value: Option<f32>, lowest: f32, highest: f32) {
    let Some(value) = value else { return };
    // Written so that NaN is refused too.
    if !(lowest..=highest).contains(&value) {
        problems.push(format!("`generate.{key}` is {value}: it must be between {lowest} and {highest}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: &GenerateConfig, keys: &[&str]) {
        let problems = config.validate();
        assert_eq!(problems.len(), keys.len(), "{problems:?}");
        for (problem, key) in problems.iter().zip(keys) {
            assert!(problem.starts_with(&format!("`generate.{key}`")), "{problem}");
        }
    }

    fn model_at(base_url: &str) -> GenerateConfig {
        GenerateConfig { base_url: Some(base_url.into()), model: Some("small".into()), ..GenerateConfig::default() }
    }

    #[test]
    fn names_every_wrong_key() {
        check(&GenerateConfig::default(), &[]);
        check(&model_at("http://127.0.0.1:11434/v1"), &[]);
        check(&GenerateConfig { model: None, ..model_at("https://example.com/v1") }, &["model"]);
        check(&GenerateConfig { base_url: None, ..model_at("") }, &["base_url"]);
        for bad in ["localhost:8080", "ftp://example.com", "not a url", "http://user:secret@example.com", "http://example.com/v1?a=b"] {
            check(&model_at(bad), &["base_url"]);
        }
        let all_wrong = GenerateConfig {
            temperature: Some(2.5),
            top_p: Some(f32::NAN),
            frequency_penalty: Some(-3.0),
            presence_penalty: Some(3.0),
            max_tokens: Some(0),
            stop: vec![String::new(); 5],
            idle_timeout: Duration::ZERO,
            max_answer_bytes: ByteSize::b(0),
            ..GenerateConfig::default()
        };
        check(
            &all_wrong,
            &[
                "temperature",
                "top_p",
                "frequency_penalty",
                "presence_penalty",
                "max_tokens",
                "stop",
                "stop",
                "idle_timeout",
                "max_answer_bytes",
            ],
        );
    }

    #[test]
    fn a_password_in_the_address_is_not_repeated() {
        assert!(!model_at("http://user:hunter2@example.com").validate().concat().contains("hunter2"));
    }

    #[test]
    fn reads_durations_and_sizes_and_refuses_unknown_keys() {
        let config: GenerateConfig = serde_json::from_str(r#"{"idle_timeout":"5s","max_answer_bytes":"8KiB"}"#).expect("valid");
        assert_eq!((config.idle_timeout, config.max_answer_bytes), (Duration::from_secs(5), ByteSize::kib(8)));
        assert!(serde_json::from_str::<GenerateConfig>(r#"{"tempreature":1}"#).is_err());
        assert!(serde_json::from_str::<GenerateConfig>(r#"{"api_key":"x"}"#).is_err(), "keys do not belong into files");
        assert!(serde_json::from_str::<PromptConfig>(r#"{"max_passages":3}"#).is_ok());
    }
}
