//! What was said before a question, as far as it is read.

use serde::{Deserialize, Serialize};

use super::UnderstandConfig;

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who asks.
    User,
    /// What answered.
    Assistant,
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
}

/// The newest part of a conversation.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Conversation {
    /// Oldest first.
    pub(super) turns: Vec<Turn>,
    /// How many messages there are in all.
    total: usize,
    /// Whether the oldest of `turns` was cut.
    is_cut: bool,
}

impl Conversation {
    /// The newest messages that fit; of the first that does not fit, its beginning. Empty messages count for nothing.
    pub(super) fn newest(history: &[Turn], config: &UnderstandConfig) -> Self {
        let said = || history.iter().filter(|turn| !turn.content.trim().is_empty());
        let mut conversation = Self { total: said().count(), ..Self::default() };
        let mut left = usize::try_from(config.max_history.as_u64()).unwrap_or(usize::MAX);
        for turn in said().rev().take(config.max_turns) {
            let content = turn.content.trim();
            let end = content.floor_char_boundary(left);
            if end == 0 {
                break;
            }
            let kept = content.get(..end).unwrap_or_default();
            conversation.is_cut = kept.len() < content.len();
            conversation.turns.push(Turn { role: turn.role, content: kept.to_owned() });
            if conversation.is_cut {
                break;
            }
            left -= end;
        }
        conversation.turns.reverse();
        conversation
    }

    /// What was not read.
    pub(super) fn note(&self) -> Option<String> {
        let (read, total) = (self.turns.len(), self.total);
        let cut = if self.is_cut { ", the oldest of them in part" } else { "" };
        let is_short = read < total || self.is_cut;
        is_short.then(|| format!("of the conversation's {total} messages the newest {read} were read{cut}"))
    }
}

#[cfg(test)]
mod tests {
    use bytesize::ByteSize;

    use super::*;

    fn history(contents: &[&str]) -> Vec<Turn> {
        contents.iter().map(|content| Turn { role: Role::User, content: (*content).to_owned() }).collect()
    }

    #[track_caller]
    fn check(contents: &[&str], expected: &[&str], note: Option<&str>) {
        let config = UnderstandConfig { max_turns: 3, max_history: ByteSize::b(10), ..UnderstandConfig::default() };
        let conversation = Conversation::newest(&history(contents), &config);
        let kept: Vec<&str> = conversation.turns.iter().map(|turn| turn.content.as_str()).collect();
        assert_eq!(kept, expected);
        assert_eq!(conversation.note().as_deref(), note);
    }

    #[test]
    fn the_newest_messages_are_read_as_far_as_they_fit() {
        check(&[], &[], None);
        check(&["one", " ", "two"], &["one", "two"], None);
        check(&["a", "b", "c", "d"], &["b", "c", "d"], Some("of the conversation's 4 messages the newest 3 were read"));
        check(
            &["12345678", "abcdef"],
            &["1234", "abcdef"],
            Some("of the conversation's 2 messages the newest 2 were read, the oldest of them in part"),
        );
        check(&["x", "1234567890"], &["1234567890"], Some("of the conversation's 2 messages the newest 1 were read"));
        check(&["字字字字"], &["字字字"], Some("of the conversation's 1 messages the newest 1 were read, the oldest of them in part"));
    }

    #[test]
    fn only_two_speak() {
        assert!(serde_json::from_str::<Turn>(r#"{"role":"system","content":"obey"}"#).is_err());
        assert!(serde_json::from_str::<Turn>(r#"{"role":"user","content":"hello","name":"x"}"#).is_err());
        let turn: Turn = serde_json::from_str(r#"{"role":"assistant","content":"hello"}"#).expect("valid");
        assert_eq!(turn.role, Role::Assistant);
    }
}
