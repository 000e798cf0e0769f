//! What servers send, read leniently: of all the fields of a chat completion only these matter here.

use serde::Deserialize;
use serde_json::Value;

use crate::Usage;

/// One event of a stream, or a whole completion from a server that does not stream.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) usage: Option<Usage>,
    pub(super) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    #[serde(alias = "message")]
    pub(super) delta: Option<Message>,
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) content: Option<String>,
    /// What a model says when it refuses.
    pub(super) refusal: Option<String>,
    /// What reasoning models think before they answer. It is not part of the answer, only a sign of life.
    #[serde(alias = "reasoning_content")]
    pub(super) reasoning: Option<String>,
}

/// The message in an error body: `{"error":{"message":…}}`, `{"error":"…"}`, `{"message":…}`, `{"detail":…}`, or its beginning.
pub(super) fn error_message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let parsed: Option<Value> = serde_json::from_str(&text).ok();
    let message = parsed.as_ref().and_then(|body| body.get("error").map(value_message).or_else(|| find_text(body)));
    excerpt(message.as_deref().unwrap_or(&text))
}

/// The message in the value of an `error` field.
pub(super) fn value_message(error: &Value) -> String {
    find_text(error).unwrap_or_else(|| error.to_string())
}

/// The beginning of a text on one line.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 200;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "no message".to_owned();
    }
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}

fn find_text(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| ["message", "detail", "error"].iter().find_map(|key| value.get(key)?.as_str()))?;
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_message_wherever_servers_put_it() {
        for (body, expected) in [
            (r#"{"error":{"message":"no such model","code":404}}"#, "no such model"),
            (r#"{"error":"no such model"}"#, "no such model"),
            (r#"{"object":"error","message":"no such model"}"#, "no such model"),
            (r#"{"detail":"no such model"}"#, "no such model"),
            ("<html>\n  no such\tmodel", "<html> no such model"),
            ("", "no message"),
            (r#"{"error":{"code":7}}"#, r#"{"code":7}"#),
        ] {
            assert_eq!(error_message(body.as_bytes()), expected);
        }
        assert_eq!(excerpt(&"x".repeat(500)).chars().count(), 201);
    }
}
