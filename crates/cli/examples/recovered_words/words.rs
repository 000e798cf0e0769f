//! The words of two texts, compared.

use std::collections::HashMap;

/// The harmonic mean of the shares of words that were found and that were wanted.
pub(crate) fn f1(recovered: &str, reference: &str) -> f64 {
    let (recovered, reference) = (words(recovered), words(reference));
    let common: usize = recovered.iter().map(|(word, count)| count.min(reference.get(word).unwrap_or(&0))).sum();
    let all: usize = recovered.values().chain(reference.values()).sum();
    if all == 0 { 1.0 } else { 2.0 * common as f64 / all as f64 }
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    let mut word = String::new();
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            *counts.entry(std::mem::take(word)).or_insert(0) += 1;
        }
    };
    for letter in text.chars().flat_map(char::to_lowercase) {
        // East Asian scripts have no spaces between words.
        if matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}') {
            end(&mut word);
            end(&mut letter.to_string());
        } else if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else {
            end(&mut word);
        }
    }
    end(&mut word);
    counts
}

/// The text that Markdown shows: comments and pictures go, links keep their text, escapes and rules between cells go.
pub(crate) fn without_markup(markdown: &str) -> String {
    let text = without_comments(markdown);
    let mut written = String::new();
    let mut rest = text.as_str();
    while let Some((before, (_, after))) = rest.split_once("](").and_then(|(before, link)| Some((before, link.split_once(')')?))) {
        match before.rsplit_once('[') {
            Some((lead, _)) if lead.ends_with('!') => written.push_str(lead),
            Some((lead, label)) => written.extend([lead, " ", label]),
            None => written.push_str(before),
        }
        rest = after;
    }
    written.push_str(rest);
    written.replace('\\', "").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace('|', " ")
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once("-->").map_or("", |(_, after)| after));
    }
    kept
}
