//! LaTeX: what a document prints, by its commands; formulas stay as they are written.

mod command;
mod environment;

use super::scan::{bracketed, first_letter, split_before};
use crate::extract::reading::Reading;
use crate::markdown::parse_date;
use ragstone_markup::{Blocks, one_line};

/// Arguments in arguments are read so deep.
const MAX_DEPTH: usize = 16;

/// After so many brackets that nobody closed, none is looked for: each look goes to the end of the text.
const MAX_UNCLOSED: usize = 64;

pub(super) fn read(text: &str) -> Reading {
    let (preamble, body) = text.split_once("\\begin{document}").unwrap_or(("", text));
    let body = body.split_once("\\end{document}").map_or(body, |(body, _)| body);
    let mut head = Reading::default();
    let said = |name: &str| argument(preamble, name).or_else(|| argument(body, name)).map(|said| inline(said, 0)).unwrap_or_default();
    head.title = Some(said("title")).filter(|title| !title.is_empty());
    head.property("author", &said("author"));
    head.date = parse_date(&said("date"));
    let mut reader = Reader::default();
    if let Some(title) = &head.title {
        reader.blocks.heading(1, title);
    }
    reader.read(body);
    Reading { text: reader.blocks.into_text(), ..head }
}

#[derive(Default)]
struct Reader {
    blocks: Blocks,
    /// The words of the block that is being read.
    words: String,
    /// The lists around it; what they count, if they do.
    lists: Vec<Option<usize>>,
    /// The marker of the item that it is the first block of.
    marker: Option<String>,
    /// How many arguments of commands it is in. In one, blocks end with a space.
    depth: usize,
    unclosed: usize,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let mut rest = text;
        while let Some((letter, after)) = first_letter(rest) {
            rest = match letter {
                '\\' => self.command(after),
                '%' => after.split_once('\n').map_or("", |(_, next)| next.trim_start_matches([' ', '\t'])),
                '$' => self.formula(rest),
                '{' | '}' => after,
                '~' => self.say(" ", after),
                '\n' if is_empty_line(after) => {
                    self.end_block();
                    after
                }
                '`' if after.starts_with('`') => self.say("“", after.get(1..).unwrap_or_default()),
                '\'' if after.starts_with('\'') => self.say("”", after.get(1..).unwrap_or_default()),
                '-' if after.starts_with("--") => self.say("—", after.get(2..).unwrap_or_default()),
                '-' if after.starts_with('-') => self.say("–", after.get(1..).unwrap_or_default()),
                _ => {
                    let (plain, next) = split_before(after, |letter| "\\%${}~\n`'-".contains(letter));
                    self.words.push(letter);
                    self.say(plain, next)
                }
            };
        }
        self.end_block();
    }

    /// Adds words; gives back what is left to read, so that a caller can say both at once.
    fn say<'a>(&mut self, words: &str, rest: &'a str) -> &'a str {
        self.words.push_str(words);
        rest
    }

    /// `$…$` or `$$…$$`, as it is.
    fn formula<'a>(&mut self, text: &'a str) -> &'a str {
        let sign = if text.starts_with("$$") { "$$" } else { "$" };
        let inside = text.get(sign.len()..).unwrap_or_default();
        match inside.split_once(sign).filter(|(formula, _)| !formula.contains("\n\n")) {
            Some((formula, rest)) => self.say(&format!("{sign}{}{sign}", one_line(formula)), rest),
            None => self.say(sign, inside),
        }
    }

    fn end_block(&mut self) {
        if self.depth > 0 {
            return self.words.push(' ');
        }
        let words = std::mem::take(&mut self.words);
        if words.trim().is_empty() {
            return;
        }
        match self.marker.take() {
            Some(marker) => self.blocks.item(self.lists.len().saturating_sub(1), &marker, &words),
            None => self.blocks.paragraph(&words),
        }
    }

    /// What is in the braces that come next, and what comes after them.
    fn group<'a>(&mut self, text: &'a str) -> Option<(&'a str, &'a str)> {
        let text = text.trim_start();
        if !text.starts_with('{') || self.unclosed > MAX_UNCLOSED {
            return None;
        }
        let group = bracketed(text, '{', '}');
        self.unclosed += usize::from(group.is_none());
        group
    }

    fn option<'a>(&mut self, text: &'a str) -> Option<(&'a str, &'a str)> {
        if !text.starts_with('[') || self.unclosed > MAX_UNCLOSED {
            return None;
        }
        let option = bracketed(text, '[', ']').filter(|(option, _)| !option.contains("\n\n"));
        self.unclosed += usize::from(option.is_none());
        option
    }

    /// What an argument prints, on one line.
    fn inner(&self, argument: &str) -> String {
        inline(argument, self.depth + 1)
    }
}

/// What a piece of text prints, on one line.
fn inline(text: &str, depth: usize) -> String {
    if depth >= MAX_DEPTH {
        return one_line(&text.replace(['{', '}', '\\'], " "));
    }
    let mut reader = Reader { depth: depth.max(1), ..Reader::default() };
    reader.read(text);
    one_line(&reader.words)
}

fn is_empty_line(text: &str) -> bool {
    let next = text.trim_start_matches([' ', '\t', '\r']);
    next.is_empty() || next.starts_with('\n')
}

/// The argument of the first such command, after its option.
fn argument<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\\{name}")).filter(|(_, rest)| rest.starts_with(['{', '[', ' ']))?;
    let rest = rest.trim_start();
    let rest = bracketed(rest, '[', ']').map_or(rest, |(_, rest)| rest);
    bracketed(rest, '{', '}').map(|(argument, _)| argument)
}

#[cfg(test)]
mod tests;
