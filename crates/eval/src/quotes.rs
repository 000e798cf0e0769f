//! Finds quotes in texts, whatever white space stands between their words.

use aho_corasick::AhoCorasick;
use ragstone_core::Span;

/// Finds many quotes in one pass over each text.
pub(crate) struct QuoteFinder {
    automaton: AhoCorasick,
}

/// A text with every run of white space as one space, and the way back.
struct Squeezed {
    text: String,
    /// Where the squeezed text and the original part further: places in the one and in the other.
    shifts: Vec<(usize, usize)>,
}

impl QuoteFinder {
    /// Prepares for these quotes. Nothing if there are more of them than an index can hold (2 GiB).
    pub(crate) fn new(quotes: &[String]) -> Option<Self> {
        let squeezed = quotes.iter().map(|quote| squeeze(quote.trim()).text);
        AhoCorasick::new(squeezed).ok().map(|automaton| Self { automaton })
    }

    /// Gives every place of every quote in a text: the quote's number, and its span.
    pub(crate) fn find(&self, text: &str, mut note: impl FnMut(usize, Span)) {
        let squeezed = squeeze(text);
        for found in self.automaton.find_overlapping_iter(&squeezed.text) {
            note(found.pattern().as_usize(), squeezed.original(found.start(), found.end()));
        }
    }
}

impl Squeezed {
    fn original(&self, start: usize, end: usize) -> Span {
        // The end is that of the last letter: white space behind it does not belong to the quote.
        let last = self.place(end.saturating_sub(1));
        Span { start: self.place(start), end: last + 1 }
    }

    fn place(&self, squeezed: usize) -> usize {
        let behind = self.shifts.partition_point(|(place, _)| *place <= squeezed);
        let (from, to) = behind.checked_sub(1).and_then(|at| self.shifts.get(at)).copied().unwrap_or_default();
        to + (squeezed - from)
    }
}

fn squeeze(text: &str) -> Squeezed {
    let mut squeezed = Squeezed { text: String::with_capacity(text.len()), shifts: Vec::new() };
    let mut in_space = false;
    for (place, letter) in text.char_indices() {
        if !letter.is_whitespace() {
            if in_space && squeezed.place(squeezed.text.len()) != place {
                squeezed.shifts.push((squeezed.text.len(), place));
            }
            squeezed.text.push(letter);
        } else if !in_space {
            squeezed.text.push(' ');
        }
        in_space = letter.is_whitespace();
    }
    squeezed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, quote: &str, expected: &[&str]) {
        let finder = QuoteFinder::new(&[quote.to_owned()]).unwrap();
        let mut found = Vec::new();
        finder.find(text, |_, span| found.push(span.of(text).unwrap()));
        assert_eq!(found, expected, "{quote:?} in {text:?}");
    }

    #[test]
    fn white_space_may_differ() {
        check("Leave is ten days.", "ten days", &["ten days"]);
        check("Leave  is\n\n  ten \r\n days. And ten\tdays more", " ten   days", &["ten \r\n days", "ten\tdays"]);
        check("  ten days", "ten days", &["ten days"]);
        check("请假 十\u{3000}天。", "十 天", &["十\u{3000}天"]);
        check("Größe  ist  Größe", "Größe ist", &["Größe  ist"]);
        check("Ten days", "ten days", &[]);
        check("", "ten", &[]);
    }

    #[test]
    fn quotes_may_overlap() {
        let finder = QuoteFinder::new(&["a b c".to_owned(), "b c".to_owned(), "c  d".to_owned()]).unwrap();
        let mut found = Vec::new();
        finder.find("a  b c\nd", |quote, span| found.push((quote, span.start, span.end)));
        assert_eq!(found, [(0, 0, 6), (1, 3, 6), (2, 5, 8)]);
    }
}
