//! Hits and citations, as a person reads them.

use ragstone_core::{Hit, LegScore, PageRange, Span, Step, StepScore};
use ragstone_generate::Citation;
use ragstone_retrieve::{DroppedCandidate, SearchResponse};

use super::terminal::{FAINT, MATCH, STRONG, say, width};
use crate::places;

/// A passage is cut to about so many lines on the terminal; `--json` has all of it.
const SHOWN_LINES: usize = 6;

/// So many candidates that did not become hits are explained; `--json` has all of them.
const SHOWN_DROPPED: usize = 20;

/// Shows hits, best first.
pub(crate) fn show_hits(response: &SearchResponse, explain: bool) {
    if response.hits.is_empty() {
        say("Nothing found.");
    }
    for hit in &response.hits {
        show_hit(hit, explain);
    }
    if !response.hits.is_empty() && response.hits.iter().all(|hit| !hit.relevance.relevant) {
        say(format!("{FAINT}None of these is near enough to the query to be an answer.{FAINT:#}"));
    }
    response.notes.iter().for_each(|note| say(format!("{FAINT}Note: {note}.{FAINT:#}")));
    if !explain {
        let legs = [&response.legs.dense, &response.legs.lexical];
        let notes = legs.into_iter().flatten().filter_map(|leg| leg.note.as_ref());
        notes.for_each(|note| say(format!("{FAINT}Note: {note}.{FAINT:#}")));
    }
    if explain {
        show_legs(response);
    }
}

/// Shows one hit.
pub(crate) fn show_hit(hit: &Hit, explain: bool) {
    say(format!("{STRONG}{}. {}{STRONG:#}  {FAINT}{}{FAINT:#}", hit.rank, place(hit), location(&hit.document.source, hit.chunk.pages)));
    let (excerpt, highlights) = excerpt(&hit.chunk.text, &hit.highlights);
    let marked = mark(excerpt, &highlights);
    let options = textwrap::Options::new(width()).initial_indent("   ").subsequent_indent("   ");
    let header = hit.chunk.table_header.iter().flat_map(|header| header.lines()).map(str::to_owned);
    let paragraphs: Vec<String> = header.chain(reflowed(&marked)).collect();
    let lines: Vec<_> = paragraphs.iter().flat_map(|line| textwrap::wrap(line, &options)).collect();
    for line in lines.iter().take(SHOWN_LINES) {
        say(line);
    }
    if lines.len() > SHOWN_LINES {
        say(format!("   {FAINT}…{FAINT:#}"));
    }
    if explain {
        say(format!("   {FAINT}{}{FAINT:#}", explanation(hit)));
        say(format!("   {FAINT}{}{FAINT:#}", steps(hit)));
        expansion(hit).into_iter().for_each(|expansion| say(format!("   {FAINT}{expansion}{FAINT:#}")));
    }
    say("");
}

/// Where to look: `handbook.pdf, page 3`.
fn location(source: &str, pages: Option<PageRange>) -> String {
    let source = places::displayed(source);
    pages.map_or_else(|| source.clone(), |pages| format!("{source}, {pages}"))
}

/// Title and headings: `Ownership › The rules`.
fn place(hit: &Hit) -> String {
    place_of(&hit.document.title, &hit.chunk.heading_path)
}

fn place_of(title: &str, heading_path: &[String]) -> String {
    let repeated = heading_path.first().is_some_and(|first| first == title);
    let parts = (!repeated && !title.is_empty()).then_some(title).into_iter().chain(heading_path.iter().map(String::as_str));
    parts.collect::<Vec<_>>().join(" › ")
}

fn explanation(hit: &Hit) -> String {
    let leg = |name: &str, score: &Option<LegScore>| match score {
        Some(LegScore { rank: Some(rank), score, normalized }) => format!("{name} #{rank} {score:.3} → {normalized:.3}"),
        Some(LegScore { rank: None, score, normalized }) => format!("{name} not listed, {score:.3} → {normalized:.3}"),
        None => format!("{name} –"),
    };
    let relevance = if hit.relevance.relevant { "relevant" } else { "not relevant" };
    format!(
        "score {:.3} · {} · {} · {relevance} ({:.0}% of the words)",
        hit.score,
        leg("dense", &hit.dense),
        leg("lexical", &hit.lexical),
        hit.relevance.coverage * 100.0
    )
}

/// What steps other than fusion made of a hit.
fn steps(hit: &Hit) -> String {
    let named = |step: &StepScore| {
        let name = match step.step {
            Step::Fusion => "fused",
            Step::Sentences => "sentences",
            Step::Reranker => "reranker",
            Step::Diversity => "diversity",
        };
        format!("{name} #{} {:.3}", step.rank, step.score)
    };
    hit.steps.iter().map(named).collect::<Vec<_>>().join(" · ")
}

/// What is shown besides what was found.
fn expansion(hit: &Hit) -> Option<String> {
    let found = hit.found.as_ref()?;
    let merged = if found.merged.is_empty() { String::new() } else { format!(", with {} other hits", found.merged.len()) };
    Some(format!("found in bytes {}–{}, shown {}–{}{merged}", found.span.start, found.span.end, hit.chunk.span.start, hit.chunk.span.end))
}

