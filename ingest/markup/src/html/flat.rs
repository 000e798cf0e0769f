//! Pages that would take too much as a tree of elements, as text.

use std::fmt;

use quick_xml::escape::unescape;

/// Elements that have no end tag.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// Elements whose end tag is mostly left out: the next of their like ends them.
const SELF_ENDING: [&str; 12] = ["p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot", "colgroup"];

/// Elements that a parser opens again in each block after the one that they were left open in.
const FORMATTING: [&str; 14] = ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// A parser looks through all that is open for each element.
const MAX_OPEN: usize = 20_000;

/// Each takes some 400 bytes.
const MAX_ELEMENTS: usize = 1_000_000;

/// How large a page's tree would be, at most.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) elements: usize,
    pub(super) depth: usize,
}

impl Shape {
    pub(super) fn of(html: &str) -> Self {
        let mut shape = Self::default();
        let (mut open, mut formatting) = (0_usize, 0_usize);
        for part in html.split('<').skip(1) {
            let is_end = part.starts_with('/');
            let name = name(part.trim_start_matches('/'));
            let is_formatting = FORMATTING.contains(&name.as_str());
            if name.is_empty() || VOID.contains(&name.as_str()) {
                continue;
            }
            if is_end {
                open = open.saturating_sub(usize::from(!SELF_ENDING.contains(&name.as_str())));
                formatting = formatting.saturating_sub(usize::from(is_formatting));
                continue;
            }
            open += usize::from(!SELF_ENDING.contains(&name.as_str()));
            formatting += usize::from(is_formatting);
            shape.elements = shape.elements.saturating_add(if is_formatting { 1 } else { 1 + formatting });
            shape.depth = shape.depth.max(open);
        }
        shape
    }

    /// Whether the tree would take too much time or memory.
    pub(super) fn is_too_large(&self) -> bool {
        self.elements > MAX_ELEMENTS || self.depth > MAX_OPEN
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} elements, {} deep in each other", self.elements, self.depth)
    }
}

/// What is between the tags, but for what is in these elements.
pub(super) fn text(html: &str, skipped: &[&str]) -> String {
    let mut written = String::new();
    let mut inside: Option<String> = None;
    for (number, part) in html.split('<').enumerate() {
        let name = if number == 0 { String::new() } else { name(part.trim_start_matches('/')) };
        match &inside {
            Some(skipped) if part.starts_with('/') && *skipped == name => inside = None,
            Some(_) => continue,
            None if skipped.contains(&name.as_str()) && !part.starts_with('/') => {
                inside = Some(name);
                continue;
            }
            None => {}
        }
        let shown = if number == 0 { part } else { part.split_once('>').map_or("", |(_, after)| after) };
        if shown.trim().is_empty() {
            continue;
        }
        let is_inline = FORMATTING.contains(&name.as_str()) || matches!(name.as_str(), "span" | "sub" | "sup");
        if !is_inline && !written.is_empty() {
            written.push('\n');
        }
        match unescape(shown) {
            Ok(shown) => written.push_str(&shown),
            Err(_) => written.push_str(shown),
        }
    }
    written
}

/// Nothing for what is no tag: `a < b`.
fn name(tag: &str) -> String {
    if !tag.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return String::new();
    }
    tag.chars().take_while(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_between_tags() {
        let html = "<p>One <b>two</b> &amp; 3<script>if (a < b) x()</script><div>four<br>five</div><nav>Menu<a>x</a></nav>six &nosuch; <";
        assert_eq!(text(html, &["script", "nav"]), "One two & 3\nfour\nfive\nsix &nosuch; ");
    }

    #[test]
    fn what_is_left_open_multiplies() {
        assert_eq!(Shape::of("<html><br><p>a<p>b<i>c</i></html>"), Shape { elements: 4, depth: 2 });
        assert_eq!(Shape::of("<p><b><i>x</p><p>y<p>z"), Shape { elements: 9, depth: 2 });
        assert_eq!(Shape::of("a < b </nothing> <3"), Shape::default());
    }
}
