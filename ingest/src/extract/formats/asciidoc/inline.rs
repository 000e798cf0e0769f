//! What stands in a line of AsciiDoc: attributes, links, references, marks.

use std::collections::HashMap;

use crate::extract::formats::scan::{split_before, split_near, tail};

/// Markdown that says the same.
pub(super) fn inline(text: &str, attributes: &HashMap<String, String>) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (plain, after) = split_before(rest, |letter| matches!(letter, '{' | '[' | '<' | '`' | '+' | '('));
        written.push_str(plain);
        let Some(first) = after.chars().next() else { return written };
        let replaced = match first {
            '{' => attribute(after, attributes),
            '[' => bracket(after, &mut written),
            '<' => after.strip_prefix("<<").and_then(|inside| split_near(inside, ">>")).map(|(inside, rest)| (label(inside), rest)),
            '`' => after
                .strip_prefix('`')
                .and_then(|inside| split_near(inside, "`"))
                .map(|(code, rest)| (format!("`{}`", code.trim_matches('+')), rest)),
            '+' => after.strip_prefix("+++").and_then(|inside| split_near(inside, "+++")).map(|(inside, rest)| (inside.to_owned(), rest)),
            // Words of the index, which are not shown.
            _ => after.strip_prefix("(((").and_then(|inside| split_near(inside, ")))")).map(|(_, rest)| (String::new(), rest)),
        };
        rest = match replaced {
            Some((replacement, rest)) => {
                written.push_str(&replacement);
                rest
            }
            None => {
                written.push(first);
                after.get(first.len_utf8()..).unwrap_or_default()
            }
        };
    }
}

fn attribute<'a>(text: &'a str, attributes: &HashMap<String, String>) -> Option<(String, &'a str)> {
    let (name, rest) = split_near(text.strip_prefix('{')?, "}")?;
    let value = match name {
        "nbsp" | "sp" => " ",
        "empty" => "",
        "plus" => "+",
        "cpp" => "C++",
        name => attributes.get(name)?,
    };
    Some((value.to_owned(), rest))
}

/// `link:target[text]`, `https://…[text]`, `footnote:[text]`, `kbd:[Ctrl]`: the text stays; of `image:…[alt]` nothing.
fn bracket<'a>(text: &'a str, written: &mut String) -> Option<(String, &'a str)> {
    if let Some((_, rest)) = text.strip_prefix("[[").and_then(|inside| split_near(inside, "]]")) {
        return Some((String::new(), rest));
    }
    let (inside, rest) = split_near(text.strip_prefix('[')?, "]")?;
    let before = tail(written).rsplit(|letter: char| letter.is_whitespace() || "(\"'".contains(letter)).next()?;
    let (before_target, target) = before.split_once(':')?;
    let name = before_target.rsplit(|letter: char| !letter.is_ascii_lowercase()).next().filter(|name| !name.is_empty())?;
    let start = written.len() - name.len() - 1 - target.len();
    let shown = inside.split(",role=").next().unwrap_or_default().split(",window=").next().unwrap_or_default();
    let shown = match name {
        "image" | "anchor" | "indexterm" | "icon" => String::new(),
        "footnote" => format!(" ({shown})"),
        "kbd" | "btn" | "menu" => format!("{} {shown}", target).trim().to_owned(),
        "stem" | "latexmath" | "asciimath" => format!("${inside}$"),
        _ if shown.trim().is_empty() => target.trim_start_matches("//").to_owned(),
        _ => shown.trim_matches(['"', '^']).to_owned(),
    };
    written.truncate(start);
    Some((shown, rest))
}

/// `anchor,text`: the text, or else the anchor as words.
fn label(inside: &str) -> String {
    match inside.split_once(',') {
        Some((_, text)) => text.trim().to_owned(),
        None => inside.trim_matches('_').replace(['_', '#'], " "),
    }
}