/// Why candidates did not become hits.
fn show_dropped(dropped: &[DroppedCandidate]) {
    for DroppedCandidate { source, rank, why, .. } in dropped.iter().take(SHOWN_DROPPED) {
        say(format!("{FAINT}not #{rank} {}: {}{FAINT:#}", places::displayed(source), why.in_words()));
    }
    if dropped.len() > SHOWN_DROPPED {
        say(format!("{FAINT}and {} others; --json has all{FAINT:#}", dropped.len() - SHOWN_DROPPED));
    }
}

fn show_legs(response: &SearchResponse) {
    show_dropped(response.dropped.as_deref().unwrap_or_default());
    let legs = [("dense", &response.legs.dense), ("lexical", &response.legs.lexical)];
    for (name, leg) in legs.into_iter().filter_map(|(name, leg)| Some((name, leg.as_ref()?))) {
        let note = leg.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        say(format!("{FAINT}{name}: weight {:.2}, {} found{note}{FAINT:#}", leg.weight, leg.found));
    }
    let timings = &response.timings;
    say(format!(
        "{FAINT}{:.1} ms: query embedded in {:.1}, store searched in {:.1}{FAINT:#}",
        timings.total_ms, timings.embed_ms, timings.store_ms
    ));
}

/// Paragraphs as single lines; lines of code, tables, lists and headings stay apart.
fn reflowed(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut in_paragraph = false;
    for line in text.lines() {
        let flows =
            line.chars().next().is_some_and(|first| first.is_alphanumeric() || "\u{1b}(\"'*`“‘".contains(first)) && !is_list_item(line);
        match lines.last_mut() {
            Some(last) if flows && in_paragraph => *last = format!("{last} {line}"),
            _ if line.trim().is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
        in_paragraph = flows || (in_paragraph && is_list_item(line));
    }
    lines
}

fn is_list_item(line: &str) -> bool {
    let digits = line.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit());
    ["* ", "- ", ". ", ") "].iter().any(|mark| digits.starts_with(mark))
}

/// The part of a long passage that starts a little before the first match, with the highlights moved along.
fn excerpt<'text>(text: &'text str, highlights: &[Span]) -> (&'text str, Vec<Span>) {
    const BEFORE: usize = 200;
    let first = highlights.first().map_or(0, |span| span.start);
    if first <= BEFORE * 2 {
        return (text, highlights.to_vec());
    }
    let wanted = first - BEFORE;
    let after_space = |&(position, letter): &(usize, char)| position >= wanted && letter.is_whitespace();
    let start = text.char_indices().find(after_space).map_or(0, |(position, letter)| position + letter.len_utf8());
    if start >= first {
        return (text, highlights.to_vec());
    }
    let moved = highlights.iter().filter(|span| span.start >= start).map(|span| Span { start: span.start - start, end: span.end - start });
    (text.get(start..).unwrap_or(text), moved.collect())
}

fn mark(text: &str, highlights: &[Span]) -> String {
    let mut marked = String::with_capacity(text.len() + highlights.len() * 16);
    let mut done = 0;
    for span in highlights {
        let (Some(before), Some(word)) = (text.get(done..span.start), span.of(text)) else { continue };
        marked.push_str(before);
        marked.push_str(&format!("{MATCH}{word}{MATCH:#}"));
        done = span.end;
    }
    marked.push_str(text.get(done..).unwrap_or_default());
    marked
}

/// Shows where an answer comes from.
pub(crate) fn show_citations(citations: &[Citation]) {
    if citations.is_empty() {
        return;
    }
    say(format!("\n{STRONG}Sources{STRONG:#}"));
    for citation in citations {
        say(format!(
            "  [{}] {}  {FAINT}{}{FAINT:#}",
            citation.number,
            place_of(&citation.title, &citation.heading_path),
            location(&citation.source, citation.pages)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_words_and_keeps_the_rest() {
        let marked = mark("one two three", &[Span { start: 4, end: 7 }]);
        assert_eq!(anstream::adapter::strip_str(&marked).to_string(), "one two three");
        assert!(marked.starts_with("one \u{1b}["));
    }

    #[test]
    fn long_passages_start_near_the_first_match() {
        let text = format!("{}needle here", "é ".repeat(500));
        let start = text.find("needle").unwrap();
        let (shown, spans) = excerpt(&text, &[Span { start, end: start + 6 }]);
        assert!(shown.len() < 300);
        assert_eq!(spans[0].of(shown), Some("needle"));
    }

    #[test]
    fn pages_follow_the_source() {
        assert_eq!(location("/a/handbook.pdf", Some(PageRange { first: 3, last: 3 })), "/a/handbook.pdf, page 3");
        assert_eq!(location("/a/handbook.md", None), "/a/handbook.md");
    }

    #[test]
    fn a_title_is_not_repeated() {
        assert_eq!(place_of("A", &["A".into(), "B".into()]), "A › B");
        assert_eq!(place_of("A", &["B".into()]), "A › B");
        assert_eq!(place_of("", &[]), "");
    }
}
