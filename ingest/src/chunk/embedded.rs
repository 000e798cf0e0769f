//! What is embedded for a chunk.

use ragstone_core::DocumentHead;

/// What is embedded for a chunk, and what its words are counted in: title, headings, the header of its table, text.
///
/// A heading that the chunk starts with is not repeated.
pub fn embedded_text(head: &DocumentHead, heading_path: &[String], table_header: Option<&str>, text: &str) -> String {
    let above = heading_path.get(..heading_path.len() - own_headings(heading_path, text)).unwrap_or_default();
    // A title that the text starts with says nothing new either.
    let starts_with_title = above.is_empty() && own_headings(std::slice::from_ref(&head.title), text) == 1;
    let context = if starts_with_title { String::new() } else { context(head, above) };
    let parts = [context.as_str(), table_header.unwrap_or_default().trim_end(), text];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What stands above a chunk: the title and the headings, whether its text begins with them or not.
pub(crate) fn text_above(head: &DocumentHead, heading_path: &[String]) -> String {
    context(head, heading_path)
}

fn context(head: &DocumentHead, above: &[String]) -> String {
    let titled = !head.title.is_empty() && above.first() != Some(&head.title);
    titled.then_some(&head.title).into_iter().chain(above).map(String::as_str).collect::<Vec<_>>().join(" > ")
}

/// How many of the innermost headings the text starts with, one below the other.
fn own_headings(heading_path: &[String], text: &str) -> usize {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_underline(line));
    let lines: Vec<&str> = lines.take(heading_path.len()).collect();
    let text_starts_with = |headings: &[String]| headings.iter().zip(&lines).all(|(heading, line)| is_heading(line, heading));
    let innermost = |count: &usize| heading_path.get(heading_path.len() - count..).is_some_and(text_starts_with);
    (1..=lines.len()).rev().find(innermost).unwrap_or(0)
}

fn is_heading(line: &str, heading: &str) -> bool {
    let line = line.trim_start_matches('#').trim_start();
    line == heading || line.trim_end_matches('#').trim_end() == heading
}

/// Whether a line makes a heading of the one above it.
fn is_underline(line: &str) -> bool {
    line.chars().all(|letter| letter == '=') || line.chars().all(|letter| letter == '-')
}
