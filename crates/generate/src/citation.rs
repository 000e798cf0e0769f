//! Checks the citations of an answer while it streams.
//!
//! Text goes in as it arrives and comes out with every citation that does not resolve taken out. What is
//! undecided (an open `[`, a code span that may never close, spaces that belong to a citation) is held back, for
//! at most [`LONGEST_HELD`] characters. The machine looks at one character at a time, so how the stream was cut
//! cannot change the result.

mod marker;

use marker::Marker;

/// Longer code spans and runs of white space are taken for plain text, so that a stream never stalls.
const LONGEST_HELD: usize = 400;

/// No space is left before these when a citation before them is taken out.
const CLOSING_PUNCTUATION: &str = ".,;:!?)]}…»”’。，、；：！？）】」』";

/// Takes citations that do not resolve out of an answer, character by character.
///
/// Citations are `[1]`, `[1, 2]`, `[1-3]`, `[^1]` and `【1】`; they come out as `[1]` or `[1][2]`. Other brackets, links and code
/// stay as they are. A bracket with a zero (`list[0]`, `[0, 1]`) is no citation: passages count from 1.
#[derive(Debug)]
pub struct CitationChecker {
    passages: usize,
    state: State,
    /// Whether what was written last could go on as a citation.
    is_nested: bool,
    /// White space that is written only if a word follows.
    space: String,
    /// The space before a citation that was taken out; dropped before punctuation.
    space_of_removed: Option<String>,
    last_written: Option<char>,
    at_line_start: bool,
    output: String,
    cited: Vec<usize>,
    removed: Vec<String>,
}

/// How a checked answer ends, and what was found in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedCitations {
    /// The text that was held back to the end.
    pub rest: String,
    /// Passages cited, in the order of first use.
    pub cited: Vec<usize>,
    /// Citations taken out, without repeats.
    pub removed: Vec<String>,
}

#[derive(Debug)]
enum State {
    Text,
    /// After an opening bracket, as long as it can still become a citation.
    Bracket(String),
    /// After a complete citation: a `(` would make it a link.
    AfterBracket(Marker),
    /// A run of backticks or tildes that may grow.
    Opening(Run),
    /// After backticks, until as many close them.
    CodeSpan {
        opening: Run,
        content: String,
        trailing: usize,
    },
    /// A block of code, until its fence is repeated at the start of a line.
    Fence {
        opening: Run,
        line: FenceLine,
    },
}

#[derive(Debug, Clone, Copy)]
struct Run {
    character: char,
    length: usize,
    at_line_start: bool,
}

#[derive(Debug, Clone, Copy)]
enum FenceLine {
    /// Still in the info string of the opening line, or past the start of a line.
    Inside,
    /// Only white space and so many fence characters so far.
    Start(usize),
}

