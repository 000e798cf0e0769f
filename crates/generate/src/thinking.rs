//! Drops what a reasoning model thinks aloud before its answer.

const OPENING: &str = "<think>";
const CLOSING: &str = "</think>";

/// Takes `<think>…</think>` off the beginning of a stream; anywhere else it is text.
///
/// Most servers send thoughts in a field of their own; this is for those that pass the model's output on as it is.
#[derive(Debug, Default)]
pub(crate) struct ThoughtFilter {
    state: State,
    held: String,
}

#[derive(Debug, Default, PartialEq)]
enum State {
    #[default]
    Beginning,
    Thinking,
    Answering,
}

impl ThoughtFilter {
    /// Takes more text, gives what belongs to the answer.
    pub(crate) fn push(&mut self, text: &str) -> String {
        if self.state == State::Answering {
            return text.to_owned();
        }
        self.held.push_str(text);
        if self.state == State::Beginning {
            let beginning = self.held.trim_start();
            if let Some(thought) = beginning.strip_prefix(OPENING) {
                self.held = thought.to_owned();
                self.state = State::Thinking;
            } else if OPENING.starts_with(beginning) {
                return String::new();
            } else {
                self.state = State::Answering;
                return std::mem::take(&mut self.held);
            }
        }
        if let Some((_, answer)) = self.held.split_once(CLOSING) {
            let answer = answer.to_owned();
            self.held.clear();
            self.state = State::Answering;
            return answer;
        }
        // Of a thought only so much is kept as can be the beginning of its end.
        let surplus = self.held.len().saturating_sub(CLOSING.len());
        let border = self.held.char_indices().map(|(at, _)| at).take_while(|&at| at <= surplus).last().unwrap_or(0);
        self.held.drain(..border);
        String::new()
    }

    /// Gives what was held back: a beginning that looked like a thought and was none.
    pub(crate) fn finish(self) -> String {
        if self.state == State::Beginning { self.held } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        for size in 1..=input.len() {
            let mut filter = ThoughtFilter::default();
            let characters: Vec<char> = input.chars().collect();
            let mut text = String::new();
            for piece in characters.chunks(size) {
                text.push_str(&filter.push(&piece.iter().collect::<String>()));
            }
            text.push_str(&filter.finish());
            assert_eq!(text, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn only_a_thought_at_the_beginning_is_dropped() {
        check("<think>häm < </thin> hm</think>\n\nYes [1].", "\n\nYes [1].");
        check("Use <think>x</think> here", "Use <think>x</think> here");
        check("\n<think></think>ok", "ok");
        check("<thi", "<thi");
        check("<think>never ends", "");
    }
}
