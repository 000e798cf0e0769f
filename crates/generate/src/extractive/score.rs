//! How well a sentence answers.

use std::collections::{HashMap, HashSet};

use super::question::{Question, QuestionKind};
use super::terms::terms;
use super::{Candidate, SentenceKind, follower, with_announced_code};

/// What each part of a score is worth; chosen by measuring on questions with known answers (see the crate's tests).
mod weight {
    pub(super) const COVERAGE: f32 = 1.0;
    pub(super) const SIMILARITY: f32 = 1.0;
    /// For the wanted kind of answer.
    pub(super) const KIND: f32 = 0.2;
    /// What the title or a sentence before covers and this one does not: it goes on about the same.
    pub(super) const CONTEXT: f32 = 0.5;
    /// For the first passage; less for each after it.
    pub(super) const PASSAGE: f32 = 0.2;
    /// Taken off a sentence that asks, or is too short to say much.
    pub(super) const EMPTY: f32 = 0.35;
}

/// A score per candidate; they order this list and mean nothing outside it.
pub(super) fn score(question: &Question, candidates: &[Candidate<'_>], similarities: Option<&[f32]>) -> Vec<f32> {
    let contents: Vec<HashSet<String>> = (0..candidates.len()).map(|at| terms(&with_announced_code(candidates, at))).collect();
    let weights = term_weights(question, &contents);
    let total: f32 = weights.values().sum::<f32>().max(f32::EPSILON);
    let covered = |content: &HashSet<String>| {
        weights.iter().filter(|(term, _)| content.contains(**term)).map(|(_, weight)| weight).sum::<f32>() / total
    };
    let mut scores = Vec::with_capacity(candidates.len());
    let mut known = Known::default();
    for (at, (candidate, content)) in candidates.iter().zip(&contents).enumerate() {
        known.enter(candidate);
        let coverage = covered(content);
        let context = covered(&content.union(&known.terms).cloned().collect()) - coverage;
        let similarity = similarities.and_then(|all| all.get(at)).copied().unwrap_or(0.0);
        let rank = candidate.passage.number as f32 - 1.0;
        let sum = weight::COVERAGE * coverage
            + weight::SIMILARITY * similarity
            + weight::CONTEXT * context
            + weight::PASSAGE / (1.0 + rank)
            + weight::KIND * kind_bonus(question, candidates, at)
            - weight::EMPTY * emptiness(candidates, at);
        scores.push(sum);
        known.terms.extend(content.iter().cloned());
    }
    scores
}

/// What a reader who has come to a sentence knows it is about, though it does not say so: the title, the headings
/// and the sentences before.
#[derive(Default)]
struct Known {
    passage: Option<usize>,
    terms: HashSet<String>,
}

impl Known {
    fn enter(&mut self, candidate: &Candidate<'_>) {
        let passage = candidate.passage;
        if self.passage == Some(passage.number) {
            return;
        }
        self.passage = Some(passage.number);
        self.terms = passage.chunk.heading_path.iter().chain([&passage.document.title]).flat_map(|heading| terms(heading)).collect();
    }
}

/// Rare terms weigh more: one that is in every sentence tells none from another.
fn term_weights<'question>(question: &'question Question, contents: &[HashSet<String>]) -> HashMap<&'question str, f32> {
    let count = contents.len() as f32;
    let weight = |term: &String| {
        let containing = contents.iter().filter(|content| content.contains(term)).count() as f32;
        (1.0 + (count + 1.0) / (containing + 0.5)).ln()
    };
    question.terms.iter().map(|term| (term.as_str(), weight(term))).collect()
}

/// 1 where the sentence has what the question wants; more where it is the very thing: commands to type.
fn kind_bonus(question: &Question, candidates: &[Candidate<'_>], at: usize) -> f32 {
    const COMMANDS: f32 = 2.5;
    let Some(text) = candidates.get(at).map(|candidate| candidate.sentence.shown.as_str()) else { return 0.0 };
    let announces_commands = || follower(candidates, at).is_some_and(|next| has_commands(question, &next.sentence.shown));
    if question.kind == QuestionKind::Instruction && announces_commands() {
        return COMMANDS;
    }
    let fits = match question.kind {
        QuestionKind::Number => text.chars().any(is_number),
        QuestionKind::Definition => defines(question, text),
        QuestionKind::Instruction => instructs(text),
        QuestionKind::Other => false,
    };
    if fits { 1.0 } else { 0.0 }
}

/// Whether a text shows commands at a prompt that have to do with the question.
fn has_commands(question: &Question, text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with(['$', '>']) && !terms(line).is_disjoint(&question.terms))
}

fn is_number(letter: char) -> bool {
    letter.is_numeric() || "一二三四五六七八九十百千万亿兩两半".contains(letter)
}

/// Whether it begins with the subject and says what that is.
fn defines(question: &Question, text: &str) -> bool {
    const VERBS: [&str; 10] = ["is", "are", "means", "refers", "lets", "allows", "describes", "was", "were", "enables"];
    if ["是", "指", "为", "即", "とは"]
        .iter()
        .any(|verb| text.split_once(verb).is_some_and(|(subject, _)| names_subject(question, subject)))
    {
        return true;
    }
    let words: Vec<&str> = text.split_whitespace().take(9).collect();
    let verb = words.iter().position(|word| VERBS.contains(&word.to_lowercase().as_str()));
    verb.is_some_and(|verb| words.get(..verb).is_some_and(|subject| names_subject(question, &subject.join(" "))))
}

/// Whether a short beginning of a sentence is about what was asked, all of it.
fn names_subject(question: &Question, beginning: &str) -> bool {
    let named = terms(beginning);
    let is_short = named.len() <= question.terms.len() + 3;
    is_short && question.terms.iter().all(|term| named.contains(term))
}

/// Whether it tells to do something.
fn instructs(text: &str) -> bool {
    const SIGNS: [&str; 17] = [
        "to ", "run ", "use ", "using ", "by ", "can ", "create ", "add ", "set ", "enter ", "type ", "call ", "通过", "使用", "可以",
        "首先", "需要",
    ];
    let lower = text.to_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign)) || text.contains('`')
}

/// 1 for what answers nothing by itself: a stub, a question, an announcement of something that is not there, a block of
/// code without the sentence that introduces it.
fn emptiness(candidates: &[Candidate<'_>], at: usize) -> f32 {
    let Some(candidate) = candidates.get(at) else { return 0.0 };
    let text = &candidate.sentence.shown;
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).count();
    let is_stub = letters < if text.chars().any(ragstone_core::is_spaceless) { 4 } else { 12 };
    let is_code = candidate.sentence.kind == SentenceKind::Code;
    let follower = follower(candidates, at).filter(|next| next.sentence.kind == SentenceKind::Code || is_item(candidate, next));
    let is_dangling = candidate.announces() && follower.is_none();
    if is_stub || is_code || is_dangling { 1.0 } else { 0.0 }
}

/// Whether `next` begins a new block, as the items of a list do.
fn is_item(candidate: &Candidate<'_>, next: &Candidate<'_>) -> bool {
    next.sentence.block != candidate.sentence.block && candidate.sentence.shown.ends_with([':', '：'])
}