impl CitationChecker {
    /// Checks against passages numbered from 1 to `passages`.
    pub fn new(passages: usize) -> Self {
        Self {
            passages,
            state: State::Text,
            is_nested: false,
            space: String::new(),
            space_of_removed: None,
            last_written: None,
            at_line_start: true,
            output: String::new(),
            cited: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// Takes more of the answer, gives what is decided.
    pub fn push(&mut self, text: &str) -> String {
        for character in text.chars() {
            self.step(character);
        }
        std::mem::take(&mut self.output)
    }

    /// Ends the answer: gives what was held back, without white space at the end.
    pub fn finish(mut self) -> CheckedCitations {
        match std::mem::replace(&mut self.state, State::Text) {
            State::Text | State::Fence { .. } => {}
            State::Bracket(held) => self.write_all(&held),
            State::AfterBracket(marker) => self.settle(marker),
            State::Opening(run) => self.write_all(&run.text()),
            State::CodeSpan { opening, content, trailing } if trailing == opening.length || opening.opens_fence(&content) => {
                self.write_all(&opening.text());
                self.write_all(&content);
            }
            State::CodeSpan { opening, content, .. } => {
                self.reread_as_text(opening, &content);
                return self.finish();
            }
        }
        CheckedCitations { rest: self.output, cited: self.cited, removed: self.removed }
    }

    fn step(&mut self, character: char) {
        match std::mem::replace(&mut self.state, State::Text) {
            State::Text => self.step_text(character),
            State::Bracket(held) => self.step_bracket(held, character),
            State::AfterBracket(marker) if character == '(' => {
                self.write_all(&marker.original);
                self.step_text(character);
            }
            State::AfterBracket(marker) => {
                self.settle(marker);
                self.step_text(character);
            }
            State::Opening(run) if character == run.character => {
                self.state = State::Opening(Run { length: run.length + 1, ..run });
            }
            State::Opening(run) => self.step_opened(run, character),
            State::CodeSpan { opening, content, trailing } => self.step_code_span(opening, content, trailing, character),
            State::Fence { opening, line } => self.step_fence(opening, line, character),
        }
    }

    fn step_text(&mut self, character: char) {
        match character {
            '[' | '【' => self.state = State::Bracket(character.to_string()),
            '`' => self.state = State::Opening(Run { character, length: 1, at_line_start: self.at_line_start }),
            '~' if self.at_line_start => self.state = State::Opening(Run { character, length: 1, at_line_start: true }),
            _ => {
                self.is_nested &= character.is_whitespace();
                self.write(character);
            }
        }
    }

    fn step_bracket(&mut self, mut held: String, character: char) {
        held.push(character);
        match marker::read(&held) {
            marker::Reading::Undecided => self.state = State::Bracket(held),
            marker::Reading::Complete(marker) => self.state = State::AfterBracket(marker),
            marker::Reading::Other => {
                held.pop();
                self.write_all(&held);
                self.is_nested = matches!(character, '[' | '【') || character.is_whitespace();
                self.step_text(character);
            }
        }
    }

    /// The run of backticks or tildes is over; `character` follows it.
    fn step_opened(&mut self, run: Run, character: char) {
        if run.character == '~' {
            self.write_all(&run.text());
            if run.length < 3 {
                return self.step_text(character);
            }
            self.write(character);
            self.state = State::Fence { opening: run, line: FenceLine::after(character) };
            return;
        }
        self.state = State::CodeSpan { opening: run, content: String::new(), trailing: 0 };
        self.step(character);
    }

    fn step_code_span(&mut self, opening: Run, mut content: String, trailing: usize, character: char) {
        if character == '`' {
            content.push(character);
            self.state = State::CodeSpan { opening, content, trailing: trailing + 1 };
            return;
        }
        if trailing == opening.length {
            self.write_all(&opening.text());
            self.write_all(&content);
            return self.step_text(character);
        }
        let is_over = character == '\n' || content.len() > LONGEST_HELD;
        if is_over && opening.opens_fence(&content) {
            self.write_all(&opening.text());
            self.write_all(&content);
            self.write(character);
            self.state = State::Fence { opening, line: FenceLine::after(character) };
            return;
        }
        if is_over {
            self.reread_as_text(opening, &content);
            return self.step(character);
        }
        content.push(character);
        self.state = State::CodeSpan { opening, content, trailing: 0 };
    }

    /// Nothing closes the code span: what looked like code is text, and its citations count.
    fn reread_as_text(&mut self, opening: Run, content: &str) {
        self.write_all(&opening.text());
        for character in content.chars() {
            self.step(character);
        }
    }

    fn step_fence(&mut self, opening: Run, line: FenceLine, character: char) {
        self.write(character);
        let next_line = match (line, character) {
            (FenceLine::Start(length), '\n') if length >= opening.length => return,
            (_, '\n') => FenceLine::Start(0),
            (FenceLine::Start(length), _) if character == opening.character => FenceLine::Start(length + 1),
            (FenceLine::Start(length), ' ' | '\t' | '>') => FenceLine::Start(length),
            _ => FenceLine::Inside,
        };
        self.state = State::Fence { opening, line: next_line };
    }

    /// Writes a citation's numbers that resolve and takes out the rest.
    fn settle(&mut self, marker: Marker) {
        let (resolving, dangling): (Vec<usize>, Vec<usize>) =
            marker.numbers.into_iter().partition(|number| (1..=self.passages).contains(number));
        for number in dangling {
            let text = format!("[{number}]");
            if !self.removed.contains(&text) {
                self.removed.push(text);
            }
        }
        let is_nested = std::mem::take(&mut self.is_nested);
        if resolving.is_empty() && is_nested {
            // Without anything in its place, `[[7]1]` would become a citation that nobody checked.
            return self.write('?');
        }
        if resolving.is_empty() {
            let space = std::mem::take(&mut self.space);
            self.space_of_removed.get_or_insert(space);
            return;
        }
        for number in resolving {
            self.write_all(&format!("[{number}]"));
            if !self.cited.contains(&number) {
                self.cited.push(number);
            }
        }
    }

    fn write_all(&mut self, text: &str) {
        for character in text.chars() {
            self.write(character);
        }
    }

    fn write(&mut self, character: char) {
        self.at_line_start = match character {
            '\n' => true,
            ' ' | '\t' | '>' | '-' | '*' => self.at_line_start,
            _ => false,
        };
        if character.is_whitespace() {
            // Space on both sides of what was taken out: the one behind it is enough.
            self.space_of_removed = None;
            if self.last_written.is_some() {
                self.space.push(character);
            }
            if self.space.len() > LONGEST_HELD {
                self.output.push_str(&std::mem::take(&mut self.space));
            }
            return;
        }
        if let Some(space) = self.space_of_removed.take()
            && !CLOSING_PUNCTUATION.contains(character)
        {
            self.output.push_str(&space);
        }
        self.output.push_str(&std::mem::take(&mut self.space));
        self.output.push(character);
        self.last_written = Some(character);
    }
}

impl Run {
    /// Whether this run, with `info` behind it, opens a block of code.
    fn opens_fence(self, info: &str) -> bool {
        self.at_line_start && self.length >= 3 && !info.contains(self.character)
    }

    fn text(self) -> String {
        self.character.to_string().repeat(self.length)
    }
}

impl FenceLine {
    fn after(character: char) -> Self {
        if character == '\n' { Self::Start(0) } else { Self::Inside }
    }
}

#[cfg(test)]
mod tests;
