//! Frees a sentence of markup that means nothing outside its document.

/// Tags that are dropped; `Vec<T>` is no tag.
const TAGS: [&str; 26] = [
    "a", "b", "i", "u", "em", "strong", "span", "div", "p", "br", "img", "code", "kbd", "sub", "sup", "small", "details", "summary", "li",
    "ul", "ol", "td", "tr", "th", "figure", "section",
];

/// One line without tags, comments, link targets, emphasis and citations of its own; code in backticks stays.
pub fn without_markup(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let taken = match character {
            '`' => code_span(rest, &mut cleaned),
            '<' => tag(rest),
            '!' if rest.starts_with("![") => 1,
            '[' => link(rest, &mut cleaned),
            '*' | '_' => emphasis(rest, &mut cleaned),
            _ => 0,
        };
        let taken = if taken > 0 {
            taken
        } else {
            cleaned.push(character);
            character.len_utf8()
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    join_lines(&cleaned)
}

/// Copies `` `code` ``; the bytes it took, 0 where nothing closes it.
fn code_span(rest: &str, cleaned: &mut String) -> usize {
    let content = rest.trim_start_matches('`');
    let ticks = rest.len() - content.len();
    let fence = "`".repeat(ticks);
    let Some(length) = content.find(&fence) else { return 0 };
    let taken = ticks + length + ticks;
    cleaned.push_str(rest.get(..taken).unwrap_or_default());
    taken
}

/// The length of a tag or comment; 0 where it is none.
fn tag(rest: &str) -> usize {
    if rest.starts_with("<!--") {
        return rest.find("-->").map_or(0, |end| end + 3);
    }
    let Some(end) = rest.find('>') else { return 0 };
    let inside = rest.get(1..end).unwrap_or_default().trim_start_matches('/');
    let name = inside.split(|each: char| !each.is_ascii_alphanumeric()).next().unwrap_or_default();
    if TAGS.contains(&name.to_ascii_lowercase().as_str()) { end + 1 } else { 0 }
}

/// Writes the text of `[text](target)` or `[text][target]`, and nothing for `[1]`; the bytes it took.
fn link(rest: &str, cleaned: &mut String) -> usize {
    let Some(end) = closing(rest, '[', ']') else { return 0 };
    let inside = rest.get(1..end).unwrap_or_default();
    let after = rest.get(end + 1..).unwrap_or_default();
    let target = match after.chars().next() {
        Some('(') => closing(after, '(', ')'),
        Some('[') => closing(after, '[', ']'),
        _ => None,
    };
    if let Some(target) = target {
        cleaned.push_str(&without_markup(inside));
        return end + 1 + target + 1;
    }
    let is_citation =
        !inside.is_empty() && inside.trim_start_matches('^').chars().all(|each| each.is_ascii_digit() || ", -".contains(each));
    if is_citation { end + 1 } else { 0 }
}

/// Where the bracket closes that `rest` begins with.
fn closing(rest: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, character) in rest.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(offset);
            }
        }
    }
    None
}

/// Drops a run of `*` or `_` at the border of a word, keeps it inside words and between spaces; its length.
fn emphasis(rest: &str, cleaned: &mut String) -> usize {
    let run = rest.len() - rest.trim_start_matches(['*', '_']).len();
    let is_word = |character: Option<char>| character.is_some_and(|each| !each.is_whitespace());
    let before = cleaned.chars().next_back();
    let after = rest.get(run..).and_then(|after| after.chars().next());
    let inside_word = before.is_some_and(char::is_alphanumeric) && after.is_some_and(|each| each.is_alphanumeric() && each.is_ascii());
    let is_emphasis = run <= 3 && (is_word(before) || is_word(after)) && !inside_word;
    if !is_emphasis {
        cleaned.push_str(rest.get(..run).unwrap_or_default());
    }
    run
}

/// Line breaks with their indents and quote marks become one space, or none between characters that need none.
fn join_lines(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.lines().map(|line| line.trim_matches(|each: char| each.is_whitespace() || each == '>')) {
        let needs_space = match (joined.chars().next_back(), line.chars().next()) {
            (Some(last), Some(first)) => last.is_ascii() || first.is_ascii(),
            _ => false,
        };
        if needs_space {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined
}

/// A text without `[1]`, `[2]` and so on. Passages count from 1: `[0]` is no citation.
pub fn without_citations(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        kept.push_str(before);
        match after.split_once(']') {
            Some((inside, behind)) if inside.parse::<u16>().is_ok_and(|number| number > 0) => rest = behind,
            _ => {
                kept.push('[');
                rest = after;
            }
        }
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::without_markup;

    #[test]
    fn keeps_what_has_a_meaning() {
        for text in ["a * b and snake_case_name", "`[1] *x* <b>`", "Vec<T> and 3 < 4", "[TODO] it", "2 ** 3", "a[i]"] {
            assert_eq!(without_markup(text), text);
        }
    }

    #[test]
    fn drops_the_rest() {
        for (text, expected) in [
            ("**Bold** and _it_ and *so*.", "Bold and it and so."),
            ("![alt](a.png) [x](y \"z\")", "alt x"),
            ("Fact.[1] More[2, 3] and[^4]", "Fact. More and"),
            ("a\n> b\n  c", "a b c"),
            ("<a href=\"x\">y</a><br/>", "y"),
            ("**重点**在这", "重点在这"),
        ] {
            assert_eq!(without_markup(text), expected);
        }
    }
}
