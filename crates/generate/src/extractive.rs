//! Answers without a model: the sentences of the passages that answer the question.
//!
//! Every sentence of the best passages is scored ([`score`]) by what it shares with the question in words and, where
//! the embedding model reads the question's language, in meaning; the best one to three are quoted, each with its
//! citation ([`select`]).

mod question;
mod score;
mod select;
mod terms;

use ragstone_core::{Embedder, Result, Sentence, SentenceKind, split_sentences, without_markup};

use crate::Citation;
use crate::passage::Passage;
use question::Question;

/// Passages after these are not looked at: the answer is in the first ones or nowhere.
const MAX_PASSAGES: usize = 5;
/// So many sentences are embedded at most; a sentence costs milliseconds.
const MAX_SENTENCES: usize = 60;

/// Quoted sentences and where they are.
#[derive(Debug)]
pub(crate) struct Extract {
    pub(crate) text: String,
    pub(crate) citations: Vec<Citation>,
}

/// A sentence that may answer.
#[derive(Debug)]
struct Candidate<'passages> {
    passage: &'passages Passage,
    sentence: Sentence,
}

impl Candidate<'_> {
    /// Whether it is only the beginning of what it says: a question, or an announcement that ends in a colon.
    fn announces(&self) -> bool {
        self.sentence.shown.ends_with(['?', '？', ':', '：'])
    }
}

/// What must stand behind a sentence: the answer to a question, what a colon announces.
fn follower<'all, 'passages>(candidates: &'all [Candidate<'passages>], at: usize) -> Option<&'all Candidate<'passages>> {
    /// Longer code is not quoted.
    const LONGEST_CODE_LINES: usize = 15;
    let candidate = candidates.get(at)?;
    let next = candidates.get(at + 1)?;
    let is_short = next.sentence.kind != SentenceKind::Code || next.sentence.shown.lines().count() <= LONGEST_CODE_LINES;
    let follows = candidate.announces() && !next.announces() && next.passage.number == candidate.passage.number;
    (follows && is_short).then_some(next)
}

/// A sentence with the code that it announces: alone, "run the following:" says nothing.
fn with_announced_code(candidates: &[Candidate<'_>], at: usize) -> String {
    let own = candidates.get(at).map(|candidate| candidate.sentence.shown.as_str()).unwrap_or_default();
    match follower(candidates, at) {
        Some(code) if code.sentence.kind == SentenceKind::Code => format!("{own}\n{}", code.sentence.shown),
        _ => own.to_owned(),
    }
}

/// Quotes the sentences that answer best.
pub(crate) async fn extract(question: &str, passages: &[Passage], embedder: &dyn Embedder) -> Result<Extract> {
    let candidates = candidates(passages);
    let question = Question::read(question);
    let similarities = similarities(&question, &candidates, embedder).await?;
    let scores = score::score(&question, &candidates, similarities.as_deref());
    let picked = select::select(&candidates, &scores);
    if picked.is_empty() {
        return Ok(whole_passage(passages));
    }
    Ok(write(&candidates, &picked))
}

/// A passage that is nothing but headings is quoted as it is.
fn whole_passage(passages: &[Passage]) -> Extract {
    let text = |passage: &Passage| format!("{} [{}]", without_markup(passage.chunk.text.trim_start_matches(['#', ' '])), passage.number);
    Extract {
        text: passages.first().map(text).unwrap_or_default(),
        citations: passages.first().map(Passage::cite_whole).into_iter().collect(),
    }
}

fn candidates(passages: &[Passage]) -> Vec<Candidate<'_>> {
    let mut candidates = Vec::new();
    for passage in passages.iter().take(MAX_PASSAGES) {
        for sentence in split_sentences(&passage.chunk.text) {
            candidates.push(Candidate { passage, sentence });
        }
    }
    candidates.truncate(MAX_SENTENCES);
    candidates
}

/// How near each candidate is in meaning; nothing where the model does not read the question.
async fn similarities(question: &Question, candidates: &[Candidate<'_>], embedder: &dyn Embedder) -> Result<Option<Vec<f32>>> {
    const READABLE: f32 = 0.6;
    if candidates.len() < 2 || embedder.readable_share(&question.text) < READABLE {
        return Ok(None);
    }
    let texts = (0..candidates.len()).map(|at| with_announced_code(candidates, at)).collect();
    let sentences = embedder.embed_passages(texts).await?;
    let asked = embedder.embed_query(&question.text).await?;
    let dot = |sentence: &Vec<f32>| sentence.iter().zip(&asked).map(|(left, right)| left * right).sum();
    Ok(Some(sentences.iter().map(dot).collect()))
}

/// Joins the picked sentences, each with its citation.
fn write(candidates: &[Candidate<'_>], picked: &[usize]) -> Extract {
    let picked: Vec<&Candidate<'_>> = picked.iter().filter_map(|&at| candidates.get(at)).collect();
    let mut text = String::new();
    let mut citations: Vec<Citation> = Vec::new();
    let mut previous: Option<&Candidate<'_>> = None;
    for candidate in &picked {
        let Candidate { passage, sentence } = candidate;
        text.push_str(joint(previous, candidate));
        text.push_str(&sentence.shown);
        if sentence.kind != SentenceKind::Code {
            text.push_str(&format!(" [{}]", passage.number));
        }
        if citations.iter().all(|citation| citation.number != passage.number) {
            let of_passage = picked.iter().filter(|other| other.passage.number == passage.number);
            let end = of_passage.map(|other| other.sentence.span.end).max().unwrap_or(sentence.span.end);
            citations.push(passage.cite(sentence.span.start..end));
        }
        previous = Some(candidate);
    }
    Extract { text, citations }
}

/// What stands between two quotes: a space within a paragraph, a line within a table or after code, else a blank line.
fn joint(previous: Option<&Candidate<'_>>, next: &Candidate<'_>) -> &'static str {
    let Some(previous) = previous else { return "" };
    if previous.passage.number != next.passage.number {
        return "\n\n";
    }
    match (previous.sentence.kind, next.sentence.kind) {
        (SentenceKind::Prose, SentenceKind::Prose) if previous.sentence.block == next.sentence.block => " ",
        (SentenceKind::Row, SentenceKind::Row) => "\n",
        _ => "\n\n",
    }
}

#[cfg(test)]
mod tests;
